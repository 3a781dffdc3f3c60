"""Days of plans, simulated in the background: asked for, reckoned once, kept with their seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.clock import now
from wfm.core.db import after_commit
from wfm.core.errors import NotFound, WfmError
from wfm.core.intervals import Days
from wfm.directory.rules.targets import Variant
from wfm.staffing.models import StaffingSimulation
from wfm.staffing.rules.planned_day import planned_day
from wfm.staffing.rules.requirement import outlook
from wfm.staffing.rules.simulation.figures import Estimate, queue_figures
from wfm.staffing.rules.simulation.simulate import simulate
from wfm.staffing.service.figures import moment
from wfm.staffing.service.planning import Needed, needed
from wfm.staffing.service.plans import find_plan

Row = dict[str, Any]
#: Random days of one simulation: enough for its mean within a point or two of service level.
REPLICATIONS = 200
SEED = 1
FIGURES = {
    Variant.OFFERED: "sl_offered",
    Variant.ANSWERED: "sl_answered",
    Variant.EXCL_ABANDONED_WITHIN: "sl_excl_abandoned_within",
    Variant.ABANDONED_MET: "sl_abandoned_met",
}


def ask_for(session: Session, plan_id: int, day: date, *, by: str) -> StaffingSimulation:
    """Have a day of a kept plan simulated; one that already waits is not asked for again.

    Raises NotFound where there is no such plan, or nobody is expected to call.
    """
    waiting = select(StaffingSimulation).where(
        StaffingSimulation.plan_id == plan_id, StaffingSimulation.day == day, StaffingSimulation.state == "waiting"
    )
    if (known := session.scalars(waiting).first()) is not None:
        return known
    found = needed(session, find_plan(session, plan_id), Days(day, day + timedelta(days=1)))
    if not any(np.nansum(queue.demand.calls) > 0 for queue in found.queues.values()):
        raise NotFound("staffing.closed", "Zu dieser Zeit werden keine Anrufe erwartet.")
    row = StaffingSimulation(
        plan_id=plan_id,
        day=day,
        state="waiting",
        seed=SEED,
        question={"run": found.run.id, "replications": REPLICATIONS},
        asked_at=now(),
        asked_by=by,
    )
    session.add(row)
    session.flush()
    audit.record(session, by, "staffing.simulate", object_kind="staffing_plan", object_id=plan_id)
    after_commit(session, "staffing.simulate")
    return row


def newest(session: Session, plan_id: int, day: date) -> StaffingSimulation | None:
    """What was last asked for of a plan's day."""
    of_day = select(StaffingSimulation).where(StaffingSimulation.plan_id == plan_id, StaffingSimulation.day == day)
    return session.scalars(of_day.order_by(StaffingSimulation.id.desc()).limit(1)).first()


def next_waiting(session: Session) -> StaffingSimulation | None:
    """The one that has waited longest and that nobody else is at, locked."""
    waiting = select(StaffingSimulation).where(StaffingSimulation.state == "waiting").order_by(StaffingSimulation.id)
    return session.scalars(waiting.limit(1).with_for_update(skip_locked=True)).first()


def run_one(session: Session) -> bool:
    """Simulate what has waited longest; False where nothing waits. What cannot be reckoned says why."""
    row = next_waiting(session)
    if row is None:
        return False
    try:
        row.result = _simulated(session, row)
        row.state = "done"
    except WfmError as error:
        row.state, row.problem = "failed", error.message
    row.done_at = now()
    return True


def _simulated(session: Session, row: StaffingSimulation) -> Row:
    found = needed(session, find_plan(session, row.plan_id), Days(row.day, row.day + timedelta(days=1)))
    groups = found.groups.groups if found.groups else ()
    scenario, first = planned_day(list(found.queues.values()), 0, row.seed, groups)
    figures = queue_figures(simulate(scenario, row.question["replications"]))
    return {
        "queues": {
            queue.name: _queue_rows(found, queue.name, figures, index, first, scenario.intervals)
            for index, queue in enumerate(scenario.queues)
        },
    }


def _queue_rows(
    found: Needed, name: str, figures: dict[str, Estimate], index: int, first: int, count: int
) -> Sequence[Row]:
    """Service level by half hour as simulated, with the band of single days, beside Erlang's for the queue alone.

    Agents are those who may take the queue's calls.
    """
    of = found.queues[name]
    groups = found.groups.groups if found.groups else ()
    able = sum((group.agents for group in groups if name in group.queues), np.zeros_like(of.agents))
    agents = able if groups else of.agents
    levels = figures[FIGURES[of.standards.goal.variant]]
    demand, expected, rows = of.demand, outlook(of), []
    for place in range(count):
        if np.isnan(demand.calls[0, first + place]):
            continue
        start = moment(demand.days[0], demand.starts[first + place])
        rows.append(
            {
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=demand.step_minutes)).isoformat(),
                "agents": int(agents[0, first + place]),
                "erlang": _share(expected.service_level[0, first + place]),
                "simulated": _share(levels.mean[index, place]),
                "p10": _share(levels.p10[index, place]),
                "p90": _share(levels.p90[index, place]),
            }
        )
    return rows


def _share(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
