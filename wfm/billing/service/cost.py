"""What the centre cost in a period, planned or actual, and which of the two counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    without_actual: tuple[Month, ...] = ()
    """Months that have no actual cost, where the plan was taken for that."""

    @property
    def cents(self) -> int:
        """What is to be covered."""
        return self.own_cents + self.carried_cents

    @property
    def own_cents(self) -> int:
        """What the period itself costs."""
        return half_up(sum((Fraction(item.share) * item.cents for item in self.items), Fraction(0)))

    @property
    def missing(self) -> tuple[Month, ...]:
        """Months of the period without any cost of this stage."""
        known = {item.month for item in self.items}
        return tuple(month for month in self.period.months if month.first not in known)

    def require_every_month(self) -> None:
        """Raises RuleBroken("settlement.no_cost") that names the months without any."""
        if missing := self.missing:
            message = Sentence("Noch keine Kosten eingetragen für: %(months)s.", months=missing)
            raise RuleBroken("settlement.no_cost", message, months=list(map(str, missing)))

    def require_any(self) -> None:
        """Raises RuleBroken("settlement.no_cost"), which names the months that lack actual cost if only some do."""
        if self.items:
            return
        message = Sentence(
            "Für diesen Zeitraum sind keine Kosten eingetragen. Bitte Kosten eintragen oder einen Betrag annehmen."
        )
        if len(self.without_actual) < len(self.period.months):
            message = Sentence(
                "Tatsächliche Kosten zählen nur, wenn jeder Monat sie hat; sie fehlen für: %(months)s. Geplante Kosten "
                "sind auch nicht eingetragen.",
                months=self.without_actual,
            )
        raise RuleBroken("settlement.no_cost", message, field="cost_cents", months=list(map(str, self.without_actual)))

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "stage": self.stage,
            "cents": self.cents,
            "carried_cents": self.carried_cents,
            "items": [item.id for item in self.items],
        }
        return found | ({"without_actual": list(map(str, self.without_actual))} if self.without_actual else {})


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
    return sum(
        instalments(cover.carried.get(str(month.year), 0), 12)[month.number - 1]
        for cover in session.scalars(select(CostCover))
        for month in period.months
    )


def counting_cost(session: Session, period: Days) -> Cost:
    """The cost that counts: the actual one if every month of the period has it, else the plan, perhaps empty.

    What was entered of a year that goes on is less than the year will have cost: nobody's share is shown of that.
    """
    actual = cost_of(session, period, "actual")
    return replace(cost_of(session, period, "plan"), without_actual=missing) if (missing := actual.missing) else actual
