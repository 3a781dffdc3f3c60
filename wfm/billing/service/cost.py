"""What the centre cost in a period, planned or actual."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import CostItem
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up


@dataclass(frozen=True, slots=True)
class Cost:
    """A period's cost: the centre's share of each item, exact, rounded once (half up)."""

    period: Days
    stage: str
    items: tuple[CostItem, ...]

    @property
    def cents(self) -> int:
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
        return {"stage": self.stage, "cents": self.cents, "items": [item.id for item in self.items]}


def cost_of(session: Session, period: Days, stage: str) -> Cost:
    """The cost of a period at a stage, `plan` or `actual`."""
    query = (
        select(CostItem)
        .where(CostItem.month >= period.start, CostItem.month < period.end, CostItem.stage == stage)
        .order_by(CostItem.id)
    )
    return Cost(period, stage, tuple(session.scalars(query)))
