"""Settlements, ledger and comparison as the interface shows them and takes them in. Money is in whole cents."""

from __future__ import annotations

from typing import Any

from wfm.billing.rules.ledger_words import ENTRIES
from wfm.billing.rules.parameters import MAX_CENTS
from wfm.billing.rules.states import State, Step
from wfm.billing.service.drafting import Kind
from wfm.billing.service.steps import STEPS
from wfm.core import fields


def _described(text: str) -> dict[str, str]:
    return {"description": text}


def _cents(text: str = "", *, allow_none: bool = False) -> fields.Whole:
    return fields.Whole(required=True, allow_none=allow_none, metadata=_described(text))


def _text(*, allow_none: bool = False, text: str = "", **kwargs: Any) -> fields.Text:
    return fields.Text(required=True, allow_none=allow_none, metadata=_described(text), **kwargs)


# ---- asked -----------------------------------------------------------------------------------------------------------


class ListArguments(fields.Schema):
    year = fields.Whole(at_least=2000, at_most=2100, load_default=None, metadata=_described("All years by default"))


class NewSettlementSchema(fields.Schema):
    """What is to be reckoned. Days of whole months; a year for `advance`."""

    kind = fields.Text(choices=tuple(Kind), required=True)
    start = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True, metadata=_described("Exclusive"))
    instalment = fields.Whole(at_least=1, at_most=12, load_default=None, metadata=_described("Of an advance"))


class StepSchema(fields.Schema):
    step = fields.Text(choices=tuple(STEPS), required=True)


class ReasonSchema(fields.Schema):
    reason = fields.Line(max_length=1000, required=True)


class ObjectionSchema(ReasonSchema):
    partner = fields.Line(max_length=20, required=True, metadata=_described("A municipality: its own"))


class DecisionSchema(ObjectionSchema):
    accepted = fields.Flag(required=True, metadata=_described("Accepted: figures are corrected by entries to come"))


class PeriodArguments(fields.Schema):
    start = fields.Day(data_key="from", required=True, metadata={"example": "2026-01-01"})
    end = fields.Day(data_key="to", required=True, metadata=_described("Exclusive"))


class CostArguments(PeriodArguments):
    stage = fields.Text(
        choices=("actual", "plan"),
        load_default="actual",
        metadata=_described("The actual cost counts if every month has it, else the plan is taken"),
    )
    cost_cents = fields.Whole(
        at_least=0, at_most=MAX_CENTS, load_default=None, metadata=_described("Assumed in the place of what is entered")
    )


class ComparisonArguments(CostArguments):
    first = fields.Line(
        max_length=30, load_default=None, metadata=_described("Key of the candidate that all are compared with")
    )


class SensitivityArguments(CostArguments):
    partner = fields.Line(max_length=20, required=True)


# ---- told ------------------------------------------------------------------------------------------------------------


class SettlementHeadSchema(fields.Schema):
    """A settlement in a list."""

    id = fields.Whole(required=True)
    kind = _text(choices=("advance", "period", "annual", "reversal"))
    title = _text()
    start = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, allow_none=True, data_key="to", attribute="to", metadata=_described("Exclusive"))
    instalment = fields.Whole(required=True, allow_none=True)
    state = _text(choices=tuple(State))
    shadow = fields.Flag(required=True, metadata=_described("To look at, never charged"))
    reversed = fields.Flag(required=True)
    reverses = fields.Whole(required=True, allow_none=True)
    partners = fields.Whole(required=True)
    cost_cents = _cents(allow_none=True)
    share_cents = _cents()
    due_cents = _cents()
    remainder_cents = _cents("What the host bears", allow_none=True)
    objections = fields.Whole(required=True, metadata=_described("Not yet decided"))
    result_hash = _text(text="SHA-256 of the result")
    made_at = _text()
    made_by = _text()
    checked_by = _text(allow_none=True)
    released_by = _text(allow_none=True)
    sent_at = _text(allow_none=True)
    objection_until = _text(allow_none=True, text="Last day of the longest period")
    final_at = _text(allow_none=True)


class SettlementShareSchema(fields.Schema):
    """A partner's part."""

    partner = _text()
    name = _text()
    share_cents = _cents()
    corrections_cents = _cents("Of it, of earlier periods")
    advances_cents = _cents("Charged before")
    carried_cents = _cents("Put off to later years")
    due_of_earlier_cents = _cents("Put off to this year")
    due_cents = _cents("Asked for; negative: paid back")
    by_treatment = fields.Object(required=True, metadata=_described("Cents of the share by tax treatment"))
    due_on = _text(allow_none=True)
    state = _text(choices=("open", "objected", "accepted", "rejected", "final"))
    objection = _text(allow_none=True)
    objected_at = _text(allow_none=True)
    objected_by = _text(allow_none=True)
    objection_until = _text(allow_none=True)
    decision = _text(allow_none=True)
    decided_at = _text(allow_none=True)
    decided_by = _text(allow_none=True)


class CostItemSchema(fields.Schema):
    id = fields.Whole(required=True)
    month = _text()
    cost_centre = _text()
    kind = _text()
    stage = _text(choices=("actual", "plan"))
    cents = _cents("Of the whole cost centre")
    share = _text(text="Of it, the service centre's")
    note = _text()


class LedgerLineSchema(fields.Schema):
    account = _text(text="cost, host, partner:KEY, advance:KEY, carry:KEY, tax")
    cents = _cents("Debits are positive")


class LedgerEntrySchema(fields.Schema):
    """Its lines sum to zero."""

    id = fields.Whole(required=True)
    booked_on = _text()
    kind = _text(choices=tuple(ENTRIES))
    text = _text()
    lines = fields.ListOf(fields.Part(LedgerLineSchema), required=True)


class LackSchema(fields.Schema):
    """Something that a partner's documents can't be written without; until it is mended the release is refused."""

    partner = _text(allow_none=True, text="None: the host's own entry lacks it")
    name = _text()
    problem = _text()
    mend = _text(text="The page that mends it")


class SettlementSchema(SettlementHeadSchema):
    """Everything it was reckoned from: `inputs` give `result` again, years later."""

    holds = fields.Flag(required=True, metadata=_described("Reckoned again it gives the same bytes"))
    steps = fields.ListOf(fields.Text(choices=tuple(Step)), required=True)
    lacking = fields.ListOf(fields.Part(LackSchema), required=True)
    reason = _text(text="Of a reversal")
    cost_items = fields.ListOf(fields.Part(CostItemSchema), required=True)
    inputs = fields.Object(required=True)
    result = fields.Object(required=True)
    shares = fields.ListOf(fields.Part(SettlementShareSchema), required=True)
    entries = fields.ListOf(fields.Part(LedgerEntrySchema), required=True)


class VariantCandidateSchema(fields.Schema):
    """A way to share: terms somebody wrote, or an example that nobody has agreed to."""

    key = _text()
    title = _text()
    variant = _text()
    example = fields.Flag(required=True)
    terms = fields.Whole(required=True, allow_none=True)
    problem = _text(allow_none=True, text="Why it can't be reckoned")
    parameters = fields.Object(required=True, allow_none=True)
    remainder_cents = _cents("What the host bears", allow_none=True)
    derivation = fields.ListOf(fields.Object(), required=True)


class VariantRowSchema(fields.Schema):
    partner = _text()
    name = _text()
    inhabitants = fields.Whole(required=True, allow_none=True)
    cents = fields.ListOf(fields.Whole(allow_none=True), required=True, metadata=_described("By candidate"))
    differences = fields.ListOf(
        fields.Whole(allow_none=True), required=True, metadata=_described("By candidate, against the first")
    )


class VariantUsageSchema(fields.Schema):
    stage = _text(choices=("actual", "plan", "assumed"), text="Which cost was taken")
    cost_cents = _cents()
    without_actual = fields.ListOf(
        fields.Text(), required=True, metadata=_described("Months that lack actual cost: the plan was taken for that")
    )
    without_plan = fields.ListOf(
        fields.Text(), required=True, metadata=_described("Months for which the cost taken has nothing")
    )
    open_months = fields.ListOf(fields.Text(), required=True, metadata=_described("These may still change"))
    generated = fields.Flag(required=True, metadata=_described("Whether simulated calls are in it"))


class VariantComparisonSchema(VariantUsageSchema):
    start = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to")
    first = _text(allow_none=True, text="Key of the candidate that all are compared with")
    candidates = fields.ListOf(fields.Part(VariantCandidateSchema), required=True)
    rows = fields.ListOf(fields.Part(VariantRowSchema), required=True)


class SensitiveSchema(fields.Schema):
    """Cents by change of usage in per cent, -30 to 30."""

    key = _text()
    title = _text()
    variant = _text()
    example = fields.Flag(required=True)
    own = fields.Object(required=True, metadata=_described("Only the partner's own usage changes"))
    all = fields.Object(required=True, metadata=_described("Everybody's usage changes, at the same cost"))
    host = fields.Object(required=True, metadata=_described("What the host bears then"))


class SensitivitySchema(VariantUsageSchema):
    partner = _text()
    rows = fields.ListOf(fields.Part(SensitiveSchema), required=True)


class JournalLineSchema(fields.Schema):
    id = fields.Whole(required=True, metadata=_described("Of the entry"))
    no = fields.Whole(required=True)
    booked_on = _text()
    kind = _text(choices=tuple(ENTRIES))
    settlement_id = fields.Whole(required=True, allow_none=True)
    text = _text()
    account = _text()
    cents = _cents("Debits are positive")


class LedgerSchema(fields.Schema):
    """Journal of some days, and balances at their end."""

    start = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to", metadata=_described("Exclusive"))
    lines = fields.ListOf(fields.Part(JournalLineSchema), required=True)
    balances = fields.ListOf(fields.Part(LedgerLineSchema), required=True)
    sum_cents = _cents("Always 0")
