"""The one internal vocabulary: what telephone systems tell, whatever their make.

Calls: offered (enters a queue), dialled (the number the citizen dialled is known), refused (never let into the
queue), attempt_failed (an agent's telephone rang in vain), hung_up_on (by an agent before they were put through: the
caller waits on), answered, ended, transferred, abandoned, left (timeout, key, empty, withdrawn). Agents: joined and
left a queue, paused, unpaused, wrap-up. Sources: restarted (all that was open is lost), generated (what follows is
simulated).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

CALL_DIALLED = "call.dialled"
CALL_OFFERED = "call.offered"
CALL_REFUSED = "call.refused"
CALL_ATTEMPT_FAILED = "call.attempt_failed"
CALL_HUNG_UP_ON = "call.hung_up_on"
CALL_ANSWERED = "call.answered"
CALL_ENDED = "call.ended"
CALL_TRANSFERRED = "call.transferred"
CALL_ABANDONED = "call.abandoned"
CALL_LEFT = "call.left"
AGENT_JOINED = "agent.queue_joined"
AGENT_LEFT = "agent.queue_left"
AGENT_PAUSED = "agent.paused"
AGENT_UNPAUSED = "agent.unpaused"
WRAPUP_STARTED = "agent.wrapup_started"
WRAPUP_ENDED = "agent.wrapup_ended"
SOURCE_RESTARTED = "source.restarted"
SOURCE_GENERATED = "source.generated"

#: Events that make or change a stay; only the authoritative source of a call is heard on these.
STAY_KINDS = frozenset(
    {
        CALL_OFFERED,
        CALL_REFUSED,
        CALL_ANSWERED,
        CALL_ENDED,
        CALL_TRANSFERRED,
        CALL_ABANDONED,
        CALL_LEFT,
        CALL_ATTEMPT_FAILED,
        CALL_HUNG_UP_ON,
    }
)
LEFT_REASONS = frozenset({"timeout", "key", "empty", "withdrawn"})

#: In place of a wait: it was not told, and times do not tell it either.
WAIT_UNKNOWN = -1

POSITION_BITS = 40
_POSITION_MASK = (1 << POSITION_BITS) - 1


class TelephonyEvent(NamedTuple):
    """One event, in the trade's words. Empty text means: not told.

    `at` is in microseconds since 1970 UTC; `ref` names the raw event it was read from (see `pack_ref`). `wait_s` and
    `talk_s` are the source's own whole seconds; None is reckoned from the times, WAIT_UNKNOWN is not. `text` is the
    reason of a pause or of leaving, or who ended the call (agent, caller, blind, attended).
    """

    at: int
    ref: int
    kind: str
    call: str = ""
    queue: str = ""
    agent: str = ""
    text: str = ""
    wait_s: int | None = None
    talk_s: int | None = None
    caller: str = ""
    dialled: str = ""
    service: str = ""


#: What many events say, one field of each: by place, which takes half the time that it takes by name.
AT, REF, KIND, CALL, QUEUE = map(itemgetter, range(5))


def pack_ref(stream_id: int, position: int) -> int:
    """The raw event (stream, position) as one integer, ordered as the stream is."""
    return stream_id << POSITION_BITS | position


def unpack_ref(ref: int) -> tuple[int, int]:
    """(stream, position) of a packed reference."""
    return ref >> POSITION_BITS, ref & _POSITION_MASK


class RawRow(NamedTuple):
    """One raw event as an adapter gets it: where it stands in its stream, and the bytes as received."""

    position: int
    payload: bytes


class Unreadable(NamedTuple):
    """A raw event that could not be read, and why: a stable code and a detail for the operator.

    `after` is the instant of the readable line before it in the same batch (None at its edge): an unreadable line
    belongs to that time.
    """

    position: int
    reason: str
    detail: str
    after: int | None = None


class Unfit(Exception):
    """Raised inside an adapter for what it cannot read: a stable code and a detail for the operator."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is to be read: its stream's number, its zone, and the words that the operator declared to be noise.

    `before` is the instant of the newest event of the stream so far, if any: local times without an offset need a
    neighbour in the hour that comes twice.
    """

    stream_id: int
    timezone: str = "Europe/Berlin"
    ignored: frozenset[str] = frozenset()
    settings: dict[str, object] | None = None
    before: int | None = None


class Decoded(NamedTuple):
    """What an adapter made of some raw rows."""

    events: list[TelephonyEvent]
    unreadable: list[Unreadable]


RawRows = Sequence[RawRow]
