"""The simple methods by hand, and that rolling back says what forecasting then would have said."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from wfm.forecasting.rules.calendar import Calendar, Event
from wfm.forecasting.rules.history import History
from wfm.forecasting.rules.methods import WeekMean
from wfm.forecasting.rules.profile import Profile

MONDAY = date(2026, 1, 5)


def history(days: int, slots: int = 1, seed: int = 1) -> History:
    """Poisson counts around a level by weekday."""
    rng = np.random.default_rng(seed)
    week = np.array([150, 120, 110, 100, 90, 30, 20]) / slots
    return History(MONDAY, 1440 // slots, rng.poisson(week[np.arange(days) % 7, None], (days, slots)).astype(float))


def after(known: History, days: int) -> list[date]:
    return [known.last_day + timedelta(days=n) for n in range(1, days + 1)]


def test_means_of_weeks_by_hand() -> None:
    counts = np.arange(28.0).reshape(28, 1)
    counts[14] = np.nan
    known = History(MONDAY, 1440, counts)

    monday, tuesday = WeekMean(2).fit(known, Calendar()).predict(after(known, 2))[:, 0]

    assert monday == (7 + 21) / 2
    assert tuesday == (15 + 22) / 2
    assert WeekMean(1).fit(known, Calendar()).predict(after(known, 1))[0, 0] == 21


def test_a_stated_effect_is_taken_out_of_the_past_and_put_on_the_future() -> None:
    counts = np.full((14, 1), 100.0)
    counts[7] = 300.0
    known = History(MONDAY, 1440, counts)
    calendar = Calendar(
        events=(
            Event("mailing", date(2026, 1, 12), date(2026, 1, 13), factor=3.0),
            Event("mailing", date(2026, 1, 20), date(2026, 1, 21), factor=2.0),
        )
    )

    assert WeekMean(2).fit(known, calendar).predict(after(known, 2))[:, 0].tolist() == [100, 200]


@pytest.mark.parametrize("weeks", [1, 8])
def test_rolling_means_see_only_the_past(weeks: int) -> None:
    known = history(60, 24)
    rolled = WeekMean(weeks).fit(known, Calendar()).rolling([20, 41], 9)

    for n, origin in enumerate((20, 41)):
        past = known.first(origin)
        np.testing.assert_allclose(
            rolled[n], WeekMean(weeks).fit(past, Calendar()).predict(after(past, 9)), equal_nan=True
        )


def test_the_rolling_profile_is_blind_to_what_comes() -> None:
    """Only the sizes of effects, what counts as an outlier and the correction of the mean come from the whole past: a
    year that ends otherwise may change little of what was said half a year before."""
    known = history(250, 24)
    changed = known.counts.copy()
    changed[150:] *= 1.2
    other = History(MONDAY, 60, changed)

    said, told = (Profile().fit(one, Calendar()).rolling([150], 14)[0] for one in (known, other))

    assert np.nansum(told) == pytest.approx(np.nansum(said), rel=0.05)


def test_the_rolling_profile_says_what_it_would_have_said() -> None:
    known = history(200, 24)
    past = known.first(180)

    rolled = Profile().fit(known, Calendar()).rolling([180], 14)[0]
    then = Profile().fit(past, Calendar()).predict(after(past, 14))

    np.testing.assert_allclose(rolled.sum(axis=1), then.sum(axis=1), rtol=0.04)


def test_a_learnt_event() -> None:
    """Three mailings doubled the calls of their days; a fourth is planned."""
    known = history(120)
    starts = [MONDAY + timedelta(days=n) for n in (22, 50, 85, 121)]
    events = tuple(Event("mailing", start, start + timedelta(days=2)) for start in starts)
    counts = known.counts.copy()
    for start in starts[:3]:
        row = (start - MONDAY).days
        counts[row : row + 2] *= 2
    doubled = History(MONDAY, 1440, counts)

    said = Profile().fit(doubled, Calendar(events=events)).predict(after(doubled, 3))[:, 0]
    plain = Profile().fit(known, Calendar()).predict(after(known, 3))[:, 0]

    assert (said / plain).tolist() == pytest.approx([1.0, 2.0, 2.0], rel=0.15)
