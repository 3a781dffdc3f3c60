"""Usage of the centre: a month, a partner, a year, and the files the worker makes of finished months."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.on_file import on_file
from wfm.directory.service import partner_names
from wfm.reporting.downloads import download
from wfm.reporting.formats.queues_and_usage import CAUSES, corrections
from wfm.reporting.formats.usage_year import FIGURES
from wfm.reporting.inhabitants import inhabitants_on
from wfm.reporting.service import month_files
from wfm.reporting.service import usage as service
from wfm.reporting.usage_year import months_with_calls, over
from wfm.web import usage_views as views
from wfm.web import usage_year_views as year_views
from wfm.web.forms import read_query
from wfm.web.shell import page

blp = Blueprint("usage", __name__, url_prefix="/nutzung")
Values = dict[str, Any]


class MonthQuery(fields.Schema):
    month = fields.MonthField(load_default=None)
    definition = fields.Line(max_length=100, load_default=None)


class YearQuery(fields.Schema):
    year = fields.Whole(at_least=2001, at_most=2100, load_default=None)
    figure = fields.Text(choices=tuple(FIGURES), load_default="calls")
    partner = fields.Line(max_length=20, load_default=None)


class FilesQuery(fields.Schema):
    partner = fields.Line(max_length=20, load_default=None)


@blp.get("")
@requires("usage.read")
def month() -> Response:
    """A month's usage of all partners; a municipality's page is its own"""
    if (own := viewer().partner) is not None:
        return _partner(own)
    asked = read_query(MonthQuery).checked()
    with transaction() as session:
        chosen, choices = _month(session, asked["month"])
        report = service.usage_of_month(session, viewer(), chosen, definition=asked["definition"])
        months = service.usage_by_month(session, viewer(), chosen.earlier(12), chosen)
        inhabitants, counted = inhabitants_on(session, chosen.next.first)
    return page(
        "usage/month.html",
        **_frame(report, chosen, choices),
        figures=views.key_figures(report["total"], report, views.neighbours(months, chosen, None), chosen.days),
        table=views.month_table(report, chosen.days),
        shares=views.shares(report, inhabitants),
        counted=counted,
        comparison=views.comparison(report, months, chosen),
        attribution=views.attribution(report["attribution"], chosen.days),
        likely=views.likely(report, chosen.days),
    )


@blp.get("/<string(maxlength=20):key>")
@requires("usage.read")
def partner(key: str) -> Response:
    """A month's usage of one partner, its numbers, and what the centre has on file of it"""
    return _partner(key)


def _partner(key: str) -> Response:
    viewer().require_partner(key)
    asked = read_query(MonthQuery).checked()
    with transaction() as session:
        chosen, choices = _month(session, asked["month"])
        report = service.usage_of_month(session, viewer(), chosen, partner=key, definition=asked["definition"])
        months = service.usage_by_month(session, viewer(), chosen.earlier(23), chosen, partner=key)
        known = on_file(session, key)
    (row,) = report["rows"]
    return page(
        "usage/partner.html",
        **_frame(report, chosen, choices, key),
        row=row,
        figures=views.key_figures(row, report, views.neighbours(months, chosen, key), chosen.days, partner=key),
        changes=views.changes(row, views.neighbours(months, chosen, key)),
        change_columns=views.comparison_columns(chosen),
        services=views.services(row, report, chosen.days),
        trend=views.trend(months, chosen, key),
        attribution=views.attribution(row["attribution"], chosen.days, partner=key),
        together=views.together(report, row),
        known=known,
    )


@blp.get("/berichte")
@requires("usage.read")
def files() -> Response:
    """The reports of finished months as files"""
    whose = viewer().partner or read_query(FilesQuery).checked()["partner"]
    with transaction() as session:
        partners = partner_names(session) if viewer().sees_all_partners else {}
        made = month_files.list_files(session, viewer(), whose)
        running = month_files.progress(session, viewer())
    return page(
        "usage/files.html",
        months=views.files(made),
        running=running,
        partner=whose or "",
        partners=list(partners.items()),
    )


@blp.get("/berichte/<int:file_id>")
@requires("usage.read")
def file(file_id: int) -> Response:
    """One of these files"""
    with transaction() as session:
        found = month_files.file_for(session, viewer(), file_id)
    whose = f"-{found.partner}" if found.partner else ""
    return download(found.content or b"", found.format, f"nutzung-{Month.of(found.month)}{whose}")


@blp.get("/jahr")
@requires("usage.read")
def year() -> Response:
    """The months of a year, partner by partner"""
    asked = read_query(YearQuery).checked()
    chosen = asked["year"] or berlin_day(now()).year
    with transaction() as session:
        report = service.usage_of_year(session, viewer(), chosen, partner=asked["partner"])
    exports = {"year": chosen} | ({"partner": asked["partner"]} if asked["partner"] else {})
    return page(
        "usage/year.html",
        report=report,
        figure=asked["figure"],
        asked=asked,
        figure_titles=year_views.FIGURE_TITLES,
        table=year_views.table(report, asked["figure"]),
        chart=year_views.chart(report, asked["figure"]),
        exports=_files("reports.usage_year", exports, "xlsx", "csv", "json"),
    )


def _month(session: Session, asked: Month | None) -> tuple[Month, list[Month]]:
    """The month to show, the last one that has ended unless another is asked for, and all there are."""
    choices = months_with_calls(session)
    ended = [month for month in choices if over(month)]
    chosen = asked or (ended or choices or [Month.of(berlin_day(now()))])[-1]
    return chosen, sorted({*choices, chosen}, reverse=True)


def _frame(report: Values, month: Month, choices: list[Month], key: str | None = None) -> Values:
    """What the pages of a month share: the choices, and the same report as files."""
    whose = {"partner": key} if key else {}
    query = {"month": str(month), "definition": report["definition"]["name"], **whose}
    return {
        "report": report,
        "month": month,
        "over": over(month),
        "months": choices,
        "corrections": corrections(report),
        "causes": CAUSES,
        "exports": _files("reports.usage", query, "pdf", "xlsx", "csv", "json"),
    }


def _files(endpoint: str, query: Values, *forms: str) -> dict[str, str]:
    """The same report in other formats, from the interface."""
    return {form: f"{url_for(endpoint)}?{urlencode({**query, 'format': form})}" for form in forms}
