"""Erlang B, C and A: by hand, against 40 digits, and what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import astuple, fields
from math import e, inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from tests.staffing import reference
from wfm.core.errors import BadInput, RuleBroken
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Performance, Queues, performance

B, C, A = Model.B, Model.C, Model.A
loads = st.floats(0.05, 200)
hand = {"agents": st.integers(1, 250), "aht": st.floats(20, 900), "threshold": st.floats(0, 180)}
patiences = st.floats(2, 20_000)


def one(
    model: Model, load: float, aht: float, agents: int, threshold: float = 20, patience: float = 120
) -> Performance:
    result = performance(model, Queues.of(load, aht, threshold, patience), agents)
    return Performance(*(float(column[0]) for column in astuple(result)))


def test_the_references_have_the_figures_in_our_order() -> None:
    assert tuple(field.name for field in fields(Performance)) == reference.FIGURES


# ---- by hand ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "agents", "blocked"),
    [(1, 1, 1 / 2), (1, 2, 1 / 5), (2, 2, 2 / 5), (3, 1, 3 / 4), (2, 3, 4 / 19), (0.5, 2, 1 / 13)],
)
def test_blocking_as_fractions(load: float, agents: int, blocked: float) -> None:
    at = one(B, load, 180, agents)
    assert at.p_block == pytest.approx(blocked, rel=1e-15)
    assert at.sl_offered == pytest.approx(1 - blocked, rel=1e-15)
    assert at.occupancy == pytest.approx(load * (1 - blocked) / agents, rel=1e-15)
    assert (at.p_wait, at.asa_answered_s, at.sl_answered) == (0, 0, 1)


@pytest.mark.parametrize(("load", "agents", "wait"), [(0.5, 1, 1 / 2), (1, 2, 1 / 3), (1.5, 2, 9 / 14), (2, 3, 4 / 9)])
def test_waiting_as_fractions(load: float, agents: int, wait: float) -> None:
    at = one(C, load, 180, agents, threshold=180)
    assert at.p_wait == pytest.approx(wait, rel=1e-15)
    assert at.asa_all_s == at.asa_answered_s == pytest.approx(wait * 180 / (agents - load), rel=1e-15)
    assert at.sl_offered == pytest.approx(1 - wait * e ** -(agents - load), rel=1e-15)
    assert at.p_abandon == 0


def test_with_patience_as_long_as_handling_calls_are_poisson() -> None:
    """Then every call leaves at the same rate, waiting or not: as with endless agents."""
    at = one(A, 1, 180, 1, threshold=0, patience=180)
    assert at.p_wait == pytest.approx(1 - 1 / e, rel=1e-14)
    assert at.p_abandon == pytest.approx(1 / e, rel=1e-14)  # mean number waiting: E(N - 1)+
    assert at.sl_offered == pytest.approx(1 / e, rel=1e-14)
    assert at.occupancy == pytest.approx(1 - 1 / e, rel=1e-14)


def test_nobody_there() -> None:
    at = one(A, 3, 180, 0, threshold=60, patience=60)
    assert (at.p_wait, at.p_abandon, at.asa_all_s, at.sl_offered) == (1, 1, 60, 0)
    assert at.p_abandon_within_threshold == at.sl_abandoned_met == pytest.approx(1 - 1 / e, rel=1e-15)
    assert isnan(at.sl_answered)
    assert isnan(at.occupancy)
    assert one(B, 3, 180, 0).p_block == 1


@pytest.mark.parametrize("model", Model)
def test_zero_calls_have_no_shares(model: Model) -> None:
    at = one(model, 0, 180, 2)
    assert at.occupancy == 0
    assert all(isnan(figure) for figure in astuple(at)[:-1])
    assert isnan(one(model, 0, 180, 0).occupancy)


def test_patience_none_or_endless() -> None:
    for agents in (1, 3, 12):
        lost, gone, almost = (
            one(B, 5, 200, agents),
            one(A, 5, 200, agents, patience=0),
            one(A, 5, 200, agents, patience=1e-9),
        )
        assert gone.p_abandon == lost.p_block == pytest.approx(almost.p_abandon, rel=1e-9)
        assert gone.sl_offered == lost.sl_offered == pytest.approx(almost.sl_offered, rel=1e-9)
        assert gone.p_wait == pytest.approx(almost.p_wait, rel=1e-9)
    assert one(A, 5, 200, 7, patience=inf) == one(C, 5, 200, 7)


@pytest.mark.parametrize(("load", "agents"), [(5, 5), (5.0001, 5), (1, 0)])
def test_erlang_c_has_no_answer_above_the_load(load: float, agents: int) -> None:
    with pytest.raises(RuleBroken, match="Modell A"):
        one(C, load, 180, agents)
    with pytest.raises(RuleBroken):
        one(A, load, 180, agents, patience=inf)
    assert one(A, load, 180, agents, patience=1000).p_abandon > 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((-1, 180, 20, 60), "load"),
        ((np.nan, 180, 20, 60), "load"),
        ((1, 0, 20, 60), "aht"),
        ((1, 180, -1, 60), "threshold"),
        ((1, 180, 20, -1), "patience"),
        ((1, 180, 20, np.nan), "patience"),
    ],
)
def test_values_without_meaning(values: tuple[float, ...], field: str) -> None:
    good = (1.0, 180.0, 20.0, 60.0)
    with pytest.raises(BadInput) as refused:
        Queues.of(*([first, second] for first, second in zip(good, values, strict=True)))
    assert refused.value.details == {"field": field, "row": 1}


# ---- 40 digits -------------------------------------------------------------------------------------------------------

SIZES = [(0.1, 1), (0.1, 4), (0.9, 1), (3, 3), (3, 9), (17.5, 14), (17.5, 18), (40, 75), (260, 250), (260, 263)]
LARGE = [(1000, 1010), (1500, 1450), (5000, 5000), (5000, 5150), (4990, 4800)]


def assert_exact(got: Performance, exact: list[mpf], share: float = 1e-11) -> None:
    for name, ours, theirs in zip(reference.FIGURES, astuple(got), exact, strict=True):
        if abs(theirs) < mpf("1e-300"):
            assert ours == 0 or abs(theirs) > mpf("1e-308"), name
        else:
            assert abs(mpf(ours) / theirs - 1) < share, (name, ours, theirs)


@pytest.mark.parametrize(("load", "agents"), [*SIZES, *LARGE, (12, 190), (0.1, 160), (5000, 4000)])
def test_b_and_c_to_eleven_digits(load: float, agents: int) -> None:
    with reference.working_digits(50):
        assert_exact(one(B, load, 200, agents), reference.erlang_b(load, agents))
        if load < agents:
            for threshold in (0, 3, 60):
                exact = reference.erlang_c(load, 200, agents, threshold)
                assert_exact(one(C, load, 200, agents, threshold), exact)


@pytest.mark.parametrize("patience", [1.5, 45, 300, 4000])
@pytest.mark.parametrize(("load", "agents"), SIZES)
def test_a_to_eleven_digits(load: float, agents: int, patience: float) -> None:
    with reference.working_digits(120):
        for threshold in (3, 20, 400):
            exact = reference.erlang_a(load, 210, agents, threshold, patience)
            assert_exact(one(A, load, 210, agents, threshold, patience), exact)


@pytest.mark.slow
@pytest.mark.parametrize(("load", "agents"), [(1000, 1010), (3000, 2400), (5000, 5000)])
def test_a_of_large_centres_to_eleven_digits(load: float, agents: int) -> None:
    with reference.working_digits(420):  # so few calls are answered in time that hundreds of digits cancel
        for patience in (30, 240):
            exact = reference.erlang_a(load, 300, agents, 20, patience)
            assert_exact(one(A, load, 300, agents, 20, patience), exact)


def test_the_reference_of_a_is_that_of_its_states() -> None:
    with reference.working_digits(50):
        load, aht, n, patience = 12, 200, 11, 90
        states = reference.states_of_a(load, aht, n, patience, 400)
        exact = dict(zip(reference.FIGURES, reference.erlang_a(load, aht, n, 20, patience), strict=True))
        waiting = sum((calls - n) * share for calls, share in enumerate(states) if calls > n)
        busy = sum(min(calls, n) * share for calls, share in enumerate(states))
        assert abs(sum(states[n:]) / exact["p_wait"] - 1) < mpf("1e-38")
        assert abs(waiting * aht / mpf(load) / exact["asa_all_s"] - 1) < mpf("1e-38")  # Little's law
        assert abs(busy / n / exact["occupancy"] - 1) < mpf("1e-38")


# ---- whatever the numbers --------------------------------------------------------------------------------------------


@given(load=loads, patience=patiences, **hand)
def test_shares_make_sense(load: float, aht: float, agents: int, threshold: float, patience: float) -> None:
    at = one(A, load, aht, agents, threshold, patience)
    assert all(
        0 <= share <= 1 + 1e-12
        for name, share in zip(reference.FIGURES, astuple(at), strict=True)
        if "_s" not in name[-2:]
    )
    assert at.p_abandon == pytest.approx(
        at.asa_all_s / patience, rel=1e-12
    )  # who waits gives up at the rate 1/patience
    assert at.occupancy == pytest.approx(load * (1 - at.p_abandon) / agents, rel=1e-9, abs=1e-12)
    assert at.p_abandon_within_threshold <= at.p_abandon + 1e-15
    # The four variants, from strict to kind:
    slack = 1 + 1e-12
    assert at.sl_offered <= at.sl_excl_abandoned_within_threshold * slack
    assert at.sl_excl_abandoned_within_threshold <= at.sl_abandoned_met * slack
    assert at.sl_offered <= at.sl_answered * slack
    assert at.sl_excl_abandoned_within_threshold <= at.sl_answered * slack


@given(load=loads, patience=patiences, **hand)
def test_one_more_agent_is_never_worse(load: float, aht: float, agents: int, threshold: float, patience: float) -> None:
    for model in (B, A, C):
        if model is C and load >= agents:
            continue
        fewer, more = (one(model, load, aht, n, threshold, patience) for n in (agents, agents + 1))
        for name, less, better in zip(reference.FIGURES, astuple(fewer), astuple(more), strict=True):
            if name.startswith("sl_"):
                assert better >= less * (1 - 1e-12), name
            else:  # also p_abandon_within_threshold, and occupancy
                assert better <= less * (1 + 1e-12) + 1e-300, name


@given(load=loads, other=loads, agents=st.integers(1, 100), others=st.integers(1, 100), patience=patiences)
def test_two_queues_together_are_never_worse(
    load: float, other: float, agents: int, others: int, patience: float
) -> None:
    for model, figure in ((B, "p_block"), (C, "asa_all_s"), (A, "p_abandon")):
        if model is C and (load >= agents or other >= others):
            continue
        first, second = one(model, load, 200, agents, 20, patience), one(model, other, 200, others, 20, patience)
        pooled = one(model, load + other, 200, agents + others, 20, patience)
        apart = (load * getattr(first, figure) + other * getattr(second, figure)) / (load + other)
        assert getattr(pooled, figure) <= apart * (1 + 1e-12) + 1e-300


@given(load=st.floats(0.05, 100), spare=st.integers(1, 20), aht=hand["aht"], threshold=hand["threshold"])
def test_endless_patience_makes_a_of_c(load: float, spare: int, aht: float, threshold: float) -> None:
    agents = int(load) + spare
    if agents - load < 0.05:
        return
    limit = one(C, load, aht, agents, threshold)
    for patience, share in ((1e9, 1e-2), (1e13, 1e-6)):
        near = one(A, load, aht, agents, threshold, patience)
        for name in ("p_wait", "asa_all_s", "asa_answered_s", "sl_offered", "sl_answered", "occupancy"):
            assert getattr(near, name) == pytest.approx(getattr(limit, name), rel=share), name


def test_rows_are_reckoned_each_for_itself() -> None:
    load = np.linspace(0.1, 300, 700)
    together = performance(A, Queues.of(load, 200, 20, 90), np.arange(700) // 2 + 1)
    for row in (0, 127, 128, 500, 699):
        alone = performance(A, Queues.of(load[row], 200, 20, 90), row // 2 + 1)
        assert [column[row] for column in astuple(together)] == pytest.approx(
            [column[0] for column in astuple(alone)], rel=1e-13
        )


def test_so_many_agents_that_numbers_end() -> None:
    """Around 1 / B = 1e308: shares fall to 0, none becomes NaN, and no warning tells of it."""
    for model in Model:
        for agents in range(160, 200):
            at = one(model, 1.5, 300, agents, 20, 200)
            assert not any(isnan(figure) for figure in astuple(at))
            assert at.sl_offered == at.sl_answered == pytest.approx(1, rel=1e-15)
            assert at.p_wait <= 1e-250


def test_no_numbers_are_too_far_apart() -> None:
    """Loads from a call a century to 100,000 Erlang, times from milliseconds to months: always shares, no warning."""
    chance, rows = np.random.default_rng(8), 400
    load = 10 ** chance.uniform(-9, 5, rows)
    queues = Queues.of(
        load, 10 ** chance.uniform(-3, 7, rows), 10 ** chance.uniform(-3, 7, rows), 10 ** chance.uniform(-6, 7, rows)
    )
    agents = (load * 10 ** chance.uniform(-0.3, 1, rows)).astype(int) + 1
    for name, column in zip(reference.FIGURES, astuple(performance(A, queues, agents)), strict=True):
        assert np.isfinite(column).all(), name
        assert (column >= 0).all(), name
        assert name.startswith("asa") or (column <= 1 + 1e-9).all(), name
