"""Whether what partners owe covers the cost, and what of it is carried to later years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.models import CostCover
from wfm.billing.rules.cost_cover import MOST_YEARS
from wfm.billing.rules.words import money
from wfm.billing.service.cover import carry_forward, cover_until, periods_carried
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Month
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column, wanted_file
from wfm.web.pages.cost import euros
from wfm.web.shell import back_to, page

blp = Blueprint("cost_cover", __name__, url_prefix="/abrechnung/kosten/deckung")


YEARS = Listing(
    "Kostendeckung",
    (
        column("Jahr", lambda year: str(year.year)),
        column("Plan", lambda year: euros(year.planned_cents)),
        column("Ist", lambda year: euros(year.actual_cents)),
        column("aus früheren Jahren", lambda year: euros(year.brought_forward_cents)),
        column("beim Träger", lambda year: euros(year.borne_by_host_cents)),
        column("Erträge", lambda year: euros(year.yield_cents)),
        column("Ergebnis", lambda year: euros(year.result_cents)),
    ),
)
CARRIED = Listing(
    "Vorträge",
    (
        column("Zeitraum", lambda period: f"{period.first_year} bis {period.last_year}"),
        column("Ergebnis", lambda period: money(period.result_cents)),
        column("Vortrag", lambda period: _told(period)),
        column("eingetragen", lambda period: f"{berlin_day(period.made_at):%d.%m.%Y}"),
    ),
)


class YearForm(fields.Schema):
    """The last year of the calculation."""

    year = fields.Whole(at_least=2000, at_most=2100)


class CarryForm(fields.Schema):
    """Over how many years the result of the period up to `year` is balanced."""

    year = fields.Whole(required=True, at_least=2000, at_most=2100)
    over = fields.Whole(required=True, at_least=1, at_most=MOST_YEARS)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """Whether yields cover cost over up to three years, and what was carried forward"""
    form = read_query(YearForm)
    return _show(form, form.data.get("year") or Month.of(berlin_day(now())).earlier(12).year)


@blp.post("")
@requires("settlement.write")
def carry() -> AnyResponse:
    """Carry the result of a period forward"""
    form = read_form(CarryForm)
    if not form.errors:
        try:
            with transaction() as session:
                carry_forward(session, viewer(), form.data["year"], form.data["over"])
            return back_to("cost_cover.overview", notice=_("Das Ergebnis ist vorgetragen."), year=form.data["year"])
        except WfmError as error:
            form.refuse(error)
    return _show(form, form.data.get("year") or berlin_day(now()).year)


def _show(form: Form, year: int) -> Response:
    with transaction() as session:
        cover, carried = cover_until(session, year), periods_carried(session)
    lists: Sequence[tuple[Listing, Sequence[Any]]] = ((YEARS, cover.years if cover else ()), (CARRIED, carried))
    if (file := wanted_file(lists, form)) is not None:
        return file
    return page(
        "billing/cost_cover.html", form.status, form=form, year=year, cover=cover, carried=carried, told=_told,
        over=[(str(years), str(years)) for years in range(1, MOST_YEARS + 1)],
    )  # fmt: skip


def _told(period: CostCover) -> str:
    return "; ".join(f"{year}: {money(cents)}" for year, cents in sorted(period.carried.items()))
