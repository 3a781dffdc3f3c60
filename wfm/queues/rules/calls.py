"""The calls that events tell, whatever order they came in.

Deterministic and total: the same set of events always gives the same calls, so calls can be thrown away and rebuilt.
State machine and traps: docs/concepts.md; both come from watching a real Asterisk 22 (`app_queue`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import NamedTuple

from wfm.core.clock import DAY, HOUR, SECOND
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import POSITION_BITS, TelephonyEvent

#: A stay of which nothing was heard for so long has lost its end.
MAX_AGE = 4 * HOUR
#: What happens so soon after midnight may change the day before: the wrap-up behind a talk that began there.
OVER_MIDNIGHT = MAX_AGE + HOUR

#: More telephones than this ring in vain for nobody: a log that says so is broken.
MOST_ATTEMPTS = 32_767

OFFERED_OUTCOMES = ("answered", "abandoned", "timeout", "key", "empty", "withdrawn", "lost", "open")


class StreamRank(NamedTuple):
    """Where a stream stands among others: its source, how far that is trusted for stays, and what makes its order."""

    rank: int
    source_id: int
    first_at: int
    fingerprint: bytes


class Restart(NamedTuple):
    """The telephone system began anew at `at`; what was open ended unseen at `last_seen`."""

    at: int
    ref: int
    last_seen: int


@dataclass(slots=True)
class Stay:
    """One citizen's time in one queue. Durations are the source's whole seconds; None means unknown.

    `outcome` is one of OFFERED_OUTCOMES, or `refused` (never let in, so not offered). An answered stay without `talk_s`
    is still talking or its end is missing.
    """

    queue: str
    entered_at: int
    outcome: str = "open"
    start_unknown: bool = False
    answered_at: int | None = None
    ended_at: int | None = None
    wait_s: int | None = None
    talk_s: int | None = None
    agent: str | None = None
    ended_by: str | None = None
    attempts_failed: int = 0
    wrapup_from: int | None = None
    wrapup_s: int | None = None

    @property
    def waiting(self) -> bool:
        return self.outcome == "open"

    @property
    def talking(self) -> bool:
        return self.outcome == "answered" and self.ended_by is None


@dataclass(slots=True)
class Call:
    """One citizen's call: all its stays, and what is known of whom it was for."""

    callid: str
    nth: int
    started_at: int
    source_id: int
    stays: list[Stay] = field(default_factory=list)
    dialled: str = ""
    caller: str = ""
    service: str = ""
    refs: list[int] = field(default_factory=list)
    twice: int = 0

    @property
    def first_queue(self) -> str:
        return self.stays[0].queue if self.stays else ""

    @property
    def answered(self) -> bool:
        return "answered" in [stay.outcome for stay in self.stays]

    @property
    def refused(self) -> bool:
        return {stay.outcome for stay in self.stays} == {"refused"}

    @property
    def open(self) -> bool:
        return any(stay.waiting or stay.talking for stay in self.stays)

    @property
    def talk_s(self) -> int:
        return sum([stay.talk_s or 0 for stay in self.stays])


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
    for event in sorted(events, key=lambda event: _place(event, streams)):
        stream = event.ref >> POSITION_BITS
        content = (streams[stream].source_id, event.at, *event[2:])
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
    fold = _Fold(call)
    alone = len(streams) == 1
    pending = _restarts_behind(events[0], restarts.get(authority.source_id, ()), streams)
    for event in events:
        while pending and _place(pending[0], streams) < _place(event, streams):
            fold.restarted(pending.pop(0))
        heard = alone or streams[event.ref >> POSITION_BITS].source_id == authority.source_id
        if heard:
            _TAKE[event.kind](fold, event)
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


class _Fold:
    """The state while the events of one call are gone through in order."""

    __slots__ = ("call", "dialled_at", "restarts_seen")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.dialled_at: TelephonyEvent | None = None
        self.restarts_seen = False

    def dialled(self, event: TelephonyEvent) -> None:
        """A number was dialled: the caller enters the queue next, or was refused."""
        self.refuse_dialled()
        self.dialled_at = event

    def refuse_dialled(self) -> None:
        if self.dialled_at is not None:
            self.refused(self.dialled_at)
            self.dialled_at = None

    def refused(self, event: TelephonyEvent) -> None:
        self.call.stays.append(Stay(event.queue, event.at, "refused", ended_at=event.at, ended_by="system"))

    def offered(self, event: TelephonyEvent) -> None:
        if self.dialled_at is not None and self.dialled_at.queue in ("", event.queue):
            self.dialled_at = None
        self.refuse_dialled()
        self.call.stays.append(Stay(event.queue, event.at))

    def waiting(self, event: TelephonyEvent) -> Stay | None:
        """The stay that an answer or a leaving belongs to: the newest one still waiting in the queue.

        Where none is (its beginning was lost, or the reading began in mid-call), an implicit one that began a wait ago;
        but not behind a restart, after which nothing of before goes on.
        """
        for stay in reversed(self.call.stays):
            if stay.queue == event.queue and _waited(stay, event.at):
                return stay
        if self.restarts_seen:
            return None
        if self.dialled_at is not None and self.dialled_at.queue in ("", event.queue):
            self.dialled_at = None
        stay = Stay(event.queue, event.at - (event.wait_s or 0) * SECOND, start_unknown=True)
        behind = sum(other.entered_at <= stay.entered_at for other in self.call.stays)
        self.call.stays.insert(behind, stay)
        return stay

    def answered(self, event: TelephonyEvent) -> None:
        stay = self.waiting(event)
        if stay is None:
            return
        stay.outcome, stay.answered_at, stay.agent = "answered", event.at, event.agent or None
        stay.wait_s = (event.at - stay.entered_at) // SECOND if event.wait_s is None else event.wait_s

    def ended(self, event: TelephonyEvent) -> None:
        """An end belongs to the oldest stay still talking with that agent.

        A blind transfer back into the same queue may log the new stay first.
        """
        talking = [stay for stay in self.call.stays if stay.queue == event.queue and stay.talking]
        stay = next((stay for stay in talking if stay.agent == event.agent), talking[0] if talking else None)
        if stay is None:
            stay = self.answer_missed(event)
        if stay is None:
            return
        stay.ended_at, stay.ended_by = event.at, event.text or "unknown"
        stay.talk_s = event.talk_s
        if event.talk_s is None and stay.answered_at is not None:
            stay.talk_s = (event.at - stay.answered_at) // SECOND

    def answer_missed(self, event: TelephonyEvent) -> Stay | None:
        """The end of a talk whose beginning was never read: the answer is `talk_s` before it."""
        begun = event._replace(at=event.at - (event.talk_s or 0) * SECOND)
        known = any(
            stay.queue == event.queue and not stay.waiting and stay.outcome != "refused" for stay in self.call.stays
        )
        waits = any(stay.queue == event.queue and _waited(stay, begun.at) for stay in self.call.stays)
        if self.restarts_seen or (known and not waits):
            return None
        self.answered(begun)
        return next(stay for stay in reversed(self.call.stays) if stay.queue == event.queue and stay.talking)

    def unanswered(self, event: TelephonyEvent) -> None:
        stay = self.waiting(event)
        if stay is None:
            return
        abandoned = event.kind == ev.CALL_ABANDONED
        stay.outcome = "abandoned" if abandoned else (event.text if event.text in ev.LEFT_REASONS else "withdrawn")
        stay.ended_at, stay.ended_by = event.at, "caller" if abandoned or event.text == "key" else "system"
        stay.wait_s = (event.at - stay.entered_at) // SECOND if event.wait_s is None else event.wait_s

    def attempt_failed(self, event: TelephonyEvent) -> None:
        for stay in reversed(self.call.stays):
            if stay.queue == event.queue and stay.waiting:
                stay.attempts_failed = min(stay.attempts_failed + 1, MOST_ATTEMPTS)
                return

    def wrapup_started(self, event: TelephonyEvent) -> None:
        for stay in reversed(self.call.stays):
            if stay.outcome == "answered" and stay.agent == event.agent:
                stay.wrapup_from = event.at
                return

    def wrapup_ended(self, event: TelephonyEvent) -> None:
        for stay in reversed(self.call.stays):
            if stay.agent == event.agent and stay.wrapup_from is not None:
                stay.wrapup_s = (event.at - stay.wrapup_from) // SECOND
                return

    def nothing(self, event: TelephonyEvent) -> None:
        """An event that tells nothing of stays."""

    def restarted(self, restart: Restart) -> None:
        self.grow_old(restart.at)
        for stay in self.call.stays:
            if stay.waiting:
                stay.outcome, stay.ended_at, stay.ended_by = "lost", max(stay.entered_at, restart.last_seen), "restart"
            elif stay.talking:
                stay.ended_by = "restart"
        self.refuse_dialled()
        self.restarts_seen = True

    def finish(self, watermark: int) -> None:
        self.refuse_dialled()
        self.grow_old(watermark)

    def grow_old(self, at: int) -> None:
        """Stays that at this instant have not been heard of for too long have lost their end."""
        for stay in self.call.stays:
            if stay.waiting and at - stay.entered_at > MAX_AGE:
                stay.outcome, stay.ended_by = "lost", "age"
            elif stay.talking and at - (stay.answered_at or stay.entered_at) > MAX_AGE:
                stay.ended_by = "age"


def _waited(stay: Stay, at: int) -> bool:
    """Whether a stay was waiting at an instant; one that is reckoned from whole seconds may lie under a second off."""
    return stay.waiting and stay.entered_at < at + SECOND


_TAKE = {
    ev.CALL_DIALLED: _Fold.dialled,
    ev.CALL_OFFERED: _Fold.offered,
    ev.CALL_REFUSED: _Fold.refused,
    ev.CALL_ANSWERED: _Fold.answered,
    ev.CALL_ENDED: _Fold.ended,
    ev.CALL_TRANSFERRED: _Fold.ended,
    ev.CALL_ABANDONED: _Fold.unanswered,
    ev.CALL_LEFT: _Fold.unanswered,
    ev.CALL_ATTEMPT_FAILED: _Fold.attempt_failed,
    ev.WRAPUP_STARTED: _Fold.wrapup_started,
    ev.WRAPUP_ENDED: _Fold.wrapup_ended,
    ev.AGENT_JOINED: _Fold.nothing,
    ev.AGENT_LEFT: _Fold.nothing,
    ev.AGENT_PAUSED: _Fold.nothing,
    ev.AGENT_UNPAUSED: _Fold.nothing,
}
