"""Reports over the interface: the same rows as in every other format.

A municipality sees its own usage, and nothing from which others' could be reckoned: no totals, no unattributed
remainder, no queue reports, of gaps only when they are; of its calls no agent.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, TypeVar

from flask import Response, jsonify
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Days
from wfm.core.web import Blueprint, page_body, page_example, page_schema
from wfm.directory.service import partner_names
from wfm.reporting import queries
from wfm.reporting.call_schemas import (
    CALL,
    RAW_EVENT,
    STAY,
    CallArguments,
    CallSchema,
    CallWithStaysSchema,
    RawEventsSchema,
)
from wfm.reporting.completeness import completeness_report
from wfm.reporting.drill_down import NOBODY, Cell, find_call, find_calls, find_events
from wfm.reporting.examples import COMPLETENESS, QUEUES, USAGE
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
Moment = TypeVar("Moment", bound=date)


@blp.get("/reports/usage")
@blp.arguments(UsageArguments, location="query")
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
    return jsonify(report)


@blp.get("/reports/queues")
@blp.arguments(QueueArguments, location="query")
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
        return jsonify(queries.queue_report(session, Days(start, end), interval, used))


@blp.get("/reports/completeness")
@blp.arguments(CompletenessArguments, location="query")
@blp.response(200, CompletenessSchema, example=COMPLETENESS)
@requires("completeness.read")
def completeness(arguments: Arguments) -> Response:
    """What arrived in a month, by source and quarter of an hour"""
    with transaction() as session:
        return jsonify(completeness_report(session, arguments["month"].days))


@blp.get("/calls")
@blp.arguments(CallArguments, location="query")
@blp.response(200, page_schema(CallSchema), example=page_example(CALL))
@requires("calls.read")
def calls(arguments: Arguments) -> Arguments:
    """The calls behind a cell of a report, in the order of time"""
    page = {name: arguments.pop(name) for name in ("cursor", "limit")}
    days = _span(arguments.pop("first"), arguments.pop("last"), "to")
    entered = _span(arguments.pop("start"), arguments.pop("end"), "end")
    if days is None and entered is None:
        raise BadInput("calls.unbounded", "Bitte „from“ und „to“ angeben, oder „start“ und „end“.", field="from")
    if arguments["partner"] not in (None, NOBODY):
        viewer().require_partner(arguments["partner"])
    with transaction() as session:
        return page_body(find_calls(session, viewer(), Cell(days=days, entered=entered, **arguments), **page))


@blp.get("/calls/<string(maxlength=400):call_id>")
@blp.response(200, CallWithStaysSchema, example=CALL | {"stays": [STAY]})
@requires("calls.read")
def call(call_id: str) -> Arguments:
    """One call with its stays"""
    with transaction() as session:
        return find_call(session, viewer(), call_id)


@blp.get("/calls/<string(maxlength=400):call_id>/events")
@blp.response(200, RawEventsSchema, example={"items": [RAW_EVENT]})
@requires("raw.read")
def call_events(call_id: str) -> Arguments:
    """The raw events that a call was read from, persons masked"""
    with transaction() as session:
        return {"items": find_events(session, viewer(), call_id)}


def _span(start: Moment | None, end: Moment | None, field: str) -> tuple[Moment, Moment] | None:
    """A stretch of time, of days or of instants; None where neither end is given."""
    if start is None and end is None:
        return None
    if start is None or end is None or not A_MOMENT <= end - start <= timedelta(days=LONGEST_SEARCH):
        message = f"Beide Enden angeben, das zweite höchstens {LONGEST_SEARCH} Tage nach dem ersten."
        raise BadInput("calls.range", message, field=field)
    return start, end


def _definition(session: Session, day: date, arguments: Arguments) -> queries.Definition:
    if arguments["threshold"] is not None and arguments["definition"] is not None:
        message = "Bitte „threshold“ oder „definition“ angeben, nicht beides."
        raise BadInput("report.definition", message, field="threshold")
    return queries.definition(session, day, threshold=arguments["threshold"], name=arguments["definition"])


def _check_partner(session: Session, key: str) -> None:
    if key not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)
