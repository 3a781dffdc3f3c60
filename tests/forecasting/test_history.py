"""Histories: a matrix of days and slots on local wall time."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from wfm.forecasting.rules.history import History


def test_rows_in_any_order_become_a_matrix() -> None:
    history = History.of_rows(
        [(datetime(2026, 1, 6, 12), 4), (datetime(2026, 1, 5, 0), 1), (datetime(2026, 1, 8, 12), 9)], 720
    )

    assert history.first_day == date(2026, 1, 5)
    assert history.last_day == date(2026, 1, 8)
    np.testing.assert_array_equal(history.counts, [[1, np.nan], [np.nan, 4], [np.nan, np.nan], [np.nan, 9]])
    assert history.weekdays.tolist() == [0, 1, 2, 3]
    assert history.known_days.tolist() == [True, True, False, True]


def test_the_same_label_twice_is_its_mean() -> None:
    twice = datetime(2026, 10, 25, 2, 30)

    history = History.of_rows([(twice, 10), (twice, 20)], 30)

    assert history.counts[0, 5] == 15
    assert np.nansum(history.counts) == 15


def test_days_outside_are_unknown() -> None:
    history = History(date(2026, 1, 5), 1440, np.array([[1.0], [2.0]]))

    days = [date(2026, 1, 4), date(2026, 1, 6), date(2026, 1, 7)]

    np.testing.assert_array_equal(history.on(days), [[np.nan], [2], [np.nan]])


@pytest.mark.parametrize(
    ("step", "counts", "told"),
    [
        (7, np.zeros((1, 205)), "do not divide"),
        (0, np.zeros((1, 1)), "do not divide"),
        (60, np.zeros((1, 23)), "not a matrix"),
        (1440, np.array([[-1.0]]), "negative"),
    ],
)
def test_what_is_no_history(step: int, counts: np.ndarray, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        History(date(2026, 1, 5), step, counts)


def test_nothing_is_no_history() -> None:
    with pytest.raises(ValueError, match="no rows"):
        History.of_rows([], 60)
