"""Layers of people on the forecast: tried out, put on with a reason, taken back."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import desc, select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.queries import names_of_actors
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import BadInput, WfmError
from wfm.core.paging import page_of, read_cursor
from wfm.directory.queries import queue_labels
from wfm.forecasting import service as forecasting
from wfm.forecasting.models import ForecastAdjustment
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import N_, number
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("adjustments", __name__, url_prefix="/planung/prognose/anpassungen")

KINDS = {"factor": N_("Faktor auf die Anrufe"), "calls": N_("Anrufe am Tag mehr oder weniger")}
#: Days of a tried-out layer that the page lists one by one.
SHOWN = 31
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)

ADJUSTMENTS = Listing(
    "Anpassungen",
    (
        column("Nummer", "id", Kind.COUNT),
        column("Warteschlange", "queue"),
        column("erster Tag", "first_day", Kind.DAY),
        column("letzter Tag", "last_day", Kind.DAY),
        column("von", lambda row: clock(row.from_minute)),
        column("bis", lambda row: clock(row.to_minute)),
        column("Art", lambda row: KINDS[row.kind]),
        column("Wert", lambda row: float(row.value), Kind.DECIMAL),
        column("Grund", "reason"),
        column("gemacht", "made_at", Kind.MOMENT),
        column("zurückgenommen", "taken_back_at", Kind.MOMENT),
    ),
)


class AdjustmentForm(fields.Schema):
    """A layer as people write it."""

    queue = fields.Line(max_length=100, required=True)
    first_day = fields.Day(required=True)
    last_day = fields.Day(required=True)
    from_time = fields.Line(max_length=5, load_default="00:00")
    to_time = fields.Line(max_length=5, load_default="24:00")
    kind = fields.Text(choices=tuple(KINDS), required=True)
    value = fields.Line(max_length=12, required=True)
    reason = fields.Line(max_length=500, required=True)
    do = fields.Text(choices=("try", "make"), load_default="make")


@blp.get("")
@requires("forecast.read")
def overview() -> Response:
    """All layers, those taken back included, and a new one"""
    given = {name: value for name in ("queue", "first_day") if (value := request.args.get(name, "").replace("\0", ""))}
    return _show(Form(given))


@blp.post("")
@requires("forecast.write")
def add() -> AnyResponse:
    """Try a layer out, or put it on"""
    typed = read_form(AdjustmentForm)
    effect: list[forecasting.adjusting.Effect] = []
    if not typed.errors:
        try:
            layer = _meant(typed.data)
            with transaction() as session:
                if typed.data["do"] == "make":
                    forecasting.adjusting.adjust(session, by=viewer().actor, **layer)
                    return back_to(
                        "adjustments.overview", queue=layer["queue"], notice=_("Die Anpassung liegt auf der Prognose.")
                    )
                effect = forecasting.adjusting.try_out(session, **layer)
        except WfmError as error:
            typed.refuse(error)
    return _show(typed, effect)


@blp.post("/<int:adjustment_id>/zuruecknehmen")
@requires("forecast.write")
def take_back(adjustment_id: int) -> AnyResponse:
    """Take a layer back; it stays in the list"""
    with transaction() as session:
        forecasting.adjusting.take_back(session, adjustment_id, by=viewer().actor)
    return back_to("adjustments.overview", notice=_("Die Anpassung ist zurückgenommen."))


def _show(typed: Form, effect: list[forecasting.adjusting.Effect] | None = None) -> Response:
    statement = select(ForecastAdjustment).order_by(desc(ForecastAdjustment.id))
    cursor = request.args.get("cursor")
    with transaction() as session:
        if wanted := ADJUSTMENTS.wanted():
            return ADJUSTMENTS.file(wanted, session.scalars(statement).all())
        if cursor is not None:
            statement = statement.where(ForecastAdjustment.id < read_cursor(cursor, [int])[0])
        listed = page_of(session.scalars(statement.limit(51)).all(), 50, lambda row: [row.id])
        names = names_of_actors(session, {actor for row in listed.items for actor in (row.made_by, row.taken_back_by)})
        labels = queue_labels(session)
    return page(
        "forecast/adjustments.html",
        typed.status,
        form=typed,
        effect=effect or [],
        shown=SHOWN,
        listed=listed,
        names=names,
        queues=labels,
        kinds=[(kind, _(title)) for kind, title in KINDS.items()],
        clock=clock,
        told=told,
    )


def _meant(data: dict[str, Any]) -> dict[str, Any]:
    """The layer as the service takes it. Raises BadInput with the field."""
    return {name: data[name] for name in ("queue", "first_day", "last_day", "kind", "reason")} | {
        "from_minute": _minute(data["from_time"], "from_time"),
        "to_minute": _minute(data["to_time"], "to_time"),
        "value": _value(data["value"]),
    }


def _minute(text: str, field: str) -> int:
    found = _TIME.fullmatch(text)
    minute = 60 * int(found[1]) + int(found[2]) if found else -1
    if not 0 <= minute <= 1440 or minute % 15:
        raise BadInput("adjustment.time", "Bitte eine Uhrzeit wie 08:15 angeben, auf die Viertelstunde.", field=field)
    return minute


def _value(text: str) -> Decimal:
    """`1,2` or `-30`; at most three places."""
    try:
        value = Decimal(text.replace(",", ".").replace("−", "-"))
        if value.is_finite() and value == round(value, 3):
            return value
    except InvalidOperation:
        pass
    raise BadInput("adjustment.value", "Bitte eine Zahl mit höchstens drei Stellen nach dem Komma.", field="value")


def clock(minute: int) -> str:
    """A minute of the day as 08:15."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def told(row: ForecastAdjustment) -> str:
    """What a layer does: „× 1,2“, „+ 30 am Tag“."""
    value = float(row.value)
    if row.kind == "factor":
        return f"× {number(value, 3).rstrip('0').rstrip(',.')}"
    return _(
        "%(calls)s am Tag", calls=f"{'+' if value > 0 else '−'} {number(abs(value), 0 if value == int(value) else 1)}"
    )
