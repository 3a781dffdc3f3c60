"""The stays of one call, as its events tell them one after the other: the state machine of docs/concepts.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from wfm.core.clock import HOUR, SECOND
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent

#: A stay of which nothing was heard for so long has lost its end.
MAX_AGE = 4 * HOUR
#: What happens so soon after midnight may change the day before: the wrap-up behind a talk that began there.
OVER_MIDNIGHT = MAX_AGE + HOUR

#: More telephones than this ring in vain for nobody: a log that says so is broken.
MOST_ATTEMPTS = 32_767

#: Who ended a stay whose end nobody told: it lasts, was given up, or cut off by a restart.
UNFINISHED = frozenset({None, "age", "restart"})

OFFERED_OUTCOMES = ("answered", "abandoned", "timeout", "key", "empty", "withdrawn", "lost", "open")


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
    def left(self) -> bool:
        return self.outcome == "abandoned" or self.outcome in ev.LEFT_REASONS

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
    also: list[str] = field(default_factory=list)
    """Other ids under which the telephone system told of it; see `two_ids`."""

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


class Fold:
    """The state while the events of one call are gone through in order."""

    __slots__ = ("call", "dialled_at", "hung_up_on", "restarts_seen")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.dialled_at: TelephonyEvent | None = None
        self.hung_up_on: tuple[TelephonyEvent, ...] = ()
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
        but not behind a restart, after which nothing of before goes on. One that began just then and was left is the
        same stay, which went on: Asterisk may say ABANDON twice (`try_calling` in app_queue.c).
        """
        for stay in reversed(self.call.stays):
            if stay.queue == event.queue and _waited(stay, event.at):
                return stay
        if self.restarts_seen:
            return None
        began = event.at - max(0, event.wait_s or 0) * SECOND
        for stay in reversed(self.call.stays):
            if stay.queue == event.queue and stay.left and abs(stay.entered_at - began) <= SECOND:
                stay.outcome, stay.ended_at, stay.ended_by = "open", None, None
                return stay
        if self.dialled_at is not None and self.dialled_at.queue in ("", event.queue):
            self.dialled_at = None
        stay = Stay(event.queue, began, start_unknown=True)
        behind = sum(other.entered_at <= stay.entered_at for other in self.call.stays)
        self.call.stays.insert(behind, stay)
        return stay

    def answered(self, event: TelephonyEvent) -> None:
        stay = self.waiting(event)
        if stay is None:
            return
        stay.outcome, stay.answered_at, stay.agent = "answered", event.at, event.agent or None
        stay.wait_s = _wait(stay, event)

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
        stay.wait_s = _wait(stay, event)

    def attempt_failed(self, event: TelephonyEvent) -> None:
        for stay in reversed(self.call.stays):
            if stay.queue == event.queue and stay.waiting:
                stay.attempts_failed = min(stay.attempts_failed + 1, MOST_ATTEMPTS)
                return

    def agent_hung_up(self, event: TelephonyEvent) -> None:
        """An agent hung up on the caller, who waits on, and may be hung up on again; unless it is the last we hear."""
        self.hung_up_on += (event,)

    def leave_hung_up_on(self) -> None:
        """Who still waits where an agent hung up on them, and of whom nothing more was told, left there."""
        for event in reversed(self.hung_up_on):
            for stay in self.call.stays:
                if stay.queue == event.queue and _waited(stay, event.at):
                    stay.outcome, stay.ended_at, stay.ended_by = "withdrawn", event.at, "age"
                    stay.wait_s = _wait(stay, event)

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
        self.hung_up_on = ()
        self.restarts_seen = True

    def finish(self, watermark: int) -> None:
        self.refuse_dialled()
        self.leave_hung_up_on()
        self.grow_old(watermark)

    def grow_old(self, at: int) -> None:
        """Stays that at this instant have not been heard of for too long have lost their end."""
        for stay in self.call.stays:
            if stay.waiting and at - stay.entered_at > MAX_AGE:
                stay.outcome, stay.ended_by = "lost", "age"
            elif stay.talking and at - (stay.answered_at or stay.entered_at) > MAX_AGE:
                stay.ended_by = "age"


def _wait(stay: Stay, event: TelephonyEvent) -> int | None:
    """How long a stay had waited when this event ended that: as told, or else reckoned, or unknown."""
    if event.wait_s is None:
        return (event.at - stay.entered_at) // SECOND
    return None if event.wait_s == ev.WAIT_UNKNOWN else event.wait_s


def _waited(stay: Stay, at: int) -> bool:
    """Whether a stay was waiting at an instant; one that is reckoned from whole seconds may lie under a second off."""
    return stay.waiting and stay.entered_at < at + SECOND


#: What each kind of event does to a call that is being folded.
TAKE: dict[str, Callable[[Fold, TelephonyEvent], None]] = {
    ev.CALL_DIALLED: Fold.dialled,
    ev.CALL_OFFERED: Fold.offered,
    ev.CALL_REFUSED: Fold.refused,
    ev.CALL_ANSWERED: Fold.answered,
    ev.CALL_ENDED: Fold.ended,
    ev.CALL_TRANSFERRED: Fold.ended,
    ev.CALL_ABANDONED: Fold.unanswered,
    ev.CALL_LEFT: Fold.unanswered,
    ev.CALL_ATTEMPT_FAILED: Fold.attempt_failed,
    ev.CALL_HUNG_UP_ON: Fold.agent_hung_up,
    ev.WRAPUP_STARTED: Fold.wrapup_started,
    ev.WRAPUP_ENDED: Fold.wrapup_ended,
    ev.AGENT_JOINED: Fold.nothing,
    ev.AGENT_LEFT: Fold.nothing,
    ev.AGENT_PAUSED: Fold.nothing,
    ev.AGENT_UNPAUSED: Fold.nothing,
}
