"""Agents by skill group: never dearer than the best of all staffings, each of which is tried here."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from wfm.core.errors import BadInput, RuleBroken
from wfm.staffing.rules.multiskill import Demand, Team, Trial, _fewest, agents_by_team
from wfm.staffing.rules.simulation.scenario import Duration

FOUR_MINUTES, PATIENT = Duration("exponential", 240), Duration("exponential", 120)
A = Demand("A", 60, FOUR_MINUTES, 0.8, 20, PATIENT)
B = Demand("B", 30, FOUR_MINUTES, 0.7, 30, PATIENT)
ONLY_A, ONLY_B = Team("A", ((0, 1),)), Team("B", ((1, 1),))
BOTH = Team("both", ((0, 1), (1, 1)), 1.1)


@pytest.mark.parametrize(
    "teams",
    [
        (ONLY_A, ONLY_B, BOTH),
        (ONLY_A, ONLY_B, Team("both", ((0, 1), (1, 1)), 1.5)),
        (ONLY_A, Team("both", ((1, 1), (0, 2)), 1.3)),
    ],
    ids=["a little dearer", "much dearer", "N design"],
)
def test_no_staffing_at_all_is_cheaper(teams: tuple[Team, ...]) -> None:
    found = agents_by_team((A, B), teams)
    trial = Trial((A, B), teams, "most_specialised", 1, True)
    dearest = found.cost + 1e-9
    all_of_them = (s for s in product(range(10), repeat=len(teams)) if trial.cost(s) < dearest)
    best = min(trial.cost(staffing) for staffing in all_of_them if trial.met(staffing))
    assert found.cost == pytest.approx(best)
    assert found.complete


def test_nobody_is_counted_twice_and_sharing_saves() -> None:
    """Both queues together need fewer than each alone, but not fewer than if all could do everything."""
    found = agents_by_team((A, B), (ONLY_A, ONLY_B, replace(BOTH, cost=1.0)))
    assert found.pooled <= sum(found.agents) < sum(found.singles)
    assert found.saving == sum(found.singles) - sum(found.agents)
    assert all(level >= demand.target for level, demand in zip(found.levels, (A, B), strict=True))
    for queue, demand in enumerate((A, B)):
        assert found.checked.hi95[queue] >= demand.target - 0.02


def test_specialists_alone_are_each_queue_s_own_need() -> None:
    found = agents_by_team((A, B), (ONLY_A, ONLY_B))
    assert found.agents == found.singles or abs(found.saving) <= 1  # other calls for each queue alone
    assert found.saving in (-1, 0, 1)


def test_the_same_answer_each_time_and_without_compiler() -> None:
    teams = (ONLY_A, BOTH)
    assert agents_by_team((A, B), teams).agents == agents_by_team((A, B), teams, fast=False).agents


def test_a_queue_without_calls_needs_nobody() -> None:
    nothing = Demand("none", 0, FOUR_MINUTES, 0.8)
    found = agents_by_team((A, nothing), (ONLY_A, ONLY_B))
    assert found.agents[1] == 0
    assert found.singles[1] == 0


@pytest.mark.parametrize(
    ("demand", "team", "reason"),
    [
        (Demand("A", 60, FOUR_MINUTES, 1.2), ONLY_A, "A: das Ziel muss zwischen 0 und 1 liegen, ist 1.2."),
        (Demand("A", -1, FOUR_MINUTES, 0.8), ONLY_A, "A: die Zahl der Anrufe darf nicht negativ sein."),
        (A, Team("A", ()), "A: keine Gruppe kann diese Anrufe annehmen."),
        (A, Team("A", ((0, 1), (7, 1))), "A: eine Fähigkeit ist keine dieser Warteschlangen."),
        (A, Team("A", ((0, 1),), 0), "A: die Kosten müssen über 0 liegen."),
    ],
)
def test_bad_input_is_named(demand: Demand, team: Team, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        agents_by_team((demand,), (team,))
    assert caught.value.details["errors"] == [reason]


def test_a_target_out_of_reach_is_said() -> None:
    with pytest.raises(RuleBroken, match="nicht zu erreichen") as caught:
        _fewest(lambda agents: False, 4.0, "A")
    assert caught.value.details == {"queue": "A", "agents": 58}
