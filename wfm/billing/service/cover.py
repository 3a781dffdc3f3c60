"""Cover of cost over the years: what each cost, and what partners were charged for it, whenever that was booked."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from wfm.billing.models import Settlement
from wfm.billing.rules.cost_cover import MOST_YEARS, Cover, YearOfCost, cost_cover
from wfm.billing.service.cost import cost_of
from wfm.billing.service.reading import shares, standing
from wfm.billing.service.restating import Restated
from wfm.core.intervals import Days


def cover_until(session: Session, last: int) -> Cover | None:
    """The calculation of a year and the two before it, as far as they have cost; None if that year has none."""
    yields, brought = _charged(session)
    years: list[YearOfCost] = []
    for year in range(last - MOST_YEARS + 1, last + 1):
        period = Days(date(year, 1, 1), date(year + 1, 1, 1))
        plan, actual = (cost_of(session, period, stage) for stage in ("plan", "actual"))
        if not plan.items and not actual.items:
            years.clear()
            continue
        spent = None if actual.missing else actual.cents
        years.append(YearOfCost(year, plan.cents, spent, yields.get(year), brought.get(year, 0)))
    return cost_cover(years) if years else None


def _charged(session: Session) -> tuple[dict[int, int], dict[int, int]]:
    """What partners were charged for each year of service, and what of it earlier years had put off to it.

    A correction belongs to the year that it corrects, not to that of the settlement which charges it.
    """
    yields, brought = dict[int, int](), dict[int, int]()
    for settlement in standing(session, "advance", "period", "annual"):
        year = settlement.period.start.year
        due = sum(share.due_cents for share in shares(session, settlement.id))
        for other, cents in _corrected(settlement):
            yields[other] = yields.get(other, 0) + cents
            due -= cents
        yields[year] = yields.get(year, 0) + due
        put_off = sum(charge["due_of_earlier"] for charge in settlement.result["charges"])
        brought[year] = brought.get(year, 0) + put_off
    return yields, brought


def _corrected(settlement: Settlement) -> list[tuple[int, int]]:
    """Year -> cents that corrections added, for each settlement that this one corrects."""
    earlier = map(Restated.from_json, settlement.inputs.get("earlier", ()))
    return [(each.after.period.start.year, sum(each.differences().values())) for each in earlier]
