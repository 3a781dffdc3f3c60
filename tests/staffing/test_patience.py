"""Mean patience from censored waits, and whether callers give up at one rate."""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.core.errors import BadInput
from wfm.staffing.rules.patience import check_hazard, mean_patience


def test_time_waited_by_calls_that_gave_up() -> None:
    """Waits 10, 20, 30 s answered, 40 and 60 s given up: 160 s in all, two gave up."""
    found = mean_patience(160, 2)
    assert found.mean_s == 80
    # The likelihood of rate r is r^2 e^(-160 r): at both ends e^-1.92 of its highest.
    for end in (found.low_s, found.high_s):
        assert 2 * log(1 / end) - 160 / end == pytest.approx(2 * log(1 / 80) - 2 - 3.841458820694124 / 2, rel=1e-12)
    assert found.low_s < 80 < found.high_s


def test_nobody_gave_up() -> None:
    found = mean_patience(3000, 0)
    assert (found.mean_s, found.high_s) == (None, inf)
    assert exp(-3000 / found.low_s) == pytest.approx(0.05)  # so many seconds without one: 1 in 20
    assert mean_patience(0, 0).low_s == 0


def test_everybody_gave_up_at_once() -> None:
    assert mean_patience(0, 7).mean_s == 0


@pytest.mark.parametrize(
    ("waited", "abandoned", "confidence"), [(-1, 2, 0.95), (inf, 2, 0.95), (5, -1, 0.95), (5, 1, 1)]
)
def test_figures_without_meaning(waited: float, abandoned: int, confidence: float) -> None:
    with pytest.raises(BadInput):
        mean_patience(waited, abandoned, confidence)


@given(waited=st.floats(1, 1e9), abandoned=st.integers(1, 10**6), more=st.floats(0.5, 0.98))
def test_the_surer_the_wider(waited: float, abandoned: int, more: float) -> None:
    narrow, wide = mean_patience(waited, abandoned, more), mean_patience(waited, abandoned, more + 0.015)
    assert 0 < wide.low_s < narrow.low_s < waited / abandoned < narrow.high_s < wide.high_s


def censored(patience: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    answered_after = chance.exponential(40, len(patience))
    return np.minimum(patience, answered_after), patience < answered_after


def test_the_interval_holds_what_is_true() -> None:
    """Of 400 small samples about 95 % hold the true mean, though most waits end by an answer."""
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        waits, gone = censored(chance.exponential(120, 60), chance)
        found = mean_patience(waits.sum(), int(gone.sum()))
        held += found.low_s <= 120 <= found.high_s
    assert 0.92 <= held / 400 <= 0.98


def test_one_rate_is_not_doubted_and_two_are() -> None:
    chance = np.random.default_rng(11)
    doubts = sum(check_hazard(*censored(chance.exponential(120, 800), chance)).doubtful for _ in range(100))
    assert doubts <= 4  # at 1 %
    quick = chance.random(3000) < 0.3  # a third hang up when they hear the announcement
    check = check_hazard(*censored(np.where(quick, chance.uniform(5, 15, 3000), chance.exponential(300, 3000)), chance))
    assert check.doubtful
    rates = [band.per_minute for band in check.bands]
    assert rates[1] == max(rate for rate in rates if rate is not None)


def test_bands_count_what_was_waited_in_them() -> None:
    check = check_hazard([3, 20, 400], [True, False, True], bands=(0, 10, 60))
    assert [(band.waited_s, band.abandoned) for band in check.bands] == [(3 + 10 + 10, 1), (10 + 50, 0), (340, 1)]
    assert check.p_value is None  # too few to tell
    assert check_hazard([], []).bands[0].per_minute is None
