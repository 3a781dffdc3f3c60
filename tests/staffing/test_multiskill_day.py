"""Agents by skill group through a day: the day reaches its targets, and nobody is there for nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wfm.staffing.rules.multiskill import Demand, Team, agents_by_team
from wfm.staffing.rules.multiskill_day import agents_through_day
from wfm.staffing.rules.simulation.figures import queue_figures
from wfm.staffing.rules.simulation.scenario import Duration, Group, Queue, Scenario
from wfm.staffing.rules.simulation.simulate import simulate

FOUR_MINUTES, PATIENT = Duration("exponential", 240), Duration("exponential", 300)
QUEUES = (
    Queue("A", (20.0, 45.0, 15.0, 0.0), FOUR_MINUTES, PATIENT, 20),
    Queue("B", (10.0, 15.0, 10.0, 0.0), FOUR_MINUTES, PATIENT, 30),
)
DAY = Scenario(QUEUES, (), 4, 1800.0, seed=5)
TEAMS = (Team("A", ((0, 1),)), Team("both", ((1, 1), (0, 2)), 1.2))
TARGETS = (0.8, 0.75)


@pytest.fixture(scope="module")
def found():
    return agents_through_day(DAY, TARGETS, TEAMS, replications=60)


def staffed(agents) -> Scenario:
    groups = (
        Group(team.name, team.skills, counts) for team, counts in zip(TEAMS, zip(*agents, strict=True), strict=True)
    )
    return replace(DAY, groups=tuple(groups))


def test_each_queue_meets_its_target_in_each_interval(found) -> None:
    levels = queue_figures(simulate(staffed(found.agents), 60, fast=True))["sl_offered"].mean[:2, :3]
    assert np.allclose(levels, found.levels[:, :3])
    assert (levels >= np.array(TARGETS)[:, None]).all()
    assert np.isnan(found.levels[:, 3]).all()
    assert found.cost == pytest.approx(sum(a + 1.2 * both for a, both in found.agents))


def test_nobody_can_go(found) -> None:
    for interval, staffing in enumerate(found.agents):
        for team in range(2):
            if staffing[team]:
                row = list(staffing)
                row[team] -= 1
                fewer = [*found.agents[:interval], tuple(row), *found.agents[interval + 1 :]]
                levels = queue_figures(simulate(staffed(fewer), 60, fast=True))["sl_offered"].mean[:2, :3]
                assert not (levels >= np.array(TARGETS)[:, None]).all()


def test_the_quiet_interval_after_the_rush_needs_more_than_alone(found) -> None:
    """What the rush left is still there: in steady state the same calls need fewer, or as many."""
    demands = [
        Demand(queue.name, queue.calls[2] * 2, queue.handling, target, queue.threshold_s, queue.patience)
        for queue, target in zip(QUEUES, TARGETS, strict=True)
    ]
    alone = agents_by_team(demands, TEAMS)
    assert sum(found.agents[2]) >= sum(alone.agents)
    assert sum(found.agents[1]) > sum(found.agents[0])
