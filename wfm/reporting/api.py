"""Reports over the interface: the same rows as in every other format.

A municipality sees its own usage, and nothing from which others' could be reckoned: no totals, no unattributed
remainder, no queue reports, of gaps only when they are.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Days
from wfm.core.web import Blueprint
from wfm.directory.service import partner_names
from wfm.reporting import queries
from wfm.reporting.completeness import completeness_report
from wfm.reporting.examples import COMPLETENESS, QUEUES, USAGE
from wfm.reporting.schemas import (
    CompletenessArguments,
    CompletenessSchema,
    QueueArguments,
    QueueReportSchema,
    UsageArguments,
    UsageReportSchema,
)

blp = Blueprint("reports", __name__, url_prefix="/reports", description="Nutzung, Warteschlangen, Vollständigkeit")

#: Length of a row -> how many days one answer may hold: a report is read by somebody, exports go by month.
LONGEST = {"15": 31, "30": 62, "60": 93, "day": 1_100, "month": 11_000}

Arguments = dict[str, Any]


@blp.get("/usage")
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


@blp.get("/queues")
@blp.arguments(QueueArguments, location="query")
@blp.response(200, QueueReportSchema, example=QUEUES)
@requires("queues.read")
def queues(arguments: Arguments) -> Response:
    """Volume and service level of each queue by interval"""
    start, end, interval = arguments["start"], arguments["end"], arguments["interval"]
    longest = timedelta(days=LONGEST[interval])
    if not start < end <= start + longest:
        raise BadInput("report.range", f"„to“ muss 1 bis {longest.days} Tage nach „from“ liegen.", field="to")
    with transaction() as session:
        used = _definition(session, start, arguments)
        return jsonify(queries.queue_report(session, Days(start, end), interval, used))


@blp.get("/completeness")
@blp.arguments(CompletenessArguments, location="query")
@blp.response(200, CompletenessSchema, example=COMPLETENESS)
@requires("completeness.read")
def completeness(arguments: Arguments) -> Response:
    """What arrived in a month, by source and quarter of an hour"""
    with transaction() as session:
        return jsonify(completeness_report(session, arguments["month"].days))


def _definition(session: Session, day: date, arguments: Arguments) -> queries.Definition:
    if arguments["threshold"] is not None and arguments["definition"] is not None:
        message = "Bitte „threshold“ oder „definition“ angeben, nicht beides."
        raise BadInput("report.definition", message, field="threshold")
    return queries.definition(session, day, threshold=arguments["threshold"], name=arguments["definition"])


def _check_partner(session: Session, key: str) -> None:
    if key not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)
