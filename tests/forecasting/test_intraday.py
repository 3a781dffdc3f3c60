"""The rest of the day: early it believes the forecast, later the day; its intervals hold on simulated days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from wfm.forecasting.rules.history import Floats, History
from wfm.forecasting.rules.intraday import learn, reforecast

SHAPE = np.zeros(96)
SHAPE[32:72] = np.linspace(1.6, 0.4, 40)


def days(count: int, rng: np.random.Generator, mean: float) -> Floats:
    """Days of working weeks with a factor of their own; afternoons differ a little from their mornings."""
    factor = rng.lognormal(-0.02, 0.2, count)
    later = np.where(np.arange(96) >= 52, rng.lognormal(-0.005, 0.1, (count, 1)), 1.0)
    counts = rng.poisson(SHAPE * mean * factor[:, None] * later).astype(float)
    counts[:, SHAPE == 0] = np.nan
    counts[np.arange(count) % 7 >= 5] = np.nan
    return counts


@pytest.mark.parametrize("mean", [1.0, 10.0])
def test_intervals_of_the_rest_hold(mean: float):
    rng = np.random.default_rng(20261125)
    lesson = learn(History(date(2025, 1, 6), 15, days(400, rng, mean)))
    inside = {36: [], 44: [], 56: []}
    for came in days(560, rng, mean):
        if np.isnan(came).all():
            continue
        for slot, found in inside.items():
            rest = reforecast(lesson, SHAPE * mean, np.nan_to_num(came), slot)
            low, high = rest.rest_quantiles[1], rest.rest_quantiles[2]
            found.append(low <= np.nansum(came[slot:]) <= high)
    for slot, found in inside.items():
        assert 0.74 <= np.mean(found) <= 0.90, slot


def test_what_came_makes_the_rest_better():
    rng = np.random.default_rng(5)
    lesson = learn(History(date(2025, 1, 6), 15, days(400, rng, 10.0)))
    off = {"as planned": 0.0, "made anew": 0.0}
    for came in days(200, rng, 10.0):
        if not np.isnan(came).all():
            due = np.nansum(came[48:])
            off["as planned"] += abs(SHAPE[48:].sum() * 10 - due)
            off["made anew"] += abs(reforecast(lesson, SHAPE * 10, np.nan_to_num(came), 48).rest - due)
    assert off["made anew"] < 0.75 * off["as planned"]


def test_early_the_forecast_is_believed_and_gaps_count_on_neither_side():
    rng = np.random.default_rng(5)
    lesson = learn(History(date(2025, 1, 6), 15, days(400, rng, 10.0)))
    double = np.where(SHAPE > 0, SHAPE * 20, 0.0)
    factors = [reforecast(lesson, SHAPE * 10, double, slot).factor for slot in (32, 33, 36, 48)]
    assert factors[0] == 1.0
    assert factors == sorted(factors)
    with_gap = double.copy()
    with_gap[36:44] = np.nan
    rest = reforecast(lesson, SHAPE * 10, with_gap, 48)
    assert rest.came == pytest.approx(2 * rest.expected_so_far)
    assert rest.rest == pytest.approx(SHAPE[48:].sum() * 10 * rest.factor)


def test_without_a_history_and_after_closing():
    lesson = learn(History(date(2026, 1, 5), 15, np.full((3, 96), np.nan)))
    rest = reforecast(lesson, SHAPE * 10, np.where(SHAPE > 0, SHAPE * 20, 0.0), 96)
    assert (rest.rest, rest.rest_quantiles.tolist()) == (0.0, [0, 0, 0, 0])
    assert reforecast(lesson, SHAPE * 10, np.full(96, np.nan), 50).factor == 1.0
