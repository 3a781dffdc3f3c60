"""Cover of cost over the years: what each cost, what partners owe for it, and what is left to the years after.

Only years count in which all who pay have agreed to carry forward as NKAG s. 5(2) has it. A period whose result was
carried forward is over: the next one begins after it, and takes up what corrections make of the earlier ones.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import CostCover, Settlement
from wfm.billing.rules.cost_cover import MOST_YEARS, Cover, YearOfCost, cost_cover
from wfm.billing.rules.periods import number_of_days
from wfm.billing.rules.run import divide
from wfm.billing.service.agreements import in_force
from wfm.billing.service.cost import cost_of
from wfm.billing.service.reading import days_of, standing
from wfm.billing.service.restating import Restated, last_run, restate
from wfm.billing.service.resting import one_at_a_time
from wfm.core.clock import now
from wfm.core.errors import Conflict, RuleBroken, Sentence
from wfm.core.intervals import Days


def periods_carried(session: Session) -> list[CostCover]:
    """The periods whose result was carried forward, oldest first."""
    return list(session.scalars(select(CostCover).order_by(CostCover.first_year)))


def cover_until(session: Session, last: int, *, over: int = MOST_YEARS) -> Cover | None:
    """The calculation up to a year: it and up to two before it, as far as they follow each other, have cost and are
    under terms that carry forward, and none is in a period that was carried forward. None if the year is not such.
    """
    charged, booked = _Charged(session), periods_carried(session)
    over_until = booked[-1].last_year if booked else 0
    years: list[YearOfCost] = []
    for year in range(max(last - MOST_YEARS, over_until) + 1, last + 1):
        found = _year(session, year, charged, booked)
        years = [*years, found] if found else []
    if not years:
        return None
    left = _corrected_since(session, charged, booked)
    if left is None:  # an annual settlement of a period carried forward was reversed: until it is made anew
        years[0] = replace(years[0], actual_cents=None)
    else:
        brought = years[0].brought_forward_cents - left
        years[0] = replace(years[0], brought_forward_cents=brought)
    return cost_cover(years, over=over)


def carry_forward(session: Session, viewer: Viewer, last: int, over: int) -> CostCover:
    """Carry the result of the period that ends with a year forward to the `over` years after it (1 to 3): it is part of
    their planned and actual cost from now on, and charged by whatever divides or prices it.

    Raises Conflict("cost.carried") for a year whose period was carried forward, RuleBroken: "cost.not_covering" where
    no such terms are in force, "cost.cover_open" while a year's result is not final or corrections wait for the next
    annual settlement: it will charge them, so that what they leave would be asked for twice.
    """
    viewer.require("settlement.write")
    one_at_a_time(session)
    if any(last <= period.last_year for period in periods_carried(session)):
        raise Conflict("cost.carried", Sentence("Das Ergebnis von %(year)s ist schon vorgetragen.", year=str(last)))
    cover = cover_until(session, last, over=over)
    if cover is None:
        message = Sentence(
            "Für %(year)s gibt es keine Kosten oder keine Regelung, nach der vorgetragen wird.", year=str(last)
        )
        raise RuleBroken("cost.not_covering", message)
    if cover.result_cents is None:
        open_ = "Das Ergebnis steht noch nicht fest: Jedes Jahr braucht Ist-Kosten und eine Jahresabrechnung."
        raise RuleBroken("cost.cover_open", open_)
    if restate(session, Days.of_year(last + 1)):
        waits = "Es gibt Berichtigungen, die erst die nächste Jahresabrechnung berechnet: Bitte diese zuerst freigeben."
        raise RuleBroken("cost.cover_open", waits)
    period = CostCover(
        first_year=cover.years[0].year,
        last_year=last,
        result_cents=cover.result_cents,
        carried={str(year): cents for year, cents in cover.carried_forward.items()},
        made_at=now(),
        made_by=viewer.actor,
    )
    session.add(period)
    session.flush()
    details = {"result_cents": cover.result_cents, "carried": period.carried}
    years = f"{period.first_year}-{last}"
    record(session, viewer.actor, "cost.carried", object_kind="cost_cover", object_id=years, details=details)
    return period


class _Charged:
    """By year of service: what partners owe, what the host bears by agreement, and which months are settled."""

    def __init__(self, session: Session) -> None:
        self.yields: dict[int, int] = {}
        self.borne: dict[int, int] = {}
        self.settled: dict[int, int] = {}
        annual = standing(session, "annual")
        for settlement in annual:
            days = days_of(settlement)
            self._add(self.yields, days.start.year, sum(charge["own"] for charge in settlement.result["charges"]))
            # A correction belongs to the year that it corrects, not to that of the settlement which charges it.
            for restated in map(Restated.from_json, settlement.inputs.get("earlier", ())):
                year = restated.after.period.start.year
                self._add(self.yields, year, sum(restated.differences().values()))
            borne = divide(last_run(settlement, annual)).borne_by_host_cents
            self._add(self.borne, days.start.year, borne)
            self._add(self.settled, days.start.year, number_of_days(days))
        taken_off = {each for settlement in annual for each in settlement.inputs["advances_of"]}
        for settlement in standing(session, "advance", "period"):
            if settlement.id not in taken_off:
                self._add(self.yields, settlement.period.start.year, _asked(settlement))

    def whole(self, year: int) -> bool:
        """Whether annual settlements stand for all of the year."""
        return self.settled.get(year) == number_of_days(Days.of_year(year))

    @staticmethod
    def _add(sums: dict[int, int], year: int, amount: int) -> None:
        sums[year] = sums.get(year, 0) + amount


def _asked(settlement: Settlement) -> int:
    return sum(charge["share"] for charge in settlement.result["charges"])


def _year(session: Session, year: int, charged: _Charged, booked: list[CostCover]) -> YearOfCost | None:
    period = Days.of_year(year)
    plan, actual = (cost_of(session, period, stage) for stage in ("plan", "actual"))
    paying = [found.terms for found in in_force(session, period) if found.terms.variant != "V0"]
    covering = bool(paying) and all(terms.cycle.get("cost_covering") for terms in paying)
    if not covering or not (plan.items or actual.items):
        return None
    return YearOfCost(
        year,
        plan.own_cents,
        actual.own_cents if charged.whole(year) else None,
        charged.yields.get(year),
        sum(each.carried.get(str(year), 0) for each in booked),
        charged.borne.get(year, 0),
    )


def _corrected_since(session: Session, charged: _Charged, booked: list[CostCover]) -> int | None:
    """What corrections have made of periods carried forward, beyond what was carried; None if one has no result now."""
    left = 0
    for period in booked:
        for year in range(period.first_year, period.last_year + 1):
            found = _year(session, year, charged, booked)
            result = found.result_cents if found and found.actual_cents is not None else None
            if result is None:
                return None
            left += result
        left -= period.result_cents
    return left
