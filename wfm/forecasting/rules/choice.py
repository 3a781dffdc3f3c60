"""The one call of a service: a history in, the best forecast out, with what was chosen and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from wfm.forecasting.rules import intervals
from wfm.forecasting.rules.backtest import BackTest, back_test, mixed, origins, untested
from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.day_level import DayLevel
from wfm.forecasting.rules.forecast import LEVELS, Choice, Forecast, Treated
from wfm.forecasting.rules.history import Bools, Floats, History
from wfm.forecasting.rules.methods import Fitted, Method, WeekMean
from wfm.forecasting.rules.outliers import without_outliers
from wfm.forecasting.rules.profile import FittedProfile, Profile

METHODS: tuple[Method, ...] = (WeekMean(1), WeekMean(8))
#: Fewer days than this leave no past to test on: then half the profile, half the mean, which err otherwise.
TESTABLE_DAYS = 21
UNTESTED = {"profile": 0.5, "mean of 8 weeks": 0.5}


def forecast(
    history: History,
    calendar: Calendar,
    days: Sequence[date],
    *,
    open_slots: Bools | None = None,
    methods: Sequence[Method] = METHODS,
) -> Forecast:
    """Forecast days after the end of the history, in any number and order.

    `open_slots[day, slot]` says when the centre will be open; without it a slot is open on the weekdays on which it has
    been seen. Closed slots are 0. Besides the profile, `methods` take part in the choice.
    Raises ValueError if the history holds no count at all, or a day does not lie after it.
    """
    if not history.known.any():
        raise ValueError("a history without a single count")
    if min(days) <= history.last_day:
        raise ValueError(f"{min(days)} does not lie after the history's last day {history.last_day}")
    if not np.nansum(history.counts):
        return _nothing_ever_came(history, days)
    clean, treated = without_outliers(history)
    profile = Profile().fit(clean, calendar)
    open_slots = profile.week.slots(days, calendar) if open_slots is None else open_slots
    fitted: dict[str, Fitted] = {"profile": profile, **{method.name: method.fit(clean, calendar) for method in methods}}
    test, calibration = _judge(clean, profile, fitted)

    base, variance, shared = profile.spread(days, open_slots)
    said = {name: one.predict(days) for name, one in fitted.items() if name in test.choice.weights}
    mean = mixed({name: np.where(np.isnan(one), base, one) for name, one in said.items()}, test.choice.weights)
    mean = np.where(open_slots, mean, 0.0)
    leads = np.array([float((day - history.last_day).days) for day in days])
    sd = calibration.day_sd(variance, leads)
    totals = mean.sum(axis=1)
    return Forecast(
        tuple(days), history.step_minutes, mean, np.where(open_slots, calibration.slots(mean, sd[:, None]), 0.0),
        totals, calibration.totals(totals, sd), sd, calibration.dispersion, shared, test.choice,
        (
            *treated, *_special_days(clean, profile.day_level), *_gaps(history, calendar),
            *_never_seen(days, open_slots, mean), *_short(history),
        ),
    )  # fmt: skip


def _judge(
    history: History, profile: FittedProfile, fitted: Mapping[str, Fitted]
) -> tuple[BackTest, intervals.Calibration]:
    """Back-test, choice and calibration; without enough past, the profile and its own word."""
    spread = profile.dispersion()
    at = origins(len(history.counts)) if len(history.counts) >= TESTABLE_DAYS else []
    if not at:
        weights = UNTESTED if UNTESTED.keys() <= fitted.keys() else {"profile": 1.0}
        return untested(weights), intervals.uncalibrated(spread)
    test = back_test(history, fitted, "profile", at)
    variance = profile.rolling_variance(at, test.actual.shape[1])
    return test, intervals.calibrate(at, test.actual, test.expected, variance, spread)


def _special_days(history: History, level: DayLevel) -> list[Treated]:
    """Whole days that the level did not learn from."""
    return [
        Treated("outlier_day", history.days[row], None, float(np.nansum(history.counts[row])), level.expected(n))
        for n, row in enumerate(level.rows)
        if level.outliers[n]
    ]


def _gaps(history: History, calendar: Calendar) -> list[Treated]:
    """Days of which nothing is known, though other days of that weekday are, and that are no holidays."""
    missing = np.isin(history.weekdays, history.weekdays[history.known_days]) & ~history.known_days
    return [
        Treated("gap", history.days[row])
        for row in np.flatnonzero(missing)
        if history.days[row] not in calendar.holidays
    ]


def _never_seen(days: Sequence[date], open_slots: Bools, mean: Floats) -> list[Treated]:
    """Days with open slots at which the weekday was never open before: nothing is known of them, 0 is said."""
    never = (open_slots & (mean == 0)).sum(axis=1)
    return [Treated("closed", day, None, float(count), 0.0) for day, count in zip(days, never, strict=True) if count]


def _short(history: History) -> list[Treated]:
    if len(history.counts) >= TESTABLE_DAYS:
        return []
    return [Treated("short_history", history.last_day, None, float(history.known_days.sum()))]


def _nothing_ever_came(history: History, days: Sequence[date]) -> Forecast:
    """A series of zeros: 0, and as many calls as could still come unseen. With a rate as unknown as Jeffreys' prior has
    it, the calls of a slot after n empty ones are negative binomial of size 1/2."""
    shape = (len(days), history.slots)
    empty = float(history.known.sum())

    def unseen(slots: float) -> list[float]:
        """Quantiles of the calls in so many slots."""
        probability = below = (empty / (empty + slots)) ** 0.5
        quantiles, count = [], 0
        for level in LEVELS:
            while below < level:
                count += 1
                probability *= (count - 0.5) / count * slots / (empty + slots)
                below += probability
            quantiles.append(float(count))
        return quantiles

    a_slot, a_day = unseen(1.0), unseen(float(history.known.any(axis=0).sum()))
    zero = np.zeros(shape)
    return Forecast(
        tuple(days), history.step_minutes, zero, np.array([np.full(shape, one) for one in a_slot]), zero.sum(axis=1),
        np.array([np.full(len(days), one) for one in a_day]), zero.sum(axis=1), 1.0, 0.0,
        Choice("zero", {}, 0, {}), (Treated("zero_series", history.last_day, None, 0.0, 0.0),),
    )  # fmt: skip
