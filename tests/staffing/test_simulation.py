"""What holds of every simulated day, and the agreement with Erlang's formulas."""

from __future__ import annotations

from dataclasses import replace
from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.core.errors import BadInput
from wfm.staffing.rules.simulation.draws import draw_day
from wfm.staffing.rules.simulation.figures import (
    estimate_count,
    estimate_ratio,
    group_figures,
    queue_figures,
    t_quantile,
)
from wfm.staffing.rules.simulation.scenario import Callback, Duration, Group, Queue, Scenario, Shift
from wfm.staffing.rules.simulation.simulate import Centre, simulate
from wfm.staffing.rules.simulation.tables import OF_CALLS, count_calls

DURATIONS = st.sampled_from(
    [
        Duration("exponential", 200),
        Duration("lognormal", 200, 1.5),
        Duration("gamma", 200, 0.5),
        Duration("constant", 200),
        Duration("empirical", values_s=(0, 30, 500)),
    ]
)
PATIENCE = st.none() | DURATIONS


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any centre of up to three queues and three groups, over four intervals of ten minutes."""
    number = draw(st.integers(1, 3))
    calls = st.tuples(*[st.floats(0, 30)] * 4)
    callback = st.none() | st.builds(Callback, st.floats(0, 300), st.floats(0, 1))
    queues = [
        Queue(f"Q{i}", draw(calls), draw(DURATIONS), draw(PATIENCE), 20, draw(st.integers(1, 2)), draw(st.floats(0, 1)),
              draw(st.integers(0, 3)), draw(callback))
        for i in range(number)
    ]  # fmt: skip
    skills = st.dictionaries(st.integers(0, number - 1), st.integers(1, 2), min_size=1).map(lambda d: tuple(d.items()))
    counts = st.tuples(*[st.integers(0, 4)] * 4)
    shifts = st.lists(
        st.sampled_from(
            [Shift(0, 2400), Shift(300, 1500, 2, ((600.0, 900.0),)), Shift(1200, 2400, 1, ((1200.0, 1300.0),))]
        ),
        min_size=1,
        max_size=3,
    )
    staff = st.one_of(counts.map(lambda agents: (agents, ())), shifts.map(lambda chosen: ((), tuple(chosen))))
    groups = [Group(f"G{i}", draw(skills), *draw(staff)) for i in range(draw(st.integers(1, 3)))]
    routing = draw(st.sampled_from(["most_specialised", "longest_idle"]))
    return Scenario(tuple(queues), tuple(groups), 4, 600.0, routing, draw(st.floats(0, 0.5)), draw(st.integers(0, 99)))


@settings(max_examples=30, deadline=None)
@given(scenarios())
def test_plain_and_compiled_live_the_same_day_and_no_call_is_lost(scenario: Scenario) -> None:
    calls = draw_day(scenario, 0)
    plain, compiled = (Centre(scenario, fast=fast).live(calls) for fast in (False, True))
    for name in ("answered_at", "answered_by", "idle_from", "change_idle_from"):
        assert np.array_equal(getattr(plain, name), getattr(compiled, name), equal_nan=True)
    counts = dict(zip(OF_CALLS, count_calls(scenario, plain), strict=True))
    parts = ("answered", "abandoned", "called_back", "still_waiting")
    assert np.array_equal(counts["offered"], sum(counts[part] for part in parts))
    served = plain.answered_by >= 0
    assert (plain.answered_at[served] >= calls.at[served]).all()
    at_once = plain.answered_at[served] == calls.at[served]
    assert (at_once | (plain.answered_at[served] < calls.gives_up[served])).all()


@settings(max_examples=30, deadline=None)
@given(scenarios())
def test_no_agent_has_two_calls_at_once_or_one_without_the_skill(scenario: Scenario) -> None:
    centre = Centre(scenario, fast=False)
    calls = draw_day(scenario, 1)
    lived = centre.live(calls)
    for agent in range(len(centre.agent_group)):
        own = np.flatnonzero(lived.answered_by == agent)
        own = own[np.lexsort((calls.handling[own], lived.answered_at[own]))]  # calls of no length come first
        begun = lived.answered_at[own]
        assert (begun[1:] >= (begun + calls.handling[own])[:-1]).all()
        assert set(calls.queue[own]) <= {queue for queue, _ in scenario.groups[centre.agent_group[agent]].skills}


@settings(max_examples=20, deadline=None)
@given(scenarios())
def test_all_time_of_agents_is_busy_or_idle(scenario: Scenario) -> None:
    """Seconds by interval: idle agents and those on calls are those who are there, and those who finish a last call."""
    simulation = simulate(scenario, 2, fast=False)
    for index, group in enumerate(scenario.groups):
        if group.agents:
            there = np.array(group.agents) * scenario.interval_s
            idle = simulation.agents[:, 1, index]
            assert (idle <= there + 1e-6).all()
            assert (simulation.agents[:, 0, index] + idle >= there - 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 40), min_size=4, max_size=4),
    st.lists(st.integers(0, 6), min_size=4, max_size=4),
    DURATIONS,
    st.integers(0, 99),
)
def test_one_more_agent_never_lets_a_call_of_patient_callers_wait_longer(
    calls: list[float], agents: list[int], handling: Duration, seed: int
) -> None:
    def answered(more: int) -> np.ndarray:
        group = Group("team", ((0, 1),), tuple(count + more for count in agents))
        day = Scenario((Queue("Q", tuple(calls), handling),), (group,), 4, 600.0, seed=seed)
        return np.nan_to_num(Centre(day, fast=False).live(draw_day(day, 0)).answered_at, nan=np.inf)

    assert (answered(1) <= answered(0) + 1e-9).all()


def steady(agents: int, patience: Duration | None) -> Scenario:
    """Twelve hours of 90 calls in half an hour, 240 s each: 12 Erlang."""
    queue = Queue("Q", (90.0,) * 24, Duration("exponential", 240), patience, 20)
    return Scenario((queue,), (Group("team", ((0, 1),), (agents,) * 24),), 24, 1800.0)


def test_agrees_with_erlang_c() -> None:
    load, agents = 12.0, 15
    inverse = sum(load**k / factorial(k) for k in range(agents))
    top = load**agents / factorial(agents) * agents / (agents - load)
    waits = top / (inverse + top)
    level = 1 - waits * exp(-(agents - load) * 20 / 240)
    simulation = simulate(steady(agents, None), 100, fast=True)
    later = simulation.calls[..., 4:-1].sum(axis=3)  # once the empty morning is forgotten
    offered, within = later[:, OF_CALLS.index("offered")], later[:, OF_CALLS.index("answered_within")]
    found = estimate_ratio(within, offered, "share")
    assert found.lo95[0] <= level <= found.hi95[0]
    assert found.hi95[0] - found.lo95[0] < 0.03


def test_agrees_with_erlang_a() -> None:
    """12 agents for 12 Erlang: probabilities of the birth and death process, abandonment from the mean line."""
    rate, mu, theta, agents = 0.05, 1 / 240, 1 / 120, 12
    weights = [1.0]
    for k in range(1, 400):
        weights.append(weights[-1] * rate / (min(k, agents) * mu + max(0, k - agents) * theta))
    line = sum(max(0, k - agents) * weight for k, weight in enumerate(weights)) / sum(weights)
    simulation = simulate(steady(agents, Duration("exponential", 120)), 100, fast=True)
    later = simulation.calls[..., 4:-1].sum(axis=3)
    found = estimate_ratio(later[:, OF_CALLS.index("abandoned")], later[:, OF_CALLS.index("offered")], "share")
    assert found.lo95[0] <= line * theta / rate <= found.hi95[0]


def test_pooling_two_queues_serves_both_better() -> None:
    queues = tuple(
        Queue(name, (45.0,) * 24, Duration("exponential", 240), Duration("exponential", 120)) for name in "AB"
    )
    apart = Scenario(queues, (Group("a", ((0, 1),), (6,) * 24), Group("b", ((1, 1),), (6,) * 24)), 24, 1800.0)
    pooled = replace(apart, groups=(Group("both", ((0, 1), (1, 1)), (12,) * 24),))
    levels = [queue_figures(simulate(day, 20, fast=False))["sl_offered"].mean[:, -1] for day in (apart, pooled)]
    assert (levels[1] > levels[0]).all()


def test_the_seed_and_nothing_else_decides() -> None:
    day = replace(steady(12, Duration("exponential", 120)), intervals=2, busy_day_cv=0.2)
    day = replace(day, queues=(replace(day.queues[0], calls=(90.0, 90.0)),))
    day = replace(day, groups=(replace(day.groups[0], agents=(12, 12)),))
    few, many = simulate(day, 5, fast=False), simulate(day, 8, fast=True)
    assert np.array_equal(few.calls, many.calls[:5])
    assert np.array_equal(few.agents, many.agents[:5])
    assert not np.array_equal(few.calls, simulate(replace(day, seed=2), 5, fast=False).calls)


def test_handling_times_stay_when_the_other_queue_changes() -> None:
    queues = tuple(Queue(name, (20.0,), Duration("exponential", 240)) for name in "AB")
    day = Scenario(queues, (Group("both", ((0, 1), (1, 1)), (5,)),), 1, 3600.0)
    other = replace(day, queues=(queues[0], replace(queues[1], calls=(90.0,), handling=Duration("constant", 9))))
    before, after = (draw_day(scenario, 3) for scenario in (day, other))
    assert np.array_equal(before.handling[before.queue == 0], after.handling[after.queue == 0])
    assert np.array_equal(before.at[before.queue == 0], after.at[after.queue == 0])


@pytest.mark.parametrize(
    ("law", "mean", "cv"),
    [
        (Duration("exponential", 200), 200, 1),
        (Duration("lognormal", 200, 0.8), 200, 0.8),
        (Duration("gamma", 200, 0.5), 200, 0.5),
        (Duration("constant", 200), 200, 0),
        (Duration("empirical", values_s=(100, 300)), 200, 0.5),
    ],
    ids=lambda value: getattr(value, "distribution", None),
)
def test_durations_have_the_mean_and_spread_they_promise(law: Duration, mean: float, cv: float) -> None:
    drawn = law.draw(np.random.default_rng(1), 200_000)
    assert drawn.mean() == pytest.approx(mean, rel=0.01)
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=0.02, abs=1e-12)


def test_busy_days_spread_the_counts_and_move_queues_together() -> None:
    queues = tuple(Queue(name, (400.0,), Duration("constant", 1)) for name in "AB")
    day = Scenario(queues, (Group("both", ((0, 1), (1, 1)), (5,)),), 1, 3600.0, busy_day_cv=0.3)
    counts = np.array([np.bincount(draw_day(day, r).queue, minlength=2) for r in range(2000)])
    assert counts.mean(axis=0) == pytest.approx([400, 400], rel=0.03)
    assert counts.var(axis=0) == pytest.approx([400 + 120**2] * 2, rel=0.1)
    assert np.corrcoef(counts.T)[0, 1] > 0.9
    alone = replace(day, busy_day_cv=0.0, queues=tuple(replace(queue, busy_day_cv=0.3) for queue in queues))
    counts = np.array([np.bincount(draw_day(alone, r).queue, minlength=2) for r in range(2000)])
    assert abs(np.corrcoef(counts.T)[0, 1]) < 0.1


def test_who_takes_a_call_back_keeps_the_place_and_never_gives_up() -> None:
    queue = Queue("Q", (60.0,), Duration("constant", 120), Duration("constant", 90), 20, callback=Callback(60, 1.0))
    day = Scenario((queue,), (Group("one", ((0, 1),), (1,)),), 1, 3600.0)
    lived = Centre(day, fast=False).live(draw_day(day, 0))
    counts = dict(zip(OF_CALLS, count_calls(day, lived)[:, 0, 0], strict=True))
    assert counts["abandoned"] == 0
    assert counts["called_back"] > 10
    assert (np.diff(lived.answered_at[lived.answered_by >= 0]) > 0).all()  # first come, first served
    nobody = replace(day, queues=(replace(queue, callback=Callback(60, 0.0)),))
    assert count_calls(nobody, Centre(nobody, fast=False).live(draw_day(nobody, 0)))[OF_CALLS.index("abandoned")] > 10


def test_a_rate_is_one_of_sums_and_the_mean_of_days_stands_beside() -> None:
    found = estimate_ratio(np.array([10.0, 10.0]), np.array([10.0, 30.0]), "time")
    assert found.mean == 0.5
    assert found.mean_of_days == pytest.approx(2 / 3)


def test_what_was_never_seen_is_not_said_to_be_impossible() -> None:
    nothing = estimate_count(np.zeros((100, 1)))
    assert nothing.lo95 == 0
    assert 0 < nothing.hi95 < 0.05
    always = estimate_ratio(np.full((100, 1), 20.0), np.full((100, 1), 20.0), "share")
    assert always.hi95 == 1
    assert 0.99 < always.lo95 < 1


def test_no_call_gives_no_rate() -> None:
    found = estimate_ratio(np.zeros((3, 2)), np.array([[0.0, 1.0]] * 3), "share")
    assert np.isnan(found.mean[0])
    assert np.isnan(found.lo95[0])
    assert found.mean[1] == 0


def test_one_day_has_no_interval() -> None:
    figures = queue_figures(simulate(steady(12, None), 1, fast=False))
    assert np.isnan(figures["sl_offered"].lo95).all()
    assert (figures["offered"].mean > 0).all()


def test_students_t() -> None:
    table = {1: 12.706, 2: 4.3027, 3: 3.182, 5: 2.5706, 10: 2.2281, 30: 2.0423, 1000: 1.9623}
    for freedom, value in table.items():
        assert t_quantile(freedom) == pytest.approx(value, abs=0.005 if freedom == 3 else 0.0006)


def test_occupancy_of_a_team_is_load_over_agents() -> None:
    occupancy = group_figures(simulate(steady(15, None), 60, fast=True))["occupancy"]
    assert occupancy.mean[0, -1] == pytest.approx(12 / 15, abs=0.02)
    assert occupancy.mean[1, -1] == occupancy.mean[0, -1]


@pytest.mark.parametrize("replications", [0, -1, 100_001])
def test_so_many_replications_are_refused(replications: int) -> None:
    with pytest.raises(BadInput, match="Wiederholungen"):
        simulate(steady(12, None), replications)


def test_gigantic_volumes_are_refused_with_the_limit() -> None:
    with pytest.raises(BadInput, match="höchstens 50000000"):
        simulate(steady(12, None), 50_000)
