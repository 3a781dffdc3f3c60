"""One's own figures: for whoever takes calls, and nobody else."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response

from wfm.accounts import access
from wfm.accounts.rules.purposes import PURPOSES, SCOPES
from wfm.accounts.service import agreements
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.reporting.persons import looks_at, own_figures
from wfm.web import charts
from wfm.web.forms import read_query
from wfm.web.language import gettext as _
from wfm.web.language import number, short_day
from wfm.web.shell import page

blp = Blueprint("own", __name__)

A_WEEK = timedelta(days=7)


class MonthSchema(fields.Schema):
    """Which month."""

    month = fields.MonthField()


@blp.get("/meine-zahlen")
@access.requires("own.read")
def figures() -> Response:
    """One's own days and weeks, the mean of the others where they are enough, and who has looked"""
    today = berlin_day(now())
    asked = read_query(MonthSchema)
    month: Month = asked.data.get("month") or Month.of(today)
    viewer = access.viewer()
    if viewer.agent is None:
        return page("agents/own.html", asked.status, asked=asked, report=None, month=month)
    with transaction() as session:
        report = own_figures(session, viewer, whole_weeks(month))
        looks = looks_at(session, viewer.agent)
        every = agreements.list_agreements(session)
        concerning = [one for one in every if agreements.as_rule(one).concerns(viewer.agent)]
    return page(
        "agents/own.html",
        asked.status,
        asked=asked,
        report=report,
        month=month,
        before=Month.of(month.first - timedelta(days=1)),
        after=month.next if month.next.first <= today else None,
        picture=_picture(report["days"]),
        looks=looks,
        agreements=concerning,
        in_force={one.id for one in concerning if agreements.as_rule(one).in_force(today)},
        purposes=PURPOSES,
        scopes=SCOPES,
    )


def whole_weeks(month: Month) -> Days:
    """The calendar weeks that a month touches."""
    last = month.next.first - timedelta(days=1)
    return Days(_monday(month.first), _monday(last) + A_WEEK)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _picture(days: list[dict[str, object]]) -> object:
    labels = [short_day(date.fromisoformat(str(row["date"]))) for row in days]
    answered = [float(str(row["answered"])) for row in days]
    title = _("Angenommene Anrufe je Tag")
    return charts.month_bars(title, labels, [charts.Series(_("angenommen"), answered)], number) if days else None
