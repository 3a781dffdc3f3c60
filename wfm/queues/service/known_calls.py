"""Calls that were there before: taken out, with all that was told of them, to be folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from wfm.core.clock import to_micros
from wfm.core.db import cursor
from wfm.queues.rules.calls import StreamRank
from wfm.queues.service.call_rows import TouchedDays
from wfm.queues.service.spelling import spelled
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent


class StreamFacts(NamedTuple):
    """What folding must know of a stream: its place among others, and how its rows are read."""

    rank: StreamRank
    reading: Reading
    kind: str


def take_out(
    session: Session, system_id: int, callids: Iterable[str], streams: Mapping[int, StreamFacts]
) -> tuple[dict[str, list[TelephonyEvent]], Mapping[int, StreamFacts], set[int]]:
    """Delete calls and their stays, as far as there are any.

    Returns all of their events, read again from their raw rows, by call; the streams of these, and the `streams` that
    are known; and the days (ordinals) the calls and stays lay in.
    """
    found, rows = _rows(session, _TAKE, system_id, callids)
    known, streams = _read(session, found, rows, streams)
    touched = TouchedDays()
    if known:
        for instants in (
            cursor(session)
            .execute(
                """DELETE FROM stay WHERE system_id = %s AND callid = ANY(%s)
                   RETURNING entered_at, answered_at, ended_at""",
                (system_id, list(known)),
            )
            .fetchall()
        ):
            touched.touch(*(None if instant is None else to_micros(instant) for instant in instants))
    return known, streams, touched.seen.union(*found.values())


def look_up(
    session: Session, system_id: int, callids: Iterable[str]
) -> tuple[dict[str, list[TelephonyEvent]], Mapping[int, StreamFacts]]:
    """All events of calls, read again from their raw rows, by call, and their streams; the calls stay."""
    return _read(session, *_rows(session, _LOOK, system_id, callids), {})


_TAKE = "DELETE FROM call WHERE system_id = %s AND callid = ANY(%s) RETURNING callid, also, day, events"
_LOOK = "SELECT callid, also, day, events FROM call WHERE system_id = %s AND callid = ANY(%s)"


def _rows(
    session: Session, calls: str, system_id: int, callids: Iterable[str]
) -> tuple[dict[str, set[int]], dict[int, dict[int, bytes]]]:
    """The days (ordinals) of calls by each id that they have, and their raw rows by stream and position."""
    days: dict[str, set[int]] = {}
    rows: dict[int, dict[int, bytes]] = {}
    for callid, also, day, stream_id, position, payload in (
        cursor(session)
        .execute(
            f"""WITH c AS ({calls})
                SELECT c.callid, c.also, c.day, r.stream_id, r.position, r.payload
                FROM c CROSS JOIN unnest(c.events) AS told (ref)
                LEFT JOIN raw_event r ON r.stream_id = (told.ref >> {ev.POSITION_BITS})::int
                                     AND r.position = told.ref & {(1 << ev.POSITION_BITS) - 1}""",
            (system_id, list(callids)),
        )
        .fetchall()
    ):
        for name in (callid, *(also or ())):
            days.setdefault(name, set()).add(day.toordinal())
        if payload is not None:
            rows.setdefault(stream_id, {})[position] = payload
    return days, rows


def _read(
    session: Session,
    callids: Iterable[str],
    rows: dict[int, dict[int, bytes]],
    streams: Mapping[int, StreamFacts],
) -> tuple[dict[str, list[TelephonyEvent]], Mapping[int, StreamFacts]]:
    """The events in raw rows, by call; `streams`, with those of these rows."""
    known: dict[str, list[TelephonyEvent]] = {callid: [] for callid in callids}
    streams = with_streams(session, streams, rows)
    for stream_id, payloads in rows.items():
        stream = streams[stream_id]
        raw = [RawRow(position, payloads[position]) for position in sorted(payloads)]
        for event in spelled(session, stream.kind, decoder(stream.kind)(raw, stream.reading).events):
            if event.call in known:
                known[event.call].append(event)
    return known, streams


def facts_of(stream: Stream) -> StreamFacts:
    """What is to be known of a stream that is at hand."""
    source = stream.source
    return StreamFacts(
        StreamRank(source.rank, source.id, to_micros(stream.first_at) if stream.first_at else 0, stream.fingerprint),
        Reading(stream.id, source.timezone, frozenset(source.ignored_events), source.settings),
        source.kind,
    )


def with_streams(
    session: Session, streams: Mapping[int, StreamFacts], stream_ids: Iterable[int]
) -> Mapping[int, StreamFacts]:
    """`streams`, with those of these ids that are missing there: mostly none."""
    missing = set(stream_ids) - streams.keys()
    if not missing:
        return streams
    found = session.scalars(select(Stream).where(Stream.id.in_(missing)).options(joinedload(Stream.source)))
    return {**streams, **{stream.id: facts_of(stream) for stream in found}}
