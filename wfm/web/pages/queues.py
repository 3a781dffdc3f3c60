"""Queues: volume and service level over time, the week by hour, how long callers wait."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from wfm.accounts import access
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.directory.service import queue_labels
from wfm.reporting import queries, queue_patterns
from wfm.reporting.api import LONGEST
from wfm.reporting.rules.waits import WAIT_CLASSES, service_levels
from wfm.web import charts, language
from wfm.web.figures import calls_url
from wfm.web.forms import read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.shell import page

blp = Blueprint("queues", __name__)

STEPS = {
    "15": N_("15 Minuten"),
    "30": N_("30 Minuten"),
    "60": N_("Stunde"),
    "day": N_("Tag"),
    "month": N_("Monat"),
}
WEEKDAYS = (N_("Mo"), N_("Di"), N_("Mi"), N_("Do"), N_("Fr"), N_("Sa"), N_("So"))
FOUR_WEEKS = timedelta(days=28)
#: What a stretch of time adds up over its queues.
SUMS = ("offered", "answered", "abandoned", "answered_within", "abandoned_within", "wait_s_answered", "talk_s")
Row = dict[str, Any]


class QueueQuery(fields.Schema):
    """What the page shows."""

    start = fields.Day(load_default=None, data_key="from")
    end = fields.Day(load_default=None, data_key="to")
    interval = fields.Text(choices=tuple(STEPS), load_default="day")
    queue = fields.Line(max_length=255, load_default=None)
    definition = fields.Line(max_length=100, load_default=None)


@blp.get("/warteschlangen")
@access.requires("queues.read")
def report() -> Response:
    """Volume and service level of the queues, as pictures and tables"""
    asked = read_query(QueueQuery)
    chosen: Row = asked.data or QueueQuery().load({})
    with transaction() as session:
        days = _days(session, chosen, asked.errors)
        used = queries.definition(session, days.start, name=chosen["definition"])
        found = queries.queue_report(session, days, chosen["interval"], used)
        week = queue_patterns.queue_week(session, days, chosen["queue"])
        waits = queue_patterns.queue_waits(session, days, chosen["queue"])
        labels = queue_labels(session)
    rows = [row for row in found["rows"] if chosen["queue"] in (None, row["queue"])]
    total = next((row for row in found["totals"] if row["queue"] == chosen["queue"]), found["total"])
    variant = found["definition"].get("variant", "offered")
    course = _course(rows, variant)
    return page(
        "queues.html",
        asked.status,
        form=asked,
        days=days,
        last_day=days.end - timedelta(days=1),
        chosen=chosen,
        report=found,
        total=total,
        level=total["service_level"][variant],
        variant=variant,
        course=course,
        week=week,
        waits=[{**row, "label": _wait_label(row)} for row in waits],
        queues=labels,
        definitions=[(target["name"], target["label"]) for target in found["definitions"]],
        calls_url=partial(_calls_url, days, chosen["queue"]),
        steps=[(key, _(name)) for key, name in STEPS.items()],
        weekdays=[_(name) for name in WEEKDAYS],
        drawn=_drawn(chosen["interval"], course, week, waits, found["definition"]),
        query=urlencode({"from": days.start, "to": days.end, "interval": chosen["interval"]}),
    )


def _days(session: Session, chosen: Row, errors: dict[str, list[str]]) -> Days:
    """The days asked for; else four weeks up to today, or up to the newest figures if those are older."""
    end = chosen["end"] + timedelta(days=1) if chosen["end"] else None
    if end is None:
        newest = queue_patterns.latest_day(session)
        end = min(newest or date.max - timedelta(days=1), berlin_day(now())) + timedelta(days=1)
    start = chosen["start"] or end - FOUR_WEEKS
    longest = timedelta(days=LONGEST[chosen["interval"]])
    if not timedelta(0) < end - start <= longest:
        errors["to"] = [_("Der Zeitraum muss 1 bis %(days)s Tage lang sein.", days=longest.days)]
        start, end = max(start, end - FOUR_WEEKS) if start < end else end - FOUR_WEEKS, end
    return Days(start, end)


def _calls_url(days: Days, queue: str | None, outcome: str) -> str:
    """Where the calls behind a figure are listed, for those who may see them."""
    if not access.viewer().may("calls.read"):
        return ""
    return calls_url(days, outcome=outcome, **({"queue": queue} if queue else {}))


def _course(rows: list[Row], variant: str) -> list[Row]:
    """The queues' rows of each stretch of time, added up."""
    found: dict[str, Row] = {}
    for row in rows:
        kept = found.setdefault(row["start"], {"start": row["start"], **dict.fromkeys(SUMS, 0)})
        for name in SUMS:
            kept[name] += row[name]
    return [{**row, "level": service_levels(row)[variant]} for row in found.values()]


def _drawn(interval: str, course: list[Row], week: list[Row], waits: list[Row], definition: Row) -> Row:
    """The pictures, each beside its table."""
    labels = [_label(row["start"], interval) for row in course]
    hours = sorted({row["hour"] for row in week})
    by_place = {(row["weekday"], row["hour"]): row["mean_offered"] for row in week}
    days = sorted({row["weekday"] for row in week})
    counts = [row["answered"] for row in waits]
    edges = ["0", *(str(limit) for limit in WAIT_CLASSES), "∞"]
    seconds = definition["seconds"]
    target = edges.index(str(seconds)) if str(seconds) in edges else None
    offered = charts.Series(_("angeboten"), [row["offered"] for row in course])
    return {
        "volume": charts.month_bars(_("Anrufe in Warteschlangen"), labels, [offered], language.number),
        "level": charts.line(
            _("Service-Level"),
            labels,
            [row["level"] for row in course],
            lambda value: language.percent(value, 0),
            target=definition.get("share"),
            name=_("Ziel"),
            at_least=1,
        ),
        "week": charts.heat_map(
            _("Anrufe nach Wochentag und Stunde"),
            [_(WEEKDAYS[day]) for day in days],
            [f"{hour}" for hour in hours],
            [[by_place.get((day, hour)) for hour in hours] for day in days],
            lambda value: language.number(value, 1),
        ),
        "waits": charts.histogram(
            _("Wartezeit der angenommenen Anrufe"), edges, counts, language.number, target=target, name=f"{seconds} s"
        ),
    }


def _label(start: str, interval: str) -> str:
    at = datetime.fromisoformat(start)
    return language.short_day(at) if interval == "day" else f"{at:%m/%y}" if interval == "month" else f"{at:%H:%M}"


def _wait_label(row: Row) -> str:
    if row["up_to_s"] is None:
        return _("länger als %(above)s s", above=row["above_s"])
    if row["above_s"] is None:
        return _("bis %(up_to)s s", up_to=row["up_to_s"])
    return _("über %(above)s bis %(up_to)s s", above=row["above_s"], up_to=row["up_to_s"])
