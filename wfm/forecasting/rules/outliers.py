"""Slots that cannot be true: a stuck counter, a dead line. What they are replaced with is "not known"."""

from __future__ import annotations

import numpy as np

from wfm.forecasting.rules.forecast import Treated
from wfm.forecasting.rules.history import Bools, Floats, History

#: Robust standard deviations away from what the weekday and the day say.
FAR = 10.0
#: A day with a larger share of such slots is a special day, not a broken one.
SPECIAL_DAY = 0.2


def without_outliers(history: History) -> tuple[History, list[Treated]]:
    """The history with impossible slots taken as unknown, and which these were.

    A slot is judged by the median of its weekday times how busy its day was otherwise. Whole days are not judged here:
    they may be special, and the day level knows the calendar.
    """
    if history.slots == 1 or len(history.counts) < 14:
        return history, []
    usual = np.array([_median(history.counts[history.weekdays == weekday]) for weekday in range(7)])[history.weekdays]
    counts, judged = np.nan_to_num(history.counts), history.known & ~np.isnan(usual)
    usual = np.where(judged, usual, 0.0)
    capped = np.minimum(np.where(judged, counts, 0.0), 4 * usual + 10)
    busy = (capped.sum(axis=1) + 1) / (usual.sum(axis=1) + 1)
    expected = usual * busy[:, None]
    spread = np.sqrt(expected + (0.1 * expected) ** 2 + 1)
    deviation = np.where(judged, (counts - expected) / spread, 0.0)
    typical = max(float(np.median(np.abs(deviation[judged]))) / 0.6745, 1.0) if judged.any() else 1.0
    far: Bools = np.abs(deviation) > FAR * typical
    far &= far.sum(axis=1, keepdims=True) <= np.maximum(SPECIAL_DAY * judged.sum(axis=1, keepdims=True), 1)
    if not far.any():
        return history, []
    treated = [
        Treated("outlier_slot", history.days[day], int(slot), float(counts[day, slot]), float(expected[day, slot]))
        for day, slot in np.argwhere(far)
    ]
    return History(history.first_day, history.step_minutes, np.where(far, np.nan, history.counts)), treated


def _median(counts: Floats) -> Floats:
    known = ~np.isnan(counts).all(axis=0) if len(counts) else np.zeros(counts.shape[1], dtype=bool)
    median = np.full(counts.shape[1], np.nan)
    if known.any():
        median[known] = np.nanmedian(counts[:, known], axis=0)
    return median
