"""Calls that were there before: taken out, with all that was told of them, to be folded anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session

from wfm.core.clock import to_micros
from wfm.core.db import cursor
from wfm.queues.rules.calls import StreamRank
from wfm.queues.service.call_rows import TouchedDays
from wfm.telephony.adapters import decoder
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent


class StreamFacts(NamedTuple):
    """What folding must know of a stream: its place among others, and how its rows are read."""

    rank: StreamRank
    reading: Reading
    kind: str


def take_out(
    session: Session, system_id: int, callids: Iterable[str], told_by: Iterable[int]
) -> tuple[dict[str, list[TelephonyEvent]], dict[int, StreamFacts], set[int]]:
    """Delete calls and their stays, as far as there are any.

    Returns all of their events, read again from their raw rows, by call; the streams of these and those in `told_by`;
    and the days (ordinals) the calls and stays lay in.
    """
    known, rows, days = _delete(session, system_id, list(callids))
    streams = streams_of(session, {*told_by, *rows})
    for stream_id, payloads in rows.items():
        stream = streams[stream_id]
        raw = [RawRow(position, payloads[position]) for position in sorted(payloads)]
        for event in decoder(stream.kind)(raw, stream.reading).events:
            if event.call in known:
                known[event.call].append(event)
    return known, streams, days


def _delete(
    session: Session, system_id: int, callids: list[str]
) -> tuple[dict[str, list[TelephonyEvent]], dict[int, dict[int, bytes]], set[int]]:
    known: dict[str, list[TelephonyEvent]] = {}
    rows: dict[int, dict[int, bytes]] = {}
    touched = TouchedDays()
    days: set[int] = set()
    db = cursor(session)
    for callid, day, stream_id, position, payload in db.execute(
        f"""WITH gone AS (
              DELETE FROM call WHERE system_id = %s AND callid = ANY(%s) RETURNING callid, day, events
            )
            SELECT gone.callid, gone.day, r.stream_id, r.position, r.payload
            FROM gone CROSS JOIN unnest(gone.events) AS told (ref)
            LEFT JOIN raw_event r ON r.stream_id = (told.ref >> {ev.POSITION_BITS})::int
                                 AND r.position = told.ref & {(1 << ev.POSITION_BITS) - 1}""",
        (system_id, callids),
    ).fetchall():
        known[callid] = []
        days.add(day.toordinal())
        if payload is not None:
            rows.setdefault(stream_id, {})[position] = payload
    if known:
        for instants in db.execute(
            """DELETE FROM stay WHERE system_id = %s AND callid = ANY(%s)
               RETURNING entered_at, answered_at, ended_at""",
            (system_id, list(known)),
        ).fetchall():
            touched.touch(*(None if instant is None else to_micros(instant) for instant in instants))
    return known, rows, days | touched.seen


def streams_of(session: Session, stream_ids: Iterable[int]) -> dict[int, StreamFacts]:
    """What is to be known of some streams."""
    found = cursor(session).execute(
        """SELECT st.id, so.rank, so.id, st.first_at, st.fingerprint,
                  so.kind, so.timezone, so.ignored_events, so.settings
           FROM stream st JOIN source so ON so.id = st.source_id WHERE st.id = ANY(%s)""",
        (list(stream_ids),),
    )
    return {
        stream_id: StreamFacts(
            StreamRank(rank, source_id, to_micros(first_at) if first_at else 0, fingerprint),
            Reading(stream_id, timezone, frozenset(ignored), settings),
            kind,
        )
        for stream_id, rank, source_id, first_at, fingerprint, kind, timezone, ignored, settings in found.fetchall()
    }
