"""Snapshots of the forecast: which there are, and a new one by the worker."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request
from sqlalchemy import desc, select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.queries import names_of_actors
from wfm.core import fields
from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.paging import page_of, read_cursor
from wfm.forecasting import service as forecasting
from wfm.forecasting.models import ForecastRun
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("forecast_snapshots", __name__, url_prefix="/planung/prognose/staende")

SNAPSHOTS = Listing(
    "Stände der Prognose",
    (
        column("Nummer", "id", Kind.COUNT),
        column("gerechnet", "made_at", Kind.MOMENT),
        column("erster Tag", "first_day", Kind.DAY),
        column("letzter Tag", lambda run: run.end_day - timedelta(days=1), Kind.DAY),
        column("simulierte Anrufe", "generated"),
        column("Hinweise", "warnings"),
    ),
)


class AskForm(fields.Schema):
    """A new snapshot: its days, both included."""

    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)


@blp.get("")
@requires("forecast.read")
def overview() -> Response:
    """Snapshots, the newest first; and whether one that was asked for is there"""
    return _show(Form())


@blp.post("")
@requires("forecast.write")
def ask() -> AnyResponse:
    """Let the worker make a new snapshot"""
    typed = read_form(AskForm)
    if not typed.errors:
        last = typed.data["last"]
        try:
            with transaction() as session:
                wish = forecasting.asking.ask_for_run(
                    session, by=viewer().actor, first=typed.data["first"], end=last and last + timedelta(days=1)
                )
            return back_to("forecast_snapshots.overview", wunsch=wish.id)
        except WfmError as error:
            typed.refuse(error)
    return _show(typed)


def _show(typed: Form) -> Response:
    statement = select(ForecastRun).order_by(desc(ForecastRun.id))
    cursor = request.args.get("cursor")
    with transaction() as session:
        if wanted := SNAPSHOTS.wanted():
            return SNAPSHOTS.file(wanted, session.scalars(statement).all())
        asked = request.args.get("wunsch", type=int)
        wish = None if asked is None else forecasting.asking.find_wish(session, asked)
        if cursor is not None:
            statement = statement.where(ForecastRun.id < read_cursor(cursor, [int])[0])
        listed = page_of(session.scalars(statement.limit(51)).all(), 50, lambda run: [run.id])
        names = names_of_actors(session, {run.made_by for run in listed.items})
    return page(
        "forecast/snapshots.html",
        typed.status,
        form=typed,
        listed=listed,
        names=names,
        wish=wish,
        became=None if wish is None else forecasting.asking.state_of(wish, now()),
        most=forecasting.runs.LONGEST,
        last_day=lambda run: run.end_day - timedelta(days=1),
    )
