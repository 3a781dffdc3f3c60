"""What agents with several skills save, in the busiest slot of a planned day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.multiskill import Demand, Team, agents_by_team
from wfm.staffing.rules.multiskill import Requirement as Shared
from wfm.staffing.rules.requirement import Requirement
from wfm.staffing.rules.simulation.scenario import Duration


@dataclass(frozen=True, slots=True)
class Skills:
    """Agents of one group: their queues, the first the one they take first, and what one costs relative to others."""

    name: str
    queues: tuple[str, ...]
    cost: float


def busiest_slot(queues: Sequence[Requirement], row: int) -> int:
    """The slot of that day with the greatest load of all queues together."""
    return int(np.nansum([queue.demand.load[row] for queue in queues], axis=0).argmax())


def shared_teams(
    queues: Sequence[Requirement], row: int, slot: int, skills: Sequence[Skills]
) -> tuple[Mapping[str, int], Shared] | None:
    """Agents by group in that slot so that every queue meets its target at once, and what it saves.

    A queue that nobody's skills name has agents of its own. Calls are the expected ones, without a ceiling of
    occupancy. None where a target counts otherwise than answered in time of all offered, which the search cannot.
    """
    called = [queue for queue in queues if queue.demand.calls[row, slot] > 0]
    if not called or any(queue.standards.goal.variant is not Variant.OFFERED for queue in called):
        return None
    index = {queue.standards.queue: place for place, queue in enumerate(called)}
    teams = [
        Team(one.name, tuple((index[name], rank) for rank, name in enumerate(one.queues, 1) if name in index), one.cost)
        for one in skills
        if any(name in index for name in one.queues)
    ]
    served = {place for team in teams for place, _rank in team.skills}
    teams += [Team(name, ((place, 1),)) for name, place in index.items() if place not in served]
    found = agents_by_team([_demand(queue, row, slot) for queue in called], teams)
    return dict(zip((team.name for team in teams), found.agents, strict=True)), found


def _demand(of: Requirement, row: int, slot: int) -> Demand:
    goal, an_hour = of.standards.goal, 60 / of.demand.step_minutes
    return Demand(
        name=of.standards.queue,
        calls_per_hour=float(of.demand.calls[row, slot]) * an_hour,
        handling=Duration("exponential", float(of.demand.handling_s[row, slot])),
        target=goal.share,
        threshold_s=goal.within_s,
        patience=None if of.standards.endless else Duration("exponential", of.standards.patience_s),
    )
