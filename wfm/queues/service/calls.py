"""Calls: gather all events of each call that is told of, fold it, say whose it was, and write it with its stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import from_micros, to_micros
from wfm.core.db import cursor
from wfm.directory.queries import attribution_tables
from wfm.queues.rules.calls import fold_calls
from wfm.queues.rules.stays import MAX_AGE, Call, Restart, Stay
from wfm.queues.rules.two_ids import found_again, halves
from wfm.queues.service import call_rows, two_ids
from wfm.queues.service.known_calls import StreamFacts, facts_of, look_up, take_out, with_streams
from wfm.queues.service.restarts import RESTARTS, Moved
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent


def project(
    session: Session,
    stream: Stream,
    events: Sequence[TelephonyEvent],
    within: tuple[int, int],
    moved: Sequence[Moved],
    watermark: int,
) -> set[int]:
    """Fold every call that the events tell of, `within` the oldest and the newest of which they lie.

    Returns the days (ordinals) whose stays may have changed.
    """
    told: dict[str, list[TelephonyEvent]] = defaultdict(list)
    for callid, event in zip(map(ev.CALL, events), events, strict=True):
        told[callid].append(event)
    told.pop("", None)
    system_id = stream.source.system_id
    for callid in two_ids.named_otherwise(session, system_id, told, within):
        told.setdefault(callid, [])
    for callid in _ended_unseen(session, system_id, watermark, moved):
        told.setdefault(callid, [])
    return _refold(session, system_id, told, {stream.id: facts_of(stream)}, watermark)


def refold(session: Session, system_id: int, callids: Iterable[str], watermark: int) -> set[int]:
    """Fold calls anew from all that is known of them; returns the days (ordinals) they lie and lay in."""
    return _refold(session, system_id, {callid: [] for callid in callids}, {}, watermark)


def _refold(
    session: Session,
    system_id: int,
    told: Mapping[str, list[TelephonyEvent]],
    streams: Mapping[int, StreamFacts],
    watermark: int,
) -> set[int]:
    """Fold calls from what is newly `told` of them, by these streams, and all that was known, and write them anew.

    That may tell that a call goes on under the id of another one: then that one is taken out, too.
    """
    everything: dict[str, list[TelephonyEvent]] = {}
    touched: set[int] = set()
    calls: list[Call] = []
    found: list[tuple[Call, Stay]] = []
    while told:
        known, streams, days = take_out(session, system_id, told, streams)
        everything |= told
        everything |= {callid: _joined(events, everything.get(callid, [])) for callid, events in known.items()}
        touched |= days
        calls = _folded(session, system_id, everything, streams, watermark)
        found = halves(calls)
        told = {callid: [] for callid in two_ids.other_halves(session, system_id, found) if callid not in everything}
    calls = _each_once(session, system_id, calls, found_again(found), everything, streams, watermark)
    return touched | call_rows.write(session, system_id, calls, attribution_tables(session))


def known_calls(session: Session, system_id: int, callids: Iterable[str]) -> list[Call]:
    """Calls as their raw events tell them now; nothing is written."""
    callids = set(callids)
    known, streams = look_up(session, system_id, callids | two_ids.named_otherwise(session, system_id, callids))
    watermark = newest(session, system_id)
    calls = _folded(session, system_id, known, streams, watermark)
    return _each_once(session, system_id, calls, found_again(halves(calls)), known, streams, watermark)


def _folded(
    session: Session,
    system_id: int,
    told: Mapping[str, list[TelephonyEvent]],
    streams: Mapping[int, StreamFacts],
    watermark: int,
) -> list[Call]:
    """All calls with these callids, from all events that tell of them; none where every line's time is over."""
    told = {callid: events for callid, events in told.items() if events}
    if not told:
        return []
    restarts = _restarts(session, system_id, min(map(ev.AT, chain.from_iterable(told.values()))))
    told_by = {restart.ref >> ev.POSITION_BITS for restart in chain.from_iterable(restarts.values())}
    streams = with_streams(session, streams, told_by)
    ranks = {stream_id: stream.rank for stream_id, stream in streams.items()}
    calls: list[Call] = []
    for callid, events in told.items():
        calls += fold_calls(callid, events, ranks, restarts, watermark)
    return calls


def _each_once(
    session: Session,
    system_id: int,
    calls: list[Call],
    goes_on: Mapping[str, str],
    told: Mapping[str, list[TelephonyEvent]],
    streams: Mapping[int, StreamFacts],
    watermark: int,
) -> list[Call]:
    """These calls, each that goes on under another one's id folded with it; `told` are the events of each."""
    if not goes_on:
        return calls
    parts: dict[str, list[Call]] = defaultdict(list)
    also: dict[str, list[str]] = defaultdict(list)
    for callid, last in goes_on.items():
        also[last].append(callid)
    for call in calls:
        parts[goes_on.get(call.callid, call.callid)].append(call)
    of_all = {last: list(chain(told[last], *(told[callid] for callid in ids))) for last, ids in also.items()}
    wholes: dict[str, list[Call]] = defaultdict(list)
    for call in _folded(session, system_id, of_all, streams, watermark):
        call.also = sorted(also[call.callid])
        wholes[call.callid].append(call)
    for last, whole in wholes.items():
        if _stays(whole) <= _stays(parts[last]) - len(also[last]):  # else they only looked like one
            parts[last] = whole
    return list(chain.from_iterable(parts.values()))


def _stays(calls: Iterable[Call]) -> int:
    return sum(len(call.stays) for call in calls)


def _joined(known: list[TelephonyEvent], news: list[TelephonyEvent]) -> list[TelephonyEvent]:
    told_again = {event.ref for event in news}
    return [*(event for event in known if event.ref not in told_again), *news]


def newest(session: Session, system_id: int) -> int:
    """The system's watermark: the time of its newest event."""
    at = session.scalar(text("SELECT max(watermark) FROM source WHERE system_id = :system"), {"system": system_id})
    return to_micros(at) if at else 0


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


def _restarts(session: Session, system_id: int, since: int) -> dict[int, list[Restart]]:
    restarts: dict[int, list[Restart]] = {}
    for source_id, stream_id, position, at, last_seen in (
        cursor(session)
        .execute(
            f"SELECT source_id, stream_id, position, at, last_seen FROM ({RESTARTS}) r ORDER BY at",
            (system_id, from_micros(since)),
        )
        .fetchall()
    ):
        restarts.setdefault(source_id, []).append(
            Restart(to_micros(at), ev.pack_ref(stream_id, position), to_micros(last_seen))
        )
    return restarts
