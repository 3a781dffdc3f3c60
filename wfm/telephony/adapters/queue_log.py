"""Asterisk `queue_log`, one line an event: `epoch|callid|queue|agent|EVENT|data...`.

Nothing is escaped in the file, so a `|` in a pause reason makes more fields. Field meanings: Asterisk 22
`apps/app_queue.c` and our own captures. The realtime table holds the same events in columns: it shares `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import Decoded, RawRows, Reading, TelephonyEvent, Unreadable, pack_ref
from wfm.telephony.rules.local_time import EARLIEST, LATEST

#: A line longer than this was cut at intake and is not read.
MAX_LINE = 65_536
#: Names, numbers and reasons are short; garbage in a well-formed line must not reach an index of the database.
MAX_FIELD = 255
#: Nobody waits or talks for longer than a month.
MAX_SECONDS = 31 * 86_400

Head = tuple[int, int, str, str, str]  # at, ref, callid, queue, agent
Maker = Callable[[Head, Sequence[str]], TelephonyEvent | None]


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read lines of a queue_log file."""
    events: list[TelephonyEvent] = []
    unreadable: list[Unreadable] = []
    base = pack_ref(reading.stream_id, 0)
    makers = MAKERS
    last_at: int | None = None
    for position, payload in rows:
        try:
            if 0 in payload or (len(payload) > MAX_FIELD and _too_long(payload)):
                raise ValueError("NUL byte or endless field")
            fields = payload.decode().rstrip("\r").split("|")
            second = int(fields[0])
            if not EARLIEST <= second <= LATEST:
                raise ValueError(f"{second} is not a time")
            last_at = second * 1_000_000
            made = makers[fields[4]]((last_at, base | position, fields[1], fields[2], fields[3]), fields[5:])
            if made is not None:
                events.append(made)
        except (ValueError, IndexError, KeyError):
            problem = explain(payload, reading.ignored)
            if problem is not None:
                unreadable.append(Unreadable(position, *problem, last_at))
    return Decoded(events, unreadable)


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
    if not fields[0].isdigit() or not EARLIEST <= int(fields[0][:12]) <= LATEST:
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


def _too_long(payload: bytes) -> bool:
    return len(payload) >= MAX_LINE or any(len(field) > MAX_FIELD for field in payload.split(b"|"))


def seconds(text: str) -> int:
    """Whole seconds; a clock set back gives negative ones, which count as none."""
    number = int(text)
    if number > MAX_SECONDS:
        raise ValueError(f"{number} s")
    return max(0, number)


def _offered(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, call, queue, _ = head
    url = data[0]
    service = dialled = ""
    if url:
        digits = url.removeprefix("+")
        if digits.isdigit() and not (len(digits) == 14 and digits.startswith("99")):  # 14 digits from 99: a LeiKa key
            dialled = url
        else:
            service = url
    return TelephonyEvent(at, ref, ev.CALL_OFFERED, call, queue, "", "", None, None, data[1], dialled, service)


def _answered(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, call, queue, agent = head
    return TelephonyEvent(at, ref, ev.CALL_ANSWERED, call, queue, agent, "", seconds(data[0]))


def _completed(by: str) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        at, ref, call, queue, agent = head
        return TelephonyEvent(at, ref, ev.CALL_ENDED, call, queue, agent, by, seconds(data[0]), seconds(data[1]))

    return make


def _transferred(how: str) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        at, ref, call, queue, agent = head
        if len(data) < 4:
            raise IndexError
        # hold, talk and position are the last three, whatever the kind of transfer put before them
        return TelephonyEvent(
            at, ref, ev.CALL_TRANSFERRED, call, queue, agent, how, seconds(data[-3]), seconds(data[-2])
        )

    return make


def _unanswered(kind: str, reason: str, wait_field: int) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        at, ref, call, queue, _ = head
        return TelephonyEvent(at, ref, kind, call, queue, "", reason, seconds(data[wait_field]))

    return make


def _dumped(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, call, queue, _ = head
    return TelephonyEvent(at, ref, ev.CALL_LEFT, call, queue, "", "withdrawn")


def _attempt_failed(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, call, queue, agent = head
    return TelephonyEvent(at, ref, ev.CALL_ATTEMPT_FAILED, call, queue, agent)


def _dialled(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, call, queue, _ = head
    return TelephonyEvent(at, ref, ev.CALL_DIALLED, call, _named(queue), "", "", None, None, "", data[0])


def _agent(kind: str) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        at, ref, _, queue, agent = head
        return TelephonyEvent(at, ref, kind, "", _named(queue), agent, "|".join(data))

    return make


def _logged(kind: str) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        at, ref, _, queue, agent = head
        return TelephonyEvent(at, ref, kind, "", _named(queue), agent)

    return make


def _joined(head: Head, data: Sequence[str]) -> TelephonyEvent:
    at, ref, _, queue, agent = head
    paused = bool(data) and data[0] == "PAUSED"
    return TelephonyEvent(at, ref, ev.AGENT_JOINED, "", _named(queue), agent, "PAUSED" if paused else "")


def _source(kind: str) -> Maker:
    def make(head: Head, data: Sequence[str]) -> TelephonyEvent:
        return TelephonyEvent(head[0], head[1], kind, text="|".join(data))

    return make


def _nothing(head: Head, data: Sequence[str]) -> None:
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
