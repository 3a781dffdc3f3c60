"""What-if: the calls of days, had the centre other hours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def in_other_hours(calls: Array, starts: Sequence[int], opens: int, closes: int, follows: float) -> Array:
    """The calls of days (rows) by slots that begin at the minutes `starts` (columns), had the centre other hours.

    What falls outside the new hours comes within them for the share `follows`, spread as the calls there are; hours
    that are new take no calls from nowhere: the day's total stays, and they get as many a slot as the nearest slot that
    was open before everything is scaled back to that total. NaN is a slot nobody calls in. An assumption, not a
    forecast: nobody has measured who calls in hours that never were.
    """
    begins = np.asarray(starts)
    inside = (begins >= opens) & (begins < closes)
    changed = np.array(calls, dtype=float)
    for row in changed:
        known = np.flatnonzero(~np.isnan(row))
        if not known.size or not row[known].sum():
            row[~inside] = np.nan
            continue
        total, outside = row[known].sum(), np.nansum(row[~inside])
        new = np.flatnonzero(inside & np.isnan(row) & ((begins < begins[known[0]]) | (begins > begins[known[-1]])))
        row[new] = row[known[np.abs(new[:, None] - known).argmin(axis=1)]] if new.size else row[new]
        row[~inside] = np.nan
        kept = np.nansum(row)
        if kept:
            row[:] = row / kept * (total - (1 - follows) * outside)
    return changed
