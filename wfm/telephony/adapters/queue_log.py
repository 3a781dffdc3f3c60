"""Asterisk `queue_log`, one line an event: `epoch|callid|queue|agent|EVENT|data...`.

Nothing is escaped in the file, so a `|` in a pause reason makes more fields. What the words mean says
`queue_log_words`; the realtime table holds the same events in columns and shares it.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import itemgetter

from wfm.telephony.adapters.queue_log_words import DATA1, MAKERS, TIME, WORD, Line, Maker, events_of, nothing
from wfm.telephony.rules.events import Decoded, RawRow, RawRows, Reading, TelephonyEvent, Unreadable, pack_ref
from wfm.telephony.rules.local_time import EARLIEST, LATEST

#: A line longer than this was cut at intake and is not read.
MAX_LINE = 65_536
#: Names, numbers and reasons are short; garbage in a well-formed line must not reach an index of the database.
MAX_FIELD = 255
#: Hardly an event has so many fields: it may be two lines in one.
MANY_FIELDS = 10
#: So many lines are looked through for what is out of the ordinary at once, and slowed down by it.
BLOCK = 500


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read lines of a queue_log file: a block at once where all of it is well-formed, as it nearly always is."""
    decoded = Decoded([], [])
    makers = dict.fromkeys(reading.ignored, nothing) | MAKERS
    last_at: int | None = None
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        read = _read_block(block, reading.stream_id, makers)
        if read is not None:
            events, last_at = read
            decoded.events.extend(events)
        else:
            last_at = _read_one_by_one(block, reading, makers, last_at, decoded)
    return decoded


def _read_block(rows: RawRows, stream_id: int, makers: Mapping[str, Maker]) -> tuple[list[TelephonyEvent], int] | None:
    """The events of lines that are all well-formed, and the last line's instant; else None.

    What is out of the ordinary in any way is left to the reading one by one, which gives the same events.
    """
    positions, payloads = zip(*rows, strict=True)
    whole = b"\n".join(payloads)
    if b"\0" in whole or b"\r" in whole or max(map(len, payloads)) > MAX_FIELD:
        return None
    base = pack_ref(stream_id, 0)
    try:
        lines = list(map(str.split, whole.decode().split("\n"), repeat("|")))
        seconds = list(map(int, map(itemgetter(TIME), lines)))
        if min(seconds) < EARLIEST or max(seconds) > LATEST or (max(map(len, lines)) >= MANY_FIELDS and _torn(lines)):
            return None
        made = [
            makers[line[WORD]](second * 1_000_000, base | position, line)
            for second, position, line in zip(seconds, positions, lines, strict=True)
        ]
    except (ValueError, IndexError, KeyError):
        return None
    return list(events_of(made)), seconds[-1] * 1_000_000


def _read_one_by_one(
    rows: RawRows, reading: Reading, makers: Mapping[str, Maker], last_at: int | None, decoded: Decoded
) -> int | None:
    """Read what can be read and say what is wrong with the rest; returns the instant of the last line that has one."""
    base = pack_ref(reading.stream_id, 0)
    for position, payload in rows:
        try:
            line = _fields(payload)
            if len(line) >= MANY_FIELDS and behind_torn(payload):
                raise ValueError("two lines in one")
            second = int(line[TIME])
            if not EARLIEST <= second <= LATEST:
                raise ValueError(f"{second} is not a time")
            last_at = second * 1_000_000
            decoded.events.extend(events_of([makers[line[WORD]](last_at, base | position, line)]))
        except (ValueError, IndexError, KeyError):
            problem = explain(payload, reading.ignored)
            if problem is not None and (whole := behind_torn(payload)):
                problem = "half_line", "half a line, as a crash leaves it; the line that goes on in it was read"
                decoded.unreadable.append(Unreadable(position, *problem, last_at))
                again = decode([RawRow(position, whole)], reading)
                decoded.events.extend(again.events)
                last_at = again.events[-1].at if again.events else last_at
            elif problem is not None:
                decoded.unreadable.append(Unreadable(position, *problem, last_at))
    return last_at


def _torn(lines: Sequence[Line]) -> bool:
    """Whether one of the lines may be a torn one with another behind it: a longer time, or two words."""
    return any(
        len(line) >= MANY_FIELDS and (len(line[TIME]) > 10 or not MAKERS.keys().isdisjoint(line[DATA1:]))
        for line in lines
    )


def _fields(payload: bytes) -> list[str]:
    """The fields of a line; raises ValueError where it is no text of such fields."""
    if 0 in payload or len(payload) >= MAX_LINE or any(len(field) > MAX_FIELD for field in payload.split(b"|")):
        raise ValueError("NUL byte, or endless field")
    return _text(payload).split("|")


def _text(payload: bytes) -> str:
    """A line as text. Asterisk cuts long reasons by bytes, so half a letter at the end is left out."""
    return getincrementaldecoder("utf-8")().decode(payload.rstrip(b"\r"))


def behind_torn(payload: bytes) -> bytes | None:
    """The whole line that goes on in one torn off by a crash: Asterisk appends, and its first line is QUEUESTART."""
    if len(payload) >= MAX_LINE:
        return None
    fields = payload.split(b"|")
    for start in range(len(fields) - 5, -1, -1):
        torn, second = fields[start][:-10], fields[start][-10:]
        if fields[start + 4].decode(errors="replace") in MAKERS and second.isdigit() and (start or torn):
            return b"|".join([second, *fields[start + 1 :]]) if EARLIEST <= int(second) <= LATEST else None
    return None


def explain(payload: bytes, ignored: frozenset[str]) -> tuple[str, str] | None:
    """Why a line could not be read (code, detail); None for a line that is to be passed over."""
    if len(payload) >= MAX_LINE:
        return "line_too_long", f"longer than {MAX_LINE} bytes"
    if b"\0" in payload:
        return "nul_byte", f"NUL byte at column {payload.index(0) + 1}"
    try:
        fields = _text(payload).split("|")
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
