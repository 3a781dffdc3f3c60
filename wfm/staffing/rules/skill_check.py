"""What a span of days needs by skill group, lived through by simulation, and put right where it falls short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wfm.staffing.rules.multiskill import met_of
from wfm.staffing.rules.planned_day import planned_day
from wfm.staffing.rules.requirement import Demand, Requirement
from wfm.staffing.rules.simulation.figures import estimate_ratio
from wfm.staffing.rules.simulation.scenario import Floats, Scenario
from wfm.staffing.rules.simulation.simulate import simulate
from wfm.staffing.rules.skill_groups import Shared, Skills, Staffed, crews

#: A day is lived so often that it has so many calls, but within these bounds: the same whatever other days are shown.
CALLS, FEWEST, MOST = 15_000, 10, 100
#: So often half hours that fall short are put right at most.
CORRECTIONS = 2
#: Of more days only the one with the greatest load is lived through.
ALL_DAYS_OF = 7
SEED = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """What all calls of a queue that shares people reached on the days lived through; `low` to `high` are 95 %."""

    queue: str
    target: float
    level: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ByGroup:
    """Agents by group, day and slot; `pooled` is what would do if everybody could do everything.

    `checked` is empty where no queues share people, or nobody calls: so many `days` were lived through, each of them
    `replications` times or more, and so many half hours were `corrected` because of it.
    """

    groups: tuple[Staffed, ...]
    pooled: NDArray[np.int64]
    checked: tuple[Checked, ...]
    days: int
    replications: int
    corrected: int


def by_group(queues: Sequence[Requirement], skills: Sequence[tuple[Skills, ...]]) -> ByGroup:
    """Agents of each group, with the skills that hold on each day.

    Days are lived through with the calls that are staffed for. Where a queue misses its target for certain (95 %) in a
    half hour, or in any on a day that misses it as a whole, all who share its people go a step back there: steady state
    leaves out what half hours leave to the next.
    """
    shared = [
        Shared(crew, queues, np.array([of == some for of in skills]))
        for some in dict.fromkeys(skills)
        for crew in crews([queue.standards.queue for queue in queues], some)
    ]
    lives = [_Life(one, queues) for one in shared if len(one.crew.members) > 1]
    corrected = sum(life.put_right() for life in lives)
    pooled = np.zeros_like(queues[0].agents)
    for one in shared:
        pooled[one.rows, one.columns] += one.pooled
    return ByGroup(
        tuple(one for of in shared for one in of.staffed(queues)),
        pooled,
        tuple(checked for life in lives for checked in life.checked()),
        max((life.days for life in lives), default=0),
        max((life.replications for life in lives), default=0),
        corrected,
    )


class _Life:
    """Days of queues that share people, lived through."""

    def __init__(self, shared: Shared, queues: Sequence[Requirement]) -> None:
        self._shared, self._queues = shared, queues
        own = [queues[number] for number in shared.crew.members]
        self._own = [replace(queue, demand=_as_staffed_for(queue)) for queue in own]
        load = np.nansum([queue.demand.load for queue in self._own], axis=(0, 2))
        rows = np.unique(shared.rows)
        self._rows = rows if len(load) <= ALL_DAYS_OF else rows[load[rows].argsort()[-1:]]
        calls = np.nansum([queue.demand.calls for queue in self._own], axis=(0, 2))
        self._times = np.clip(CALLS // np.maximum(calls, 1), FEWEST, MOST).astype(np.int64)
        self.days, self.replications = len(self._rows), int(self._times[self._rows].min(initial=MOST))

    def put_right(self) -> int:
        """How many half hours went back."""
        gone_back = np.zeros_like(self._queues[0].agents, bool)
        for _ in range(CORRECTIONS):
            wanting = np.zeros_like(gone_back)
            for row in self._rows:
                for _queue, target, first, above, below in self._levels(row):
                    found = estimate_ratio(above, below, "share")
                    whole_day = above.sum() / max(below.sum(), 1)
                    short = (found.mean if whole_day < target else found.hi95) < target
                    wanting[row, first : first + len(short)] |= short
            if not wanting.any():
                break
            self._shared.step_back(wanting[self._shared.rows, self._shared.columns])
            gone_back |= wanting
        return int(gone_back.sum())

    def checked(self) -> Iterator[Checked]:
        """Each queue's level over all days lived through."""
        sums: dict[str, tuple[float, list[Floats], list[Floats]]] = {}
        for row in self._rows:
            for queue, target, _first, above, below in self._levels(row):
                _, met, counted = sums.setdefault(queue, (target, [], []))
                met.append(above.sum(axis=1)[: self.replications])
                counted.append(below.sum(axis=1)[: self.replications])
        for queue, (target, met, counted) in sums.items():
            found = estimate_ratio(np.sum(met, axis=0)[:, None], np.sum(counted, axis=0)[:, None], "share")
            yield Checked(queue, target, *(float(of[0]) for of in (found.mean, found.lo95, found.hi95)))

    def _levels(self, row: int) -> Iterator[tuple[str, float, int, Floats, Floats]]:
        """Of each queue called that day its target, the first slot, and both parts of its level by random day."""
        scenario, first = planned_day(self._own, row, SEED, self._shared.staffed(self._queues))
        sums = np.moveaxis(_lived(scenario, int(self._times[row])), 1, 0)
        goals = {queue.standards.queue: queue.by_day[row].goal for queue in self._own}
        for index, queue in enumerate(scenario.queues):
            goal = goals[queue.name]
            above, below = met_of(goal.variant, sums[:, :, index])
            yield queue.name, goal.share, first, above, below


@lru_cache(maxsize=64)
def _lived(scenario: Scenario, replications: int) -> Floats:
    return simulate(scenario, replications).calls


def _as_staffed_for(queue: Requirement) -> Demand:
    """The day as strong as it is staffed for, and no stronger or weaker."""
    demand = queue.demand
    return replace(demand, calls=demand.calls * queue.surer, day_sd=np.zeros_like(demand.day_sd))
