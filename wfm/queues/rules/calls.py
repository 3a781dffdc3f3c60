"""The calls that events tell, whatever order they came in.

Deterministic and total: the same set of events always gives the same calls, so calls can be thrown away and rebuilt.
State machine and traps: docs/concepts.md; both come from watching a real Asterisk 22 (`app_queue`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from wfm.core.clock import DAY
from wfm.queues.rules.stays import TAKE, Call, Fold, Restart
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import POSITION_BITS, TelephonyEvent
from wfm.telephony.rules.redacted import is_pseudonym, read_mark


class StreamRank(NamedTuple):
    """Where a stream stands among others: its source, how far that is trusted for stays, and what makes its order.

    The fingerprint only keeps streams apart where nothing that they tell does.
    """

    rank: int
    source_id: int
    first_at: int
    fingerprint: bytes


#: What orders events and restarts: by time, and within a second as `_places` says.
Place = Callable[[TelephonyEvent | Restart], Any]


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
    place = _places(events, restarts, streams)
    ordered, twice = _in_order(events, streams, place)
    if ordered[-1].at - ordered[0].at <= DAY and not twice:  # nearly all
        return [_fold_one(callid, 0, ordered, streams, restarts, watermark, place)]
    calls: list[Call] = []
    begin = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index].at - ordered[index - 1].at > DAY:
            calls.append(_fold_one(callid, len(calls), ordered[begin:index], streams, restarts, watermark, place))
            begin = index
    for ref in sorted(event.ref for event in twice):
        home = _call_at(calls, next(event.at for event in twice if event.ref == ref))
        home.refs.append(ref)
        home.twice += 1
    return calls


def _call_at(calls: Sequence[Call], at: int) -> Call:
    return next((call for call in reversed(calls) if call.started_at <= at), calls[0])


def _in_order(
    events: Sequence[TelephonyEvent], streams: Mapping[int, StreamRank], place: Place
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
    for event in sorted(events, key=place):
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


def _places(
    events: Sequence[TelephonyEvent], restarts: Mapping[int, Sequence[Restart]], streams: Mapping[int, StreamRank]
) -> Place:
    """The order of a call's events and of restarts: by time; within a second by stream, the older file first.

    Of files that begin in the same second (a copy may begin within it) the one goes first that tells more of the call
    in the second asked for, then the one that tells its restart: the other has only a part of it.
    """
    first = events[0].ref >> POSITION_BITS
    if len(streams) == 1 or (not restarts and all(event.ref >> POSITION_BITS == first for event in events)):
        return itemgetter(0, 1)
    told = Counter((event.ref >> POSITION_BITS, event.at) for event in events)
    restarted = {(restart.ref >> POSITION_BITS, restart.at) for found in restarts.values() for restart in found}

    def place(one: TelephonyEvent | Restart) -> tuple[object, ...]:
        stream = one.ref >> POSITION_BITS
        rank, source_id, first_at, fingerprint = streams[stream]
        here = stream, one.at
        return one.at, rank, source_id, first_at, -told[here], here not in restarted, fingerprint, one.ref

    return place


def _fold_one(
    callid: str,
    nth: int,
    events: Sequence[TelephonyEvent],
    streams: Mapping[int, StreamRank],
    restarts: Mapping[int, Sequence[Restart]],
    watermark: int,
    place: Place,
) -> Call:
    authority = _authority(events, streams)
    call = Call(callid, nth, events[0].at, authority.source_id, refs=[event.ref for event in events])
    fold = Fold(call)
    alone = len(streams) == 1
    pending = _restarts_behind(events[0], restarts.get(authority.source_id, ()), place)
    if alone and not pending:  # nearly all
        for event in events:
            TAKE[event.kind](fold, event)
        fold.finish(watermark)
        _know(call, events)
        return call
    for event in events:
        while pending and place(pending[0]) < place(event):
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


def _restarts_behind(event: TelephonyEvent, restarts: Sequence[Restart], place: Place) -> list[Restart]:
    """The restarts behind an event, in their order."""
    if not restarts:
        return []
    begun = place(event)
    return sorted((restart for restart in restarts if place(restart) > begun), key=place)


def _authority(events: Sequence[TelephonyEvent], streams: Mapping[int, StreamRank]) -> StreamRank:
    """The most trusted source that tells of this call's stays (of the call at all, if none does)."""
    if len(streams) == 1:
        return next(iter(streams.values()))
    telling = {event.ref >> POSITION_BITS for event in events if event.kind in ev.STAY_KINDS}
    telling = telling or {event.ref >> POSITION_BITS for event in events}
    return min((streams[stream] for stream in telling), key=attrgetter("rank", "source_id"))
