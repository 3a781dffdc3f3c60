"""Handling times by slot: means of sums, drawn to the larger group where calls are few."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from wfm.forecasting.rules.handling import PRIOR_CALLS, handling_times
from wfm.forecasting.rules.history import History

MONDAY = date(2026, 1, 5)
NEXT = [MONDAY + timedelta(days=7 + n) for n in range(7)]


def test_by_hand() -> None:
    """Two half days: 300 calls of 200 s and 100 calls of 400 s, all on a Monday: 250 s over all."""
    calls = History(MONDAY, 720, np.array([[300.0, 100.0]]))

    monday, tuesday = handling_times(calls, np.array([[60_000.0, 40_000.0]]), NEXT[:2])

    slot = [(60_000 + PRIOR_CALLS * 250) / (300 + PRIOR_CALLS), (40_000 + PRIOR_CALLS * 250) / (100 + PRIOR_CALLS)]
    assert tuesday.tolist() == pytest.approx(slot)
    assert monday.tolist() == pytest.approx(
        [(60_000 + PRIOR_CALLS * slot[0]) / (300 + PRIOR_CALLS), (40_000 + PRIOR_CALLS * slot[1]) / (100 + PRIOR_CALLS)]
    )


def test_many_calls_are_believed_and_a_mean_is_one_of_sums() -> None:
    calls = History(MONDAY, 1440, np.array([[1_000_000.0], [10.0]]))

    monday, tuesday = handling_times(calls, np.array([[3e8], [9_000.0]]), NEXT[:2])[:, 0]

    assert monday == pytest.approx(300, abs=0.2)
    assert 300 < tuesday < 340


def test_gaps_and_nothing() -> None:
    calls = History(MONDAY, 1440, np.array([[100.0], [np.nan], [50.0]]))

    assert handling_times(calls, np.array([[30_000.0], [7.0], [np.nan]]), NEXT[:1])[0, 0] == pytest.approx(300)
    assert np.isnan(handling_times(calls, np.zeros((3, 1)) * np.nan, NEXT)).all()
