"""Agents by skill group through a day: interval by interval in steady state, then put right by simulating the day.

Intervals are not islands: calls of a busy one are still there in the next, the morning begins empty, and who goes
finishes a call. So the steady need of each interval is only the beginning. Agents are added where the simulated day
misses a target, until none is missed, and then taken away wherever no target is missed without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wfm.core.errors import RuleBroken, Sentence
from wfm.staffing.rules.multiskill import Demand, Staffing, Team, agents_by_team
from wfm.staffing.rules.simulation.draws import draw_day
from wfm.staffing.rules.simulation.scenario import Floats, Group, Queue, Scenario
from wfm.staffing.rules.simulation.simulate import Centre
from wfm.staffing.rules.simulation.tables import OF_CALLS, count_calls

#: Agents more than the steady need of all intervals together before the search gives up.
MOST_ADDED = 200


@dataclass(frozen=True)
class DayRequirement:
    """`agents[interval][team]`, and `levels[queue, interval]` on the days of the search (NaN: no calls)."""

    agents: tuple[Staffing, ...]
    levels: Floats
    cost: float


def agents_through_day(
    scenario: Scenario, targets: Sequence[float], teams: Sequence[Team], *, replications: int = 100, fast: bool = True
) -> DayRequirement:
    """Agents of each team in each interval with which every queue meets its target in every interval.

    The scenario gives queues, intervals, routing, seed and busy days; its groups are not looked at. The level of an
    interval is a ratio of sums over `replications` days. Raises as `agents_by_team` does.
    """
    day = _Day(scenario, targets, teams, replications, fast)
    agents: list[Staffing] = []
    known: dict[tuple[float, ...], Staffing] = {}
    for interval in range(scenario.intervals):
        calls = tuple(queue.calls[interval] for queue in scenario.queues)
        if calls not in known:
            demands = [_demand(*pair, interval, scenario) for pair in zip(scenario.queues, targets, strict=True)]
            known[calls] = agents_by_team(
                demands, teams, routing=scenario.routing, seed=scenario.seed, fast=fast
            ).agents
        agents.append(known[calls])
    found = _trimmed(day, _filled(day, tuple(agents)))
    cost = sum(day.cost(staffing) for staffing in found)
    return DayRequirement(found, day.levels(found), cost)


class _Day:
    """The same random days for all staffings that are compared."""

    def __init__(
        self, scenario: Scenario, targets: Sequence[float], teams: Sequence[Team], replications: int, fast: bool
    ) -> None:
        self.teams, self._fast = teams, fast
        self._scenario = replace(scenario, groups=tuple(Group(team.name, team.skills) for team in teams))
        self._targets = np.array(targets)[:, None]
        self._days = [draw_day(self._scenario, replication) for replication in range(replications)]

    def levels(self, agents: tuple[Staffing, ...]) -> Floats:
        within, offered = self._count(agents)
        return np.divide(within, offered, out=np.full_like(within, np.nan), where=offered > 0)

    def missing(self, agents: tuple[Staffing, ...]) -> Floats:
        """By interval, calls of all days that are answered in time too few."""
        within, offered = self._count(agents)
        short: Floats = np.maximum(self._targets * offered - within, 0).sum(axis=0)
        return short

    def cost(self, staffing: Staffing) -> float:
        return sum(count * team.cost for count, team in zip(staffing, self.teams, strict=True))

    def _count(self, agents: tuple[Staffing, ...]) -> tuple[Floats, Floats]:
        by_team = zip(*agents, strict=True)
        groups = tuple(
            replace(group, agents=counts) for group, counts in zip(self._scenario.groups, by_team, strict=True)
        )
        scenario = replace(self._scenario, groups=groups)
        centre = Centre(scenario, fast=self._fast)
        sums = np.add.reduce([count_calls(scenario, centre.live(calls)) for calls in self._days])
        return sums[OF_CALLS.index("answered_within")], sums[OF_CALLS.index("offered")]


def _filled(day: _Day, agents: tuple[Staffing, ...]) -> tuple[Staffing, ...]:
    """While an interval misses a target: one agent more, then or the interval before, who helps most for the cost."""
    for _ in range(MOST_ADDED):
        missing = day.missing(agents)
        if not missing.any():
            return agents
        worst = int(np.argmax(missing))
        gains = []
        for interval in {worst, max(worst - 1, 0)}:
            for team in range(len(day.teams)):
                more = _changed(agents, interval, team, 1)
                gain = float(missing.sum() - day.missing(more).sum()) / day.teams[team].cost
                gains.append((gain, interval, -team, more))
        agents = max(gains)[-1]
    message = Sentence("Auch %(most)s Agents mehr erreichen die Ziele nicht in jedem Intervall.", most=MOST_ADDED)
    raise RuleBroken("staffing.unreachable", message, interval=worst)


def _trimmed(day: _Day, agents: tuple[Staffing, ...]) -> tuple[Staffing, ...]:
    """Without whomever no target needs, the dearest first."""
    order = sorted(range(len(day.teams)), key=lambda team: -day.teams[team].cost)
    for interval in range(len(agents)):
        for team in order:
            while agents[interval][team]:
                fewer = _changed(agents, interval, team, -1)
                if day.missing(fewer).any():
                    break
                agents = fewer
    return agents


def _changed(agents: tuple[Staffing, ...], interval: int, team: int, by: int) -> tuple[Staffing, ...]:
    row = agents[interval]
    changed = *row[:team], row[team] + by, *row[team + 1 :]
    return *agents[:interval], changed, *agents[interval + 1 :]


def _demand(queue: Queue, target: float, interval: int, scenario: Scenario) -> Demand:
    return Demand(
        queue.name,
        queue.calls[interval] * 3600 / scenario.interval_s,
        queue.handling,
        target,
        queue.threshold_s,
        queue.patience,
        queue.priority,
    )
