"""Terms, agreements, parties and cost as the interface takes and shows them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from wfm.billing.rules.parameters import MAX_CENTS
from wfm.billing.rules.variants import VARIANTS
from wfm.billing.service.cost_items import KINDS, STAGES
from wfm.billing.service.terms import STATES
from wfm.core import fields
from wfm.core.errors import Sentence

EXAMPLE_TERMS: dict[str, Any] = {
    "name": "Region",
    "variant": "V5",
    "parameters": {"plan_cents": 9_600_000},
    "counting": {"calls": "answered_calls", "shorter_than_s": 0, "wrapup": "reported", "unattributed": "host"},
    "keys": {"basis": "Zensus 2022", "as_of": "year_before", "pro_rata": "days"},
    "cycle": {
        "advances": 4,
        "due_days": ["02-15", "05-15", "08-15", "11-15"],
        "settlement_day": "03-31",
        "true_up": "charge",
        "carry_over_years": 0,
        "objection_days": 28,
        "payment_days": 30,
        "notice_months": 12,
        "cost_covering": False,
    },
    "note": "",
}
TERMS = EXAMPLE_TERMS | {
    "id": 1,
    "version": 1,
    "state": "agreed",
    "made_at": "2026-11-26T02:00:00+01:00",
    "partners": ["03241003"],
}
NAME_TAKEN: dict[str, Any] = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "code": "terms.name",
    "detail": "Die Regelung „Region“ gibt es schon: bitte von ihr eine neue Fassung anlegen.",
}
NO_DRAFT: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "terms.not_draft",
    "detail": "Nur ein Entwurf kann vereinbart werden.",
}
NEW_AGREEMENT: dict[str, Any] = {
    "partner": "03241003",
    "terms": "Region",
    "version": 1,
    "valid_from": "2026-01-01",
    "valid_to": None,
    "reference": "Vereinbarung vom 12.11.2025",
    "signed_on": "2025-11-12",
    "weight": None,
    "fixed_cents": None,
    "tax": [{"from": "2026-01-01", "treatment": "not_taxable"}, {"from": "2027-01-01", "treatment": "taxed"}],
}
AGREEMENT = NEW_AGREEMENT | {"id": 7, "ended_reason": ""}
PARTY: dict[str, Any] = {
    "id": 3,
    "partner": "03241003",
    "valid_from": "2026-01-01",
    "valid_to": None,
    "details": {"name": "Stadt Burgdorf", "street": "Marktstraße 55", "postcode": "31303", "town": "Burgdorf"},
    "booking": {"account": "348200"},
}
NEW_PARTY: dict[str, Any] = {"partner": "03241003", "valid_from": "2026-01-01", **PARTY["details"], "account": "348200"}
ITEM: dict[str, Any] = {
    "id": 12,
    "month": "2026-09",
    "cost_centre": "1000",
    "kind": "staff",
    "stage": "actual",
    "cents": 2_850_000,
    "share": "1.000000",
    "note": "",
}
CARRIED = {"first_year": 2026, "last_year": 2028, "result_cents": -300_000,
           "carried": {"2029": 100_000, "2030": 100_000, "2031": 100_000}}  # fmt: skip
COVER: dict[str, Any] = {"years": [], "result_cents": None, "carried": [CARRIED]}
COST: dict[str, Any] = {"year": 2026, "plan_cents": 0, "actual_cents": 2_850_000, "items": [ITEM]}
NEW_ITEM = {name: ITEM[name] for name in ("month", "cost_centre", "kind", "stage", "cents", "note")}


class NewTermsSchema(fields.Schema):
    """Terms as they are drafted; what each part holds is in docs/agreements.md."""

    name = fields.Line(max_length=100, required=True)
    variant = fields.Text(choices=tuple(VARIANTS), required=True)
    parameters = fields.Object(required=True, metadata={"description": "Of the variant, for a whole year"})
    counting = fields.Object(required=True, metadata={"description": "What counts as usage"})
    keys = fields.Object(required=True, metadata={"description": "Which count of inhabitants"})
    cycle = fields.Object(required=True, metadata={"description": "Advances, settlement, periods"})
    note = fields.Text(load_default="")

    @ma.validates("note")
    def _short(self, value: str, **_: Any) -> None:
        if len(value) > 1000 or not value.replace("\n", "").isprintable():
            raise ma.ValidationError(Sentence("1 bis %(most)s Zeichen.", most=1000))


class TermsSchema(fields.Schema):
    """A version of terms."""

    id = fields.Whole(required=True)
    name = fields.Text(required=True)
    version = fields.Whole(required=True)
    state = fields.Text(choices=tuple(STATES), required=True)
    variant = fields.Text(required=True)
    parameters = fields.Object(required=True)
    counting = fields.Object(required=True)
    keys = fields.Object(required=True)
    cycle = fields.Object(required=True)
    note = fields.Text(required=True)
    made_at = fields.Instant(required=True)
    partners = fields.ListOf(fields.Text(), required=True, metadata={"description": "Bound by an agreement"})


class TaxSchema(fields.Schema):
    """Treatment of services from a day on."""

    start = fields.Day(data_key="from", required=True)
    treatment = fields.Text(choices=("not_taxable", "exempt", "taxed"), required=True)


class NewAgreementSchema(fields.Schema):
    """An agreement; one of the same partner and first day is corrected."""

    partner = fields.Line(max_length=20, required=True, metadata={"description": "AGS, or REGION"})
    terms = fields.Line(max_length=100, required=True)
    version = fields.Whole(at_least=1, at_most=9999, required=True)
    valid_from = fields.Day(required=True)
    valid_to = fields.Day(allow_none=True, load_default=None, metadata={"description": "Last day"})
    reference = fields.Line(max_length=500, required=True)
    signed_on = fields.Day(allow_none=True, load_default=None)
    weight = fields.Whole(at_least=0, at_most=20_000_000, allow_none=True, load_default=None)
    fixed_cents = fields.Whole(at_least=0, at_most=MAX_CENTS, allow_none=True, load_default=None)
    tax = fields.ListOf(fields.Part(TaxSchema), required=True)


class AgreementSchema(NewAgreementSchema):
    """An agreement that is there."""

    id = fields.Whole(required=True)
    ended_reason = fields.Text(required=True)


class PartySchema(fields.Schema):
    """How the host (partner null) or a partner appears on paper from a day on."""

    id = fields.Whole(required=True)
    partner = fields.Text(required=True, allow_none=True)
    valid_from = fields.Day(required=True)
    valid_to = fields.Day(required=True, allow_none=True)
    details = fields.Object(required=True)
    booking = fields.Object(required=True)


class OfParty(fields.Schema):
    """What may be told of how somebody appears, and need not."""

    contact = fields.Line(max_length=200)
    telephone = fields.Line(max_length=40)
    email = fields.Line(max_length=200)
    leitweg_id = fields.Line(max_length=50)
    vat_id = fields.Line(max_length=20)
    tax_number = fields.Line(max_length=40)
    identifier = fields.Line(max_length=60)
    iban = fields.Line(max_length=50)
    bic = fields.Line(max_length=20)
    own_partner = fields.Line(max_length=20)
    series = fields.Line(max_length=10)
    account = fields.Line(max_length=40)
    product = fields.Line(max_length=40)
    cost_centre = fields.Line(max_length=40)
    tax_code = fields.Line(max_length=40)


class NewPartySchema(OfParty):
    """How somebody appears from a day on; partner `HOST` is who sends the bills."""

    partner = fields.Line(max_length=20, required=True)
    valid_from = fields.Day(required=True)
    valid_to = fields.Day(allow_none=True, load_default=None)
    name = fields.Line(max_length=200, required=True)
    street = fields.Line(max_length=200, required=True)
    postcode = fields.Line(max_length=10, required=True)
    town = fields.Line(max_length=100, required=True)


class YearArguments(fields.Schema):
    """Which year."""

    year = fields.Whole(at_least=2000, at_most=2100, required=True)


class NewItemSchema(fields.Schema):
    """An item of cost; a correction is one more."""

    month = fields.MonthField(required=True)
    cost_centre = fields.Line(max_length=40, required=True)
    kind = fields.Text(choices=tuple(KINDS), required=True)
    stage = fields.Text(choices=tuple(STAGES), required=True)
    cents = fields.Whole(at_least=-MAX_CENTS, at_most=MAX_CENTS, required=True)
    note = fields.Text(load_default="")

    @ma.validates("note")
    def _short(self, value: str, **_: Any) -> None:
        if len(value) > 500 or not value.isprintable():
            raise ma.ValidationError(Sentence("1 bis %(most)s Zeichen.", most=500))


class ItemSchema(fields.Schema):
    """An item of the whole cost centre, with the share of it that is the service centre's."""

    id = fields.Whole(required=True)
    month = fields.Text(required=True)
    cost_centre = fields.Text(required=True)
    kind = fields.Text(required=True)
    stage = fields.Text(required=True)
    cents = fields.Whole(required=True)
    share = fields.Text(required=True)
    note = fields.Text(required=True)


class CostSchema(fields.Schema):
    """A year's cost: shares of cost centres are applied exactly and rounded once, at the total."""

    year = fields.Whole(required=True)
    plan_cents = fields.Whole(required=True)
    actual_cents = fields.Whole(required=True)
    items = fields.ListOf(fields.Part(ItemSchema), required=True)


class YearOfCostSchema(fields.Schema):
    """A year of the cost-covering calculation, in cents; null where it is not known yet."""

    year = fields.Whole(required=True)
    planned_cents = fields.Whole(required=True)
    actual_cents = fields.Whole(required=True, allow_none=True)
    brought_forward_cents = fields.Whole(required=True)
    borne_by_host_cents = fields.Whole(required=True)
    yield_cents = fields.Whole(required=True, allow_none=True)
    result_cents = fields.Whole(required=True, allow_none=True)


class CarriedSchema(fields.Schema):
    """A period whose result was carried forward: year -> cents to be covered in it beside its own cost."""

    first_year = fields.Whole(required=True)
    last_year = fields.Whole(required=True)
    result_cents = fields.Whole(required=True)
    carried = fields.Object(required=True)


class CoverSchema(fields.Schema):
    """The open period that ends with a year, and all that were carried forward."""

    years = fields.ListOf(fields.Part(YearOfCostSchema), required=True)
    result_cents = fields.Whole(required=True, allow_none=True)
    carried = fields.ListOf(fields.Part(CarriedSchema), required=True)


class CarrySchema(fields.Schema):
    """The last year of the period, and over how many years after it the result is balanced."""

    year = fields.Whole(required=True, at_least=2000, at_most=2100)
    over = fields.Whole(required=True, at_least=1, at_most=3)
