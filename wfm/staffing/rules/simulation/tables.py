"""A lived day counted: by queue where a call came in, by group where time was spent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wfm.staffing.rules.simulation.draws import Calls
from wfm.staffing.rules.simulation.scenario import Floats, Scenario

#: What is counted of calls, by the interval and queue of their arrival. Threshold and waits are each queue's own.
OF_CALLS = (
    "offered",
    "answered",
    "abandoned",
    "called_back",
    "still_waiting",
    "answered_within",
    "abandoned_within",
    "wait_answered_s",
    "wait_abandoned_s",
    "wait_called_back_s",
)
#: What is counted of agents, by interval and group: seconds on calls and seconds free for one.
OF_AGENTS = ("busy_s", "idle_s")


@dataclass(frozen=True)
class Lived:
    """What happened to each call of a day (NaN and -1: nobody answered), and since when the agent had been idle."""

    calls: Calls
    answered_at: Floats
    answered_by: NDArray[np.int64]
    idle_from: Floats
    change_at: Floats
    change_group: NDArray[np.int64]
    change_idle_from: Floats


def count_calls(scenario: Scenario, lived: Lived) -> Floats:
    """Sums by primitive (`OF_CALLS`), queue and interval.

    A caller whom an agent calls back is neither answered nor abandoned; who waits when the day ends, whether at the
    telephone or for a call-back, is still waiting: offered = answered + abandoned + called back + still waiting.
    """
    calls = lived.calls
    served = lived.answered_by >= 0
    wait = np.where(served, lived.answered_at, calls.gives_up) - calls.at
    called_back = served & (lived.answered_at > calls.hangs_up)
    answered = served & ~called_back
    abandoned = ~served & (calls.gives_up <= scenario.end_s)
    within = wait <= np.array([queue.threshold_s for queue in scenario.queues])[calls.queue]
    interval = np.minimum(calls.at // scenario.interval_s, scenario.intervals - 1).astype(np.int64)
    cell = calls.queue * scenario.intervals + interval
    cells = len(scenario.queues) * scenario.intervals

    def count(which: NDArray[np.bool_]) -> Floats:
        return np.bincount(cell[which], minlength=cells).astype(np.float64)

    def seconds(which: NDArray[np.bool_]) -> Floats:
        return np.bincount(cell[which], wait[which], minlength=cells).astype(np.float64)

    kinds = [answered, abandoned, called_back, ~served & ~abandoned, answered & within, abandoned & within]
    offered = np.bincount(cell, minlength=cells).astype(np.float64)
    sums = [offered, *map(count, kinds), seconds(answered), seconds(abandoned), seconds(called_back)]
    return np.stack(sums).reshape(len(OF_CALLS), len(scenario.queues), scenario.intervals)


def count_agents(scenario: Scenario, lived: Lived, agent_group: NDArray[np.int64]) -> Floats:
    """Sums by primitive (`OF_AGENTS`), group and interval; what lies after the day's end is left out."""
    served = lived.answered_by >= 0
    groups = agent_group[lived.answered_by[served]]
    begun = lived.answered_at[served]
    busy = _spread(scenario, groups, begun, begun + lived.calls.handling[served])
    left = np.isfinite(lived.change_idle_from)
    idle = _spread(
        scenario,
        np.concatenate([groups, lived.change_group[left]]),
        np.concatenate([lived.idle_from[served], lived.change_idle_from[left]]),
        np.concatenate([begun, lived.change_at[left]]),
    )
    return np.stack([busy, idle])


def _spread(scenario: Scenario, group: NDArray[np.int64], begins: Floats, ends: Floats) -> Floats:
    """Seconds of spans that fall into each interval, by group."""
    until_edge = _seconds_since(scenario, group, begins) - _seconds_since(scenario, group, ends)
    return np.diff(until_edge, axis=1)


def _seconds_since(scenario: Scenario, group: NDArray[np.int64], moments: Floats) -> Floats:
    """For each edge between intervals, by group: the sum over the moments before it of the time gone by since."""
    width = scenario.intervals + 1
    cell = group * width + np.minimum(moments // scenario.interval_s, scenario.intervals).astype(np.int64)
    shape = len(scenario.groups), width
    number = np.bincount(cell, minlength=shape[0] * width).reshape(shape).cumsum(axis=1)
    total = np.bincount(cell, moments, minlength=shape[0] * width).reshape(shape).cumsum(axis=1)
    edges = np.arange(1, width) * scenario.interval_s
    since = number[:, :-1] * edges - total[:, :-1]
    return np.concatenate([np.zeros((shape[0], 1)), since], axis=1)
