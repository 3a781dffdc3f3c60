"""What the event words of a queue_log mean: one function a word, from a line's fields to those of a TelephonyEvent.

Tuples and no TelephonyEvents, all fields given: a backfill has millions of lines, and its constructor takes longer than
all the rest. Field meanings: Asterisk 22 `apps/app_queue.c` and our own captures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import repeat

from wfm.telephony.rules.events import (
    AGENT_JOINED,
    AGENT_LEFT,
    AGENT_PAUSED,
    AGENT_UNPAUSED,
    CALL_ABANDONED,
    CALL_ANSWERED,
    CALL_ATTEMPT_FAILED,
    CALL_DIALLED,
    CALL_ENDED,
    CALL_HUNG_UP_ON,
    CALL_LEFT,
    CALL_OFFERED,
    CALL_TRANSFERRED,
    SOURCE_GENERATED,
    SOURCE_RESTARTED,
    TelephonyEvent,
)

#: Nobody waits or talks for longer than a month.
MAX_SECONDS = 31 * 86_400

#: A line's fields, and where what stands.
Line = Sequence[str]
TIME, CALL, QUEUE, AGENT, WORD, DATA1, DATA2, DATA3, DATA4 = range(9)

#: Those of a TelephonyEvent.
Fields = tuple[int, int, str, str, str, str, str, int | None, int | None, str, str, str]
#: Instant, reference and line -> the event's fields, or None where the word tells us nothing. ValueError or IndexError
#: where a field is missing or no number.
Maker = Callable[[int, int, Line], Fields | None]


def events_of(made: Iterable[Fields | None]) -> Iterable[TelephonyEvent]:
    """The events of what makers made."""
    return map(tuple.__new__, repeat(TelephonyEvent), filter(None, made))


@lru_cache(maxsize=4_096)
def seconds(text: str) -> int:
    """Whole seconds; a clock set back gives negative ones, which count as none."""
    number = int(text)
    if number > MAX_SECONDS:
        raise ValueError(f"{number} s")
    return number if number > 0 else 0


@lru_cache(maxsize=4_096)
def _number_and_tag(url: str) -> tuple[str, str]:
    """What a queue's URL field says: the number dialled, or the matter of the call. 14 digits from 99 are a LeiKa key,
    and no number."""
    digits = url.removeprefix("+")
    return (url, "") if digits.isdigit() and not (len(digits) == 14 and digits.startswith("99")) else ("", url)


#: A queue as Asterisk names none.
_NONE = {"NONE": ""}


def _offered(at: int, ref: int, line: Line) -> Fields:
    number, tag = _number_and_tag(line[DATA1])
    return at, ref, CALL_OFFERED, line[CALL], line[QUEUE], "", "", None, None, line[DATA2], number, tag


def _dialled(at: int, ref: int, line: Line) -> Fields:
    if line[CALL] == "NONE":  # as the manager writes it without a UniqueId
        raise ValueError("a number without a call")
    queue = _NONE.get(line[QUEUE], line[QUEUE])
    return at, ref, CALL_DIALLED, line[CALL], queue, "", "", None, None, "", line[DATA1], ""


def _answered(at: int, ref: int, line: Line) -> Fields:
    return at, ref, CALL_ANSWERED, line[CALL], line[QUEUE], line[AGENT], "", seconds(line[DATA1]), None, "", "", ""


def _completed(by: str) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        waited, talked = seconds(line[DATA1]), seconds(line[DATA2])
        return at, ref, CALL_ENDED, line[CALL], line[QUEUE], line[AGENT], by, waited, talked, "", "", ""

    return make


def _transferred(how: str) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        # hold, talk and position are the last three, whatever the kind of transfer put before them
        _, *_, waits, talks, _ = line[DATA1:]
        waited, talked = seconds(waits), seconds(talks)
        return at, ref, CALL_TRANSFERRED, line[CALL], line[QUEUE], line[AGENT], how, waited, talked, "", "", ""

    return make


def _unanswered(kind: str, reason: str, wait_field: int) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        return at, ref, kind, line[CALL], line[QUEUE], "", reason, seconds(line[wait_field]), None, "", "", ""

    return make


def _dumped(at: int, ref: int, line: Line) -> Fields:
    return at, ref, CALL_HUNG_UP_ON, line[CALL], line[QUEUE], line[AGENT], "", None, None, "", "", ""


def _attempt_failed(at: int, ref: int, line: Line) -> Fields:
    return at, ref, CALL_ATTEMPT_FAILED, line[CALL], line[QUEUE], line[AGENT], "", None, None, "", "", ""


def _joined(at: int, ref: int, line: Line) -> Fields:
    paused = "PAUSED" if len(line) > DATA1 and line[DATA1] == "PAUSED" else ""
    queue = _NONE.get(line[QUEUE], line[QUEUE])
    return at, ref, AGENT_JOINED, "", queue, line[AGENT], paused, None, None, "", "", ""


def _agent(kind: str) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        queue = _NONE.get(line[QUEUE], line[QUEUE])
        return at, ref, kind, "", queue, line[AGENT], "", None, None, "", "", ""

    return make


def _agent_with_reason(kind: str) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        # nothing is escaped, so a `|` in a reason made more fields of it
        queue = _NONE.get(line[QUEUE], line[QUEUE])
        return at, ref, kind, "", queue, line[AGENT], "|".join(line[DATA1:]), None, None, "", "", ""

    return make


def _source(kind: str) -> Maker:
    def make(at: int, ref: int, line: Line) -> Fields:
        return at, ref, kind, "", "", "", "|".join(line[DATA1:]), None, None, "", "", ""

    return make


def nothing(at: int, ref: int, line: Line) -> None:
    """A word that tells us nothing."""


MAKERS: dict[str, Maker] = {
    "ENTERQUEUE": _offered,
    "DID": _dialled,
    "CONNECT": _answered,
    "COMPLETEAGENT": _completed("agent"),
    "COMPLETECALLER": _completed("caller"),
    "BLINDTRANSFER": _transferred("blind"),
    "ATTENDEDTRANSFER": _transferred("attended"),
    "TRANSFER": _transferred("blind"),  # the word for both before Asterisk 12
    "ABANDON": _unanswered(CALL_ABANDONED, "", DATA3),
    "EXITWITHTIMEOUT": _unanswered(CALL_LEFT, "timeout", DATA3),
    "EXITEMPTY": _unanswered(CALL_LEFT, "empty", DATA3),
    "EXITWITHKEY": _unanswered(CALL_LEFT, "key", DATA4),
    "WITHDRAW": _unanswered(CALL_LEFT, "withdrawn", DATA3),
    "AGENTDUMP": _dumped,
    "SYSCOMPAT": _dumped,
    "RINGNOANSWER": _attempt_failed,
    "RINGCANCELED": _attempt_failed,
    "ADDMEMBER": _joined,
    "REMOVEMEMBER": _agent(AGENT_LEFT),
    "AGENTLOGIN": _agent(AGENT_JOINED),
    "AGENTLOGOFF": _agent(AGENT_LEFT),
    "PAUSE": _agent_with_reason(AGENT_PAUSED),
    "UNPAUSE": _agent_with_reason(AGENT_UNPAUSED),
    "PAUSEALL": nothing,  # each is followed by one PAUSE a queue: counting both would count twice
    "UNPAUSEALL": nothing,
    "CONFIGRELOAD": nothing,
    "PENALTY": nothing,
    "RINGINUSE": nothing,
    "OUTCALL": nothing,  # of the application QueueUpdate: a call that the dialplan itself made
    "QUEUESTART": _source(SOURCE_RESTARTED),
    "WFMGENERATED": _source(SOURCE_GENERATED),
}
