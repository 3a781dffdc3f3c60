"""Asterisk `queue_log`, one line an event: `epoch|callid|queue|agent|EVENT|data...`.

Nothing is escaped in the file, so a `|` in a pause reason makes more fields. Field meanings: Asterisk 22
`apps/app_queue.c` and our own captures. The realtime table holds the same events in columns: it shares `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import Decoded, RawRow, RawRows, Reading, TelephonyEvent, Unreadable, pack_ref
from wfm.telephony.rules.local_time import EARLIEST, LATEST

#: A line longer than this was cut at intake and is not read.
MAX_LINE = 65_536
#: Names, numbers and reasons are short; garbage in a well-formed line must not reach an index of the database.
MAX_FIELD = 255
#: Hardly an event has so many fields: it may be two lines in one.
MANY_FIELDS = 10
#: Nobody waits or talks for longer than a month.
MAX_SECONDS = 31 * 86_400

#: An event's instant and reference, and the fields of its line: epoch, callid, queue, agent, event, then its data.
Maker = Callable[[int, int, Sequence[str]], TelephonyEvent | None]

#: TelephonyEvent of all of its fields: a third of the time of its constructor, which is for those that leave some out.
_event: Callable[[tuple[Any, ...]], TelephonyEvent] = partial(tuple.__new__, TelephonyEvent)


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read lines of a queue_log file."""
    events: list[TelephonyEvent] = []
    unreadable: list[Unreadable] = []
    base = pack_ref(reading.stream_id, 0)
    makers = MAKERS
    last_at: int | None = None
    for (position, payload), text in zip(rows, _texts(rows), strict=True):
        try:
            if text is None:
                raise ValueError("NUL byte, endless field, or not UTF-8")
            line = text.split("|")
            if len(line) >= MANY_FIELDS and _behind_torn(payload):
                raise ValueError("two lines in one")
            second = int(line[0])
            if not EARLIEST <= second <= LATEST:
                raise ValueError(f"{second} is not a time")
            last_at = second * 1_000_000
            made = makers[line[4]](last_at, base | position, line)
            if made is not None:
                events.append(made)
        except (ValueError, IndexError, KeyError):
            problem = explain(payload, reading.ignored)
            if problem is not None and (whole := _behind_torn(payload)):
                problem = "half_line", "half a line, as a crash leaves it; the line that goes on in it was read"
                unreadable.append(Unreadable(position, *problem, last_at))
                again = decode([RawRow(position, whole)], reading)
                events += again.events
                last_at = again.events[-1].at if again.events else last_at
            elif problem is not None:
                unreadable.append(Unreadable(position, *problem, last_at))
    return Decoded(events, unreadable)


def _behind_torn(payload: bytes) -> bytes | None:
    """The whole line that goes on in one torn off by a crash: Asterisk appends, and its first line is QUEUESTART."""
    if len(payload) >= MAX_LINE:
        return None
    fields = payload.split(b"|")
    for start in range(len(fields) - 5, -1, -1):
        torn, second = fields[start][:-10], fields[start][-10:]
        if fields[start + 4].decode(errors="replace") in MAKERS and second.isdigit() and (start or torn):
            return b"|".join([second, *fields[start + 1 :]]) if EARLIEST <= int(second) <= LATEST else None
    return None


def _texts(rows: RawRows) -> Sequence[str | None]:
    """The lines as text, None where that cannot be; all at once where all are harmless, as they nearly always are."""
    payloads = [payload for _, payload in rows]
    whole = b"\n".join(payloads)
    if b"\0" not in whole and b"\r" not in whole and max(map(len, payloads), default=0) <= MAX_FIELD:
        try:
            texts = whole.decode().split("\n")
        except UnicodeDecodeError:
            texts = []
        if len(texts) == len(rows):
            return texts
    return [_text(payload) for payload in payloads]


def _text(payload: bytes) -> str | None:
    if 0 in payload or len(payload) >= MAX_LINE or any(len(field) > MAX_FIELD for field in payload.split(b"|")):
        return None
    try:
        return payload.decode().rstrip("\r")
    except UnicodeDecodeError:
        return None


def explain(payload: bytes, ignored: frozenset[str]) -> tuple[str, str] | None:
    """Why a line could not be read (code, detail); None for a line that is to be passed over."""
    if len(payload) >= MAX_LINE:
        return "line_too_long", f"longer than {MAX_LINE} bytes"
    if b"\0" in payload:
        return "nul_byte", f"NUL byte at column {payload.index(0) + 1}"
    try:
        fields = payload.decode().rstrip("\r").split("|")
    except UnicodeDecodeError as error:
        return "encoding", f"not UTF-8 at column {error.start + 1}"
    if fields == [""]:
        return None
    if len(fields) < 5:
        return "too_few_fields", f"{len(fields)} of at least 5 fields"
    if not fields[0].isdecimal() or not EARLIEST <= int(fields[0][:12]) <= LATEST:
        return "time", f"not a time: {fields[0][:40]!r}"
    return explain_event(fields[4], fields, ignored)


def explain_event(word: str, fields: Sequence[str], ignored: frozenset[str]) -> tuple[str, str] | None:
    """What is wrong with an event whose time could be read (code, detail); None where the operator ignores its word."""
    if any(len(field.encode()) > MAX_FIELD for field in fields):
        return "field_too_long", f"a field is longer than {MAX_FIELD} bytes"
    if word in MAKERS:
        return "data", f"the fields of {word} are incomplete or not numbers"
    if word in ignored:
        return None
    return "unknown_event", f"unknown event {word[:40]!r}"


@lru_cache(maxsize=4_096)
def seconds(text: str) -> int:
    """Whole seconds; a clock set back gives negative ones, which count as none."""
    number = int(text)
    if number > MAX_SECONDS:
        raise ValueError(f"{number} s")
    return number if number > 0 else 0


def _offered(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    url = line[5]
    service = dialled = ""
    if url:
        digits = url.removeprefix("+")
        if digits.isdigit() and not (len(digits) == 14 and digits.startswith("99")):  # 14 digits from 99: a LeiKa key
            dialled = url
        else:
            service = url
    return _event((at, ref, ev.CALL_OFFERED, line[1], line[2], "", "", None, None, line[6], dialled, service))


def _dialled(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    return _event((at, ref, ev.CALL_DIALLED, line[1], _named(line[2]), "", "", None, None, "", line[5], ""))


def _answered(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    return _event((at, ref, ev.CALL_ANSWERED, line[1], line[2], line[3], "", seconds(line[5]), None, "", "", ""))


def _completed(by: str) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        wait, talk = seconds(line[5]), seconds(line[6])
        return _event((at, ref, ev.CALL_ENDED, line[1], line[2], line[3], by, wait, talk, "", "", ""))

    return make


def _transferred(how: str) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        _, call, queue, agent, _, *data = line
        if len(data) < 4:
            raise IndexError
        # hold, talk and position are the last three, whatever the kind of transfer put before them
        wait, talk = seconds(data[-3]), seconds(data[-2])
        return TelephonyEvent(at, ref, ev.CALL_TRANSFERRED, call, queue, agent, how, wait, talk)

    return make


def _unanswered(kind: str, reason: str, wait_field: int) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        return TelephonyEvent(at, ref, kind, line[1], line[2], "", reason, seconds(line[5 + wait_field]))

    return make


def _dumped(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    return TelephonyEvent(at, ref, ev.CALL_LEFT, line[1], line[2], "", "withdrawn")


def _attempt_failed(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    return TelephonyEvent(at, ref, ev.CALL_ATTEMPT_FAILED, line[1], line[2], line[3])


def _agent(kind: str) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        return _event((at, ref, kind, "", _named(line[2]), line[3], "|".join(line[5:]), None, None, "", "", ""))

    return make


def _logged(kind: str) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        return TelephonyEvent(at, ref, kind, "", _named(line[2]), line[3])

    return make


def _joined(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
    paused = line[5:6] == ["PAUSED"]
    return TelephonyEvent(at, ref, ev.AGENT_JOINED, "", _named(line[2]), line[3], "PAUSED" if paused else "")


def _source(kind: str) -> Maker:
    def make(at: int, ref: int, line: Sequence[str]) -> TelephonyEvent:
        return TelephonyEvent(at, ref, kind, text="|".join(line[5:]))

    return make


def _nothing(at: int, ref: int, line: Sequence[str]) -> None:
    return None


def _named(name: str) -> str:
    return "" if name == "NONE" else name


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
    "ADDMEMBER": _joined,
    "REMOVEMEMBER": _logged(ev.AGENT_LEFT),
    "AGENTLOGIN": _logged(ev.AGENT_JOINED),
    "AGENTLOGOFF": _logged(ev.AGENT_LEFT),
    "PAUSE": _agent(ev.AGENT_PAUSED),
    "UNPAUSE": _agent(ev.AGENT_UNPAUSED),
    "PAUSEALL": _nothing,  # each is followed by one PAUSE a queue: counting both would count twice
    "UNPAUSEALL": _nothing,
    "CONFIGRELOAD": _nothing,
    "PENALTY": _nothing,
    "RINGINUSE": _nothing,
    "QUEUESTART": _source(ev.SOURCE_RESTARTED),
    "WFMGENERATED": _source(ev.SOURCE_GENERATED),
}
