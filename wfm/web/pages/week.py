"""The weekly plan of opening hours: filled in as a week, looked at as the calendar it makes, then kept."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2s
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Days
from wfm.directory import service
from wfm.directory.rules import cells
from wfm.directory.rules.calendar import WEEKDAYS, Calendar, CalendarDay, clock_text
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.pages.hours import RULES
from wfm.web.shell import back_to, page

blp = Blueprint("week", __name__, url_prefix="/verzeichnis/zeiten/woche")

#: How much of the calendar is shown before it is kept: every weekday five times, most special days in sight.
LOOKED_AHEAD = timedelta(days=35)
#: The two periods of a day, by what their fields are called.
PERIODS = (("opens", "closes"), ("opens_again", "closes_again"))
TIMES = tuple(f"{name}_{weekday}" for weekday in range(7) for pair in PERIODS for name in pair)


class WeekSchema(fields.Schema):
    """A week of the centre or of one queue, from one day on."""

    queue = fields.Line(max_length=100)
    valid_from = fields.Line(max_length=20, required=True)
    valid_to = fields.Line(max_length=20)
    shown = fields.Line(max_length=64)


Week: type[fields.Schema] = type("Week", (WeekSchema,), {name: fields.Line(max_length=8) for name in TIMES})


@blp.get("")
@requires("directory.write")
def form() -> Response:
    """Fill in a week; it begins as the one that holds today"""
    queue = request.args.get("queue", "")
    with transaction() as session:
        hours = service.calendar(session).hours
    values, today = {"queue": queue}, berlin_day(now())
    own = any(hours.on((queue, weekday), today) is not None for weekday in range(7))
    for weekday in range(7):
        periods = hours.on((queue if own else None, weekday), today) or ()
        for (opens, closes), period in zip(PERIODS, periods, strict=False):
            values[f"{opens}_{weekday}"] = clock_text(period.opens)
            values[f"{closes}_{weekday}"] = clock_text(period.closes)
    return _show(Form(values))


@blp.post("")
@requires("directory.write")
def keep() -> AnyResponse:
    """Show what a week would make of the calendar, or keep it as it was shown"""
    typed = read_form(Week)
    if typed.errors:
        return _show(typed)
    rows = _rows(typed.values)
    try:
        with transaction() as session:
            if typed.values["shown"] == _fingerprint(typed.values):
                service.enter(session, "hours", [row for row, _fields in rows], by=viewer().actor)
                return back_to(
                    "hours.calendar", notice=_("Die Woche ist eingetragen."), queue=typed.values["queue"] or None
                )
            effective = service.try_hours(session, [row for row, _fields in rows], by=viewer().actor)
        return _show(typed, _ahead(effective, typed.values))
    except WfmError as error:
        # The service names column and row; here each row has fields of its own.
        _row, names = rows[int(error.details.get("row", 1)) - 1]
        error.details["field"] = names.get(error.details.get("field", ""), error.details.get("field", ""))
        typed.refuse(error)
        return _show(typed)


def _rows(values: dict[str, str]) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The week as rows of the file of opening hours, each with the fields of the form that its times stand in.

    A weekday without times is a closed one; without days the week holds until further notice.
    """
    rows = []
    for weekday, word in enumerate(WEEKDAYS):
        named = [{"opens": f"{opens}_{weekday}", "closes": f"{closes}_{weekday}"} for opens, closes in PERIODS]
        filled = [names for names in named if any(values[name] for name in names.values())]
        for names in filled or named[:1]:
            of = {"queue": values["queue"], "weekday": word}
            of |= {column: values[name] for column, name in names.items()}
            rows.append((of | {name: values[name] for name in ("valid_from", "valid_to")}, names))
    return rows


def _ahead(effective: Calendar, values: dict[str, str]) -> list[CalendarDay]:
    first = cells.day(values["valid_from"])
    return [effective.on(day, values["queue"] or None) for day in Days(first, first + LOOKED_AHEAD)]


def _fingerprint(values: dict[str, str]) -> str:
    """The same for two forms that say the same: whether what is kept is what was shown."""
    told = [values[name] for name in ("queue", "valid_from", "valid_to", *TIMES)]
    return blake2s(repr(told).encode(), digest_size=16).hexdigest()


def _show(typed: Form, days: list[CalendarDay] | None = None) -> Response:
    with transaction() as session:
        queues: list[tuple[str, Any]] = list(service.queue_labels(session).items())
    return page(
        "directory/week.html",
        typed.status,
        form=typed,
        queues=queues,
        days=days,
        shown=_fingerprint(typed.values) if days else "",
        rules=RULES,
    )
