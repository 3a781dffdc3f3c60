"""Settlements over the interface: drafted, taken through their steps, objected to; comparison of variants; ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.billing import settlement_examples as ex
from wfm.billing.rules.states import Step
from wfm.billing.service import comparing, drafting, reports, settling
from wfm.billing.service.steps import STEPS
from wfm.billing.settlement_schemas import (
    ComparisonArguments,
    DecisionSchema,
    LedgerSchema,
    ListArguments,
    NewSettlementSchema,
    ObjectionSchema,
    PeriodArguments,
    ReasonSchema,
    SensitivityArguments,
    SensitivitySchema,
    SettlementHeadSchema,
    SettlementSchema,
    SettlementShareSchema,
    StepSchema,
    VariantComparisonSchema,
)
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.intervals import Days
from wfm.core.problems import CONTENT_TYPE, ProblemSchema
from wfm.core.web import Blueprint

blp = Blueprint("settling", __name__, description="Abrechnung: Entwurf bis endgültig, Variantenvergleich, Hauptbuch")

Item = dict[str, Any]
_ONE = "/settlements/<int(max=9007199254740991):number>"


@blp.get("/settlements")
@blp.arguments(ListArguments, location="query")
@blp.response(200, SettlementHeadSchema(many=True), example=[ex.HEAD])
@requires("settlement.read")
def listed(arguments: Item) -> Any:
    """Settlements, the newest first"""
    with transaction() as session:
        return reports.settlements(session, viewer(), year=arguments["year"])


@blp.post("/settlements")
@blp.arguments(NewSettlementSchema, example=ex.NEW)
@blp.response(201, SettlementSchema, example=ex.SETTLEMENT)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.EXISTS)
@requires("settlement.write")
def draft(arguments: Item) -> Any:
    """Reckon a settlement as a draft: a year, one of its advances, months charged by a price, or to look at (shadow)"""
    with transaction() as session:
        made = drafting.draft(
            session, viewer(), drafting.Kind(arguments["kind"]), _days(arguments), arguments["instalment"]
        )
        return reports.settlement_report(session, viewer(), made.id)


@blp.get(_ONE)
@blp.response(200, SettlementSchema, example=ex.SETTLEMENT)
@requires("settlement.read")
def one(number: int) -> Any:
    """A settlement with all it was reckoned from, each partner's part, its entries, and whether it still adds up"""
    with transaction() as session:
        return reports.settlement_report(session, viewer(), number)


@blp.post(f"{_ONE}/steps")
@blp.arguments(StepSchema, example={"step": "check"})
@blp.response(200, SettlementSchema, example=ex.SETTLEMENT)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.TOO_LATE)
@requires("settlement.read")
def step(arguments: Item, number: int) -> Any:
    """One step on: check, and as another person release; send, finish; withdraw. Wants a token of a person's own"""
    with transaction() as session:
        STEPS[Step(arguments["step"])](session, viewer(), number)
        session.flush()
        return reports.settlement_report(session, viewer(), number)


@blp.post(f"{_ONE}/reversal")
@blp.arguments(ReasonSchema, example={"reason": "Kosten falsch gebucht"})
@blp.response(201, SettlementSchema, example=ex.SETTLEMENT)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.TOO_LATE)
@requires("settlement.write")
def reversal(arguments: Item, number: int) -> Any:
    """Undo what was charged, by a settlement of its own: the answer is its draft"""
    with transaction() as session:
        made = settling.reverse(session, viewer(), number, arguments["reason"])
        return reports.settlement_report(session, viewer(), made.id)


@blp.post(f"{_ONE}/objections")
@blp.arguments(ObjectionSchema, example=ex.OBJECTION)
@blp.response(201, SettlementShareSchema, example=ex.SHARE)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.TOO_LATE)
@requires("statements.read")
def objections(arguments: Item, number: int) -> Any:
    """A partner objects, within its period; finance may note an objection that came by letter"""
    with transaction() as session:
        settling.object_to(session, viewer(), number, arguments["partner"], arguments["reason"])
        return _share(session, number, arguments["partner"])


@blp.post(f"{_ONE}/decisions")
@blp.arguments(DecisionSchema, example=ex.DECISION)
@blp.response(201, SettlementShareSchema, example=ex.SHARE)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.TOO_LATE)
@requires("settlement.release")
def decisions(arguments: Item, number: int) -> Any:
    """Answer an objection. What is accepted is corrected by entries to come, never in this settlement"""
    partner, accepted = arguments["partner"], arguments["accepted"]
    with transaction() as session:
        settling.decide(session, viewer(), number, partner, accepted=accepted, reason=arguments["reason"])
        return _share(session, number, partner)


@blp.get("/settlements/comparison")
@blp.arguments(ComparisonArguments, location="query")
@blp.response(200, VariantComparisonSchema, example=ex.COMPARISON)
@requires("settlement.read")
def comparison(arguments: Item) -> Any:
    """Every way to share side by side: terms that are written, and an example of each variant that nobody agreed to"""
    with transaction() as session:
        return comparing.compare(
            session,
            viewer(),
            _days(arguments),
            stage=arguments["stage"],
            cost_cents=arguments["cost_cents"],
            first=arguments["first"],
        )


@blp.get("/settlements/sensitivity")
@blp.arguments(SensitivityArguments, location="query")
@blp.response(200, SensitivitySchema, example=ex.SENSITIVITY)
@requires("settlement.read")
def sensitivity(arguments: Item) -> Any:
    """What a partner would owe if usage were up to 30 per cent less or more"""
    with transaction() as session:
        return comparing.sensitivity(
            session,
            viewer(),
            _days(arguments),
            arguments["partner"],
            stage=arguments["stage"],
            cost_cents=arguments["cost_cents"],
        )


@blp.get("/ledger")
@blp.arguments(PeriodArguments, location="query")
@blp.response(200, LedgerSchema, example=ex.LEDGER)
@requires("settlement.read")
def ledger(arguments: Item) -> Any:
    """Journal of some days and balances at their end; every entry, and all balances, sum to zero"""
    with transaction() as session:
        return reports.ledger_report(session, viewer(), _days(arguments))


def _share(session: Session, number: int, partner: str) -> Item:
    """A partner's part, and nothing of the others'."""
    session.flush()
    return reports.share_report(session, viewer(), number, partner)


def _days(arguments: Item) -> Days:
    start, end = arguments["start"], arguments["end"]
    if end <= start:
        raise BadInput("settlement.period", "Das Ende muss nach dem Anfang liegen.", field="to")
    return Days(start, end)
