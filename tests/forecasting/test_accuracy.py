"""Measures of error, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wfm.forecasting.rules.accuracy import bias, by_horizon, coverage, relative_rmse, wape

CAME = np.array([10.0, 20.0, np.nan, 0.0])
SAID = np.array([12.0, 15.0, 99.0, 1.0])


def test_by_hand() -> None:
    assert wape(CAME, SAID) == pytest.approx((2 + 5 + 1) / 30)
    assert bias(CAME, SAID) == pytest.approx((2 - 5 + 1) / 30)
    assert coverage(CAME, np.array([10.0, 21, 0, 0]), np.array([12.0, 25, 200, 1])) == pytest.approx(2 / 3)
    assert relative_rmse(CAME, SAID) == pytest.approx(((4 + 25 + 1) / 3) ** 0.5 / 10)


def test_of_nothing_nothing_is_said() -> None:
    nothing = np.array([np.nan])
    assert math.isnan(wape(nothing, nothing))
    assert math.isnan(wape(np.zeros(2), np.ones(2)))
    assert math.isnan(bias(nothing, nothing))
    assert math.isnan(coverage(nothing, nothing, nothing))
    assert math.isnan(relative_rmse(nothing, nothing))


def test_by_horizon() -> None:
    came = np.array([[[10.0], [10.0], [np.nan]], [[10.0], [20.0], [10.0]]])
    said = np.array([[[11.0], [10.0], [10.0]], [[10.0], [14.0], [10.0]]])

    assert by_horizon(came, said, (1, 2, 3)) == pytest.approx({1: 1 / 20, 2: 7 / 50, 3: 7 / 60})
