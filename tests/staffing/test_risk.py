"""The chance to meet a goal: against intervals lived through call by call, and what must hold whatever the numbers."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.staffing.lived import Counted, intervals
from wfm.core.errors import BadInput
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required
from wfm.staffing.rules.risk import Expected, agents_for_risk, chance_to_meet

GOAL = Goal(0.8, 20)


def sure(calls: float, aht: float = 300) -> Expected:
    """A forecast whose only doubt is that counts are random."""
    return Expected(1800, calls, (calls,) * 4, aht)


def met(counted: Counted, goal: Goal) -> bool:
    reached, of = {
        Variant.OFFERED: (counted.answered_within, counted.offered),
        Variant.ANSWERED: (counted.answered_within, counted.answered),
        Variant.EXCL_ABANDONED_WITHIN: (counted.answered_within, counted.offered - counted.abandoned_within),
        Variant.ABANDONED_MET: (counted.answered_within + counted.abandoned_within, counted.offered),
    }[goal.variant]
    return reached >= goal.share * of - 1e-9


@cache
def lived(calls: float, aht: float, agents: int, patience: float) -> list[Counted]:
    return list(intervals(calls, aht, agents, patience, 20, seconds=1800, count=2000, seed=4))


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize(
    ("calls", "aht", "patience", "agents"),
    [
        (60, 300, 150, 10),
        (60, 300, 150, 12),
        (60, 300, 150, 14),
        (20, 240, 90, 4),
        (20, 240, 90, 5),
        (150, 200, 400, 18),
        (6, 240, 120, 2),
    ],
)
def test_as_often_as_lived(calls: float, aht: float, patience: float, agents: int, variant: Variant) -> None:
    goal = Goal(0.8, 20, variant)
    seen = sum(met(one, goal) for one in lived(calls, aht, agents, patience)) / 2000
    assert chance_to_meet(sure(calls, aht), goal, patience, agents) == pytest.approx(seen, abs=0.05)


def test_with_a_forecast_that_errs() -> None:
    """Busy and quiet intervals: calls normal with a standard deviation of 12, and Poisson about that."""
    chance, seen = Random(9), []
    for number in range(1500):
        calls = max(chance.gauss(60, 12), 1)
        seen += [met(one, GOAL) for one in intervals(calls, 300, 13, 150, 20, seconds=1800, count=1, seed=number)]
    spread = (12**2 + 60) ** 0.5
    expected = Expected(1800, 60, tuple(60 + spread * score for score in (-1.96, -1.2816, 1.2816, 1.96)), 300)
    assert chance_to_meet(expected, GOAL, 150, 13) == pytest.approx(sum(seen) / len(seen), abs=0.05)


def test_the_long_run_decides_long_intervals() -> None:
    for agents in (11, 13):
        level = performance(Model.A, Queues.of(10, 300, 20, 150), agents).sl_offered[0]
        chance = chance_to_meet(Expected(18_000_000, 600_000, (600_000,) * 4, 300), GOAL, 150, agents)
        assert chance == pytest.approx(float(level >= 0.8), abs=1e-6)


@given(
    calls=st.floats(2, 400),
    spread=st.floats(0, 0.4),
    aht_spread=st.floats(0, 0.2),
    patience=st.floats(20, 2000),
    agents=st.integers(1, 60),
    variant=st.sampled_from(Variant),
)
def test_one_more_agent_never_lessens_the_chance(
    calls: float, spread: float, aht_spread: float, patience: float, agents: int, variant: Variant
) -> None:
    quantiles = (
        calls * (1 - 2 * spread),
        calls * (1 - 1.3 * spread),
        calls * (1 + 1.3 * spread),
        calls * (1 + 2 * spread),
    )
    expected = Expected(1800, calls, quantiles, 240, aht_spread)
    fewer, more = (chance_to_meet(expected, Goal(0.8, 20, variant), patience, n) for n in (agents, agents + 1))
    assert 0 <= fewer <= more + 2e-3 <= 1 + 3e-3


def test_agents_for_a_risk() -> None:
    even, careful = (agents_for_risk(sure(60), GOAL, 150, risk) for risk in (0.5, 0.1))
    assert chance_to_meet(sure(60), GOAL, 150, careful) >= 0.9 > chance_to_meet(sure(60), GOAL, 150, careful - 1)
    assert agents_required(Model.A, Queues.of(10, 300, 20, 150), 0.8)[0] <= even + 1 < careful + 1
    doubtful = Expected(1800, 60, (30, 40, 80, 90), 300, 0.1)
    assert agents_for_risk(doubtful, GOAL, 150, 0.1) > careful  # doubt costs agents
    assert agents_for_risk(sure(0), GOAL, 150, 0.1) == 0


def test_nobody_there_meets_only_silence() -> None:
    assert chance_to_meet(sure(2), GOAL, 150, 0) == pytest.approx(0.1353352832)
    assert chance_to_meet(sure(0), GOAL, 150, 0) == 1


def test_a_large_centre_and_a_goal_of_at_once() -> None:
    assert 0 < chance_to_meet(sure(30_000), Goal(0.8, 60), 300, 5000) <= 1
    assert 0 < chance_to_meet(sure(60), Goal(0.8, 0), 300, 14) < 1


@pytest.mark.parametrize("bad", [Expected(1800, -1, (0,) * 4, 300), Expected(1800, 5, (5,) * 4, 0)])
def test_forecasts_without_meaning(bad: Expected) -> None:
    with pytest.raises(BadInput):
        chance_to_meet(bad, GOAL, 100, 3)
    with pytest.raises(BadInput):
        chance_to_meet(sure(5), GOAL, float("inf"), 3)
    with pytest.raises(BadInput):
        agents_for_risk(sure(5), GOAL, 100, 1)
    with pytest.raises(BadInput):
        Goal(1, 20)
