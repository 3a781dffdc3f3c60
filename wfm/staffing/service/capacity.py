"""The capacity plan: months, posts, hiring, budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.forecasting.finding import find_run
from wfm.staffing.models import WorkTerms
from wfm.staffing.rules.capacity import MonthCapacity, MonthDemand, Terms, capacity
from wfm.staffing.rules.requirement import Requirement, Whole
from wfm.staffing.service.assumptions import assumptions, holding, shrinkage_of
from wfm.staffing.service.figures import describe_check
from wfm.staffing.service.planning import Needed, needed
from wfm.staffing.service.plans import Plan

Row = dict[str, Any]


def capacity_report(session: Session, plan: Plan) -> Row:
    """Whole months of the plan's forecast: hours at the telephone, paid hours, posts needed and there, cost.

    Raises RuleBroken where nobody has said what a post is (terms of work), or the forecast holds no whole month.
    """
    run = find_run(session, plan.run_id)
    months = _whole_months(run.first_day, run.end_day)
    if not months:
        message = "Diese Prognose umfasst keinen ganzen Monat; für die Kapazität reicht sie nicht."
        raise RuleBroken("capacity.no_month", message, run=run.id)
    found = needed(session, plan, Days(months[0].first, months[-1].next.first))
    alone, calls = _hours([(queue, queue.agents, 1) for queue in found.queues.values()]), _calls(found)
    hours, costs = alone, alone
    if found.groups is not None and alone:
        clock = next(iter(found.queues.values()))
        hours = _hours([(clock, group.agents, 1) for group in found.groups.groups])
        costs = _hours([(clock, group.agents, group.cost) for group in found.groups.groups])
    terms_on_file, shares = assumptions(session, "terms"), assumptions(session, "shrinkage")
    demand: list[MonthDemand] = []
    start: Fraction | None = None
    for month in months:
        terms: WorkTerms | None = holding("terms", terms_on_file, month.first).get(None)
        if terms is None:
            message = Sentence(
                "Für %(month)s sind keine Arbeitsbedingungen hinterlegt (Wochenstunden einer Vollzeitstelle).",
                month=month,
            )
            raise RuleBroken("capacity.no_terms", message, month=str(month))
        start = start if demand else (None if terms.posts is None else Fraction(terms.posts))
        paid = shrinkage_of(shares, month.first).paid_heads(hours[month])
        factor = costs[month] / hours[month] if hours[month] else Fraction(1)
        demand.append(MonthDemand(month.first, paid, _terms(terms), factor))
    plan_of_months = capacity(demand, start)
    return {
        "plan": plan.id,
        "name": plan.name,
        "run": run.id,
        "generated": run.generated,
        "from": months[0].first.isoformat(),
        "to": months[-1].next.first.isoformat(),
        "rows": [
            _row(row, calls[month], hours[month], alone[month])
            for row, month in zip(plan_of_months, months, strict=True)
        ],
        "groups": None if found.groups is None else describe_check(found.groups),
        "cents": None
        if any(row.cents is None for row in plan_of_months)
        else sum(row.cents or 0 for row in plan_of_months),
    }


def _whole_months(first: date, end: date) -> list[Month]:
    month = Month.of(first)
    if first != month.first:
        month = month.next
    months = []
    while month.next.first <= end:
        months.append(month)
        month = month.next
    return months


def _terms(terms: WorkTerms) -> Terms:
    return Terms(
        Fraction(terms.weekly_hours), terms.cents_per_hour, terms.hiring_months, Fraction(terms.leaving_a_year)
    )


def _hours(staffed: Iterable[tuple[Requirement, Whole, float]]) -> Mapping[Month, Fraction]:
    """By month: agents by day and slot, each counted so many times."""
    hours: dict[Month, Fraction] = defaultdict(Fraction)
    for clock, agents, times in staffed:
        step = Fraction(clock.demand.step_minutes, 60) * Fraction(times).limit_denominator(1000)
        for day, count in zip(clock.demand.days, agents.sum(axis=1).tolist(), strict=True):
            hours[Month.of(day)] += count * step
    return hours


def _calls(found: Needed) -> Mapping[Month, float]:
    calls: dict[Month, float] = defaultdict(float)
    for queue in found.queues.values():
        for row, day in enumerate(queue.demand.days):
            calls[Month.of(day)] += float(queue.demand.calls[row][queue.agents[row] > 0].sum())
    return calls


def _row(row: MonthCapacity, calls: float, hours: Fraction, alone: Fraction) -> Row:
    return {
        "month": str(Month.of(row.month)),
        "calls": round(calls, 1),
        "agent_hours": float(hours),
        "alone_hours": float(alone),
        "posts_alone": round(float(row.posts_needed * alone / hours), 2) if hours else 0.0,
        "paid_hours": round(float(row.paid_hours), 2),
        "posts_needed": round(float(row.posts_needed), 2),
        "posts_there": None if row.posts_there is None else round(float(row.posts_there), 2),
        "missing": None if row.missing is None else round(float(row.missing), 2),
        "decide_by": None if row.decide_by is None else str(Month.of(row.decide_by)),
        "cents": row.cents,
    }
