"""Why so many agents: the chain of one number, each link with where it comes from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, berlin_day
from wfm.core.errors import NotFound
from wfm.core.intervals import Days
from wfm.forecasting.queries import STEP
from wfm.forecasting.service.reading import read_queue
from wfm.staffing.rules.requirement import Requirement
from wfm.staffing.rules.risk import chance_to_meet
from wfm.staffing.rules.why import Assumptions, Outcome, outcome, why
from wfm.staffing.service.figures import Pay, describe, describe_shrinkage, moment, stands_on
from wfm.staffing.service.planning import PLANNING_STEP, Needed, needed
from wfm.staffing.service.plans import Plan

Row = dict[str, Any]
#: So many agents less and more are shown beside the number.
AROUND = 2


def why_report(session: Session, plan: Plan, queue: str, at: datetime, *, around: int = AROUND) -> Row:
    """The chain of the half hour in which `at` lies, with what up to `around` agents less and more would mean.

    Raises NotFound for a time at which nobody is expected to call.
    """
    day = berlin_day(at)
    local = at.astimezone(BERLIN)
    column = (local.hour * 60 + local.minute) // PLANNING_STEP
    found = needed(session, plan, Days(day, day + timedelta(days=1)), [queue])
    own = found.queues[queue]
    if np.isnan(own.demand.calls[0, column]):
        raise NotFound("staffing.closed", "Zu dieser Zeit werden keine Anrufe erwartet.", at=at.isoformat())
    pay = Pay(session)
    given = _given(own, column, pay)
    agents, start = int(own.agents[0, column]), moment(day, own.demand.starts[column])
    chain = why(given)
    return {
        **stands_on(found),
        "queue": queue,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=PLANNING_STEP)).isoformat(),
        "assumptions": {"from": day.isoformat(), **describe(own.standards)},
        "changes": plan.changes.data(),
        "snapshot_calls": _as_forecast(session, found, queue, column),
        "calls": round(given.calls, 3),
        "handling_s": round(given.aht_s, 1),
        "load": round(given.load, 4),
        "agents": agents,
        "bound_by": str(chain.bound_by),
        "on_the_expected_day": chain.required.agents,
        "around": [
            _row(outcome(given, count), _chance(own, column, count))
            for count in range(max(agents - around, 1), agents + around + 1)
        ],
        "shrinkage": describe_shrinkage(pay.shrinkage(day)),
    }


def _given(own: Requirement, column: int, pay: Pay) -> Assumptions:
    demand, standards = own.demand, own.standards
    return Assumptions(
        calls=float(demand.calls[0, column]),
        aht_s=float(demand.handling_s[0, column]),
        seconds=demand.step_minutes * 60,
        goal=standards.goal,
        model=standards.model,
        patience_s=standards.patience_s,
        shrinkage=pay.shrinkage(demand.days[0]),
        cents_per_paid_hour=pay.rate(demand.days[0]),
    )


def _as_forecast(session: Session, found: Needed, queue: str, column: int) -> float:
    """Calls of the half hour as the snapshot has them, before adjustments and changes."""
    kept = read_queue(session, found.run, queue, found.days, adjusted=False)
    width = PLANNING_STEP // STEP
    return round(float(kept.read.calls[0, column * width : (column + 1) * width].sum()), 3)


def _chance(own: Requirement, column: int, agents: int) -> float | None:
    """Of meeting the target in this half hour; None where nobody gives up, for which there is no such figure."""
    standards = own.standards
    if standards.endless:
        return None
    return chance_to_meet(own.demand.expected(0, column), standards.goal, standards.patience_s, agents)


def _row(of: Outcome, chance: float | None) -> Row:
    return {
        "agents": of.agents,
        "meets_goal": of.meets_goal,
        "service_level": _places(of.service_level, 6),
        "occupancy": _places(of.occupancy, 6),
        "asa_s": _places(of.asa_answered_s, 1),
        "abandoned": _places(of.p_abandon, 6),
        "calls_in_time": _places(of.calls_in_time, 2),
        "calls_lost": _places(of.calls_lost, 2),
        "chance": _places(chance, 4),
        "paid_heads": round(float(of.paid_heads), 2),
        "cents": of.cost_cents,
    }


def _places(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
