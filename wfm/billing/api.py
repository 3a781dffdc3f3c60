"""Settlement over the interface: terms, agreements, parties, cost."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.billing import agreement_schemas as ex
from wfm.billing.agreement_schemas import (
    AgreementSchema,
    CarriedSchema,
    CarrySchema,
    CostSchema,
    CoverSchema,
    NewAgreementSchema,
    NewItemSchema,
    NewPartySchema,
    NewTermsSchema,
    PartySchema,
    TermsSchema,
    YearArguments,
)
from wfm.billing.models import Agreement, CostCover, CostItem, Party, Terms
from wfm.billing.rules.words import money
from wfm.billing.service import agreements, cost_items, parties
from wfm.billing.service import terms as terms_service
from wfm.billing.service.cost import cost_of
from wfm.billing.service.cover import carry_forward, cover_until, periods_carried
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.core.problems import CONTENT_TYPE, ProblemSchema
from wfm.core.web import Blueprint

blp = Blueprint("billing", __name__, description="Abrechnung: Regelungen, Vereinbarungen, Stellen, Kosten")

Item = dict[str, Any]


@blp.get("/settlement/terms")
@blp.response(200, TermsSchema(many=True), example=[ex.TERMS])
@requires("settlement.read")
def all_terms() -> Any:
    """Every version of all terms"""
    with transaction() as session:
        return [_terms(session, one) for one in terms_service.all_terms(session)]


@blp.get("/settlement/terms/<int(max=9007199254740991):terms_id>")
@blp.response(200, TermsSchema, example=ex.TERMS)
@requires("settlement.read")
def terms(terms_id: int) -> Item:
    """One version of terms"""
    with transaction() as session:
        return _terms(session, terms_service.find_terms(session, terms_id))


@blp.post("/settlement/terms")
@blp.arguments(NewTermsSchema, example=ex.EXAMPLE_TERMS)
@blp.response(201, TermsSchema, example=ex.TERMS | {"state": "draft", "partners": []})
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.NAME_TAKEN)
@requires("settlement.write")
def draft(arguments: Item) -> Item:
    """Draft terms"""
    name, note = arguments.pop("name"), arguments.pop("note")
    with transaction() as session:
        made = terms_service.draft(session, name, arguments, note=note, by=viewer().actor)
        return _terms(session, made)


@blp.post("/settlement/terms/<int(max=9007199254740991):terms_id>/agree")
@blp.response(200, TermsSchema, example=ex.TERMS)
@blp.alt_response(422, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.NO_DRAFT)
@requires("settlement.write")
def agree(terms_id: int) -> Item:
    """A draft becomes what partners can be bound to"""
    with transaction() as session:
        return _terms(session, terms_service.agree(session, terms_id, by=viewer().actor))


@blp.get("/settlement/agreements")
@blp.response(200, AgreementSchema(many=True), example=[ex.AGREEMENT])
@requires("settlement.read")
def all_agreements() -> Any:
    """Every agreement, by partner and first day"""
    with transaction() as session:
        return [_agreement(*row) for row in agreements.all_agreements(session)]


@blp.post("/settlement/agreements")
@blp.arguments(NewAgreementSchema, example=ex.NEW_AGREEMENT)
@blp.response(201, AgreementSchema, example=ex.AGREEMENT)
@requires("settlement.write")
def agreement(arguments: Item) -> Item:
    """Bind a partner to terms; an agreement of the same partner and first day is corrected"""
    cells = {name: "" if value is None else str(value) for name, value in arguments.items()}
    fixed = arguments["fixed_cents"]
    cells["fixed_amount"] = "" if fixed is None else money(fixed)
    cells["tax"] = "; ".join(f"{rule['start']} {rule['treatment']}" for rule in arguments["tax"])
    del cells["fixed_cents"]
    with transaction() as session:
        made = agreements.enter(session, cells, by=viewer().actor)
        return _agreement(made, terms_service.find_terms(session, made.terms_id))


@blp.get("/settlement/parties")
@blp.response(200, PartySchema(many=True), example=[ex.PARTY])
@requires("settlement.read")
def all_parties() -> Any:
    """How the host and partners appear on paper"""
    with transaction() as session:
        return [_party(party) for party in parties.all_parties(session)]


@blp.post("/settlement/parties")
@blp.arguments(NewPartySchema, example=ex.NEW_PARTY)
@blp.response(204)
@requires("settlement.write")
def party(arguments: Item) -> None:
    """Enter how somebody appears from a day on; what held until then ends the day before"""
    cells = {name: "" if value is None else str(value) for name, value in arguments.items()}
    with transaction() as session:
        parties.enter(session, cells, by=viewer().actor)


@blp.get("/settlement/cost")
@blp.arguments(YearArguments, location="query")
@blp.response(200, CostSchema, example=ex.COST)
@requires("settlement.read")
def year_of_cost(arguments: Item) -> Item:
    """Planned and actual cost of a year, item by item"""
    year = arguments["year"]
    period = Days.of_year(year)
    with transaction() as session:
        plan, actual = (cost_of(session, period, stage) for stage in ("plan", "actual"))
    items = [_item(item) for item in (*plan.items, *actual.items)]
    return {"year": year, "plan_cents": plan.cents, "actual_cents": actual.cents, "items": items}


@blp.post("/settlement/cost")
@blp.arguments(NewItemSchema, example=ex.NEW_ITEM)
@blp.response(204)
@requires("settlement.write")
def item(arguments: Item) -> None:
    """Enter an item of cost; a correction is one more"""
    cells = {name: str(arguments[name]) for name in ("month", "cost_centre", "kind", "stage", "note")}
    with transaction() as session:
        cost_items.enter(session, cells | {"amount": money(arguments["cents"])}, by=viewer().actor)


@blp.get("/settlement/cost/cover")
@blp.arguments(YearArguments, location="query")
@blp.response(200, CoverSchema, example=ex.COVER)
@requires("settlement.read")
def cover_of_cost(arguments: Item) -> Item:
    """Whether yields cover cost over up to three years that end with one, and what was carried forward"""
    with transaction() as session:
        cover, carried = cover_until(session, arguments["year"]), periods_carried(session)
    return {
        "years": cover.years if cover else [],
        "result_cents": cover.result_cents if cover else None,
        "carried": carried,
    }


@blp.post("/settlement/cost/cover")
@blp.arguments(CarrySchema, example={"year": 2028, "over": 3})
@blp.response(201, CarriedSchema, example=ex.CARRIED)
@requires("settlement.write")
def carry(arguments: Item) -> CostCover:
    """Carry the result of the period that ends with a year forward to the years after it"""
    with transaction() as session:
        return carry_forward(session, viewer(), arguments["year"], arguments["over"])


def _terms(session: Session, one: Terms) -> Item:
    named = ("id", "name", "version", "state", "made_at", "note", *terms_service.PARTS)
    users = {agreement.partner for agreement in terms_service.used_by(session, one.id)}
    return {name: getattr(one, name) for name in named} | {"partners": sorted(users)}


def _agreement(one: Agreement, terms: Terms) -> Item:
    named = ("id", "partner", "reference", "signed_on", "weight", "fixed_cents", "ended_reason")
    days = {"valid_from": one.valid.start, "valid_to": one.valid.last_day}
    tax = [{"start": date.fromisoformat(rule["from"]), "treatment": rule["treatment"]} for rule in one.tax]
    return (
        {name: getattr(one, name) for name in named}
        | days
        | {"terms": terms.name, "version": terms.version, "tax": tax}
    )


def _item(one: CostItem) -> Item:
    named = ("id", "cost_centre", "kind", "stage", "cents", "note")
    return {name: getattr(one, name) for name in named} | {"month": f"{one.month:%Y-%m}", "share": str(one.share)}


def _party(one: Party) -> Item:
    days = {"valid_from": one.valid.start, "valid_to": one.valid.last_day}
    return {"id": one.id, "partner": one.partner, "details": one.details, "booking": one.booking} | days
