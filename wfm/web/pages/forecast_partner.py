"""The forecast of one partner by service: a municipality sees its own, and nothing of others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.directory.queries import partner_names, queue_labels, service_names
from wfm.forecasting import service as forecasting
from wfm.forecasting.finding import find_run
from wfm.reporting.formats.column import Kind, day_at
from wfm.web import forecast_pictures
from wfm.web.forms import read_query
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("forecast_partner", __name__, url_prefix="/planung/prognose/partner")

#: Days shown unless told otherwise, and at most.
USUAL, LONGEST = 28, 93
Row = dict[str, Any]

PARTS = Listing(
    "Prognose je Leistung",
    (
        column("Tag", day_at("day"), Kind.DAY),
        column("Leistung", "service"),
        column("Warteschlange", "queue"),
        column("Anrufe", "calls", Kind.DECIMAL),
        column("80 % von", "lo80", Kind.DECIMAL),
        column("80 % bis", "hi80", Kind.DECIMAL),
        column("95 % von", "lo95", Kind.DECIMAL),
        column("95 % bis", "hi95", Kind.DECIMAL),
    ),
)


class PartnerQuery(fields.Schema):
    """Whose forecast, and which of its days (both included)."""

    partner = fields.Line(max_length=20, load_default=None)
    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)


@blp.get("")
@requires("forecast.partner.read")
def partner() -> Response:
    """Expected calls of one partner by day and service"""
    asked = read_query(PartnerQuery)
    chosen: Row = asked.data or PartnerQuery().load({})
    reader = viewer()
    if chosen["partner"] and not reader.sees_all_partners:
        reader.require_partner(chosen["partner"])
    found: Row | None = None
    with transaction() as session:
        names = partner_names(session)
        whose = reader.partner if not reader.sees_all_partners else chosen["partner"] or next(iter(names), None)
        first = chosen["first"] or berlin_day(now())
        end = chosen["last"] + timedelta(days=1) if chosen["last"] else first + timedelta(days=USUAL)
        try:
            run = find_run(session)
            if not chosen["first"] and not run.first_day <= first < run.end_day:
                first, end = run.first_day, run.first_day + timedelta(days=USUAL)
            found = forecasting.reading.part_rows(
                session, reader, partner=whose, first=first, end=min(end, first + timedelta(days=LONGEST))
            )
            reasons = forecasting.newcomers.why_new(session, reader, run.id, whose or "")
        except NotFound:
            reasons = []
        services = service_names(session)
        labels = queue_labels(session) if reader.sees_all_partners else {}
    rows = [row for row in found["rows"] if row["hi95"]] if found else []
    if wanted := PARTS.wanted(asked):
        return PARTS.file(wanted, rows)
    by_day = _by_day(rows)
    return page(
        "forecast/partner.html",
        asked.status,
        form=asked,
        found=found,
        first_day=date.fromisoformat(found["from"]) if found else first,
        last_day=date.fromisoformat(found["to"]) - timedelta(days=1) if found else first,
        rows=rows,
        whose=whose,
        queues=labels,
        partners=names if reader.sees_all_partners else {},
        name=names.get(whose or "", whose),
        services=services,
        reasons=reasons,
        expected=sum(row["calls"] for row in rows),
        drawn=forecast_pictures.own(by_day, bands=len({row["service"] for row in rows}) == 1),
    )


def _by_day(rows: list[Row]) -> list[Row]:
    """Sums over services; with one service only, its intervals, too."""
    days: dict[str, list[Row]] = {}
    for row in rows:
        days.setdefault(row["day"], []).append(row)
    return [_day(date.fromisoformat(day), own) for day, own in sorted(days.items())]


def _day(day: date, rows: list[Row]) -> Row:
    start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
    own = rows[0] | {"calls": sum(row["calls"] for row in rows)}
    return own | {"start": start.isoformat(), "end": end.isoformat()}
