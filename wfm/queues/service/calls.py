"""Calls: gather all events of each call that is told of, fold it, say whose it was, and write it with its stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.core import pgcopy as pg
from wfm.core.clock import HOUR, berlin_ordinal, from_micros, to_micros
from wfm.core.db import cursor
from wfm.directory.queries import attribution_tables
from wfm.directory.rules.attribution import AttributionTables
from wfm.directory.rules.numbers import canonical_number
from wfm.queues.rules.attribution import attribute
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.queues.rules.stays import MAX_AGE, OVER_MIDNIGHT, Call, Restart
from wfm.queues.service.restarts import RESTARTS, Moved
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent, unpack_ref
from wfm.telephony.rules.redacted import caller_area, read_mark

CALL_COLUMNS = {
    "system_id": "int2",
    "callid": "text",
    "nth": "int2",
    "day": pg.DAY,
    "started_at": pg.INSTANT,
    "source_id": "int4",
    "queue": "text",
    "dialled": "text",
    "caller_area": "text",
    "caller_period": "int4",
    "caller_hash": "bytea",
    "tag": "text",
    "service": "text",
    "partner": "text",
    "likely": "text",
    "method": "text",
    "answered": "bool",
    "refused": "bool",
    "open": "bool",
    "talk_s": "int4",
    "twice": "int2",
    "events": pg.INT8_ARRAY,
}
STAY_COLUMNS = {
    "system_id": "int2",
    "callid": "text",
    "nth": "int2",
    "stay_no": "int2",
    "day": pg.DAY,
    "queue": "text",
    "entered_at": pg.INSTANT,
    "outcome": "text",
    "start_unknown": "bool",
    "answered_at": pg.INSTANT,
    "ended_at": pg.INSTANT,
    "wait_s": "int4",
    "talk_s": "int4",
    "wrapup_s": "int4",
    "agent": "text",
    "ended_by": "text",
    "attempts_failed": "int2",
}
Row = tuple[Any, ...]


def project(session: Session, stream: Stream, events: Sequence[TelephonyEvent], moved: Sequence[Moved]) -> set[int]:
    """Fold every call that the events tell of; returns the days (ordinals) whose stays may have changed."""
    told: dict[str, list[TelephonyEvent]] = {}
    for event in events:
        if event.call:
            known = told.get(event.call)
            if known is None:
                told[event.call] = [event]
            else:
                known.append(event)
    system_id = stream.source.system_id
    watermark = _watermark(session, system_id)
    for callid in _ended_unseen(session, system_id, watermark, moved):
        told.setdefault(callid, [])
    return refold(session, system_id, told, watermark)


def refold(
    session: Session, system_id: int, told: Mapping[str, list[TelephonyEvent]], watermark: int | None = None
) -> set[int]:
    """Fold calls from what is newly `told` of them and all that was known before, and write them anew."""
    if not told:
        return set()
    watermark = _watermark(session, system_id) if watermark is None else watermark
    known = _known_events(session, system_id, told)
    everything = {callid: _joined(known.get(callid), news) for callid, news in told.items()}
    calls = _folded(session, system_id, everything, watermark)
    tables = attribution_tables(session)
    touched = _delete(session, system_id, list(known))
    return touched | _write(session, system_id, calls, tables)


def known_calls(session: Session, system_id: int, callids: Iterable[str]) -> list[Call]:
    """Calls as their raw events tell them now; nothing is written."""
    return _folded(session, system_id, _known_events(session, system_id, callids), _watermark(session, system_id))


def _folded(session: Session, system_id: int, told: Mapping[str, list[TelephonyEvent]], watermark: int) -> list[Call]:
    """All calls with these callids, from all events that tell of them; none where every line's time is over."""
    told = {callid: events for callid, events in told.items() if events}
    if not told:
        return []
    restarts = _restarts(session, system_id, min(map(attrgetter("at"), chain.from_iterable(told.values()))))
    told_by = {event.ref >> ev.POSITION_BITS for event in chain.from_iterable(told.values())}
    told_by |= {restart.ref >> ev.POSITION_BITS for restart in chain.from_iterable(restarts.values())}
    streams = _streams(session, told_by)
    calls: list[Call] = []
    for callid, events in told.items():
        calls.extend(fold_calls(callid, events, streams, restarts, watermark))
    return calls


def _joined(known: list[TelephonyEvent] | None, news: list[TelephonyEvent]) -> list[TelephonyEvent]:
    if not known:
        return news
    told_again = {event.ref for event in news}
    return [*(event for event in known if event.ref not in told_again), *news]


def _watermark(session: Session, system_id: int) -> int:
    newest = session.scalar(text("SELECT max(watermark) FROM source WHERE system_id = :system"), {"system": system_id})
    return to_micros(newest) if newest else 0


def _ended_unseen(session: Session, system_id: int, watermark: int, moved: Sequence[Moved]) -> set[str]:
    """Calls that may have ended without an event of their own: grown too old, or cut off by a restart."""
    db = cursor(session)
    old = "SELECT callid FROM call WHERE system_id = %s AND open AND started_at < %s"
    found = db.execute(old, (system_id, from_micros(watermark - MAX_AGE))).fetchall()
    for restart in moved:
        found += db.execute(
            """SELECT callid FROM stay
               WHERE system_id = %(system)s AND day BETWEEN %(since)s::date - 1 AND %(at)s::date + 1
                 AND entered_at BETWEEN %(since)s AND %(at)s AND ended_by IN ('age', 'restart')
               UNION SELECT callid FROM call WHERE system_id = %(system)s AND open AND started_at <= %(at)s""",
            {"system": system_id, "since": from_micros(restart.at - 2 * MAX_AGE), "at": from_micros(restart.at)},
        ).fetchall()
    return {callid for (callid,) in found}


def _known_events(session: Session, system_id: int, callids: Iterable[str]) -> dict[str, list[TelephonyEvent]]:
    """All events of calls known before, read again from their raw rows."""
    db = cursor(session)
    found = db.execute(
        """SELECT callid, array_agg(e ORDER BY nth, o) FROM call, unnest(events) WITH ORDINALITY AS t (e, o)
           WHERE system_id = %s AND callid = ANY(%s) GROUP BY callid""",
        (system_id, list(callids)),
    )
    refs: dict[str, list[int]] = dict(found.fetchall())
    if not refs:
        return {}
    wanted = sorted({ref for events in refs.values() for ref in events})
    rows: dict[int, list[RawRow]] = {}
    places = [unpack_ref(ref) for ref in wanted]
    for stream_id, position, payload in db.execute(
        """SELECT r.stream_id, r.position, r.payload FROM unnest(%s::int[], %s::bigint[]) AS w (stream_id, position)
           JOIN raw_event r USING (stream_id, position) ORDER BY 1, 2""",
        ([stream for stream, _ in places], [position for _, position in places]),
    ).fetchall():
        rows.setdefault(stream_id, []).append(RawRow(position, payload))
    known: dict[str, list[TelephonyEvent]] = {callid: [] for callid in refs}
    for reading, kind in _readings(session, rows):
        for event in decoder(kind)(rows[reading.stream_id], reading).events:
            if event.call in known:
                known[event.call].append(event)
    return known


def _readings(session: Session, stream_ids: Iterable[int]) -> list[tuple[Reading, str]]:
    found = session.scalars(select(Stream).where(Stream.id.in_(list(stream_ids)))).all()
    return [
        (
            Reading(stream.id, stream.source.timezone, frozenset(stream.source.ignored_events), stream.source.settings),
            stream.source.kind,
        )
        for stream in found
    ]


def _streams(session: Session, stream_ids: set[int]) -> dict[int, StreamRank]:
    found = cursor(session).execute(
        """SELECT st.id, so.rank, so.id, st.first_at, st.fingerprint
           FROM stream st JOIN source so ON so.id = st.source_id
           WHERE st.id = ANY(%s)""",
        (list(stream_ids),),
    )
    return {
        stream_id: StreamRank(rank, source_id, to_micros(first_at) if first_at else 0, fingerprint)
        for stream_id, rank, source_id, first_at, fingerprint in found.fetchall()
    }


def _restarts(session: Session, system_id: int, since: int) -> dict[int, list[Restart]]:
    restarts: dict[int, list[Restart]] = {}
    for source_id, stream_id, position, at, last_seen in (
        cursor(session)
        .execute(
            f"SELECT source_id, stream_id, position, at, last_seen FROM ({RESTARTS}) r WHERE at >= %s ORDER BY at",
            (system_id, from_micros(since)),
        )
        .fetchall()
    ):
        restarts.setdefault(source_id, []).append(
            Restart(to_micros(at), ev.pack_ref(stream_id, position), to_micros(last_seen))
        )
    return restarts


def _delete(session: Session, system_id: int, callids: list[str]) -> set[int]:
    """Take out calls that are to be written anew; returns the days they lay in."""
    if not callids:
        return set()
    db = cursor(session)
    days = _Days()
    gone = "WHERE system_id = %s AND callid = ANY(%s) RETURNING"
    for instants in db.execute(f"DELETE FROM stay {gone} entered_at, answered_at, ended_at", (system_id, callids)):
        days.touch(*(None if instant is None else to_micros(instant) for instant in instants))
    calls = db.execute(f"DELETE FROM call {gone} day", (system_id, callids))
    return days.seen | {day.toordinal() for (day,) in calls.fetchall()}


def _write(session: Session, system_id: int, calls: Sequence[Call], tables: AttributionTables) -> set[int]:
    """Copy calls and stays into their tables; returns the days they lie in."""
    days = _Days()
    db = cursor(session)
    pg.copy_rows(db, "call", CALL_COLUMNS, [_call_row(system_id, call, days, tables) for call in calls])
    pg.copy_rows(db, "stay", STAY_COLUMNS, (row for call in calls for row in _stay_rows(system_id, call, days)))
    return days.seen


def _call_row(system_id: int, call: Call, days: _Days, tables: AttributionTables) -> Row:
    ordinal = days.ordinal(call.started_at)
    dialled = canonical_number(call.dialled) if call.dialled else ""
    area = caller_area(call.caller, tables.area_codes) if call.caller else None
    whose = attribute(dialled, call.first_queue, area, date.fromordinal(ordinal), tables)
    return (
        system_id,
        call.callid,
        call.nth,
        pg.day(ordinal),
        pg.instant(call.started_at),
        call.source_id,
        call.first_queue,
        dialled,
        area,
        *caller_columns(call),
        call.service,
        tables.service_of_tag(call.service) if call.service else None,
        whose.partner,
        whose.likely,
        whose.method,
        call.answered,
        call.refused,
        call.open,
        call.talk_s,
        call.twice,
        pg.int8_array(call.refs),
    )


def caller_columns(call: Call) -> tuple[int | None, bytes | None]:
    """`caller_period` and `caller_hash`: what a redacted line still tells of who called."""
    mark = read_mark(call.caller)
    return (mark.period, mark.hash) if mark and mark.hash else (None, None)


def _stay_rows(system_id: int, call: Call, days: _Days) -> Iterator[Row]:
    for number, stay in enumerate(call.stays):
        days.touch(stay.entered_at, stay.answered_at, stay.ended_at)
        yield (
            system_id,
            call.callid,
            call.nth,
            number,
            pg.day(days.ordinal(stay.entered_at)),
            stay.queue,
            pg.instant(stay.entered_at),
            stay.outcome,
            stay.start_unknown,
            pg.instant(stay.answered_at),
            pg.instant(stay.ended_at),
            stay.wait_s,
            stay.talk_s,
            stay.wrapup_s,
            stay.agent,
            stay.ended_by,
            stay.attempts_failed,
        )


class _Days:
    """Days in Berlin of instants; remembers which it saw."""

    def __init__(self) -> None:
        self.by_hour: dict[int, int] = {}

    def ordinal(self, at: int) -> int:
        hour = at // HOUR
        found = self.by_hour.get(hour)
        if found is None:
            found = self.by_hour[hour] = berlin_ordinal(at)
        return found

    def touch(self, entered_at: int | None, answered_at: int | None, ended_at: int | None) -> None:
        """See every day whose figures a stay may change: talk and wrap-up may reach into another one."""
        for at in (
            entered_at,
            None if answered_at is None else answered_at - OVER_MIDNIGHT,
            None if ended_at is None else ended_at + HOUR,
        ):
            if at is not None:
                self.ordinal(at)

    @property
    def seen(self) -> set[int]:
        return set(self.by_hour.values())
