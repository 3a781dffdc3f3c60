"""Reckoning a settlement: an instalment of the plan, a period charged by prices, or the year against its actual cost.

What it is reckoned from is stored with it, so that the same bytes come out years later (`results.recompute`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Settlement, SettlementShare
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.run import PRICES, Remainder, as_stored
from wfm.billing.rules.states import State
from wfm.billing.service.cost import cost_of, counting_cost
from wfm.billing.service.expected_usage import moved_by_a_year, usual_months
from wfm.billing.service.reading import charged_within, standing
from wfm.billing.service.restating import restate
from wfm.billing.service.resting import none_reaches_beyond, one_at_a_time, only_one, put_off
from wfm.billing.service.results import digest, result_of
from wfm.billing.service.runs import Gathered, gather, months_used, require_closed, usage_of_service
from wfm.billing.service.settling import KIND
from wfm.billing.service.tax import by_treatment
from wfm.core.clock import now
from wfm.core.errors import BadInput, RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.directory.rules.dated import Validity

#: Of the way from inputs to result.
RULES = 1


class Kind(StrEnum):
    """What can be reckoned; a reversal is made of what was."""

    ANNUAL = "annual"
    ADVANCE = "advance"
    PERIOD = "period"
    SHADOW = "shadow"


def draft(session: Session, viewer: Viewer, kind: Kind, period: Days, instalment: int | None = None) -> Settlement:
    """Any of them. Raises BadInput where an advance does not say which, or not of which whole year."""
    match kind:
        case Kind.ANNUAL:
            return draft_annual(session, viewer, period)
        case Kind.SHADOW:
            return draft_annual(session, viewer, period, shadow=True)
        case Kind.PERIOD:
            return draft_period(session, viewer, period)
    if instalment is None:
        raise BadInput("settlement.instalment", "Bitte die Nummer des Abschlags angeben.", field="instalment")
    year = period.start.year
    if period != Days.of_year(year):
        raise BadInput("settlement.period", "Abschläge gibt es je Kalenderjahr.", field="from")
    return draft_advance(session, viewer, year, instalment)


def draft_annual(session: Session, viewer: Viewer, period: Days, *, shadow: bool = False) -> Settlement:
    """Divide what the period really cost, less what was charged before; with what corrections make of earlier ones.

    A shadow settlement may stand on open months, and on planned cost where a month has no actual one; it is never
    charged, and replaces nothing.
    Raises RuleBroken: "settlement.open_months", "settlement.no_cost", and what `gather` and `divide` raise; Conflict:
    "settlement.exists", "settlement.reaches_beyond".
    """
    viewer.require("settlement.write")
    one_at_a_time(session)
    if not shadow:
        only_one(session, "annual", period)
    cost = counting_cost(session, period) if shadow else cost_of(session, period, "actual")
    if not shadow:
        none_reaches_beyond(session, period)
        require_closed(session, period)
        cost.require_every_month()
    cost.require_any()
    gathered = gather(session, period, cost.cents)
    charged = [] if shadow else charged_within(session, period)
    restated = [] if shadow else restate(session, period)
    inputs = _inputs(gathered)
    inputs |= {
        "cost": cost.to_json(),
        "advances_of": [settlement.id for settlement in charged],
        "advances": _advances(session, charged),
        "earlier": [each.to_json() for each in restated],
        "carried": {} if shadow else put_off(session, period),
    }
    # Who has left is still owed or owes what earlier years and advances bring, on the terms of then.
    before = [] if shadow else [*standing(session, "annual"), *charged]
    inputs["cycle"] = _cycles_before(before) | inputs["cycle"]
    inputs["sources"]["agreements"] += _no_more(inputs, before)
    return _save(session, viewer, "annual", period, inputs, shadow=shadow)


def draft_advance(session: Session, viewer: Viewer, year: int, instalment: int) -> Settlement:
    """One of the year's instalments of the planned cost, divided by the usage of the year before.

    Without any, by that of the months of this year that are closed: what was usual in them counts for each month.

    Raises RuleBroken: "settlement.no_advances" where no terms ask for that instalment, "settlement.no_cost".
    """
    viewer.require("settlement.write")
    one_at_a_time(session)
    period = Days.of_year(year)
    only_one(session, "advance", period, instalment)
    cost = cost_of(session, period, "plan")
    if not cost.items:
        raise RuleBroken("settlement.no_cost", "Für dieses Jahr sind keine geplanten Kosten eingetragen.")
    usage = usage_of_service(session, Days.of_year(year - 1))
    expected = moved_by_a_year(usage)
    if not any(row.partner for row in usage):
        usage = [row for row in usage_of_service(session, period) if row.state == "closed"]
        expected = usual_months(usage, period)
    gathered = gather(session, period, cost.cents, usage=expected)
    inputs = _inputs(gathered)
    # The months it really was, not those it is taken for.
    inputs["sources"]["usage"] = months_used(usage)
    return _save(session, viewer, "advance", period, inputs | {"cost": cost.to_json(), "instalment": instalment})


def draft_period(session: Session, viewer: Viewer, period: Days) -> Settlement:
    """Closed months charged by a price (V2, V3, V6); the annual settlement takes it off like an advance."""
    viewer.require("settlement.write")
    one_at_a_time(session)
    only_one(session, "period", period)
    require_closed(session, period)
    gathered = gather(session, period, 0, only=PRICES)
    # What prices don't cover is seen at the end of the year.
    at_a_price = tuple(replace(group, remainder=Remainder.HOST) for group in gathered.run.groups)
    gathered = replace(gathered, run=replace(gathered.run, groups=at_a_price))
    return _save(session, viewer, "period", period, _inputs(gathered))


# ---- inputs ----------------------------------------------------------------------------------------------------------


def _inputs(gathered: Gathered) -> dict[str, Any]:
    """What is stored: the run, the sources, and what is agreed with each partner of payment and objection."""
    cycles = {each["id"]: each["cycle"] for each in gathered.sources["terms"]}
    agreed = {each["partner"]: cycles[each["terms"]] for each in gathered.sources["agreements"]}
    return {"rules": RULES, "run": as_stored(gathered.run), "sources": gathered.sources, "cycle": agreed}


def _advances(session: Session, charged: Sequence[Settlement]) -> dict[str, int]:
    found: dict[str, int] = {}
    query = select(SettlementShare).where(SettlementShare.settlement_id.in_([each.id for each in charged]))
    for share in session.scalars(query):
        found[share.partner] = found.get(share.partner, 0) + share.cents
    return dict(sorted(found.items(), key=lambda item: in_order(item[0])))


def _no_more(inputs: Mapping[str, Any], before: Sequence[Settlement]) -> list[dict[str, Any]]:
    """Agreements of those who are no members of the period, but paid advances for it or owe what was put off to it."""
    members = {each["partner"] for each in inputs["sources"]["agreements"]}
    found = {
        (each["id"], each["from"]): each
        for settlement in before
        for each in settlement.inputs["sources"]["agreements"]
        if each["partner"] in {*inputs["advances"], *inputs["carried"]} - members
    }
    return list(found.values())


def _cycles_before(before: Sequence[Settlement]) -> dict[str, Any]:
    """Partner -> what was agreed of payment and objection when it last took part in one of these settlements."""
    found: dict[str, Any] = {}
    for earlier in before:
        found |= earlier.inputs["cycle"]
    return found


def _save(
    session: Session, viewer: Viewer, kind: str, period: Days, inputs: dict[str, Any], *, shadow: bool = False
) -> Settlement:
    result = result_of(kind, inputs)
    if kind == "advance" and not result["charges"]:
        message = Sentence(
            "Keine Vereinbarung sieht einen Abschlag Nummer %(number)s vor.", number=inputs["instalment"]
        )
        raise RuleBroken("settlement.no_advances", message)
    settlement = Settlement(
        kind=kind,
        period=Validity(period.start, period.end),
        instalment=inputs.get("instalment"),
        state=State.DRAFT,
        shadow=shadow,
        inputs=inputs,
        result=result,
        result_hash=digest(result),
        made_at=now(),
        made_by=viewer.actor,
    )
    session.add(settlement)
    session.flush()
    session.add_all(
        SettlementShare(
            settlement_id=settlement.id,
            partner=charge["partner"],
            cents=charge["share"],
            advances_cents=charge["advances"],
            due_cents=charge["due"],
            by_treatment=by_treatment(inputs, charge),
            state="open",
        )
        for charge in result["charges"]
    )
    details = {"kind": kind, "from": period.start.isoformat(), "to": period.end.isoformat(), "shadow": shadow}
    record(session, viewer.actor, "settlement.drafted", object_kind=KIND, object_id=settlement.id, details=details)
    return settlement
