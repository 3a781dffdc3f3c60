"""A day as it is planned, made ready for the simulation: it shows what the steady state of each half hour cannot, the
empty start, calls left over from one half hour to the next, and how much days differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import expm1, inf, sqrt

import numpy as np

from wfm.staffing.rules.requirement import Requirement
from wfm.staffing.rules.simulation.scenario import Duration, Group, Queue, Scenario
from wfm.staffing.rules.skill_groups import Staffed


def planned_day(
    queues: Sequence[Requirement], row: int, seed: int, groups: Sequence[Staffed] = ()
) -> tuple[Scenario, int]:
    """The day in that row, from the first slot in which any queue is open to the last, and the number of that slot.

    These groups are there; without any, each queue is staffed for itself, as the requirement has it. A day's level is
    as unsure as its forecast: the spread (standard deviation / mean) of a lognormal factor is sqrt(e^(sd^2) - 1).
    Queues in which nobody calls are left out.
    """
    called = [queue for queue in queues if np.nansum(queue.demand.calls[row]) > 0]
    is_open = np.any([~np.isnan(queue.demand.calls[row]) for queue in called], axis=0)
    first, last = (int(place) for place in np.flatnonzero(is_open)[[0, -1]])
    slots = slice(first, last + 1)
    step_s = called[0].demand.step_minutes * 60
    scenario = Scenario(
        queues=tuple(_queue(queue, row, slots) for queue in called),
        groups=tuple(_groups(called, groups, row, slots)),
        intervals=last + 1 - first,
        interval_s=float(step_s),
        seed=seed,
        start_s=float(called[0].demand.starts[first] * 60),
    )
    return scenario, first


def _groups(queues: Sequence[Requirement], groups: Sequence[Staffed], row: int, slots: slice) -> Iterator[Group]:
    index = {queue.standards.queue: place for place, queue in enumerate(queues)}
    alone = [Staffed(name, (name,), 1.0, queues[place].agents) for name, place in index.items()]
    for group in groups or alone:
        skills = tuple((index[name], rank) for rank, name in enumerate(group.queues, 1) if name in index)
        if skills:
            yield Group(group.name, skills, tuple(group.agents[row, slots].tolist()))


def _queue(of: Requirement, row: int, slots: slice) -> Queue:
    calls = np.nan_to_num(of.demand.calls[row, slots])
    handling = float((calls * np.nan_to_num(of.demand.handling_s[row, slots])).sum() / calls.sum())
    patience = inf if of.standards.endless else of.standards.patience_s
    return Queue(
        name=of.standards.queue,
        calls=tuple(float(count) for count in calls),
        handling=Duration("exponential", handling),
        patience=None if patience == inf else Duration("exponential", patience),
        threshold_s=of.standards.goal.within_s,
        busy_day_cv=sqrt(expm1(float(of.demand.day_sd[row]) ** 2)),
    )
