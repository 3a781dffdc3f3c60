"""Methods of statsforecast (extra `forecast`) behind the same interface: totals of days by AutoETS or MSTL, divided
among slots by the profile of the week.

Imported only when asked for. Gaps are filled with the mean of the weekday, since these models know none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.history import Floats, History
from wfm.forecasting.rules.methods import mean_of_known
from wfm.forecasting.rules.profile import HALF_LIVES, Week, day_levels, shares


@dataclass(frozen=True, slots=True)
class DailyModel:
    """A model of statsforecast for totals of days; `autoets` or `mstl`, both with a season of a week."""

    name: str

    def fit(self, history: History, calendar: Calendar) -> FittedDailyModel:
        week = Week.of(history, calendar)
        share = shares(history, week, np.nansum(history.counts, axis=1), len(history.counts), HALF_LIVES[-1], 0.0)
        level = day_levels(history, share)
        return FittedDailyModel(self.name, history, week, level, _filled(history, level))


@dataclass(frozen=True, slots=True)
class FittedDailyModel:
    """Levels of days as they are known, and totals without gaps."""

    name: str
    history: History
    week: Week
    level: Floats
    totals: Floats

    def predict(self, days: Sequence[date]) -> Floats:
        ahead = np.array([(day - self.history.last_day).days for day in days])
        return np.asarray(self._from(len(self.totals), int(ahead.max()))[ahead - 1])

    def rolling(self, origins: Sequence[int], horizon: int) -> Floats:
        return np.array([self._from(origin, horizon) for origin in origins])

    def _from(self, origin: int, horizon: int) -> Floats:
        totals = np.maximum(_model(self.name).forecast(y=self.totals[:origin], h=horizon)["mean"], 0.0)
        weekdays = (self.history.first_day.weekday() + origin + np.arange(horizon)) % 7
        share = shares(self.history, self.week, self.level, origin, HALF_LIVES[-1], 0.0)
        return np.asarray(totals[:, None] * share[weekdays], dtype=np.float64)


def _model(name: str) -> Any:
    from statsforecast.models import MSTL, AutoETS

    return MSTL(season_length=7) if name == "mstl" else AutoETS(season_length=7)


def _filled(history: History, totals: Floats) -> Floats:
    week = np.array([mean_of_known(totals[history.weekdays == weekday, None])[0] for weekday in range(7)])
    return np.where(np.isnan(totals), np.nan_to_num(week[history.weekdays]), totals)
