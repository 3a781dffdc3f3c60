"""What the centre cost in a period, planned or actual."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import CostCover, CostItem
from wfm.billing.rules.allocation import instalments
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up


@dataclass(frozen=True, slots=True)
class Cost:
    """A period's cost: the centre's share of each item, exact, rounded once (half up), and what is to be balanced."""

    period: Days
    stage: str
    items: tuple[CostItem, ...]
    carried_cents: int = 0
    """Of earlier years: a deficit to cover, negative a surplus to give back (`service.cover`)."""

    @property
    def cents(self) -> int:
        """What is to be covered."""
        return self.own_cents + self.carried_cents

    @property
    def own_cents(self) -> int:
        """What the period itself costs."""
        return half_up(sum((Fraction(item.share) * item.cents for item in self.items), Fraction(0)))

    def require_every_month(self) -> None:
        """Raises RuleBroken("settlement.no_cost") that names the months without any."""
        known = {item.month for item in self.items}
        month, missing = Month.of(self.period.start), list[str]()
        while month.first < self.period.end:
            if month.first not in known:
                missing.append(str(month))
            month = month.next
        if missing:
            message = Sentence("Noch keine Kosten eingetragen für: %(months)s.", months=", ".join(missing))
            raise RuleBroken("settlement.no_cost", message, months=missing)

    def to_json(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "cents": self.cents,
            "carried_cents": self.carried_cents,
            "items": [item.id for item in self.items],
        }


def cost_of(session: Session, period: Days, stage: str) -> Cost:
    """The cost of a period at a stage, `plan` or `actual`."""
    query = (
        select(CostItem)
        .where(CostItem.month >= period.start, CostItem.month < period.end, CostItem.stage == stage)
        .order_by(CostItem.id)
    )
    items = tuple(session.scalars(query))
    return Cost(period, stage, items, _carried(session, period) if items else 0)


def _carried(session: Session, period: Days) -> int:
    """What earlier years left to be balanced in the period: a year's in twelve instalments."""
    month, cents = Month.of(period.start), 0
    years = [cover.carried for cover in session.scalars(select(CostCover))]
    while years and month.first < period.end:
        for carried in years:
            cents += instalments(carried.get(str(month.year), 0), 12)[month.number - 1]
        month = month.next
    return cents
