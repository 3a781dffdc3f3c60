"""Variants side by side: what each partner would pay, who wins and who loses, and what hangs on volumes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.billing.rules.sensitivity import STEPS
from wfm.billing.service import comparing
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, Sentence, WfmError
from wfm.core.intervals import Days, Month
from wfm.directory.queries import partner_names
from wfm.reporting.usage_year import months_with_calls
from wfm.web import settlement_words
from wfm.web import variant_views as views
from wfm.web.forms import Form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import wanted_file
from wfm.web.shell import page
from wfm.web.variant_words import Euros

blp = Blueprint("variants", __name__, url_prefix="/abrechnung/variantenvergleich")
Row = dict[str, Any]
#: Months of a comparison at most, and of one that nobody has chosen.
LONGEST, USUAL = 36, 12
COSTS = {
    "actual": N_("tatsächliche Kosten"),
    "plan": N_("geplante Kosten"),
    "assumed": N_("angenommener Betrag"),
}
#: What the service calls fields that have another name here.
FIELDS = {"cost_cents": "cost", "first": "base"}
#: Errors of a page that nobody has asked anything of yet: a hint rather than a mistake.
NOTHING_YET = ("settlement.no_cost", "settlement.nobody")


class CostQuery(fields.Schema):
    """Which months, both included, and which cost."""

    first = fields.MonthField(data_key="from", load_default=None)
    last = fields.MonthField(data_key="to", load_default=None)
    cost = fields.Text(choices=tuple(COSTS), load_default="actual")
    euros = Euros(load_default=None)
    base = fields.Line(max_length=30, load_default=None)
    keys = fields.ListOf(fields.Line(max_length=30), data_key="only", load_default=list)


class DerivationQuery(CostQuery):
    variant = fields.Line(max_length=30, required=True)
    partner = fields.Line(max_length=20, load_default=None)


class SensitivityQuery(CostQuery):
    partner = fields.Line(max_length=20, load_default=None)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """Every variant over the same months and cost"""
    asked = read_query(CostQuery)
    report: Row | None = None
    hint = ""
    with transaction() as session:
        chosen = _chosen(session, asked)
        if not asked.errors:
            try:
                report = comparing.compare(session, viewer(), _days(chosen), **_cost(chosen), first=chosen["base"])
            except WfmError as error:
                if asked.kept or error.code not in NOTHING_YET:
                    _refuse(asked, error)
                else:
                    hint = _(error.message)
    shown = [] if report is None else views.shown_of(report, chosen["keys"])
    if report is not None:
        lists = (
            (views.shares_list(report, shown), report["rows"]),
            (views.per_head_list(report, shown), report["rows"]),
            (views.PARAMETERS, [views.told(each) for each in report["candidates"]]),
        )
        if (file := wanted_file(lists, asked)) is not None:
            return file
    return page(
        "settlement/comparison.html",
        asked.status,
        asked=asked,
        chosen=chosen,
        report=report,
        hint=hint,
        shown=shown,
        costs=[(key, _(name)) for key, name in COSTS.items()],
        choices=[] if report is None else [(each["key"], views.short(each)) for each in report["candidates"]],
        pictures=[] if report is None else views.pictures(report, shown),
        told=[] if report is None else [views.told(each) for each in report["candidates"]],
        per_head=views.per_head,
        short=views.short,
        full=views.full,
        query=_query(asked, chosen),
        words=settlement_words,
    )


@blp.get("/herleitung")
@requires("settlement.read")
def derivation() -> Response:
    """How a figure of the comparison comes about"""
    form = read_query(DerivationQuery)
    asked = form.checked()
    with transaction() as session:
        chosen = _chosen(session, form)
        form.checked()
        report = comparing.compare(session, viewer(), _days(chosen), **_cost(chosen))
    candidate = next((each for each in report["candidates"] if each["key"] == asked["variant"]), None)
    if candidate is None:
        raise NotFound("settlement.candidate", "Diese Variante gibt es im Vergleich nicht.")
    partner = next((row for row in report["rows"] if row["partner"] == asked["partner"]), None)
    if asked["partner"] and partner is None:
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.")
    lines = [line for line in candidate["derivation"] if line["partner"] in (None, asked["partner"])]
    if wanted := views.LINES.wanted():
        return views.LINES.file(wanted, lines)
    return page(
        "settlement/derivation.html",
        report=report,
        candidate=candidate,
        partner=partner,
        lines=lines,
        told=views.told(candidate),
        full=views.full,
        query=_query(form, chosen),
        words=settlement_words,
    )


@blp.get("/menge")
@requires("settlement.read")
def volumes() -> Response:
    """What a partner would pay if it used more or less"""
    asked = read_query(SensitivityQuery)
    report: Row | None = None
    with transaction() as session:
        chosen = _chosen(session, asked)
        partners = sorted(partner_names(session).items(), key=lambda item: item[1])
        if not asked.errors and chosen["partner"]:
            try:
                report = comparing.sensitivity(session, viewer(), _days(chosen), chosen["partner"], **_cost(chosen))
            except NotFound:
                raise
            except WfmError as error:
                _refuse(asked, error)
    rows = (
        [] if report is None else [row for row in report["rows"] if not chosen["keys"] or row["key"] in chosen["keys"]]
    )
    listing = views.volumes_list()
    if wanted := listing.wanted(asked):
        return listing.file(wanted, rows)
    return page(
        "settlement/volumes.html",
        asked.status,
        asked=asked,
        chosen=chosen,
        report=report,
        rows=rows,
        partners=partners,
        costs=[(key, _(name)) for key, name in COSTS.items()],
        steps=STEPS,
        drawn=views.drawn(rows),
        query=_query(asked, chosen),
        short=views.short,
        full=views.full,
    )


# ---- what was chosen ------------------------------------------------------------------------------------------------


def _chosen(session: Session, asked: Form) -> Row:
    """What was asked for, and the last twelve months with calls where no months were."""
    chosen: Row = {
        "first": None,
        "last": None,
        "cost": "actual",
        "euros": None,
        "base": None,
        "keys": [],
        "partner": None,
    }
    chosen |= asked.data
    if chosen["last"] is None or chosen["first"] is None:
        months = months_with_calls(session)
        last = chosen["last"] or (months[-1] if months else Month.of(berlin_day(now())).earlier(1))
        first = chosen["first"] or last.earlier(USUAL - 1)
        chosen |= {"first": min(first, last), "last": max(first, last)}
    first, last = chosen["first"], chosen["last"]
    if not 0 <= (last.year - first.year) * 12 + last.number - first.number < LONGEST:
        message = Sentence("Höchstens %(most)s Monate, der letzte nicht vor dem ersten.", most=LONGEST)
        asked.refuse(BadInput("comparison.months", message, field="to"))
    if chosen["cost"] == "assumed" and chosen["euros"] is None:
        asked.refuse(BadInput("comparison.cost", "Bitte den angenommenen Betrag angeben.", field="euros"))
    return chosen


def _refuse(asked: Form, error: WfmError) -> None:
    """Show what the service refuses at the field of this page, which may be called otherwise there."""
    field = str(error.details.get("field", ""))
    asked.errors.setdefault(FIELDS.get(field, field), []).append(_(error.message))


def _days(chosen: Row) -> Days:
    return Days(chosen["first"].first, chosen["last"].next.first)


def _cost(chosen: Row) -> Row:
    if chosen["cost"] == "assumed":
        return {"cost_cents": chosen["euros"]}
    return {"stage": chosen["cost"]}


def _query(asked: Form, chosen: Row) -> Row:
    """What the pages of a comparison hand on to each other."""
    kept = {"from": str(chosen["first"]), "to": str(chosen["last"]), "cost": chosen["cost"], "base": chosen["base"]}
    kept |= {"euros": asked.values.get("euros"), "only": chosen["keys"]}
    return {name: value for name, value in kept.items() if value}
