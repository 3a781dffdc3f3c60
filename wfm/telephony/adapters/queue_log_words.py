"""What the event words of a queue_log mean, for lines of one word with equally many fields, handed over as columns.

By columns since that is how a backfill is read: `map` and `zip` loop in C, a function called for each line takes twice
as long. A single line is a group of one. Field meanings: Asterisk 22 `apps/app_queue.c` and our own captures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Any

from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent

#: Nobody waits or talks for longer than a month.
MAX_SECONDS = 31 * 86_400

Column = Sequence[str]
Rows = Iterable[tuple[Any, ...]]
#: Instants and references of some lines, and their columns (epoch, callid, queue, agent, event, then its data) -> the
#: fields of a TelephonyEvent for each, or nothing at all. ValueError where a column is missing or not of numbers.
Maker = Callable[[Sequence[int], Sequence[int], Sequence[Column]], Rows]

#: TelephonyEvent of all of its fields: a third of the time of its constructor, which is for those that leave some out.
_event: Callable[[tuple[Any, ...]], TelephonyEvent] = partial(tuple.__new__, TelephonyEvent)

_EMPTY: Iterable[str] = repeat("")
_UNKNOWN: Iterable[None] = repeat(None)


def read_lines(
    word: str, ats: Sequence[int], refs: Sequence[int], lines: Sequence[Sequence[str]]
) -> Iterable[TelephonyEvent]:
    """The events of lines of one word, split into equally many fields each.

    Raises KeyError for an unknown word, ValueError for fields that are missing or no numbers.
    """
    return map(_event, MAKERS[word](ats, refs, list(zip(*lines, strict=True))))


@lru_cache(maxsize=4_096)
def seconds(text: str) -> int:
    """Whole seconds; a clock set back gives negative ones, which count as none."""
    number = int(text)
    if number > MAX_SECONDS:
        raise ValueError(f"{number} s")
    return number if number > 0 else 0


@lru_cache(maxsize=4_096)
def _number(url: str) -> str:
    """What a queue's URL field says if it is the number dialled; 14 digits from 99 are a LeiKa key, and none."""
    digits = url.removeprefix("+")
    return url if digits.isdigit() and not (len(digits) == 14 and digits.startswith("99")) else ""


@lru_cache(maxsize=4_096)
def _tag(url: str) -> str:
    """What a queue's URL field says if it is no number: the matter of the call."""
    return "" if _number(url) else url


def _named(names: Column) -> Iterable[str]:
    return map({"NONE": ""}.get, names, names)


def _text(data: Sequence[Column]) -> Iterable[str]:
    """All that is told behind the word; nothing is escaped, so a `|` in a reason made more fields of it."""
    if len(data) == 1:
        return data[0]
    return map("|".join, zip(*data, strict=True)) if data else _EMPTY


def _rows(
    ats: Sequence[int],
    refs: Sequence[int],
    kind: str,
    calls: Iterable[str] = _EMPTY,
    queues: Iterable[str] = _EMPTY,
    agents: Iterable[str] = _EMPTY,
    texts: Iterable[str] = _EMPTY,
    waits: Iterable[int | None] = _UNKNOWN,
    talks: Iterable[int | None] = _UNKNOWN,
    callers: Iterable[str] = _EMPTY,
    dialled: Iterable[str] = _EMPTY,
    services: Iterable[str] = _EMPTY,
) -> Rows:
    """The fields of TelephonyEvent, row by row, as long as there are instants."""
    kinds = repeat(kind)
    return zip(ats, refs, kinds, calls, queues, agents, texts, waits, talks, callers, dialled, services, strict=False)


def _offered(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    _, calls, queues, _, _, urls, callers, *_ = columns
    numbers, tags = map(_number, urls), map(_tag, urls)
    return _rows(ats, refs, ev.CALL_OFFERED, calls, queues, callers=callers, dialled=numbers, services=tags)


def _dialled(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    _, calls, queues, _, _, numbers, *_ = columns
    return _rows(ats, refs, ev.CALL_DIALLED, calls, _named(queues), dialled=numbers)


def _answered(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    _, calls, queues, agents, _, waits, *_ = columns
    return _rows(ats, refs, ev.CALL_ANSWERED, calls, queues, agents, waits=map(seconds, waits))


def _completed(by: str) -> Maker:
    def make(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
        _, calls, queues, agents, _, waits, talks, *_ = columns
        waited, talked = map(seconds, waits), map(seconds, talks)
        return _rows(ats, refs, ev.CALL_ENDED, calls, queues, agents, repeat(by), waited, talked)

    return make


def _transferred(how: str) -> Maker:
    def make(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
        # hold, talk and position are the last three, whatever the kind of transfer put before them
        _, calls, queues, agents, _, _, *_, waits, talks, _ = columns
        waited, talked = map(seconds, waits), map(seconds, talks)
        return _rows(ats, refs, ev.CALL_TRANSFERRED, calls, queues, agents, repeat(how), waited, talked)

    return make


def _unanswered(kind: str, reason: str, wait_field: int) -> Maker:
    def make(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
        _, calls, queues, _, _, *data = columns
        if len(data) <= wait_field:
            raise ValueError("no wait")
        return _rows(ats, refs, kind, calls, queues, texts=repeat(reason), waits=map(seconds, data[wait_field]))

    return make


def _dumped(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    _, calls, queues, *_ = columns
    return _rows(ats, refs, ev.CALL_LEFT, calls, queues, texts=repeat("withdrawn"))


def _attempt_failed(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    _, calls, queues, agents, *_ = columns
    return _rows(ats, refs, ev.CALL_ATTEMPT_FAILED, calls, queues, agents)


def _agent(kind: str, text: Callable[[Sequence[Column]], Iterable[str]]) -> Maker:
    def make(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
        _, _, queues, agents, _, *data = columns
        return _rows(ats, refs, kind, queues=_named(queues), agents=agents, texts=text(data))

    return make


def _no_text(data: Sequence[Column]) -> Iterable[str]:
    return _EMPTY


def _if_paused(data: Sequence[Column]) -> Iterable[str]:
    return map({"PAUSED": "PAUSED"}.get, data[0], _EMPTY) if data else _EMPTY


def _source(kind: str) -> Maker:
    def make(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
        return _rows(ats, refs, kind, texts=_text(columns[5:]))

    return make


def _nothing(ats: Sequence[int], refs: Sequence[int], columns: Sequence[Column]) -> Rows:
    return ()


MAKERS: dict[str, Maker] = {
    "ENTERQUEUE": _offered,
    "DID": _dialled,
    "CONNECT": _answered,
    "COMPLETEAGENT": _completed("agent"),
    "COMPLETECALLER": _completed("caller"),
    "BLINDTRANSFER": _transferred("blind"),
    "ATTENDEDTRANSFER": _transferred("attended"),
    "TRANSFER": _transferred("blind"),  # the word for both before Asterisk 12
    "ABANDON": _unanswered(ev.CALL_ABANDONED, "", 2),
    "EXITWITHTIMEOUT": _unanswered(ev.CALL_LEFT, "timeout", 2),
    "EXITEMPTY": _unanswered(ev.CALL_LEFT, "empty", 2),
    "EXITWITHKEY": _unanswered(ev.CALL_LEFT, "key", 3),
    "WITHDRAW": _unanswered(ev.CALL_LEFT, "withdrawn", 2),
    "AGENTDUMP": _dumped,
    "SYSCOMPAT": _dumped,
    "RINGNOANSWER": _attempt_failed,
    "RINGCANCELED": _attempt_failed,
    "ADDMEMBER": _agent(ev.AGENT_JOINED, _if_paused),
    "REMOVEMEMBER": _agent(ev.AGENT_LEFT, _no_text),
    "AGENTLOGIN": _agent(ev.AGENT_JOINED, _no_text),
    "AGENTLOGOFF": _agent(ev.AGENT_LEFT, _no_text),
    "PAUSE": _agent(ev.AGENT_PAUSED, _text),
    "UNPAUSE": _agent(ev.AGENT_UNPAUSED, _text),
    "PAUSEALL": _nothing,  # each is followed by one PAUSE a queue: counting both would count twice
    "UNPAUSEALL": _nothing,
    "CONFIGRELOAD": _nothing,
    "PENALTY": _nothing,
    "RINGINUSE": _nothing,
    "QUEUESTART": _source(ev.SOURCE_RESTARTED),
    "WFMGENERATED": _source(ev.SOURCE_GENERATED),
}
