"""Opening hours: the month as it really holds, day by day, and why."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Month
from wfm.directory import service
from wfm.directory.models import OpeningHours, Queue, SpecialDay
from wfm.directory.queries import seen
from wfm.directory.rules.calendar import WEEKDAYS, Rule, periods_text
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("hours", __name__, url_prefix="/verzeichnis/zeiten")

RULES = {
    Rule.QUEUE_SPECIAL_DAY: N_("besonderer Tag der Warteschlange"),
    Rule.SPECIAL_DAY: N_("besonderer Tag"),
    Rule.HOLIDAY: N_("Feiertag"),
    Rule.QUEUE_WEEK: N_("Woche der Warteschlange"),
    Rule.WEEK: N_("Woche des Zentrums"),
}

#: The week and the special days of the centre, or of the queue that is shown.
WEEK = Listing(
    "Wochenplan",
    (
        column("Wochentag", lambda row: WEEKDAYS[row.weekday]),
        column("Zeiten", lambda row: periods_text(row.periods)),
        column("erster Tag", lambda row: row.valid.start, Kind.DAY),
        column("letzter Tag", lambda row: row.valid.last_day, Kind.DAY, "Leer: bis auf Weiteres."),
    ),
)
SPECIAL = Listing(
    "Besondere Tage",
    (column("Tag", "day", Kind.DAY), column("Anlass", "name"), column("Zeiten", lambda row: periods_text(row.periods))),
)


class ChoiceSchema(fields.Schema):
    """Which month of which queue to show."""

    monat = fields.MonthField()
    queue = fields.Line(max_length=100)


class SpecialDaySchema(fields.Schema):
    """A day with hours of its own: up to two periods, none if it is closed."""

    queue = fields.Line(max_length=100)
    day = fields.Line(max_length=20, required=True)
    name = fields.Line(max_length=100)
    opens = fields.Line(max_length=8)
    closes = fields.Line(max_length=8)
    opens_again = fields.Line(max_length=8)
    closes_again = fields.Line(max_length=8)


@blp.get("")
@requires("directory.read")
def calendar() -> Response:
    """A month of the centre or of one queue: open periods of each day, and what decides them"""
    chosen = read_query(ChoiceSchema)
    month = chosen.data.get("monat") or Month.of(berlin_day(now()))
    queue = chosen.data.get("queue")
    with transaction() as session:
        queues = [(row.name, row.label) for row in session.execute(seen.queues(viewer()).order_by(Queue.name))]
        if queue is not None:
            seen.check_queue(session, viewer(), queue)
        effective = service.calendar(session)
        mine = OpeningHours.queue.is_(None) if queue is None else OpeningHours.queue == queue
        week = session.scalars(select(OpeningHours).where(mine).order_by(OpeningHours.valid, OpeningHours.weekday))
        mine = SpecialDay.queue.is_(None) if queue is None else SpecialDay.queue == queue
        special = session.scalars(select(SpecialDay).where(mine).order_by(SpecialDay.day.desc()))
        if wanted := WEEK.wanted(chosen):
            return WEEK.file(wanted, week)
        if wanted := SPECIAL.wanted(chosen):
            return SPECIAL.file(wanted, special)
        days = [effective.on(day, queue) for day in month.days]
        return page(
            "directory/hours.html",
            chosen.status,
            chosen=chosen,
            month=month,
            before=_month_before(month),
            days=days,
            open_s=sum(day.open_s for day in days),
            rules=RULES,
            queue=queue,
            queues=queues,
            week=week.all(),
            special=special.all(),
        )


@blp.get("/besonderer-tag")
@requires("directory.write")
def special_day() -> Response:
    """Enter a day with hours of its own"""
    return _show(Form())


@blp.post("/besonderer-tag")
@requires("directory.write")
def save_special_day() -> AnyResponse:
    """Keep a day with hours of its own; one that is there is corrected"""
    form = read_form(SpecialDaySchema)
    if not form.errors:
        first = {name: form.values[name] for name in ("queue", "day", "name", "opens", "closes")}
        rows = [first]
        if form.values["opens_again"] or form.values["closes_again"]:
            rows.append(first | {"opens": form.values["opens_again"], "closes": form.values["closes_again"]})
        try:
            with transaction() as session:
                service.enter(session, "hours", rows, by=viewer().actor)
            return back_to(
                "hours.calendar", notice=_("Der besondere Tag ist eingetragen."), queue=first["queue"] or None
            )
        except WfmError as error:
            form.refuse(error)
    return _show(form)


@blp.post("/besonderer-tag/<int:entry_id>/loeschen")
@requires("directory.write")
def withdraw(entry_id: int) -> AnyResponse:
    """Take out a special day: the week or the holiday holds again"""
    with transaction() as session:
        entry: Any = service.find_entry(session, "hours", entry_id)
        service.withdraw(session, "hours", entry_id, by=viewer().actor)
    return back_to("hours.calendar", notice=_("Der besondere Tag ist gelöscht."), queue=entry.queue)


def _show(form: Form) -> Response:
    with transaction() as session:
        queues = list(service.queue_labels(session).items())
    return page("directory/special_day.html", form.status, form=form, queues=queues)


def _month_before(month: Month) -> Month:
    return Month(month.year - (month.number == 1), (month.number - 2) % 12 + 1)
