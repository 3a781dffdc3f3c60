"""The day under way: what came, what was expected, what is expected of the rest now."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select

from wfm.accounts.access import requires
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.directory.queries import queue_labels
from wfm.forecasting import service as forecasting
from wfm.forecasting.models import ForecastSeries
from wfm.reporting.formats.column import Kind, moment_at
from wfm.web import forecast_pictures
from wfm.web.forms import read_query
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("forecast_today", __name__, url_prefix="/planung/heute")

DAY = Listing(
    "Tag",
    (
        column("Beginn", moment_at("start"), Kind.MOMENT),
        column("gekommen", "came", Kind.COUNT),
        column("ursprünglich erwartet", "forecast", Kind.DECIMAL),
        column("jetzt erwartet", "now_expected", Kind.DECIMAL),
        column("80 % von", "lo80", Kind.DECIMAL),
        column("80 % bis", "hi80", Kind.DECIMAL),
    ),
)


class TodayQuery(fields.Schema):
    """Whose day, and as it stood when."""

    queue = fields.Line(max_length=100, load_default=None)
    at = fields.Instant(load_default=None)


@blp.get("")
@requires("forecast.read")
def today() -> Response:
    """The rest of a queue's day, forecast again from what has come so far"""
    asked = read_query(TodayQuery)
    chosen: dict[str, Any] = asked.data or TodayQuery().load({})
    found: dict[str, Any] | None = None
    with transaction() as session:
        labels = queue_labels(session)
        first = select(ForecastSeries.queue).where(ForecastSeries.kind == "queue")
        queue = (
            chosen["queue"]
            or session.scalars(first.order_by(ForecastSeries.run_id.desc(), ForecastSeries.queue)).first()
        )
        try:
            found = forecasting.intraday.rest_of_day(session, queue=queue, at=chosen["at"]) if queue else None
        except NotFound:
            if chosen["queue"] is not None and chosen["queue"] not in labels:
                raise
    if found and (wanted := DAY.wanted(asked)):
        return DAY.file(wanted, found["rows"])
    return page(
        "forecast/today.html",
        asked.status,
        form=asked,
        queue=queue,
        queues=labels,
        found=found,
        drawn=forecast_pictures.today(found["rows"]) if found else None,
        past=chosen["at"] is not None,
    )
