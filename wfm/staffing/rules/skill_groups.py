"""Agents by skill group in every half hour, where queues share people: nobody twice, and no queue for itself alone.

Each half hour lies on a way from "each queue alone" to the pooled bounds (`pooling`). How far along it all targets are
still met at once is found by simulation in steady state, for *typical* half hours: loads and handling times rounded to
steps of 20 %. A half hour goes as great a share of its own way as the typical one does of its. So what is approximate
is the share; bounds and ways are each half hour's own, and `skill_check` lives the days found through. Initial staffing
from the pooled bound and repair by simulation: Wallace & Whitt (2005); Pot, Bhulai & Koole (2008).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.multiskill import Demand, Staffing, Team, Trial
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.pooling import VARIANTS, Floats, Slots, Ways, Whole, bounds, broadened, sets_of, ways
from wfm.staffing.rules.required import agents_required
from wfm.staffing.rules.requirement import Requirement
from wfm.staffing.rules.simulation.figures import Estimate
from wfm.staffing.rules.simulation.scenario import Duration

#: Calls of a typical half hour drawn out in steady state: its levels are within a point and a half.
CALLS = 6_000
#: Typical half hours differ by this factor in load or handling time.
STEP = 1.2
#: From so many on, compiled code (extra `fast`) saves more time than it takes to load.
MANY = 40
#: Shares of specialists who are exchanged for agents with more skills, tried from the first on.
WIDER = (0.0, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Skills:
    """Agents of one group: their queues, the first the one they take first, and what one costs relative to others."""

    name: str
    queues: tuple[str, ...]
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Staffed:
    """Agents of a group by day and slot, the queues that they serve, and what one costs relative to others."""

    name: str
    queues: tuple[str, ...]
    cost: float
    agents: Whole


@dataclass(frozen=True, slots=True)
class Crew:
    """Queues (by number) that share people, directly or through others, and the groups that serve them."""

    members: tuple[int, ...]
    teams: tuple[Team, ...]


def crews(queues: Sequence[str], skills: Sequence[Skills]) -> list[Crew]:
    """All queues, parted into those that share nobody. A queue that no group names has agents of its own."""
    served = [one for one in skills if set(one.queues) & set(queues)]
    named = {name for one in served for name in one.queues}
    served += [Skills(name, (name,)) for name in queues if name not in named]
    parts: list[set[str]] = []
    for one in served:
        touched = [part for part in parts if part & set(one.queues)]
        parts = [part for part in parts if part not in touched] + [set(one.queues).union(*touched)]
    found = []
    for part in parts:
        members = tuple(number for number, name in enumerate(queues) if name in part)
        place = {queues[number]: index for index, number in enumerate(members)}
        teams = tuple(
            Team(one.name, tuple((place[name], rank) for rank, name in enumerate(one.queues, 1) if name in place),
                 one.cost)
            for one in served if set(one.queues) <= part
        )  # fmt: skip
        found.append(Crew(members, teams))
    return found


class Shared:
    """A crew's half hours, and how many agents of each group they take."""

    def __init__(self, crew: Crew, queues: Sequence[Requirement], rows: NDArray[np.bool_]) -> None:
        self.crew, own = crew, [queues[number] for number in crew.members]
        self._shape = own[0].agents.shape
        called = np.any([one.demand.calls > 0 for one in own], axis=0) & rows[:, None]
        self.rows, self.columns = np.nonzero(called)
        self.slots = _slots(own, self.rows, self.columns)
        self._sets = sets_of(crew.teams, len(own))
        self.bounds = bounds(self.slots, self._sets)
        self._ways = self._different_ways()
        self._share, self._wider = self._as_typical()

    @property
    def pooled(self) -> Whole:
        """Agents who would do in each half hour if everybody could do everything."""
        everything: Whole = self.bounds[:, self._sets.all(axis=1)].max(axis=1)
        return everything

    def agents(self) -> Whole:
        """By half hour and group: what is found, or each queue alone where that is no dearer."""
        alone = self._ways.agents[0]
        found = broadened(self._ways.at(self._share), self.crew.teams, self._wider)
        costs = np.array([team.cost for team in self.crew.teams])
        worse = (found.sum(axis=1) > alone.sum(axis=1)) | (found @ costs > alone @ costs + 1e-9)
        return np.where(worse[:, None], alone, found)

    def staffed(self, queues: Sequence[Requirement]) -> list[Staffed]:
        """The same by day and slot."""
        names = [queues[number].standards.queue for number in self.crew.members]
        placed = np.zeros((len(self.crew.teams), *self._shape), np.int64)
        placed[:, self.rows, self.columns] = self.agents().T
        return [
            Staffed(team.name, tuple(names[queue] for queue, _rank in team.skills), team.cost, agents)
            for team, agents in zip(self.crew.teams, placed, strict=True)
        ]

    def step_back(self, where: NDArray[np.bool_]) -> None:
        """One step nearer to each queue alone in these of the half hours."""
        length = np.maximum(self._ways.length, 1)
        self._share = np.where(where, np.maximum(np.floor(self._share * length + 1e-9) - 1, 0) / length, self._share)

    def _different_ways(self) -> Ways:
        """Half hours with the same needs have the same way."""
        needs = np.hstack([self.slots.alone.T, self.bounds])
        _, first, which = np.unique(needs, axis=0, return_index=True, return_inverse=True)
        found = ways(self.slots.alone[:, first], self._sets, self.bounds[first], self.crew.teams)
        return Ways(found.agents[:, which.ravel()], found.length[which.ravel()])

    def _as_typical(self) -> tuple[Floats, Floats]:
        """How far along its way, and how much broader, the typical half hour of each is."""
        share, wider = np.zeros(len(self.rows)), np.zeros(len(self.rows))
        busy = np.flatnonzero(self._ways.length > 0)
        if not busy.size:
            return share, wider
        rounded = _rounded(self.slots[busy])
        columns = np.vstack([getattr(rounded, name) for name in Slots.__slots__])
        _, first, which = np.unique(columns, axis=1, return_index=True, return_inverse=True)
        typical = rounded[first]
        on = ways(typical.alone, self._sets, bounds(typical, self._sets), self.crew.teams)
        known = _known(typical)
        found = np.array(
            [
                _settled(
                    _demands(typical, place),
                    self.crew.teams,
                    tuple(map(tuple, on.agents[: on.length[place] + 1, place].tolist())),
                    tuple(zip(typical.alone[:, place].tolist(), known[:, place].tolist(), strict=True)),
                    len(first) > MANY,
                )
                for place in range(len(first))
            ]
        )[which.ravel()]
        share[busy], wider[busy] = found.T
        return share, wider


@lru_cache(maxsize=10_000)
def _settled(
    demands: tuple[Demand, ...],
    teams: tuple[Team, ...],
    way: tuple[Staffing, ...],
    alone: tuple[tuple[int, float], ...],
    fast: bool,
) -> tuple[float, float]:
    """How great a share of the way, and of broadened agents, is the cheapest that the simulation lets pass.

    `alone` is what each queue needs alone, and the level that it reaches so by formula. The same calls simulated with
    just that staffing tell by how much chance has made each queue's level too good or too bad (a control variate).
    """
    trial = Trial(demands, teams, "most_specialised", 1, fast, CALLS)
    own = [Team(demand.name, ((queue, 1),)) for queue, demand in enumerate(demands)]
    counts, known = zip(*alone, strict=True)
    by_chance = Trial(demands, own, "most_specialised", 1, fast, CALLS).levels(counts) - np.array(known)

    def met(staffing: Staffing) -> bool:
        return bool((trial.levels(staffing) - by_chance >= trial.targets).all())

    found, least = (0.0, 0.0), inf
    for step in range(len(way) - 1, 0, -1):
        if trial.cost(way[step]) >= least:
            break
        wider = [_broadened(way[step], teams, share) for share in WIDER]
        if not (met(wider[0]) or met(wider[-1])):
            continue
        for share, staffing in zip(WIDER, wider, strict=True):
            if trial.cost(staffing) < least and met(staffing):
                found, least = (step / (len(way) - 1), share), trial.cost(staffing)
    return found


@dataclass(frozen=True, slots=True)
class Tried:
    """What a crew's queues reach with one group a little larger or smaller, in steady state."""

    agents: int
    levels: Estimate
    meets_goals: bool


def around(shared: Shared, place: int, staffing: Staffing, team: int) -> list[Tried]:
    """One agent of that group fewer (if there is one), as many, and one more, on calls that the search did not see."""
    demands = _demands(shared.slots, place)
    trial = Trial(demands, shared.crew.teams, "most_specialised", 1, False, CALLS)
    found = []
    for by in (-1, 0, 1):
        changed = tuple(count + by * (index == team) for index, count in enumerate(staffing))
        if min(changed) >= 0:
            levels = trial.check(changed)
            called = np.array([demand.calls_per_hour > 0 for demand in demands])
            met = bool((levels.mean >= trial.targets)[called].all())
            found.append(Tried(changed[team], levels, met))
    return found


def _broadened(staffing: Staffing, teams: Sequence[Team], share: float) -> Staffing:
    return tuple(broadened(np.array([staffing]), teams, np.array([share]))[0].tolist())


def _slots(own: Sequence[Requirement], rows: Whole, columns: Whole) -> Slots:
    """Half hours as they are staffed for: with the calls that the chosen confidence asks for."""

    def by_day(read: str) -> Floats:
        return np.array([[getattr(day.goal, read) for day in one.by_day] for one in own], np.float64)[:, rows]

    leaving = np.array([[0.0 if day.endless else 1 / day.patience_s for day in one.by_day] for one in own])
    variant = np.array([[VARIANTS.index(day.goal.variant) for day in one.by_day] for one in own])
    calls = np.array([np.nan_to_num(one.demand.calls * one.surer)[rows, columns] for one in own])
    return Slots(
        calls_per_hour=calls * (60 / own[0].demand.step_minutes),
        handling_s=np.array([np.nan_to_num(one.demand.handling_s)[rows, columns] for one in own]),
        share=by_day("share"),
        within_s=by_day("within_s"),
        leaving=leaving[:, rows],
        ceiling=by_day("max_occupancy"),
        variant=variant[:, rows],
        alone=np.array([one.agents[rows, columns] for one in own]),
    )


def _rounded(slots: Slots) -> Slots:
    """The same, typical: loads and handling times in steps, and what each queue needs alone then."""
    handling, load = _in_steps(slots.handling_s), _in_steps(slots.load)
    calls = np.divide(load * 3600, handling, out=np.zeros_like(load), where=load > 0)
    rounded = replace(slots, calls_per_hour=calls, handling_s=handling)
    alone = np.zeros_like(slots.alone)
    for queue, of, variant, queues in _by_variant(rounded):
        share, ceiling = slots.share[queue, of], slots.ceiling[queue, of]
        alone[queue, of] = agents_required(Model.A, queues, share, variant, ceiling)
    return replace(rounded, alone=alone)


def _known(slots: Slots) -> Floats:
    """The level of each queue alone, by formula; 1 where nobody calls."""
    level = np.ones_like(slots.calls_per_hour)
    for queue, of, variant, queues in _by_variant(slots):
        level[queue, of] = performance(Model.A, queues, slots.alone[queue, of]).service_level(variant)
    return level


def _by_variant(slots: Slots) -> Iterator[tuple[int, NDArray[np.bool_], Variant, Queues]]:
    """Of each queue the half hours with calls whose level counts alike, as Erlang takes them."""
    with np.errstate(divide="ignore"):
        patience = 1 / slots.leaving
    for queue, loads in enumerate(slots.load):
        for variant in np.unique(slots.variant[queue]):
            of = (slots.variant[queue] == variant) & (loads > 0)
            if of.any():
                handling = np.maximum(slots.handling_s[queue, of], 1)
                queues = Queues.of(loads[of], handling, slots.within_s[queue, of], patience[queue, of])
                yield queue, of, VARIANTS[variant], queues


def _in_steps(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        steps: Floats = STEP ** np.round(np.log(values) / log(STEP))
    return steps


def _demands(slots: Slots, place: int) -> tuple[Demand, ...]:
    return tuple(
        Demand(
            str(queue),
            float(slots.calls_per_hour[queue, place]),
            Duration("exponential", float(slots.handling_s[queue, place])),
            float(slots.share[queue, place]),
            float(slots.within_s[queue, place]),
            None if leaving == 0 else Duration("exponential", 1 / float(leaving)),
            variant=VARIANTS[slots.variant[queue, place]],
        )
        for queue, leaving in enumerate(slots.leaving[:, place])
    )
