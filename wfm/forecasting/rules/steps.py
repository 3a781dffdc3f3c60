"""A forecast in longer steps: slots added up, with what is unsure of the day common to all of them."""

from __future__ import annotations

import numpy as np

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.hierarchy import count_quantiles
from wfm.forecasting.rules.history import Floats

Z80 = 1.2816


def add_up(calls: Floats, lower: Floats, upper: Floats, day_sd: float) -> tuple[float, Floats]:
    """Calls and quantiles (LEVELS) of some slots of a day together, from their means and 80 % intervals."""
    total = float(calls.sum())
    variance = ((upper - lower) / (2 * Z80)) ** 2
    common = np.minimum(calls**2 * np.expm1(day_sd**2), variance)
    joint = float((variance - common).sum() + np.sqrt(common).sum() ** 2)
    return total, count_quantiles(np.array(total), np.array(max(joint, total)), LEVELS)
