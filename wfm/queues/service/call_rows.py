"""Writing calls and their stays: rows of both tables, and the days that they touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.core import pgcopy as pg
from wfm.core.clock import HOUR, berlin_ordinal
from wfm.core.db import cursor
from wfm.directory.rules.attribution import AttributionTables
from wfm.directory.rules.numbers import canonical_number
from wfm.queues.rules.attribution import Attribution, attribute
from wfm.queues.rules.stays import OVER_MIDNIGHT, Call
from wfm.queues.service.kept_attributions import Kept, kept_attributions
from wfm.telephony.rules.redacted import caller_area, read_mark

CALL_COLUMNS = {
    "system_id": "int2",
    "callid": "text",
    "nth": "int2",
    "day": pg.DAY,
    "started_at": pg.INSTANT,
    "source_id": "int4",
    "queue": "text",
    "dialled": "text",
    "caller_area": "text",
    "caller_period": "int4",
    "caller_hash": "bytea",
    "tag": "text",
    "service": "text",
    "partner": "text",
    "likely": "text",
    "method": "text",
    "answered": "bool",
    "refused": "bool",
    "open": "bool",
    "talk_s": "int4",
    "twice": "int2",
    "events": pg.INT8_ARRAY,
    "also": pg.TEXT_ARRAY,
}
STAY_COLUMNS = {
    "system_id": "int2",
    "callid": "text",
    "nth": "int2",
    "stay_no": "int2",
    "day": pg.DAY,
    "queue": "text",
    "entered_at": pg.INSTANT,
    "outcome": "text",
    "start_unknown": "bool",
    "answered_at": pg.INSTANT,
    "ended_at": pg.INSTANT,
    "wait_s": "int4",
    "talk_s": "int4",
    "wrapup_s": "int4",
    "agent": "text",
    "ended_by": "text",
    "attempts_failed": "int2",
}
Row = tuple[Any, ...]


def write(session: Session, system_id: int, calls: Sequence[Call], tables: AttributionTables) -> set[int]:
    """Copy calls and stays into their tables; returns the days (ordinals) whose figures they change."""
    days = TouchedDays()
    whose = _Whose(tables)
    names = [(call.callid, days.ordinal(call.started_at)) for call in calls]
    names += [(name, days.ordinal(call.started_at)) for call in calls if call.also for name in call.also]
    kept = kept_attributions(session, system_id, names)
    db = cursor(session)
    pg.copy_rows(db, "call", CALL_COLUMNS, [_call_row(system_id, call, days, whose, kept) for call in calls])
    pg.copy_rows(db, "stay", STAY_COLUMNS, [row for call in calls for row in _stay_rows(system_id, call, days)])
    return days.seen


def _call_row(
    system_id: int, call: Call, days: TouchedDays, whose: _Whose, kept: Mapping[tuple[str, int], Kept]
) -> Row:
    ordinal = days.ordinal(call.started_at)
    area = whose.area(call.caller)
    queue = call.first_queue
    dialled, (partner, likely, method) = whose.attribution(call.dialled, queue, area, ordinal)
    service = whose.tables.service_of_tag(call.service) if call.service else None
    if kept and (stands := _kept(call, ordinal, kept)) is not None:
        service, partner, likely, method = stands
    return (
        system_id,
        call.callid,
        call.nth,
        pg.day(ordinal),
        call.started_at - pg.PG_EPOCH_MICROS,
        call.source_id,
        queue,
        dialled,
        area,
        *caller_columns(call),
        call.service,
        service,
        partner,
        likely,
        method,
        call.answered,
        call.refused,
        call.open,
        call.talk_s,
        call.twice,
        pg.int8_array(call.refs),
        pg.text_array(call.also) if call.also else None,
    )


def _kept(call: Call, ordinal: int, kept: Mapping[tuple[str, int], Kept]) -> Kept | None:
    """What was kept of a call; where both halves of one were kept, of that which was somebody's."""
    found = [kept[name, ordinal] for name in (*call.also, call.callid) if (name, ordinal) in kept]
    return min(found, key=lambda half: half[1] is None, default=None)


def caller_columns(call: Call) -> tuple[int | None, bytes | None]:
    """`caller_period` and `caller_hash`: what a redacted line still tells of who called."""
    mark = read_mark(call.caller)
    return (mark.period, mark.hash) if mark and mark.hash else (None, None)


def _stay_rows(system_id: int, call: Call, days: TouchedDays) -> Iterator[Row]:
    callid, nth = call.callid, call.nth
    for number, stay in enumerate(call.stays):
        entered_at, answered_at, ended_at = stay.entered_at, stay.answered_at, stay.ended_at
        days.touch(entered_at, answered_at, ended_at)
        yield (
            system_id,
            callid,
            nth,
            number,
            pg.day(days.ordinal(entered_at)),
            stay.queue,
            entered_at - pg.PG_EPOCH_MICROS,
            stay.outcome,
            stay.start_unknown,
            None if answered_at is None else answered_at - pg.PG_EPOCH_MICROS,
            None if ended_at is None else ended_at - pg.PG_EPOCH_MICROS,
            stay.wait_s,
            stay.talk_s,
            stay.wrapup_s,
            stay.agent,
            stay.ended_by,
            stay.attempts_failed,
        )


class _Whose:
    """Whose calls are, asked of the directory once for each combination of number, queue, area and day."""

    def __init__(self, tables: AttributionTables) -> None:
        self.tables = tables
        self.known: dict[tuple[str, str, str | None, int], tuple[str, Attribution]] = {}

    def area(self, caller: str) -> str | None:
        return caller_area(caller, self.tables.area_codes) if caller else None

    def attribution(self, dialled: str, queue: str, area: str | None, ordinal: int) -> tuple[str, Attribution]:
        """The number dialled in its one spelling, and the attribution."""
        key = dialled, queue, area, ordinal
        found = self.known.get(key)
        if found is None:
            number = canonical_number(dialled) if dialled else ""
            day = date.fromordinal(ordinal)
            found = self.known[key] = number, attribute(number, queue, area, day, self.tables)
        return found


class TouchedDays:
    """Days in Berlin of instants; remembers which it saw."""

    def __init__(self) -> None:
        self.by_hour: dict[int, int] = {}

    def ordinal(self, at: int) -> int:
        hour = at // HOUR
        found = self.by_hour.get(hour)
        if found is None:
            found = self.by_hour[hour] = berlin_ordinal(at)
        return found

    def touch(self, entered_at: int | None, answered_at: int | None, ended_at: int | None) -> None:
        """See every day whose figures a stay may change: talk and wrap-up may reach into another one."""
        if entered_at is not None:
            self.ordinal(entered_at)
        if answered_at is not None:
            self.ordinal(answered_at - OVER_MIDNIGHT)
        if ended_at is not None:
            self.ordinal(ended_at + HOUR)

    @property
    def seen(self) -> set[int]:
        return set(self.by_hour.values())
