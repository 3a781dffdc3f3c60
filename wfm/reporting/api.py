"""Reports over the interface: the same rows as in every other format.

A municipality sees its own usage, and nothing from which others' could be reckoned: no totals, no unattributed
remainder, no queue reports, of gaps only when they are.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.clock import BERLIN, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Days
from wfm.core.paging import Page, read_cursor, write_cursor
from wfm.core.web import Blueprint, page_body, page_example, page_schema
from wfm.directory.service import partner_names
from wfm.reporting import drilldown, queries
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
from wfm.reporting.examples import COMPLETENESS, QUEUES, USAGE
from wfm.reporting.formats import render
from wfm.reporting.formats.calls import calls_csv
from wfm.reporting.rules.stages import STAGES
from wfm.reporting.schemas import (
    CompletenessArguments,
    CompletenessSchema,
    QueueArguments,
    QueueReportSchema,
    UsageArguments,
    UsageReportSchema,
)

blp = Blueprint("reports", __name__, description="Nutzung, Warteschlangen, Vollständigkeit und die Anrufe dahinter")

A_MOMENT = timedelta(microseconds=1)
#: Days of calls that one question may span.
LONGEST_SEARCH = 93

#: Length of a row -> how many days one answer may hold: a report is read by somebody, exports go by month.
LONGEST = {"15": 31, "30": 62, "60": 93, "day": 1_100, "month": 11_000}

Arguments = dict[str, Any]
#: In place of a key: what has none.
NOBODY = "none"


@blp.get("/reports/usage")
@blp.arguments(UsageArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(USAGE, "csv"))
@blp.response(200, UsageReportSchema, example=USAGE)
@requires("usage.read")
def usage(arguments: Arguments) -> Response:
    """Usage per partner in a month"""
    month, partner = arguments["month"], arguments["partner"]
    if partner is not None:
        viewer().require_partner(partner)
    partner = partner if viewer().sees_all_partners else viewer().partner
    with transaction() as session:
        if partner is not None:
            _check_partner(session, partner)
        used = _definition(session, month.first, arguments)
        report = queries.usage_report(session, month, used, partner=partner)
    if not viewer().sees_all_partners:
        report["gaps"] = [{name: gap[name] for name in ("start", "end", "kind")} for gap in report["gaps"]]
    whose = f"-{partner}" if partner is not None else ""
    return answer(report, arguments["form"], f"nutzung-{month}{whose}")


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
        raise BadInput("report.range", f"„to“ muss 1 bis {longest.days} Tage nach „from“ liegen.", field="to")
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
@also_as(blp, "csv", calls_csv([CALL | {"stays": 1}]))
@blp.response(200, page_schema(ListedCallSchema), example=page_example(CALL | {"stays": 1}))
@requires("calls.read")
def calls(arguments: Arguments) -> Response:
    """The calls behind a figure of a report, in the order of time

    Calls count when they begin; with `queue` or `outcome`, stays count when they enter the queue.
    """
    form, cursor, limit = (arguments.pop(name) for name in ("form", "cursor", "limit"))
    starts_at, ends_at = _span(*(arguments.pop(name) for name in ("first", "last", "start", "end")))
    for name in ("partner", "likely", "service"):
        if arguments[name] == NOBODY:
            arguments[name] = ""
    cell = drilldown.Cell(starts_at, ends_at, **arguments)
    with transaction() as session:
        if form == "csv":
            rows = map(_with_id, drilldown.all_calls(session, viewer(), cell))
            return download(calls_csv(rows), form, f"anrufe-ab-{starts_at.astimezone(BERLIN):%Y-%m-%d}")
        page = drilldown.calls(session, viewer(), cell, cursor, limit)
    return jsonify(page_body(Page([_with_id(row) for row in page.items], page.next)))


@blp.get("/calls/<string(maxlength=400):call_id>")
@blp.response(200, CallWithStaysSchema, example=CALL | {"stays": [STAY], "stage": "line", "stage_text": STAGES["line"]})
@requires("calls.read")
def call(call_id: str) -> Response:
    """One call with its stays"""
    with transaction() as session:
        return jsonify(_with_id(drilldown.call(session, viewer(), *_key(call_id))))


@blp.get("/calls/<string(maxlength=400):call_id>/events")
@blp.response(200, RawEventsSchema, example={"items": [RAW_EVENT]})
@requires("raw.read")
def call_events(call_id: str) -> Response:
    """The raw events that a call was read from, persons masked"""
    with transaction() as session:
        return jsonify(items=drilldown.raw_events(session, viewer(), *_key(call_id)))


def _with_id(row: Arguments) -> Arguments:
    return {"id": write_cursor((row["system"], row["callid"], row["nth"])), **row}


def _key(call_id: str) -> tuple[str, str, int]:
    """The natural key in an address: callids hold whatever the telephone system likes, slashes too."""
    try:
        system, callid, nth = read_cursor(call_id, (str, str, int))
    except BadInput as error:
        raise NotFound("call.unknown", "Diesen Anruf gibt es nicht.") from error
    return system, callid, nth


def _span(
    first: date | None, last: date | None, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """The stretch of time that is asked for, by days or by instants."""
    begins_at = start_of_day(first) if first else start
    ends_at = start_of_day(last) if last else end
    if begins_at is None or ends_at is None:
        message = "Bitte „from“ und „to“ (Tage) angeben, oder „start“ und „end“ (Zeitpunkte)."
        raise BadInput("calls.unbounded", message, field="from" if begins_at is None else "to")
    if not A_MOMENT <= ends_at - begins_at <= timedelta(days=LONGEST_SEARCH):
        raise BadInput("calls.range", f"„to“ muss 1 bis {LONGEST_SEARCH} Tage nach „from“ liegen.", field="to")
    return begins_at, ends_at


def _definition(session: Session, day: date, arguments: Arguments) -> queries.Definition:
    if arguments["threshold"] is not None and arguments["definition"] is not None:
        message = "Bitte „threshold“ oder „definition“ angeben, nicht beides."
        raise BadInput("report.definition", message, field="threshold")
    return queries.definition(session, day, threshold=arguments["threshold"], name=arguments["definition"])


def _check_partner(session: Session, key: str) -> None:
    if key not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)
