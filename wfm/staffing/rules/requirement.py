"""Agents needed by interval of a queue, from what is expected and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.performance import Model, Performance, Queues, performance
from wfm.staffing.rules.required import agents_required

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How one queue is to be staffed: as people set it, or as its calls have told."""

    queue: str
    target: str
    share: float
    threshold_s: int
    variant: Variant
    model: Model
    patience_s: float
    """Infinite where nobody gives up."""
    patience_from: str
    """`given`, `calls` (estimated from the queue's own), or `none`: nobody has given up, or nobody has called yet."""
    handling_s: float | None
    """Given for all hours; None = as forecast."""
    max_occupancy: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Calls and handling times of a queue by day and slot; NaN is closed. `day_sd` says how unsure each day's level is,
    on the log scale."""

    days: tuple[date, ...]
    step_minutes: int
    starts: tuple[int, ...]
    calls: Floats
    handling_s: Floats
    day_sd: Floats

    @property
    def load(self) -> Floats:
        """Erlang: calls a second x handling seconds, that is agents who would be busy on average."""
        return self.calls * self.handling_s / (self.step_minutes * 60)

    def in_steps_of(self, minutes: int) -> Demand:
        """Longer slots: calls add up, handling times are means weighted by calls; a slot is open if a part of it is."""
        width = minutes // self.step_minutes
        shape = (len(self.days), -1, width)
        calls, handling = self.calls.reshape(shape), self.handling_s.reshape(shape)
        closed = np.isnan(calls).all(axis=2)
        total = np.nansum(calls, axis=2)
        seconds = np.nansum(calls * handling, axis=2)
        mean = np.divide(seconds, total, out=np.nanmax(np.nan_to_num(handling), axis=2), where=total > 0)
        return Demand(
            self.days,
            minutes,
            self.starts[::width],
            np.where(closed, np.nan, total),
            np.where(closed, np.nan, mean),
            self.day_sd,
        )


@dataclass(frozen=True, slots=True)
class Requirement:
    """Agents at the telephone by day and slot, 0 where closed, and what is to be expected with that many."""

    assumptions: Assumptions
    demand: Demand
    agents: Whole
    service_level: Floats
    one_less: Floats
    """Service level with one agent less; NaN where that has no steady state."""
    occupancy: Floats

    @property
    def agent_hours(self) -> float:
        """Hours at the telephone over all days."""
        return float(self.agents.sum() * self.demand.step_minutes / 60)


def requirement(demand: Demand, assumptions: Assumptions) -> Requirement:
    """The smallest number of agents in each slot that meets the target under the occupancy ceiling.

    Each slot is taken as in steady state with its own load (stationary independent period by period, SIPP: Green,
    Kolesar & Soares 2001); where load climbs quickly, near opening say, simulate. Slots without calls need nobody.
    """
    is_open = ~np.isnan(demand.load)
    queues = Queues.of(
        demand.load[is_open],
        np.maximum(demand.handling_s[is_open], 1.0),
        assumptions.threshold_s,
        assumptions.patience_s if assumptions.model is Model.A else np.inf,
    )
    needed = agents_required(
        assumptions.model, queues, assumptions.share, assumptions.variant, assumptions.max_occupancy
    )
    return _filled(demand, assumptions, is_open, queues, needed)


def _filled(
    demand: Demand, assumptions: Assumptions, is_open: NDArray[np.bool_], queues: Queues, needed: Whole
) -> Requirement:
    agents = np.zeros(demand.calls.shape, dtype=np.int64)
    agents[is_open] = needed
    grids = []
    reached = level(assumptions, queues, needed)
    for values in (
        reached.service_level(assumptions.variant),
        _one_less(assumptions, queues, needed),
        reached.occupancy,
    ):
        grid = np.full(demand.calls.shape, np.nan)
        grid[is_open] = values
        grids.append(grid)
    return Requirement(assumptions, demand, agents, *grids)


def level(assumptions: Assumptions, queues: Queues, agents: Whole) -> Performance:
    """What callers meet with so many agents."""
    return performance(assumptions.model, queues, agents)


def _one_less(assumptions: Assumptions, queues: Queues, needed: Whole) -> Floats:
    fewer = np.maximum(needed - 1, 0)
    endless = (assumptions.model is Model.C) or not np.isfinite(assumptions.patience_s)
    steady = queues.load < fewer if endless else np.ones(len(queues), dtype=bool)
    found = np.full(len(queues), np.nan)
    if steady.any():
        found[steady] = level(assumptions, queues[steady], fewer[steady]).service_level(assumptions.variant)
    return found
