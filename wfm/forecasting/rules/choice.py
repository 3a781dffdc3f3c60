"""The one call of a service: a history in, the best forecast out, with what was chosen and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.forecast import LEVELS, Choice, Forecast
from wfm.forecasting.rules.history import Bools, History
from wfm.forecasting.rules.methods import WeekMean


def forecast(
    history: History, calendar: Calendar, days: Sequence[date], *, open_slots: Bools | None = None
) -> Forecast:
    """Forecast these days (after the end of the history, in any number and order).

    `open_slots[day, slot]` says when the centre will be open; without it, a slot is taken as open on the weekdays on
    which it has been seen. Closed slots are 0.
    """
    method = WeekMean(8)
    mean = np.nan_to_num(method.fit(history, calendar).predict(days)) * calendar.factors(days)[:, None]
    if open_slots is not None:
        mean = np.where(open_slots, mean, 0.0)
    totals = mean.sum(axis=1)
    scores = np.array([-1.96, -1.2816, 1.2816, 1.96])
    quantiles = np.maximum(mean + scores[:, None, None] * np.sqrt(mean + (0.1 * mean) ** 2), 0.0)
    total_quantiles = totals * np.exp(0.1 * scores[:, None])
    assert len(scores) == len(LEVELS)
    choice = Choice(method.name, {}, 0, {method.name: 1.0})
    return Forecast(
        tuple(days), history.step_minutes, mean, quantiles, totals, total_quantiles,
        np.full(len(days), 0.1), 1.0, 0.5, choice,
    )  # fmt: skip
