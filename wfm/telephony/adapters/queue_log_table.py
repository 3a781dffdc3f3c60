"""Asterisk's realtime table `queue_log`: the events of the file in columns, stamped in local time without an offset.

A row is kept as a JSON array of texts: id, time, callid, queuename, agent, event, then data1… or the one column
`data`. What the words mean says `queue_log_words`. The times carry microseconds, and ids may be in another order
than times: events are ordered by time, those of one instant by id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wfm.core.clock import MINUTE
from wfm.telephony.adapters.queue_log import MAX_FIELD, MAX_LINE, explain_event
from wfm.telephony.adapters.queue_log_words import MAKERS, events_of
from wfm.telephony.rules.events import Decoded, RawRows, Reading, TelephonyEvent, Unfit, Unreadable, pack_ref
from wfm.telephony.rules.local_time import LocalTime, call_began, read_time

#: Columns every row must have; data columns follow.
COLUMNS = ("id", "time", "callid", "queuename", "agent", "event")
#: Rows may stand out of order by so much: a row is stamped before it is written.
DISORDER = 5 * MINUTE


class _Row(NamedTuple):
    position: int
    time: LocalTime
    callid: str
    event: str
    line: list[str]
    """The fields as a line of the file has them."""


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read rows of the table."""
    zone = ZoneInfo(reading.timezone)
    read: list[_Row] = []
    problems: list[tuple[Unreadable, int]] = []  # and how many rows were read before it
    for position, payload in rows:
        if not payload:  # its time was over
            continue
        try:
            read.append(_read(position, payload, zone))
        except Unfit as unfit:
            problems.append((Unreadable(position, unfit.reason, unfit.detail), len(read)))
    instants = _instants(read, reading.before)
    events: list[TelephonyEvent] = []
    base = pack_ref(reading.stream_id, 0)
    for index, (row, at) in enumerate(zip(read, instants, strict=True)):
        try:
            events += events_of([MAKERS[row.event](at, base | row.position, row.line)])
        except (ValueError, IndexError, KeyError):
            problem = explain_event(row.event, row.line, reading.ignored)
            if problem is not None:
                problems.append((Unreadable(row.position, *problem), index))
    return Decoded(
        events, [problem._replace(after=instants[count - 1] if count else None) for problem, count in problems]
    )


def _read(position: int, payload: bytes, zone: ZoneInfo) -> _Row:
    """The fields of a row; raises Unfit."""
    if len(payload) >= MAX_LINE:
        raise Unfit("line_too_long", f"longer than {MAX_LINE} bytes")
    try:
        values = json.loads(payload.decode())
    except UnicodeDecodeError as error:
        raise Unfit("encoding", f"not UTF-8 at byte {error.start + 1}") from None
    except (ValueError, RecursionError):
        raise Unfit("not_a_row", "not a row of the table") from None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Unfit("not_a_row", "not a row of texts")
    if len(values) < len(COLUMNS):
        raise Unfit("too_few_fields", f"{len(values)} of at least {len(COLUMNS)} columns")
    if any("\0" in value for value in values):
        raise Unfit("nul_byte", "NUL byte in a column")
    if any(len(value.encode()) > MAX_FIELD for value in values):
        raise Unfit("field_too_long", f"a column is longer than {MAX_FIELD} bytes")
    _, time, callid, queue, agent, event, *data = values
    try:
        line = [time, callid, queue, agent, event, *_as_in_file(data)]
        return _Row(position, read_time(time, zone), callid, event, line)
    except ValueError:
        raise Unfit("time", f"not a time: {time[:40]!r}") from None


def _as_in_file(data: Sequence[str]) -> list[str]:
    """The data fields as the file has them: no empty columns at the end; a `|` inside a column parts fields."""
    return "|".join(data).rstrip("|").split("|")


def _instants(rows: Sequence[_Row], before: int | None) -> list[int]:
    """When each row happened.

    In the hour that comes twice, a row of a call happened the first time possible after the call began, which its id
    tells. A row without a call's id goes on from the row before it; at the beginning of what is known, from `before`,
    or else it lies before the row behind it. Where there is no neighbour at all, the first hour (summer time) is taken.
    """
    instants: list[int] = []
    for index, row in enumerate(rows):
        if row.time.certain:
            before = row.time.first
        elif (began := call_began(row.callid)) is not None:
            before = row.time.not_before(began)
        elif before is not None:
            before = row.time.not_before(before - DISORDER)
        else:
            before = row.time.not_after(_next_instant(rows[index + 1 :]) + DISORDER)
        instants.append(before)
    return instants


def _next_instant(rows: Sequence[_Row]) -> int:
    """The instant of the first row that tells it by itself; 0 where none does."""
    for row in rows:
        if row.time.certain:
            return row.time.first
        if (began := call_began(row.callid)) is not None:
            return row.time.not_before(began)
    return 0
