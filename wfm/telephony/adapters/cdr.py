"""Call detail records as CSV, whatever the vendor: a column map says what is where (`rules/column_map.py`).

A CDR is written when a call, or a leg of it, is over: one row tells a whole stay. It seldom knows how long somebody
waited: unless the map says where that stands, the wait is unknown and counts in no service level. Where a system has a
better source, its rows only add facts (the number dialled, the service).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wfm.core.clock import SECOND
from wfm.core.errors import BadInput
from wfm.telephony.adapters.queue_log import MAX_FIELD, MAX_LINE
from wfm.telephony.adapters.queue_log_words import MAX_SECONDS
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.column_map import ColumnMap, prepare
from wfm.telephony.rules.events import Decoded, RawRows, Reading, TelephonyEvent, Unfit, Unreadable, pack_ref
from wfm.telephony.rules.local_time import LocalTime, call_began, read_time


class _Row(NamedTuple):
    call: str
    start: int
    answered: LocalTime | None
    ended: LocalTime | None
    wait_s: int | None
    talk_s: int | None
    queue: str
    agent: str
    caller: str
    dialled: str
    service: str


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read rows of a CDR file by the map in the source's settings."""
    events: list[TelephonyEvent] = []
    unreadable: list[Unreadable] = []
    try:
        column_map = prepare((reading.settings or {})["cdr"])  # type: ignore[arg-type]
    except (BadInput, KeyError, TypeError) as error:
        return Decoded(
            [], [Unreadable(row.position, "no_map", f"the source has no column map: {error}") for row in rows]
        )
    zone = ZoneInfo(reading.timezone)
    for position, payload in rows:
        if position == 0 and column_map.header:
            continue
        try:
            values = _values(payload, column_map)
            if values and column_map.wants(values):
                events.extend(_events(values, column_map, zone, pack_ref(reading.stream_id, position)))
        except Unfit as unfit:
            unreadable.append(Unreadable(position, unfit.reason, unfit.detail, events[-1].at if events else None))
    return Decoded(events, unreadable)


def _values(payload: bytes, column_map: ColumnMap) -> list[str]:
    """The columns of a row; none for an empty line. Raises Unfit."""
    if len(payload) >= MAX_LINE:
        raise Unfit("line_too_long", f"longer than {MAX_LINE} bytes")
    if 0 in payload:
        raise Unfit("nul_byte", f"NUL byte at column {payload.index(0) + 1}")
    try:
        text = payload.decode(column_map.encoding).removeprefix("\ufeff").rstrip("\r")
    except UnicodeDecodeError as error:
        raise Unfit("encoding", f"not {column_map.encoding} at column {error.start + 1}") from None
    if not text:
        return []
    try:
        values = next(csv.reader([text], strict=True, **column_map.dialect))
    except csv.Error as error:
        raise Unfit("csv", str(error)) from None
    if len(values) < column_map.at_least or len(values) != (column_map.width or len(values)):
        raise Unfit("columns", f"{len(values)} columns instead of {column_map.width or column_map.at_least}")
    return values


def _events(values: Sequence[str], column_map: ColumnMap, zone: ZoneInfo, ref: int) -> list[TelephonyEvent]:
    """The stay that a row tells, event by event as it would have been told while it happened. Raises Unfit."""
    outcome = column_map.outcome(values)
    if outcome is None:
        raise Unfit("unknown_outcome", "no rule for the outcome fits")
    row = _row(values, column_map, zone)
    begun = TelephonyEvent(
        row.start,
        ref,
        ev.CALL_OFFERED,
        row.call,
        row.queue,
        caller=row.caller,
        dialled=row.dialled,
        service=row.service,
    )
    if outcome == "refused":
        return [begun._replace(kind=ev.CALL_REFUSED)]
    if outcome == "attempt":
        return [begun._replace(kind=ev.CALL_ATTEMPT_FAILED, agent=row.agent)]
    if outcome == "answered":
        return [begun, *_talk(row, column_map, ref)]
    kind, why = (ev.CALL_ABANDONED, "") if outcome == "abandoned" else (ev.CALL_LEFT, outcome)
    end = _instant(row.ended, row.start, row.wait_s)
    return [
        begun,
        TelephonyEvent(end, ref, kind, row.call, row.queue, text=why, wait_s=_wait(row, row.ended, column_map)),
    ]


def _wait(row: _Row, until: LocalTime | None, column_map: ColumnMap) -> int | None:
    """The wait as the row tells it, None where it lies between the start and `until`, or else unknown."""
    if row.wait_s is not None:
        return row.wait_s
    return None if column_map.tells_waits and until is not None else ev.WAIT_UNKNOWN


def _talk(row: _Row, column_map: ColumnMap, ref: int) -> list[TelephonyEvent]:
    at, wait_s = _instant(row.answered, row.start, row.wait_s), _wait(row, row.answered, column_map)
    answered = TelephonyEvent(at, ref, ev.CALL_ANSWERED, row.call, row.queue, row.agent, wait_s=wait_s)
    if row.ended is None and row.talk_s is None:
        return [answered]
    end = _instant(row.ended, at, row.talk_s)
    return [answered, answered._replace(at=end, kind=ev.CALL_ENDED, talk_s=row.talk_s)]


def _instant(told: LocalTime | None, earliest: int, seconds: int | None) -> int:
    """When something ended that began at `earliest`: as told, or else so many seconds later; never before it."""
    return earliest + (seconds or 0) * SECOND if told is None else max(earliest, told.not_before(earliest))


def _row(values: Sequence[str], column_map: ColumnMap, zone: ZoneInfo) -> _Row:
    """The fields of a row; raises Unfit."""
    told = {name: field.of(values) for name, field in column_map.fields.items()}
    for name, text in told.items():
        if len(text) > MAX_FIELD:
            raise Unfit("field_too_long", f"{name} is longer than {MAX_FIELD} characters")
    start = _time(told, "start", zone, column_map)
    if start is None or not told["call"]:
        raise Unfit("data", "call or start is empty")
    return _Row(
        call=told["call"],
        start=start.not_before(call_began(told["call"]) or 0),
        answered=_time(told, "answered", zone, column_map),
        ended=_time(told, "ended", zone, column_map),
        wait_s=_seconds(told, "wait_s"),
        talk_s=_seconds(told, "talk_s"),
        **{name: told.get(name, "") for name in ("queue", "agent", "caller", "dialled", "service")},
    )


def _time(told: dict[str, str], name: str, zone: ZoneInfo, column_map: ColumnMap) -> LocalTime | None:
    text = told.get(name, "")
    if not text:
        return None
    try:
        return read_time(text, zone, column_map.time_format)
    except ValueError:
        raise Unfit("time", f"{name} is not a time: {text[:40]!r}") from None


def _seconds(told: dict[str, str], name: str) -> int | None:
    text = told.get(name, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= MAX_SECONDS:
        raise Unfit("data", f"{name} is not a number of seconds: {text[:40]!r}")
    return int(number)
