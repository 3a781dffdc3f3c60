"""Why 14? The chain from calls to a number of agents, as data; pages make sentences of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import inf, isnan

import numpy as np

from wfm.staffing.rules.cost import cost_cents
from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required
from wfm.staffing.rules.shrinkage import Shrinkage

NO_SHRINKAGE = Shrinkage()


class Bound(StrEnum):
    """What one agent fewer would break."""

    NO_CALLS = "no_calls"
    SERVICE_LEVEL = "service_level"
    OCCUPANCY = "occupancy"
    STEADY_STATE = "steady_state"  # Erlang C: the load would not be below the number of agents
    SOMEBODY = "somebody"  # calls, so at least one agent


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the number is reckoned from."""

    calls: float  # in the interval
    aht_s: float
    seconds: int  # the interval's length
    goal: Goal
    model: Model = Model.A
    patience_s: float = inf
    shrinkage: Shrinkage = NO_SHRINKAGE
    cents_per_paid_hour: int | None = None

    @property
    def load(self) -> float:
        """In Erlang."""
        return self.calls * self.aht_s / self.seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What so many agents would mean; None where there is no such figure."""

    agents: int
    meets_goal: bool
    service_level: float | None
    p_wait: float | None
    p_abandon: float | None
    asa_answered_s: float | None
    occupancy: float | None
    calls_in_time: float | None  # of `calls`, answered within the threshold
    calls_lost: float | None  # blocked or abandoned
    paid_heads: Fraction
    cost_cents: int | None


@dataclass(frozen=True, slots=True)
class Why:
    """The number with one fewer and one more beside it; `one_less` is None if there is no fewer."""

    assumptions: Assumptions
    bound_by: Bound
    one_less: Outcome | None
    required: Outcome
    one_more: Outcome


def why(assumptions: Assumptions) -> Why:
    """The chain from calls to the number of agents that the goal needs.

    Raises BadInput where `agents_required` does.
    """
    goal = assumptions.goal
    agents = int(
        agents_required(assumptions.model, _queue(assumptions), goal.share, goal.variant, goal.max_occupancy)[0]
    )
    one_less = outcome(assumptions, agents - 1) if agents > 0 else None
    return Why(
        assumptions,
        _bound(assumptions, one_less),
        one_less,
        outcome(assumptions, agents),
        outcome(assumptions, agents + 1),
    )


def outcome(assumptions: Assumptions, agents: int) -> Outcome:
    """What so many agents would mean. In Erlang C with too few of them nobody is answered in time, in the long run."""
    goal, queue, calls = assumptions.goal, _queue(assumptions), assumptions.calls
    figures: dict[str, float | None] = dict.fromkeys(
        ("service_level", "p_wait", "p_abandon", "asa_answered_s", "occupancy", "calls_in_time", "calls_lost")
    )
    idle = queue.load[0] == 0  # also where calls are too few for a float to tell their load
    if idle or queue.load[0] < agents or not queue.endless(assumptions.model)[0]:
        at = performance(assumptions.model, queue, agents)
        figures = {
            "service_level": _figure(at.service_level(goal.variant)),
            "p_wait": _figure(at.p_wait),
            "p_abandon": _figure(at.p_abandon),
            "asa_answered_s": _figure(at.asa_answered_s),
            "occupancy": _figure(at.occupancy),
            "calls_in_time": _figure(at.sl_offered * calls),
            "calls_lost": _figure((at.p_block + at.p_abandon) * calls),
        }
    level, busy = figures["service_level"], figures["occupancy"]
    heads, rate = assumptions.shrinkage.paid_heads(agents), assumptions.cents_per_paid_hour
    return Outcome(
        agents=agents,
        meets_goal=idle or (level is not None and level >= goal.share and (busy or 0) <= _ceiling(goal)),
        **figures,
        paid_heads=heads,
        cost_cents=None if rate is None else cost_cents(heads, assumptions.seconds, rate),
    )


def _queue(assumptions: Assumptions) -> Queues:
    return Queues.of(assumptions.load, assumptions.aht_s, assumptions.goal.within_s, assumptions.patience_s)


def _bound(assumptions: Assumptions, one_less: Outcome | None) -> Bound:
    if one_less is None:
        return Bound.NO_CALLS
    if one_less.meets_goal:
        return Bound.SOMEBODY
    if one_less.service_level is None and one_less.occupancy is None and one_less.agents > 0:
        return Bound.STEADY_STATE
    level = one_less.service_level
    return Bound.OCCUPANCY if level is not None and level >= assumptions.goal.share else Bound.SERVICE_LEVEL


def _ceiling(goal: Goal) -> float:
    return goal.max_occupancy if goal.max_occupancy < 1 else inf


def _figure(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float | None:
    value = float(column[0])
    return None if isnan(value) else value
