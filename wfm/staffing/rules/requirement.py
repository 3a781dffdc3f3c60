"""Agents needed by interval of a queue, from what is expected and what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.patience import Patience
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required
from wfm.staffing.rules.risk import Expected

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Standards:
    """How one queue is to be staffed: as people set it, or as its calls have told."""

    queue: str
    target: str
    """Name of the definition of service level that the goal comes from."""
    goal: Goal
    model: Model
    patience_s: float
    """Infinite where nobody gives up."""
    estimated: Patience | None
    """How patience was estimated from the queue's calls; None where it was given, or nobody has called yet."""
    handling_s: float | None
    """Given for all hours; None = as forecast."""
    confidence: float
    """Probability with which the day's calls shall be no more than staffed for; 0.5 staffs for the expected day."""

    @property
    def endless(self) -> bool:
        """Whether callers wait for as long as it takes: then load must stay below the number of agents."""
        return self.model is Model.C or self.patience_s == inf


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
        is_open = ~np.isnan(calls).all(axis=2)
        total = np.nansum(calls, axis=2)
        seconds = np.nansum(calls * handling, axis=2)
        mean = np.divide(seconds, total, out=np.nan_to_num(handling).max(axis=2), where=total > 0)
        return Demand(
            self.days,
            minutes,
            self.starts[::width],
            np.where(is_open, total, np.nan),
            np.where(is_open, mean, np.nan),
            self.day_sd,
        )

    def expected(self, row: int, column: int) -> Expected:
        """One slot as a forecast with its quantiles: a count (Poisson) around a level that is unsure itself."""
        calls = float(self.calls[row, column])
        spread = float(np.sqrt(calls + (calls * self.day_sd[row]) ** 2))
        low, ten, ninety, high = (
            max(calls + _NORMAL.inv_cdf(share) * spread, 0.0) for share in (0.025, 0.1, 0.9, 0.975)
        )
        return Expected(self.step_minutes * 60, calls, (low, ten, ninety, high), float(self.handling_s[row, column]))


@dataclass(frozen=True, slots=True)
class Requirement:
    """Agents at the telephone by day and slot, 0 where closed; `by_day` says how each day is to be staffed."""

    by_day: tuple[Standards, ...]
    demand: Demand
    agents: Whole

    @property
    def standards(self) -> Standards:
        """Those of the first day."""
        return self.by_day[0]

    @property
    def surer(self) -> Floats:
        """By day (one column): so many times the expected calls are staffed for."""
        return _surer(self.demand, self.by_day)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected with the agents required if exactly the expected calls come; NaN where closed."""

    service_level: Floats
    one_less: Floats
    """Service level with one agent less; NaN where that has no steady state."""
    occupancy: Floats


def requirement(demand: Demand, by_day: Sequence[Standards]) -> Requirement:
    """The smallest number of agents in each slot with which the target is met under the occupancy ceiling.

    Above a confidence of 0.5 it is met even if the day brings as many calls as it exceeds with that probability only:
    mean x e^(z x day_sd). Each slot is taken as in steady state with its own load (stationary, independent, period by
    period: Green, Kolesar & Soares 2001); where load climbs quickly, near opening say, simulate. Slots in which nobody
    is expected need nobody.
    """
    surer = _surer(demand, by_day)
    agents = np.zeros(demand.calls.shape, dtype=np.int64)
    for standards, is_open in _alike(demand, by_day):
        goal = standards.goal
        agents[is_open] = agents_required(
            standards.model,
            _queues(standards, (demand.load * surer)[is_open], demand.handling_s[is_open]),
            goal.share,
            goal.variant,
            goal.max_occupancy,
        )
    return Requirement(tuple(by_day), demand, agents)


def outlook(required: Requirement) -> Outlook:
    """Service level and occupancy of each slot."""
    demand = required.demand
    level, one_less, occupancy = (np.full(demand.calls.shape, np.nan) for _ in range(3))
    for standards, is_open in _alike(demand, required.by_day):
        expected = _queues(standards, demand.load[is_open], demand.handling_s[is_open])
        agents = required.agents[is_open]
        reached = performance(standards.model, expected, agents)
        level[is_open] = reached.service_level(standards.goal.variant)
        one_less[is_open] = _one_less(standards, expected, agents)
        occupancy[is_open] = reached.occupancy
    return Outlook(level, one_less, occupancy)


def _surer(demand: Demand, by_day: Sequence[Standards]) -> Floats:
    times: Floats = np.exp(np.array([_NORMAL.inv_cdf(one.confidence) for one in by_day]) * demand.day_sd)
    return times[:, None]


def _alike(demand: Demand, by_day: Sequence[Standards]) -> Iterator[tuple[Standards, NDArray[np.bool_]]]:
    """The open slots of all days that are staffed by the same standards."""
    is_open = ~np.isnan(demand.load)
    for standards in dict.fromkeys(by_day):
        rows = np.array([of == standards for of in by_day])
        yield standards, is_open & rows[:, None]


def _queues(standards: Standards, load: Floats, handling_s: Floats) -> Queues:
    patience = inf if standards.endless else standards.patience_s
    return Queues.of(load, np.maximum(handling_s, 1.0), standards.goal.within_s, patience)


def _one_less(standards: Standards, queues: Queues, needed: Whole) -> Floats:
    fewer = np.maximum(needed - 1, 0)
    steady = (queues.load < fewer) | ~queues.endless(standards.model)
    found = np.full(len(queues), np.nan)
    if steady.any():
        at = performance(standards.model, queues[steady], fewer[steady])
        found[steady] = at.service_level(standards.goal.variant)
    return found
