"""What the centre cost in a period, planned or actual, and which of the two counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import CostItem
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.core.rounding import half_up


@dataclass(frozen=True, slots=True)
class Cost:
    """A period's cost: the centre's share of each item, exact, rounded once (half up)."""

    period: Days
    stage: str
    items: tuple[CostItem, ...]
    #: Months that have no actual cost, where the plan was taken for that.
    without_actual: tuple[str, ...] = ()

    @property
    def cents(self) -> int:
        return half_up(sum((Fraction(item.share) * item.cents for item in self.items), Fraction(0)))

    @property
    def missing(self) -> tuple[str, ...]:
        """Months of the period without any cost of this stage."""
        known = {item.month for item in self.items}
        return tuple(str(month) for month in self.period.months if month.first not in known)

    def require_every_month(self) -> None:
        """Raises RuleBroken("settlement.no_cost") that names the months without any."""
        if missing := self.missing:
            message = Sentence("Noch keine Kosten eingetragen für: %(months)s.", months=", ".join(missing))
            raise RuleBroken("settlement.no_cost", message, months=list(missing))

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
                months=", ".join(self.without_actual),
            )
        raise RuleBroken("settlement.no_cost", message, field="cost_cents", months=list(self.without_actual))

    def to_json(self) -> dict[str, Any]:
        found = {"stage": self.stage, "cents": self.cents, "items": [item.id for item in self.items]}
        return found | ({"without_actual": list(self.without_actual)} if self.without_actual else {})


def cost_of(session: Session, period: Days, stage: str) -> Cost:
    """The cost of a period at a stage, `plan` or `actual`."""
    query = (
        select(CostItem)
        .where(CostItem.month >= period.start, CostItem.month < period.end, CostItem.stage == stage)
        .order_by(CostItem.id)
    )
    return Cost(period, stage, tuple(session.scalars(query)))


def counting_cost(session: Session, period: Days) -> Cost:
    """The cost that counts: the actual one if every month of the period has it, else the plan, perhaps empty.

    What was entered of a year that goes on is less than the year will have cost: nobody's share is shown of that.
    """
    actual = cost_of(session, period, "actual")
    return replace(cost_of(session, period, "plan"), without_actual=missing) if (missing := actual.missing) else actual
