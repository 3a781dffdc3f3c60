"""The small interface of all methods, and the simple ones that every other has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.history import Floats, History


class Fitted(Protocol):
    """A method that has learnt from a history."""

    def predict(self, days: Sequence[date]) -> Floats:
        """Expected counts `[day, slot]` of days after the history; NaN where it cannot tell."""

    def rolling(self, origins: Sequence[int], horizon: int) -> Floats:
        """The same for the `horizon` days after each of the first `origin` days, seen from there: `[origin, lead,
        slot]`. Days that are not known, or not in the history, may be NaN: nothing is compared with them."""


class Method(Protocol):
    """One way to forecast. Intervals are not its business: they come from its errors in the back-test."""

    @property
    def name(self) -> str: ...

    def fit(self, history: History, calendar: Calendar) -> Fitted: ...


@dataclass(frozen=True, slots=True)
class WeekMean:
    """The mean of the last `weeks` known same weekdays, slot by slot; one week is the seasonal naive forecast."""

    weeks: int

    @property
    def name(self) -> str:
        return "seasonal naive" if self.weeks == 1 else f"mean of {self.weeks} weeks"

    def fit(self, history: History, calendar: Calendar) -> FittedWeekMean:
        plain = history.counts / calendar.factors(history.days)[:, None]
        return FittedWeekMean(History(history.first_day, history.step_minutes, plain), calendar, self.weeks)


@dataclass(frozen=True, slots=True)
class FittedWeekMean:
    """A history without the stated effects of events, of which weeks are averaged."""

    history: History
    calendar: Calendar
    weeks: int

    def predict(self, days: Sequence[date]) -> Floats:
        week = self._week(len(self.history.counts))
        return week[[day.weekday() for day in days]] * self.calendar.factors(days)[:, None]

    def rolling(self, origins: Sequence[int], horizon: int) -> Floats:
        first = self.history.first_day.weekday()
        leads = np.arange(horizon)
        mean = np.array([self._week(origin)[(first + origin + leads) % 7] for origin in origins])
        factors = np.concatenate([self.calendar.factors(self.history.days), np.ones(horizon)])
        return np.asarray(mean * factors[np.asarray(origins)[:, None] + leads][:, :, None])

    def _week(self, days: int) -> Floats:
        """Mean of each weekday, from the first so many days."""
        counts, weekdays = self.history.counts[:days], self.history.weekdays[:days]
        known = ~np.isnan(counts).all(axis=1)
        week = np.full((7, self.history.slots), np.nan)
        for weekday in range(7):
            rows = np.flatnonzero((weekdays == weekday) & known)[-self.weeks :]
            if len(rows):
                week[weekday] = mean_of_known(counts[rows])
        return week


def mean_of_known(counts: Floats) -> Floats:
    """Mean of each slot over days on which it is known, NaN where it never is."""
    seen = (~np.isnan(counts)).sum(axis=0)
    mean = np.full(counts.shape[1], np.nan)
    np.divide(np.nansum(counts, axis=0), seen, out=mean, where=seen > 0)
    return mean
