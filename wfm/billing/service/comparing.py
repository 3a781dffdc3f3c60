"""Every way to share the cost side by side, for months that were or are: what the pilot is for (variant V0)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.run import as_result, divide
from wfm.billing.rules.sensitivity import if_all_usage_changes, if_own_usage_changes
from wfm.billing.service import keys as inhabitants
from wfm.billing.service.candidates import Candidate, candidates
from wfm.billing.service.cases import Member
from wfm.billing.service.cost import cost_of, counting_cost
from wfm.billing.service.runs import usage_of_service
from wfm.core.errors import NotFound, RuleBroken
from wfm.core.intervals import Days, Month
from wfm.directory.queries import partner_names
from wfm.reporting.service.billed_usage import UsageOfMonth


def compare(
    session: Session,
    viewer: Viewer,
    period: Days,
    *,
    stage: str = "actual",
    cost_cents: int | None = None,
    partners: Collection[str] | None = None,
    variants: Collection[str] | None = None,
    first: str | None = None,
) -> dict[str, Any]:
    """All terms that are drafted or agreed, and an example of each variant, divided over the same usage and cost.

    Stage `actual` is the plan where a month lacks its actual cost; `cost_cents` instead of what is entered; `partners`
    instead of those of whom there is usage. Differences are against the candidate of this key, or the first that can
    be reckoned. Raises RuleBroken("settlement.no_cost", "settlement.nobody"), NotFound("settlement.candidate").
    """
    viewer.require("settlement.read")
    rows = usage_of_service(session, period)
    cost = _cost(session, period, stage, cost_cents)
    who = _members(session, period, rows, partners)
    found = candidates(session, period, rows, cost.cents, who, variants)
    names = partner_names(session)
    shown = [_shown(each) for each in found]
    base = _compared_with(shown, first)
    standard: dict[str, int] = {} if base is None else base["cents"]
    counts = inhabitants.newest(session)
    return {
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        **cost.told(),
        "first": base and base["key"],
        "open_months": sorted({str(row.service_month) for row in rows if row.state != "closed"}),
        "generated": any(row.generated for row in rows),
        "candidates": [{name: value for name, value in each.items() if name != "cents"} for each in shown],
        "rows": [
            {
                "partner": partner,
                "name": names.get(partner, partner),
                "inhabitants": counts[partner].inhabitants if partner in counts else None,
                "cents": [each["cents"].get(partner) for each in shown],
                "differences": [
                    each["cents"][partner] - standard[partner]
                    if partner in each["cents"] and partner in standard
                    else None
                    for each in shown
                ],
            }
            for partner in (member.partner for member in who)
        ],
    }


def _compared_with(shown: Sequence[dict[str, Any]], key: str | None) -> dict[str, Any] | None:
    """The candidate that the others are compared with. Raises NotFound if there is none of this key."""
    reckoned = [each for each in shown if each["problem"] is None]
    if key is None:
        return next(iter(reckoned), None)
    for each in reckoned:
        if each["key"] == key:
            return each
    raise NotFound("settlement.candidate", "Diese Variante gibt es im Vergleich nicht.", field="first")


def sensitivity(
    session: Session,
    viewer: Viewer,
    period: Days,
    partner: str,
    *,
    stage: str = "actual",
    cost_cents: int | None = None,
) -> dict[str, Any]:
    """What a partner would owe if its own usage, or everybody's, were more or less. Raises NotFound, RuleBroken."""
    viewer.require("settlement.read")
    if partner not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
    rows = []
    usage = usage_of_service(session, period)
    cost = _cost(session, period, stage, cost_cents)
    for each in candidates(session, period, usage, cost.cents, _members(session, period, usage, None)):
        if each.run is None:
            continue
        everybody = if_all_usage_changes(each.run)
        rows.append(
            {
                "key": each.key,
                "title": each.title,
                "variant": each.variant,
                "example": each.example,
                "own": if_own_usage_changes(each.run, partner),
                "all": {step: cents.get(partner, 0) for step, (cents, _) in everybody.items()},
                "host": {step: remainder for step, (_, remainder) in everybody.items()},
            }
        )
    return {
        "partner": partner,
        **cost.told(),
        "open_months": sorted({str(row.service_month) for row in usage if row.state != "closed"}),
        "generated": any(row.generated for row in usage),
        "rows": rows,
    }


@dataclass(frozen=True, slots=True)
class _Shared:
    """The cost that is shared, which stage it is of, and the months that keep the actual one from counting."""

    cents: int
    stage: str
    without_actual: tuple[Month, ...] = ()
    without_plan: tuple[Month, ...] = ()

    def told(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "cost_cents": self.cents,
            "without_actual": list(map(str, self.without_actual)),
            "without_plan": list(map(str, self.without_plan)),
        }


def _cost(session: Session, period: Days, stage: str, assumed: int | None) -> _Shared:
    """What is assumed, else the plan if it is asked for, else the cost that counts."""
    if assumed is not None:
        return _Shared(assumed, "assumed")
    cost = counting_cost(session, period) if stage == "actual" else cost_of(session, period, stage)
    cost.require_any()
    return _Shared(cost.cents, cost.stage, cost.without_actual, cost.missing)


def _members(
    session: Session, period: Days, rows: Sequence[UsageOfMonth], partners: Collection[str] | None
) -> list[Member]:
    """Who is compared: those named, or those of whom there is usage, each for the months from its first one on."""
    known = partner_names(session)
    wanted = set(partners) if partners is not None else {row.partner for row in rows if row.partner}
    found = []
    for partner in sorted(wanted & known.keys(), key=in_order):
        months = [row.service_month for row in rows if row.partner == partner]
        start = min(months).first if months else period.start
        weight = 0 if partner == "REGION" else None
        found.append(Member(partner, Days(max(start, period.start), period.end), weight))
    if not found:
        raise RuleBroken("settlement.nobody", "In diesem Zeitraum gibt es von keinem Partner Nutzung.")
    return found


def _shown(candidate: Candidate) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": candidate.key,
        "title": candidate.title,
        "variant": candidate.variant,
        "example": candidate.example,
        "terms": candidate.terms_id,
        "problem": candidate.problem,
        "parameters": dict(candidate.run.groups[0].parameters) if candidate.run else None,
        "remainder_cents": None,
        "cents": {},
        "derivation": [],
    }
    if candidate.run is not None:
        divided = divide(candidate.run)
        shown |= {
            "remainder_cents": divided.remainder_cents,
            "cents": divided.cents,
            "derivation": as_result(divided)["groups"][0]["derivation"],
        }
    return shown
