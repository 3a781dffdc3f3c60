"""The calls that events tell, whatever order they came in.

Deterministic and total: the same set of events always gives the same calls, so calls can be thrown away and rebuilt.
State machine and traps: docs/concepts.md; both come from watching a real Asterisk 22 (`app_queue`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import NamedTuple

from wfm.core.clock import DAY
from wfm.queues.rules.stays import TAKE, Call, Fold, Restart
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import POSITION_BITS, TelephonyEvent
from wfm.telephony.rules.redacted import is_pseudonym, read_mark


class StreamRank(NamedTuple):
    """Where a stream stands among others: its source, how far that is trusted for stays, and what makes its order."""

    rank: int
    source_id: int
    first_at: int
    fingerprint: bytes


def fold_calls(
    callid: str,
    events: Sequence[TelephonyEvent],
    streams: Mapping[int, StreamRank],
    restarts: Mapping[int, Sequence[Restart]],
    watermark: int,
) -> list[Call]:
    """All calls that ever used a callid, from all events that carry it.

    `streams` are those that these events, others folded with them, and restarts came from; `restarts` is by source.
    `watermark` is the time of the system's newest event: a stay whose last sign is more than MAX_AGE before it has lost
    its end. A callid that comes again more than a day later is another call.
    """
    ordered, twice = _in_order(events, streams)
    calls: list[Call] = []
    begin = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index].at - ordered[index - 1].at > DAY:
            calls.append(_fold_one(callid, len(calls), ordered[begin:index], streams, restarts, watermark))
            begin = index
    for ref in sorted(event.ref for event in twice):
        home = _call_at(calls, next(event.at for event in twice if event.ref == ref))
        home.refs.append(ref)
        home.twice += 1
    return calls


def _call_at(calls: Sequence[Call], at: int) -> Call:
    return next((call for call in reversed(calls) if call.started_at <= at), calls[0])


def _in_order(
    events: Sequence[TelephonyEvent], streams: Mapping[int, StreamRank]
) -> tuple[list[TelephonyEvent], list[TelephonyEvent]]:
    """Events in their true order, and those that only repeat what another stream of the same source told."""
    first = events[0].ref >> POSITION_BITS
    if len(streams) == 1 or all(event.ref >> POSITION_BITS == first for event in events):
        return sorted(events, key=itemgetter(0, 1)), []

    kept: list[TelephonyEvent] = []
    repeated: list[TelephonyEvent] = []
    most: Counter[tuple[object, ...]] = Counter()
    seen: Counter[tuple[object, ...]] = Counter()
    # Lines may have been redacted, and a copy of them not: then only the persons in them differ.
    redacted = any(is_pseudonym(event.agent) or read_mark(event.caller) for event in events)
    for event in sorted(events, key=lambda event: _place(event, streams)):
        stream = event.ref >> POSITION_BITS
        told = event._replace(agent="", caller="") if redacted else event
        content = (streams[stream].source_id, event.at, *told[2:])
        seen[(stream, *content)] += 1
        if seen[(stream, *content)] > most[content]:
            most[content] += 1
            kept.append(event)
        else:
            repeated.append(event)
    return kept, repeated


def _place(event: TelephonyEvent | Restart, streams: Mapping[int, StreamRank]) -> tuple[int, StreamRank, int]:
    """The order of events: by time; within a second by stream (the older file first) and by place in it."""
    return event.at, streams[event.ref >> POSITION_BITS], event.ref


def _fold_one(
    callid: str,
    nth: int,
    events: Sequence[TelephonyEvent],
    streams: Mapping[int, StreamRank],
    restarts: Mapping[int, Sequence[Restart]],
    watermark: int,
) -> Call:
    authority = _authority(events, streams)
    call = Call(callid, nth, events[0].at, authority.source_id, refs=[event.ref for event in events])
    fold = Fold(call)
    alone = len(streams) == 1
    pending = _restarts_behind(events[0], restarts.get(authority.source_id, ()), streams)
    for event in events:
        while pending and _place(pending[0], streams) < _place(event, streams):
            fold.restarted(pending.pop(0))
        heard = alone or streams[event.ref >> POSITION_BITS].source_id == authority.source_id
        if heard:
            TAKE[event.kind](fold, event)
    for restart in pending:
        fold.restarted(restart)
    fold.finish(watermark)
    _know(call, events if alone else sorted(events, key=lambda event: streams[event.ref >> POSITION_BITS][:2]))
    return call


def _know(call: Call, events: Sequence[TelephonyEvent]) -> None:
    """What is known of a call beside its stays: from the most trusted source that tells it, when it first does."""
    for event in events:
        if event.dialled and not call.dialled:
            call.dialled = event.dialled
        if event.caller and not call.caller:
            call.caller = event.caller
        if event.service and not call.service:
            call.service = event.service


def _restarts_behind(
    event: TelephonyEvent, restarts: Sequence[Restart], streams: Mapping[int, StreamRank]
) -> list[Restart]:
    """The restarts behind an event, in their order."""
    if not restarts:
        return []
    begun = _place(event, streams)
    behind = [restart for restart in restarts if _place(restart, streams) > begun]
    return sorted(behind, key=lambda restart: _place(restart, streams))


def _authority(events: Sequence[TelephonyEvent], streams: Mapping[int, StreamRank]) -> StreamRank:
    """The most trusted source that tells of this call's stays (of the call at all, if none does)."""
    if len(streams) == 1:
        return next(iter(streams.values()))
    telling = {event.ref >> POSITION_BITS for event in events if event.kind in ev.STAY_KINDS}
    telling = telling or {event.ref >> POSITION_BITS for event in events}
    return min((streams[stream] for stream in telling), key=attrgetter("rank", "source_id"))
