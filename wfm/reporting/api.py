"""Reports over the interface: the same rows as in every other format.

A municipality sees its own usage, and nothing from which others' could be reckoned: no totals, no unattributed
remainder, no queue reports, of gaps only when they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Sentence
from wfm.core.intervals import Days
from wfm.core.paging import Page
from wfm.core.web import Blueprint, page_body, page_example, page_schema
from wfm.reporting import call_address, drilldown, queries
from wfm.reporting.call_address import A_MOMENT, call_key, cell_of
from wfm.reporting.call_schemas import (
    CALL,
    RAW_EVENT,
    STAY,
    CallArguments,
    CallWithStaysSchema,
    ListedCallSchema,
    RawEventsSchema,
)
from wfm.reporting.completeness import completeness_report
from wfm.reporting.downloads import also_as, answer, download
from wfm.reporting.examples import COMPLETENESS, QUEUES, USAGE, USAGE_YEAR
from wfm.reporting.formats import render
from wfm.reporting.formats.calls import calls_file
from wfm.reporting.rules.stages import STAGES
from wfm.reporting.schemas import (
    CompletenessArguments,
    CompletenessSchema,
    QueueArguments,
    QueueReportSchema,
)
from wfm.reporting.service.usage import usage_of_month, usage_of_year
from wfm.reporting.usage_schemas import UsageArguments, UsageReportSchema, UsageYearArguments, UsageYearSchema

blp = Blueprint("reports", __name__, description="Nutzung, Warteschlangen, Vollständigkeit und die Anrufe dahinter")

#: Length of a row -> how many days one answer may hold: a report is read by somebody, exports go by month.
LONGEST = {"15": 31, "30": 62, "60": 93, "day": 1_100, "month": 11_000}

Arguments = dict[str, Any]


@blp.get("/reports/usage")
@blp.arguments(UsageArguments, location="query")
@also_as(blp, "pdf")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(USAGE, "csv"))
@blp.response(200, UsageReportSchema, example=USAGE)
@requires("usage.read")
def usage(arguments: Arguments) -> Response:
    """Usage per partner in a month"""
    month, form = arguments.pop("month"), arguments.pop("form")
    with transaction() as session:
        report = usage_of_month(session, viewer(), month, **arguments)
    return answer(report, form, f"nutzung-{month}{_whose(report)}")


@blp.get("/reports/usage-year")
@blp.arguments(UsageYearArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(USAGE_YEAR, "csv"))
@blp.response(200, UsageYearSchema, example=USAGE_YEAR)
@requires("usage.read")
def usage_year(arguments: Arguments) -> Response:
    """Usage per partner in the months of a calendar year"""
    year = arguments["year"]
    with transaction() as session:
        report = usage_of_year(session, viewer(), year, partner=arguments["partner"])
    return answer(report, arguments["form"], f"nutzung-{year}{_whose(report)}")


def _whose(report: Mapping[str, Any]) -> str:
    """The partner of whom alone the report tells, as the end of a file's name."""
    return "" if "total" in report else f"-{report['rows'][0]['partner']}"


@blp.get("/reports/queues")
@blp.arguments(QueueArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(QUEUES, "csv"))
@blp.response(200, QueueReportSchema, example=QUEUES)
@requires("queues.read")
def queues(arguments: Arguments) -> Response:
    """Volume and service level of each queue by interval"""
    start, end, interval = arguments["start"], arguments["end"], arguments["interval"]
    longest = timedelta(days=LONGEST[interval])
    if not A_MOMENT <= end - start <= longest:
        raise BadInput(
            "report.range", Sentence("„to“ muss 1 bis %(days)s Tage nach „from“ liegen.", days=longest.days), field="to"
        )
    with transaction() as session:
        used = _definition(session, start, arguments)
        report = queries.queue_report(session, Days(start, end), interval, used)
    return answer(report, arguments["form"], f"warteschlangen-{start}-bis-{end - timedelta(days=1)}-je-{interval}")


@blp.get("/reports/completeness")
@blp.arguments(CompletenessArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(COMPLETENESS, "csv"))
@blp.response(200, CompletenessSchema, example=COMPLETENESS)
@requires("completeness.read")
def completeness(arguments: Arguments) -> Response:
    """What arrived in a month, by source and quarter of an hour"""
    month = arguments["month"]
    with transaction() as session:
        report = completeness_report(session, month.days)
    return answer(report, arguments["form"], f"vollstaendigkeit-{month}")


@blp.get("/calls")
@blp.arguments(CallArguments, location="query")
@also_as(blp, "csv", calls_file([CALL | {"stays": 1}], "csv"))
@also_as(blp, "xlsx")
@blp.response(200, page_schema(ListedCallSchema), example=page_example(CALL | {"stays": 1}))
@requires("calls.read")
def calls(arguments: Arguments) -> Response:
    """The calls behind a figure of a report, in the order of time

    Calls count when they begin; with `queue` or `outcome`, stays count when they enter the queue.
    """
    form, cursor, limit = (arguments.pop(name) for name in ("form", "cursor", "limit"))
    cell = cell_of(arguments)
    with transaction() as session:
        if form != "json":
            rows = map(_with_id, drilldown.all_calls(session, viewer(), cell))
            return download(calls_file(rows, form), form, f"anrufe-ab-{cell.starts_at.astimezone(BERLIN):%Y-%m-%d}")
        page = drilldown.calls(session, viewer(), cell, cursor, limit)
    return jsonify(page_body(Page([_with_id(row) for row in page.items], page.next)))


@blp.get("/calls/<string(maxlength=400):call_id>")
@blp.response(200, CallWithStaysSchema, example=CALL | {"stays": [STAY], "stage": "line", "stage_text": STAGES["line"]})
@requires("calls.read")
def call(call_id: str) -> Response:
    """One call with its stays"""
    with transaction() as session:
        return jsonify(_with_id(drilldown.call(session, viewer(), *call_key(call_id))))


@blp.get("/calls/<string(maxlength=400):call_id>/events")
@blp.response(200, RawEventsSchema, example={"items": [RAW_EVENT]})
@requires("raw.read")
def call_events(call_id: str) -> Response:
    """The raw events that a call was read from, persons masked"""
    with transaction() as session:
        return jsonify(items=drilldown.raw_events(session, viewer(), *call_key(call_id)))


def _with_id(row: Arguments) -> Arguments:
    return {"id": call_address.call_id(row), **row}


def _definition(session: Session, day: date, arguments: Arguments) -> queries.Definition:
    if arguments["threshold"] is not None and arguments["definition"] is not None:
        message = "Bitte „threshold“ oder „definition“ angeben, nicht beides."
        raise BadInput("report.definition", message, field="threshold")
    return queries.definition(session, day, threshold=arguments["threshold"], name=arguments["definition"])
