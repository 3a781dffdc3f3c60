"""What planned events did: found where it occurred, drawn to nothing where little was seen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from wfm.forecasting.rules.effects import learn_effect
from wfm.forecasting.rules.history import History

FIRST = date(2025, 1, 6)


def history(events: list[tuple[date, date]], factor: float) -> History:
    rng = np.random.default_rng(11)
    counts = np.full((500, 96), np.nan)
    for row in range(500):
        day = FIRST + timedelta(days=row)
        if day.weekday() < 5:
            level = factor if any(first <= day <= last for first, last in events) else 1.0
            counts[row, 32:72] = rng.poisson(level * 8 * (1 + 0.1 * day.weekday()), 40)
    return History(FIRST, 15, counts)


EVENTS = [(date(2025, month, 10), date(2025, month, 14)) for month in (3, 6, 9, 12)]


def test_an_effect_that_occurred_is_found():
    found = learn_effect(history(EVENTS, 1.5), EVENTS)
    assert found.occurrences == 4
    assert found.lo80 < 1.5 < found.hi80
    assert found.factor == pytest.approx(1.5, abs=0.1)


def test_one_occurrence_says_less_than_four():
    one, four = (learn_effect(history(EVENTS, 1.5), EVENTS[:count]) for count in (1, 4))
    assert one.hi80 / one.lo80 > four.hi80 / four.lo80
    assert 1 < one.factor < four.factor


def test_what_never_occurred_is_unsure_around_nothing():
    found = learn_effect(history([], 1.0), [])
    assert (found.factor, found.occurrences) == (1.0, 0)
    assert found.lo80 < 0.75 < 1.3 < found.hi80
    outside = learn_effect(history([], 1.0), [(date(2020, 1, 6), date(2020, 1, 7))])
    assert outside.occurrences == 0
