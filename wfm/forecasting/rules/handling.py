"""Handling times: how long a call takes, by weekday and slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from wfm.forecasting.rules.history import Floats, History

#: So many calls weigh as much as what is known of the larger group a figure is drawn to.
PRIOR_CALLS = 200.0


def handling_times(calls: History, handling_s: Floats, days: Sequence[date]) -> Floats:
    """Mean handling time in seconds by day and slot, for days to come.

    `handling_s[day, slot]` are the summed seconds of the calls handled in that slot of the history. A mean is one of
    sums, never of means; that of a weekday's slot is drawn to the slot's of all weekdays and that to the whole queue's,
    the more the fewer calls there are. NaN everywhere if no call was handled.
    """
    seen = calls.known & ~np.isnan(handling_s)
    count, seconds = np.where(seen, calls.counts, 0.0), np.where(seen, handling_s, 0.0)
    if count.sum() == 0:
        return np.full((len(days), calls.slots), np.nan)
    overall = seconds.sum() / count.sum()
    slot = (seconds.sum(axis=0) + PRIOR_CALLS * overall) / (count.sum(axis=0) + PRIOR_CALLS)
    week = np.empty((7, calls.slots))
    for weekday in range(7):
        rows = calls.weekdays == weekday
        week[weekday] = (seconds[rows].sum(axis=0) + PRIOR_CALLS * slot) / (count[rows].sum(axis=0) + PRIOR_CALLS)
    return week[[day.weekday() for day in days]]
