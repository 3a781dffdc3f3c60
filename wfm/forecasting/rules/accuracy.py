"""How far forecasts were off. Never a mean of percentages: a quiet slot would count as much as a busy one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from wfm.forecasting.rules.history import Floats

#: The horizons that are told: the first day, the first week, four weeks.
HORIZONS = (1, 7, 28)


def wape(actual: Floats, expected: Floats) -> float:
    """Sum of absolute errors over the sum of calls (WAPE), over all that is known; NaN if no call came.

    Source: Kolassa & Schuetz, Foresight 6 (2007): the weighted form of the mean absolute percentage error.
    """
    rated = ~np.isnan(actual) & ~np.isnan(expected)
    calls = actual[rated].sum()
    return float(np.abs(actual - expected)[rated].sum() / calls) if calls > 0 else float("nan")


def relative_rmse(actual: Floats, expected: Floats) -> float:
    """Root of the mean squared error over the mean count: smallest for the true mean, however small counts are; NaN if
    no call came."""
    rated = ~np.isnan(actual) & ~np.isnan(expected)
    calls = actual[rated].sum()
    if not calls > 0:
        return float("nan")
    return float(np.sqrt(((actual - expected)[rated] ** 2).mean()) / actual[rated].mean())


def bias(actual: Floats, expected: Floats) -> float:
    """Sum of errors over the sum of calls: above zero, more was forecast than came; NaN if no call came."""
    rated = ~np.isnan(actual) & ~np.isnan(expected)
    calls = actual[rated].sum()
    return float((expected - actual)[rated].sum() / calls) if calls > 0 else float("nan")


def coverage(actual: Floats, low: Floats, high: Floats) -> float:
    """Share of known counts inside their interval, ends included; NaN if nothing is known."""
    rated = ~np.isnan(actual)
    return float(((low <= actual) & (actual <= high))[rated].mean()) if rated.any() else float("nan")


Measure = Callable[[Floats, Floats], float]


def by_horizon(
    actual: Floats, expected: Floats, horizons: Sequence[int] = HORIZONS, *, measure: Measure = wape
) -> Mapping[int, float]:
    """Error of the first day, days 1 to 7, ... of `[origin, lead, ...]`; horizons of which nothing is known are left
    out."""
    errors = {days: measure(actual[:, :days], expected[:, :days]) for days in horizons}
    return {days: error for days, error in errors.items() if not np.isnan(error)}
