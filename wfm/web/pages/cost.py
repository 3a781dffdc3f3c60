"""Cost: a year by month and kind, plan against actual; items and cost centres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.models import CostCentre
from wfm.billing.rules.words import money
from wfm.billing.service import cost_items as service
from wfm.billing.service.cost import Cost, cost_of
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, WfmError
from wfm.core.intervals import Days, Month
from wfm.reporting.formats.column import Column
from wfm.web import charts
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.language import number
from wfm.web.lists import Listing, column, wanted_file
from wfm.web.shell import back_to, page

blp = Blueprint("cost", __name__, url_prefix="/abrechnung/kosten")


def _of_kind(kind: str, title: str) -> Column:
    return column(title, lambda row: euros(row[kind]))


def euros(cents: int | None) -> str | None:
    """An amount for a file; nothing where none is known."""
    return None if cents is None else money(cents)


MONTHS = Listing(
    "Kosten je Monat",
    (
        column("Monat", lambda row: str(row["month"])),
        *(_of_kind(kind, title) for kind, title in service.KINDS.items()),
        column("Ist", lambda row: euros(row["actual"])),
        column("Plan", lambda row: euros(row["plan"])),
        column("Ist weniger Plan", lambda row: euros(row["difference"])),
    ),
)
ITEMS = Listing(
    "Kostenposten",
    (
        column("Monat", lambda item: f"{item.month:%Y-%m}"),
        column("Kostenstelle", "cost_centre"),
        column("Art", lambda item: service.KINDS[item.kind]),
        column("Plan oder Ist", lambda item: service.STAGES[item.stage]),
        column("Betrag der Kostenstelle", lambda item: money(item.cents)),
        column("Anteil", lambda item: str(item.share)),
        column("Anmerkung", "note"),
    ),
)
CENTRES = Listing(
    "Kostenstellen",
    (
        column("Kostenstelle", "key"),
        column("Name", "name"),
        column("Produkt", "product"),
        column("Anteil", lambda centre: str(centre.share)),
    ),
)


class YearForm(fields.Schema):
    """Which year is shown."""

    year = fields.Whole(at_least=2000, at_most=2100)


class ItemForm(fields.Schema):
    """An item as people write it: cells of a row of the file."""

    month = fields.Line(max_length=10, required=True)
    cost_centre = fields.Line(max_length=40, required=True)
    kind = fields.Line(max_length=40, required=True)
    stage = fields.Line(max_length=10, required=True)
    amount = fields.Line(max_length=30, required=True)
    note = fields.Line(max_length=500)


class CentreForm(fields.Schema):
    """A cost centre; its share in per cent."""

    key = fields.Line(max_length=40, required=True)
    name = fields.Line(max_length=200, required=True)
    product = fields.Line(max_length=40)
    share = fields.Line(max_length=12, required=True)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """Cost of a year by month and kind, planned and actual"""
    form = read_query(YearForm)
    year = form.data.get("year") or berlin_day(now()).year
    period = Days.of_year(year)
    with transaction() as session:
        plan, actual = (cost_of(session, period, stage) for stage in ("plan", "actual"))
        rows = _rows(plan, actual)
        items = [*actual.items, *plan.items]
        centres = service.cost_centres(session)
    lists: Sequence[tuple[Listing, Sequence[Any]]] = ((MONTHS, rows), (ITEMS, items), (CENTRES, centres))
    if (file := wanted_file(lists, form)) is not None:
        return file
    used = [kind for kind in service.KINDS if any(row[kind] is not None for row in rows)]
    return page(
        "billing/cost.html",
        form.status,
        form=form,
        year=year,
        plan=plan,
        actual=actual,
        rows=rows,
        chart=_chart(rows, used) if rows else Markup(),
        columns=[{"key": kind, "title": _(service.KINDS[kind]), "numeric": True} for kind in used],
        items=items,
        centres=centres,
        kinds=service.KINDS,
        stages=service.STAGES,
    )


@blp.get("/neu")
@requires("settlement.write")
def new() -> Response:
    """Enter an item of cost"""
    begun = dict.fromkeys(ItemForm._declared_fields, "") | {"month": str(Month.of(berlin_day(now())))}
    return _show_item(Form(begun))


@blp.post("/neu")
@requires("settlement.write")
def add() -> AnyResponse:
    """Keep an item; a correction is one more"""
    form = read_form(ItemForm)
    if not form.errors:
        try:
            with transaction() as session:
                service.enter(session, form.values, by=viewer().actor)
            return back_to("cost.overview", notice=_("Der Posten ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return _show_item(form)


@blp.get("/kostenstelle")
@requires("settlement.write")
def centre() -> Response:
    """A cost centre and its share"""
    values = dict.fromkeys(CentreForm._declared_fields, "") | {"share": "100"}
    if key := request.args.get("key", "").replace("\0", ""):
        with transaction() as session:
            known = session.get(CostCentre, key)
        if known is None:
            raise NotFound("cost.centre_unknown", "Diese Kostenstelle gibt es nicht.")
        share = f"{(known.share * 100).normalize():f}".replace(".", ",")
        values = {"key": known.key, "name": known.name, "product": known.product, "share": share}
    return page("billing/cost_centre.html", form=Form(values))


@blp.post("/kostenstelle")
@requires("settlement.write")
def keep_centre() -> AnyResponse:
    """Keep a cost centre"""
    form = read_form(CentreForm)
    if not form.errors:
        try:
            share = _share(form.values["share"])
            with transaction() as session:
                named = (form.values["key"], form.values["name"], form.values["product"])
                service.keep_cost_centre(session, *named, share, by=viewer().actor)
            return back_to("cost.overview", notice=_("Die Kostenstelle ist gespeichert."))
        except WfmError as error:
            form.refuse(error)
    return page("billing/cost_centre.html", form.status, form=form)


def _show_item(form: Form) -> Response:
    with transaction() as session:
        centres = [(centre.key, f"{centre.key} {centre.name}") for centre in service.cost_centres(session)]
    return page(
        "billing/cost_item.html",
        form.status,
        form=form,
        centres=centres,
        kinds=[(kind, _(title)) for kind, title in service.KINDS.items()],
        stages=[(stage, _(title)) for stage, title in service.STAGES.items()],
    )


def _share(cell: str) -> Decimal:
    try:
        percent = Decimal(cell.removesuffix("%").strip().replace(",", "."))
    except ArithmeticError:
        percent = Decimal("NaN")
    if not percent.is_finite() or percent != percent.quantize(Decimal("0.0001")):
        raise BadInput("cost.share", "Bitte eine Prozentzahl mit höchstens vier Nachkommastellen.", field="share")
    return percent / 100


def _rows(plan: Cost, actual: Cost) -> list[dict[str, Any]]:
    """A row for each month that has cost: actual by kind, its sum, the plan's sum."""
    actuals, plans = service.by_month_and_kind(actual.items), service.by_month_and_kind(plan.items)
    rows = []
    for month in sorted(actuals.keys() | plans.keys()):
        did = sum(actuals[month].values()) if month in actuals else None
        meant = sum(plans[month].values()) if month in plans else None
        difference = None if did is None or meant is None else did - meant
        kinds: Mapping[str, int] = actuals.get(month, plans.get(month, {})) if did is not None else {}
        row: dict[str, Any] = {kind: kinds.get(kind) for kind in service.KINDS}
        rows.append(row | {"month": month, "actual": did, "plan": meant, "difference": difference})
    return rows


def _chart(rows: Sequence[Mapping[str, Any]], used: Sequence[str]) -> Markup:
    """Actual cost stacked by kind, the plan hollow beside it; what is negative can't be drawn."""
    labels = [month_name(row["month"])[:3] for row in rows]
    drawn = [
        charts.Series(_(service.KINDS[kind]), [None if row[kind] is None else max(row[kind], 0) / 100 for row in rows])
        for kind in used
    ]
    meant = charts.Series(_("Plan"), [None if row["plan"] is None else max(row["plan"], 0) / 100 for row in rows])
    return charts.month_bars(_("Kosten je Monat in Euro"), labels, drawn, number, before=meant)
