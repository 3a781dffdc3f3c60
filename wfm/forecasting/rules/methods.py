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

    def fit(self, history: History, calendar: Calendar) -> Fitted:
        week = np.full((7, history.slots), np.nan)
        known = history.known.any(axis=1)
        for weekday in range(7):
            rows = np.flatnonzero((history.weekdays == weekday) & known)[-self.weeks :]
            if len(rows):
                counts = history.counts[rows]
                seen = (~np.isnan(counts)).sum(axis=0)
                sums = np.nansum(counts, axis=0)
                week[weekday] = np.divide(sums, seen, out=np.full(history.slots, np.nan), where=seen > 0)
        return ByWeekday(week)


@dataclass(frozen=True, slots=True)
class ByWeekday:
    """The same forecast for every Monday, every Tuesday, ..."""

    week: Floats

    def predict(self, days: Sequence[date]) -> Floats:
        return self.week[[day.weekday() for day in days]]
