"""The capacity plan: posts needed and there by month, when to decide on hiring, what it costs."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from wfm.accounts.access import requires
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.directory.queries import queue_labels
from wfm.reporting.formats.column import Kind
from wfm.staffing import service as staffing
from wfm.staffing.service.plans import find_plan
from wfm.web import charts, language
from wfm.web.forms import Form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.planning import euros, plan_choices
from wfm.web.shell import page

blp = Blueprint("capacity", __name__, url_prefix="/planung/kapazitaet")
Row = dict[str, Any]

MONTHS = Listing(
    "Kapazität",
    (
        column("Monat", "month"),
        column("Anrufe", "calls", Kind.DECIMAL),
        column("Stunden am Telefon", "agent_hours", Kind.DECIMAL),
        column("bezahlte Stunden", "paid_hours", Kind.DECIMAL),
        column("Stellen gebraucht", "posts_needed", Kind.DECIMAL),
        column("jede Warteschlange für sich", "posts_alone", Kind.DECIMAL),
        column("Stellen da", "posts_there", Kind.DECIMAL),
        column("fehlen", "missing", Kind.DECIMAL),
        column("entscheiden bis", "decide_by"),
        column("Kosten (Euro)", lambda row: None if row["cents"] is None else row["cents"] / 100, Kind.DECIMAL),
    ),
)


class CapacityQuery(fields.Schema):
    """Of which plan."""

    plan = fields.Whole(at_least=1, load_default=None)


@blp.get("")
@requires("staffing.read")
def months() -> Response:
    """Whole months of the forecast: posts needed and there, when to decide, what it costs"""
    asked = read_query(CapacityQuery)
    number = asked.data.get("plan")
    with transaction() as session:
        plans, labels = plan_choices(session), queue_labels(session)
        report, missing = _report(session, number, asked)
    if wanted := MONTHS.wanted(asked):
        return MONTHS.file(wanted, report["rows"] if report else [])
    rows = report["rows"] if report else []
    return page(
        "staffing/capacity.html",
        asked.status,
        asked=asked,
        chosen=number,
        report=report,
        missing=missing,
        plans=plans,
        queues=labels,
        rows=rows,
        worst=max((row["missing"] for row in rows if row["missing"] is not None), default=None),
        decide=min((row["decide_by"] for row in rows if row["decide_by"]), default=None),
        month_of=lambda text: language.month(date.fromisoformat(f"{text}-01")),
        forecast_address=url_for("forecast_snapshots.overview"),
        picture=_drawn(rows) if rows else None,
        euros=euros,
        interface={form: f"/api/v1/staffing/capacity?{f'plan={number}&' if number else ''}format={form}"
                   for form in ("csv", "xlsx", "json")} if report else None,
    )  # fmt: skip


def _report(session: Session, number: int | None, asked: Form) -> tuple[Row | None, WfmError | None]:
    """The capacity, or what is missing for it."""
    if asked.errors:
        return None, None
    try:
        return staffing.capacity.capacity_report(session, find_plan(session, number)), None
    except WfmError as error:
        if error.code != "plan.unknown":
            return None, error
        asked.errors["plan"] = [_(error.message)]
        return None, None


def _drawn(rows: list[Row]) -> Any:
    labels = [f"{row['month'][5:]}/{row['month'][2:4]}" for row in rows]
    there = [row["posts_there"] for row in rows]
    return charts.month_bars(
        _("Stellen je Monat"),
        labels,
        [charts.Series(_("gebraucht"), [row["posts_needed"] for row in rows])],
        lambda value: language.number(value, 1),
        before=charts.Series(_("da, wenn niemand eingestellt wird"), there) if there[0] is not None else None,
    )
