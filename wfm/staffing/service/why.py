"""Why so many agents: the chain of one number, each link with where it comes from."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, berlin_day
from wfm.core.errors import NotFound
from wfm.core.intervals import Days
from wfm.forecasting.queries import STEP
from wfm.forecasting.service.reading import read_queue
from wfm.staffing.rules.performance import Model, Queues
from wfm.staffing.rules.requirement import Requirement, level, outlook
from wfm.staffing.service.figures import Pay, describe, moment, stands_on
from wfm.staffing.service.planning import PLANNING_STEP, Needed, needed
from wfm.staffing.service.plans import Plan

Row = dict[str, Any]
#: So many agents less and more are shown beside the number.
AROUND = 2


def why_report(session: Session, plan: Plan, queue: str, at: datetime) -> Row:
    """The chain of the half hour in which `at` lies. Raises NotFound for a time nobody is expected to call at."""
    day = berlin_day(at)
    local = at.astimezone(BERLIN)
    column = (local.hour * 60 + local.minute) // PLANNING_STEP
    found = needed(session, plan, Days(day, day + timedelta(days=1)), [queue])
    own = found.queues[queue]
    if np.isnan(own.demand.calls[0, column]):
        raise NotFound("staffing.closed", "Zu dieser Zeit werden keine Anrufe erwartet.", at=at.isoformat())
    pay = Pay(session, day)
    agents = int(own.agents[0, column])
    start = moment(day, own.demand.starts[column])
    return {
        **stands_on(found),
        "queue": queue,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=PLANNING_STEP)).isoformat(),
        "assumptions": describe(own.assumptions),
        "changes": plan.changes.data(),
        "snapshot_calls": _as_forecast(session, found, queue, column),
        "calls": round(float(own.demand.calls[0, column]), 3),
        "handling_s": round(float(own.demand.handling_s[0, column]), 1),
        "load": round(float(own.demand.load[0, column]), 4),
        "agents": agents,
        "on_the_expected_day": int(outlook(own, 0, column).agents),
        "around": [_with(own, column, pay, count) for count in range(max(agents - AROUND, 1), agents + AROUND + 1)],
        "paid_per_hour": round(float(pay.shrinkage.paid(Fraction(1))), 4),
    }


def _as_forecast(session: Session, found: Needed, queue: str, column: int) -> float:
    """Calls of the half hour as the snapshot has them, before adjustments and changes."""
    kept = read_queue(session, found.run, queue, found.days, adjusted=False)
    width = PLANNING_STEP // STEP
    return round(float(kept.read.calls[0, column * width : (column + 1) * width].sum()), 3)


def _with(own: Requirement, column: int, pay: Pay, agents: int) -> Row:
    """What so many agents would mean in this half hour, for callers, agents and the budget."""
    demand, assumed = own.demand, own.assumptions
    endless = assumed.model is Model.C or not np.isfinite(assumed.patience_s)
    hours = Fraction(agents * demand.step_minutes, 60)
    row: Row = {"agents": agents, "cents": pay.cents(hours), "service_level": None, "steady": True}
    if endless and demand.load[0, column] >= agents:
        return row | {"steady": False, "occupancy": None, "asa_s": None, "abandoned": None, "probability": None}
    queues = Queues.of(demand.load[0, column], demand.handling_s[0, column], assumed.threshold_s, assumed.patience_s)
    reached = level(assumed, queues, np.array([agents]))
    return row | {
        "service_level": round(float(reached.service_level(assumed.variant)[0]), 6),
        "occupancy": round(float(reached.occupancy[0]), 6),
        "asa_s": round(float(reached.asa_answered_s[0]), 1),
        "abandoned": round(float(reached.p_abandon[0]), 6),
        "probability": outlook(own, 0, column).probability(agents),
    }
