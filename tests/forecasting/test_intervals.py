"""Intervals: the stable scale, whole-number quantiles, and calibration on errors of a known kind."""

from __future__ import annotations

import numpy as np
import pytest

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.intervals import (
    NORMAL,
    calibrate,
    count_quantiles,
    stabilise,
    uncalibrated,
    unstabilise,
)


@pytest.mark.parametrize("mean", [5.0, 50.0, 5000.0])
@pytest.mark.parametrize("sd", [0.02, 0.3])
@pytest.mark.parametrize("dispersion", [1.0, 2.5])
def test_the_scale_makes_all_errors_alike(mean: float, sd: float, dispersion: float) -> None:
    rng = np.random.default_rng(5)
    excess = (dispersion - 1) * mean + (sd * mean) ** 2
    counts = rng.poisson(rng.gamma(mean**2 / excess, excess / mean, 40_000)).astype(float)

    scores = stabilise(counts, np.array(sd), dispersion)

    assert scores.std() == pytest.approx(1.0, abs=0.12)
    np.testing.assert_allclose(unstabilise(scores, np.array(sd), dispersion), counts, atol=1e-6)


def test_quantiles_of_small_counts_are_those_of_poisson() -> None:
    """Poisson of mean 2: P(0) = 0.135, P(<=1) = 0.406, P(<=3) = 0.857, P(<=4) = 0.947, P(<=5) = 0.983."""
    assert count_quantiles(np.array([2.0]), np.array([1e-4]), 1.0)[:, 0].tolist() == [0, 0, 4, 5]


def test_quantiles_of_zero_are_zero() -> None:
    assert count_quantiles(np.array([0.0]), np.array([0.2]), 1.2)[:, 0].tolist() == [0, 0, 0, 0]


def test_without_a_past_the_model_is_believed() -> None:
    low95, low80, high80, high95 = uncalibrated().totals(np.array([10_000.0]), np.array([0.1]))[:, 0]

    assert np.log([low95, low80, high80, high95]) == pytest.approx(np.log(10_000) + 0.1 * NORMAL, abs=0.01)


def test_errors_larger_than_the_model_says_widen() -> None:
    """The model says 5 %, days were off by 10 %: quantiles of new days of that kind hold as promised."""
    rng = np.random.default_rng(8)
    said = np.full((60, 28, 1), 1000.0)
    came = rng.poisson(said * np.exp(rng.normal(0, 0.1, said.shape))).astype(float)
    origins = list(range(0, 60 * 29, 29))

    found = calibrate(origins, came, said, np.full((60, 28), 0.05**2), 1.0)

    new = rng.poisson(1000 * np.exp(rng.normal(0, 0.1, 20_000)))
    sd = found.day_sd(np.full(1, 0.05**2), np.array([10.0]))
    assert sd[0] == pytest.approx(0.1, rel=0.15)
    for level, quantile in zip(LEVELS, found.totals(np.array([1000.0]), sd)[:, 0], strict=True):
        assert (new <= quantile).mean() == pytest.approx(level, abs=0.02)
