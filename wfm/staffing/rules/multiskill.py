"""Agents by skill group, so that every queue meets its target at once.

An agent of two skills is in one place at a time: to staff each skill alone counts nobody twice but wastes what sharing
saves, and to share out Erlang's numbers over skills counts some twice. Hence each number here is one of a simulation of
all queues and teams together, in steady state, and the search changes teams until none of its moves makes them cheaper.
The same calls meet all staffings that are compared (common random numbers); other calls check what was found.

Search: from three beginnings (each queue's own need, put into its cheapest team; bare loads, put into the cheapest or
the broadest teams; then always the agent who helps most for the money) to a staffing from which no agent can go, none
can be exchanged for a cheaper one, and no two for one. It is deterministic. After an idea of
Wallace & Whitt (2005) and Cezik & L'Ecuyer (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import ceil, floor

import numpy as np

from wfm.core.errors import BadInput, RuleBroken, Sentence
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.simulation.draws import Calls, draw_day
from wfm.staffing.rules.simulation.figures import Estimate, estimate_ratio
from wfm.staffing.rules.simulation.scenario import Duration, Floats, Group, Queue, Routing, Scenario
from wfm.staffing.rules.simulation.simulate import Centre
from wfm.staffing.rules.simulation.tables import OF_CALLS, count_calls

#: Calls that each queue has in the simulated time, unless all together are more than CALLS.
CALLS_A_QUEUE, CALLS = 4_000, 60_000
#: The simulated time in parts; the first (still empty) and the last (with calls not ended) are not looked at.
PARTS = 12
CHECKS = 10
#: So many staffings are tried at most; whether that was the end of the search is said.
MOST_TRIALS = 3_000

Staffing = tuple[int, ...]


@dataclass(frozen=True)
class Demand:
    """A queue in one interval: its calls and what it is to reach, a share within `threshold_s` counted as `variant`."""

    name: str
    calls_per_hour: float
    handling: Duration
    target: float
    threshold_s: float = 20.0
    patience: Duration | None = None
    priority: int = 1
    variant: Variant = Variant.OFFERED


@dataclass(frozen=True)
class Team:
    """Agents there might be: a queue's index and how soon it is theirs (1 first), and what one costs."""

    name: str
    skills: tuple[tuple[int, int], ...]
    cost: float = 1.0


@dataclass(frozen=True)
class Requirement:
    """What is needed. `levels` are those of the search, by queue; `checked` is what other calls say of the same agents.

    `singles` is what each queue needs alone, with specialists only; `pooled` what one team of people who can do
    everything needs so that all calls together reach the mean target: the number found lies between them, but where
    teams share too little, above the first. `saving` is in agents, against specialists only.
    """

    agents: Staffing
    cost: float
    levels: tuple[float, ...]
    checked: Estimate
    singles: tuple[int, ...]
    pooled: int
    trials: int
    complete: bool

    @property
    def saving(self) -> int:
        return sum(self.singles) - sum(self.agents)


def agents_by_team(
    demands: Sequence[Demand],
    teams: Sequence[Team],
    *,
    routing: Routing = "most_specialised",
    seed: int = 1,
    fast: bool = True,
) -> Requirement:
    """Agents of each team, the cheapest found with which every queue meets its target.

    Raises BadInput where a queue has no team, or a number makes no sense; RuleBroken("staffing.unreachable") where not
    even very many agents would do.
    """
    _check(demands, teams)
    trial = Trial(demands, teams, routing, seed, fast)
    singles = tuple(_alone(demand, index, seed, fast) for index, demand in enumerate(demands))
    starts = [
        _started(trial, [float(count) for count in singles], cheapest, sum(singles)),
        _started(trial, [_load(demand) for demand in demands], cheapest, sum(singles)),
        _started(trial, [_load(demand) for demand in demands], _broadest, sum(singles)),
    ]
    found = [_improved(trial, start) for start in starts]
    best = min(found, key=lambda staffing: (trial.cost(staffing), sum(staffing), staffing))
    return Requirement(
        best,
        trial.cost(best),
        tuple(trial.levels(best).tolist()),
        trial.check(best),
        singles,
        _pooled(demands, seed, fast),
        trial.trials,
        trial.trials < MOST_TRIALS,
    )


class Trial:
    """Simulates staffings on the same calls, each only once."""

    def __init__(
        self,
        demands: Sequence[Demand],
        teams: Sequence[Team],
        routing: Routing,
        seed: int,
        fast: bool,
        calls: float = CALLS,
    ) -> None:
        self.demands, self.teams = demands, teams
        self.targets = np.array([demand.target for demand in demands])
        self._fast = fast
        self._scenario = _steady(demands, teams, routing, seed, calls)
        self._calls = draw_day(self._scenario, 0)
        self._known: dict[Staffing, Floats] = {}

    @property
    def trials(self) -> int:
        return len(self._known)

    def levels(self, staffing: Staffing) -> Floats:
        """Service level by queue, each counted as its own variant; 1 where nobody called."""
        if staffing not in self._known:
            within, offered = self._count(staffing, self._calls)
            self._known[staffing] = np.divide(within, offered, out=np.ones_like(within), where=offered > 0)
        return self._known[staffing]

    def met(self, staffing: Staffing) -> bool:
        return bool((self.levels(staffing) >= self.targets).all())

    def missing(self, staffing: Staffing) -> float:
        """Calls an hour that are answered in time too few."""
        short = np.maximum(self.targets - self.levels(staffing), 0)
        return float(short @ np.array([demand.calls_per_hour for demand in self.demands]))

    def cost(self, staffing: Staffing) -> float:
        return sum(count * team.cost for count, team in zip(staffing, self.teams, strict=True))

    def check(self, staffing: Staffing) -> Estimate:
        """Levels by queue on calls that the search has not seen."""
        counts = [self._count(staffing, draw_day(self._scenario, replication)) for replication in range(1, CHECKS + 1)]
        within, offered = (np.stack(columns) for columns in zip(*counts, strict=True))
        return estimate_ratio(within, offered, "share")

    def _count(self, staffing: Staffing, calls: Calls) -> tuple[Floats, Floats]:
        groups = tuple(
            replace(group, agents=(count,) * PARTS)
            for group, count in zip(self._scenario.groups, staffing, strict=True)
        )
        scenario = replace(self._scenario, groups=groups)
        sums = count_calls(scenario, Centre(scenario, fast=self._fast).live(calls))[..., 1:-1].sum(axis=2)
        by_variant = {variant: met_of(variant, sums) for variant in {demand.variant for demand in self.demands}}
        parts = [[part[queue] for part in by_variant[of.variant]] for queue, of in enumerate(self.demands)]
        met, counted = np.array(parts).T
        return met, counted


def met_of(variant: Variant, sums: Floats) -> tuple[Floats, Floats]:
    """Numerator and denominator of a service level, from sums of OF_CALLS (first axis)."""
    of = dict(zip(OF_CALLS, sums, strict=True))
    match variant:
        case Variant.OFFERED:
            return of["answered_within"], of["offered"]
        case Variant.ANSWERED:
            return of["answered_within"], of["answered"]
        case Variant.EXCL_ABANDONED_WITHIN:
            return of["answered_within"], of["offered"] - of["abandoned_within"]
        case Variant.ABANDONED_MET:
            return of["answered_within"] + of["abandoned_within"], of["offered"]


def _steady(demands: Sequence[Demand], teams: Sequence[Team], routing: Routing, seed: int, calls: float) -> Scenario:
    """The interval drawn out until every queue has had enough calls."""
    rates = [demand.calls_per_hour / 3600 for demand in demands]
    least, together = min((rate for rate in rates if rate), default=1.0), sum(rates) or 1.0
    part_s = min(CALLS_A_QUEUE / least, calls / together) / PARTS
    queues = tuple(
        Queue(
            demand.name, (rate * part_s,) * PARTS, demand.handling, demand.patience, demand.threshold_s, demand.priority
        )
        for demand, rate in zip(demands, rates, strict=True)
    )
    groups = tuple(Group(team.name, team.skills) for team in teams)
    return Scenario(queues, groups, PARTS, part_s, routing, seed=seed)


def _alone(demand: Demand, index: int, seed: int, fast: bool) -> int:
    """Agents whom one queue needs if they do nothing else."""
    trial = Trial([demand], [Team(demand.name, ((0, 1),))], "longest_idle", seed + index, fast)
    return _fewest(lambda agents: trial.met((agents,)), _load(demand), demand.name)


def _pooled(demands: Sequence[Demand], seed: int, fast: bool) -> int:
    """Agents who can do everything, for whom it is enough that all calls together meet the targets' mean."""
    longest = max(demand.threshold_s for demand in demands)
    alike = [replace(demand, threshold_s=longest, priority=1) for demand in demands]
    everything = Team("", tuple((index, 1) for index in range(len(demands))))
    trial = Trial(alike, [everything], "longest_idle", seed, fast)
    weights = np.array([demand.calls_per_hour for demand in demands])

    def enough(agents: int) -> bool:
        return bool(weights @ trial.levels((agents,)) >= weights @ trial.targets)

    return _fewest(enough, sum(map(_load, demands)), "alle zusammen")


def _fewest(enough: Callable[[int], bool], load: float, name: str) -> int:
    """The smallest number that is enough, looked for from the load on in both directions."""
    agents, most = ceil(load), ceil(2 * load) + 50
    while not enough(agents):
        agents += 1
        if agents > most:
            words = "%(queue)s: das Ziel ist auch mit %(most)s Agents nicht zu erreichen."
            message = Sentence(words, queue=name, most=most)
            raise RuleBroken("staffing.unreachable", message, queue=name, agents=most)
    while agents > 0 and enough(agents - 1):
        agents -= 1
    return agents


def _started(
    trial: Trial, needs: Sequence[float], team_for: Callable[[Sequence[Team], int], int], singles: int
) -> Staffing:
    """Whole agents of each queue's need in one team of each, and who else it takes."""
    staffing = [0] * len(trial.teams)
    for queue, need in enumerate(needs):
        staffing[team_for(trial.teams, queue)] += floor(need)
    return _filled(trial, tuple(staffing), singles)


def _filled(trial: Trial, staffing: Staffing, singles: int) -> Staffing:
    most = 2 * singles + 50
    while (missing := trial.missing(staffing)) > 0:
        worst = int(np.argmax(trial.targets - trial.levels(staffing)))
        gains = [
            ((missing - trial.missing(more)) / team.cost, index == cheapest(trial.teams, worst), -index, more)
            for index, (team, more) in enumerate(
                (team, _changed(staffing, index, 1)) for index, team in enumerate(trial.teams)
            )
        ]
        gain, _, _, best = max(gains)
        staffing = best if gain > 0 else _changed(staffing, cheapest(trial.teams, worst), 1)
        if sum(staffing) > most:
            words = "%(queue)s: das Ziel ist mit diesen Gruppen nicht zu erreichen."
            message = Sentence(words, queue=trial.demands[worst].name)
            raise RuleBroken("staffing.unreachable", message, queue=trial.demands[worst].name, agents=most)
    return staffing


def _improved(trial: Trial, staffing: Staffing) -> Staffing:
    """No move makes it cheaper any more."""
    while trial.trials < MOST_TRIALS:
        for other in _cheaper(trial, staffing):
            if trial.trials >= MOST_TRIALS or trial.met(other):
                break
        else:
            return staffing
        if not trial.met(other):
            return staffing
        staffing = other
    return staffing


def _cheaper(trial: Trial, staffing: Staffing) -> Iterator[Staffing]:
    """One agent fewer, the dearest first; one exchanged for a cheaper one; two for one."""
    there = [index for index, count in enumerate(staffing) if count]
    there.sort(key=lambda index: -trial.teams[index].cost)
    for index in there:
        yield _changed(staffing, index, -1)
    for gone in [*((index,) for index in there), *combinations_with_replacement(there, 2)]:
        fewer = staffing
        for index in gone:
            fewer = _changed(fewer, index, -1)
        for index, team in enumerate(trial.teams):
            if min(fewer) >= 0 and index not in gone and team.cost < sum(trial.teams[one].cost for one in gone):
                yield _changed(fewer, index, 1)


def _changed(staffing: Staffing, index: int, by: int) -> Staffing:
    return *staffing[:index], staffing[index] + by, *staffing[index + 1 :]


def cheapest(teams: Sequence[Team], queue: int) -> int:
    """The team for a queue that costs least, can do least else, and has it before others."""
    able = [index for index, team in enumerate(teams) if queue in dict(team.skills)]
    return min(
        able, key=lambda index: (teams[index].cost, len(teams[index].skills), dict(teams[index].skills)[queue], index)
    )


def _broadest(teams: Sequence[Team], queue: int) -> int:
    """The team for a queue that can do most else, and of those the cheapest."""
    able = [index for index, team in enumerate(teams) if queue in dict(team.skills)]
    return min(able, key=lambda index: (-len(teams[index].skills), teams[index].cost, index))


def _load(demand: Demand) -> float:
    handling = demand.handling
    mean = sum(handling.values_s) / len(handling.values_s) if handling.values_s else handling.mean_s
    return demand.calls_per_hour / 3600 * mean


def _check(demands: Sequence[Demand], teams: Sequence[Team]) -> None:
    errors = []
    for index, demand in enumerate(demands):
        if not 0 < demand.target < 1:
            errors.append(f"{demand.name}: das Ziel muss zwischen 0 und 1 liegen, ist {demand.target:g}.")
        if demand.calls_per_hour < 0:
            errors.append(f"{demand.name}: die Zahl der Anrufe darf nicht negativ sein.")
        if not any(index in dict(team.skills) for team in teams):
            errors.append(f"{demand.name}: keine Gruppe kann diese Anrufe annehmen.")
    for team in teams:
        if team.cost <= 0:
            errors.append(f"{team.name}: die Kosten müssen über 0 liegen.")
        if any(not 0 <= queue < len(demands) for queue, _ in team.skills):
            errors.append(f"{team.name}: eine Fähigkeit ist keine dieser Warteschlangen.")
    if errors or not demands:
        raise BadInput("staffing.multiskill", "So ist kein Bedarf zu rechnen.", errors=errors)
