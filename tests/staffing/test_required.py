"""The smallest number of agents: against a count from 1 upwards with 40 digits, and against itself compiled."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from tests.staffing import reference
from wfm.core.errors import BadInput
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required

A, B, C = Model.A, Model.B, Model.C
LEVELS = {
    Variant.OFFERED: "sl_offered",
    Variant.ANSWERED: "sl_answered",
    Variant.EXCL_ABANDONED_WITHIN: "sl_excl_abandoned_within_threshold",
    Variant.ABANDONED_MET: "sl_abandoned_met",
}


def one(
    model: Model,
    load: float,
    target: float,
    patience: float = 120,
    variant: Variant = Variant.OFFERED,
    ceiling: float = 1,
    aht: float = 240,
    threshold: float = 20,
) -> int:
    queues = Queues.of(load, aht, threshold, patience)
    return int(agents_required(model, queues, target, variant, ceiling)[0])


def counted(level: Callable[[int], mpf], target: float, first: int = 1) -> int:
    return next(n for n in count(first) if level(n) >= mpf(target))


@pytest.mark.parametrize(
    ("load", "target", "agents"), [(1, 0.5, 1), (1, 0.51, 2), (2, 0.6, 2), (2, 0.7, 3), (3, 0.25, 1)]
)
def test_losses_by_hand(load: float, target: float, agents: int) -> None:
    assert one(B, load, target) == agents


@pytest.mark.parametrize("load", [0.1, 1, 7.3, 60, 450])
@pytest.mark.parametrize("target", [0.3, 0.8, 0.95, 0.9999])
def test_erlang_c_as_counted_with_40_digits(load: float, target: float) -> None:
    with reference.working_digits(40):
        expected = counted(lambda n: reference.erlang_c(load, 240, n, 20)[5], target, int(load) + 1)
        assert one(C, load, target) == one(A, load, target, patience=np.inf) == expected


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize(("load", "patience"), [(0.1, 60), (2.5, 20), (11, 150), (11, 1500), (40, 90), (40, 9000)])
def test_erlang_a_as_counted_with_40_digits(load: float, patience: float, variant: Variant) -> None:
    place = reference.FIGURES.index(LEVELS[variant])
    with reference.working_digits(60):
        for target in (0.4, 0.8, 0.97):
            expected = counted(lambda n: reference.erlang_a(load, 240, n, 20, patience)[place], target)
            assert one(A, load, target, patience, variant) == expected


@pytest.mark.parametrize("load", [700, 5000])
def test_large_centres(load: float) -> None:
    """No series any more, but the integrals: right below and right above."""
    for patience, target in ((300, 0.8), (5000, 0.5), (300, 0.999)):
        agents = one(A, load, target, patience)
        queues = Queues.of(load, 240, 20, patience)
        assert performance(A, queues, agents).sl_offered[0] >= target > performance(A, queues, agents - 1).sl_offered[0]


@given(
    load=st.floats(0.02, 120),
    patience=st.floats(1, 5000),
    target=st.floats(0.02, 0.9999),
    variant=st.sampled_from(Variant),
    ceiling=st.floats(0.3, 1),
    model=st.sampled_from(Model),
)
def test_it_is_the_first_that_will_do(
    load: float, patience: float, target: float, variant: Variant, ceiling: float, model: Model
) -> None:
    agents = one(model, load, target, patience, variant, ceiling)
    queues = Queues.of(load, 240, 20, patience)
    at = performance(model, queues, agents)
    # Targets so near to a level that 15 digits can't tell are not met or met by a rounding.
    assert at.service_level(variant)[0] >= target - 1e-12
    assert ceiling == 1 or at.occupancy[0] <= ceiling + 1e-12
    if agents > 1 and not (model is C and agents - 1 <= load):
        less = performance(model, queues, agents - 1)
        assert less.service_level(variant)[0] < target + 1e-12 or less.occupancy[0] > ceiling - 1e-12


def test_zero_calls_need_nobody_and_calls_always_somebody() -> None:
    queues = Queues.of([0, 3, 0, 1e-9], 240, 60, 1)
    for model in Model:
        agents = agents_required(model, queues, 0.8, Variant.ABANDONED_MET)
        assert list(agents[[0, 2]]) == [0, 0]
        assert agents[1] >= 1
        assert agents[3] == 1


def test_occupancy_ceiling() -> None:
    assert one(C, 10, 0.01) == 11
    assert one(C, 10, 0.01, ceiling=0.8) == 13  # 10 / 13 = 0.77; 10 / 12 = 0.83
    assert one(C, 8, 0.01, ceiling=0.8) == 10
    # An overloaded queue of impatient callers keeps everybody busy, but a ceiling of 1 is none.
    assert one(A, 500, 0.01, patience=1e5) < 500


@pytest.mark.parametrize(
    ("target", "ceiling"), [(0, 1), (1, 1), (1.2, 1), (np.nan, 1), (0.8, 0), (0.8, 1.1), (0.8, np.nan)]
)
def test_targets_without_meaning(target: float, ceiling: float) -> None:
    with pytest.raises(BadInput) as refused:
        one(A, 1, target, ceiling=ceiling)
    assert refused.value.details == {"field": "target" if ceiling == 1 else "max_occupancy", "row": 0}


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("ceiling", [1, 0.85])
def test_compiled_gives_the_same(variant: Variant, ceiling: float) -> None:
    pytest.importorskip("numba")
    chance = np.random.default_rng(20261125)
    rows = 3_000
    queues = Queues.of(
        10 ** chance.uniform(-2, 3, rows),
        chance.uniform(30, 900, rows),
        chance.uniform(0, 120, rows),
        10 ** chance.uniform(-1, 5, rows),
    )
    target = chance.uniform(0.02, 0.9999, rows)
    for model in (A, C):
        plain, compiled = (
            agents_required(model, queues, target, variant, ceiling, fast=fast) for fast in (False, True)
        )
        assert np.array_equal(plain, compiled)


def test_without_numba_it_is_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    from wfm.staffing.rules import required

    required._searches.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "wfm.staffing.rules.compiled", None)
    monkeypatch.delattr("wfm.staffing.rules.compiled", raising=False)
    try:
        assert list(agents_required(A, Queues.of([0, 4, 10], 240, 20, 120), 0.8, fast=True)) == [0, 6, 12]
        assert required._searches(compiled=True)[0] is required._climb_c
    finally:
        required._searches.cache_clear()
