"""What will come, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from wfm.forecasting.rules.history import Floats

#: The quantiles a forecast holds: the ends of its 95 % and 80 % intervals.
LEVELS = (0.025, 0.1, 0.9, 0.975)


@dataclass(frozen=True, slots=True)
class Treated:
    """Something in the history that was not taken as it stands: shown, never hidden.

    `kind` is `outlier_day` or `outlier_slot` (not learnt from), `gap` (a usual day of which nothing is known), `closed`
    (a day to come with so many slots asked for that were never open), `short_history` (so many known days, no
    back-test) or `zero_series`. `slot` is None for whole days; `seen` is what stood there, `used` what would be usual.
    """

    kind: str
    day: date
    slot: int | None = None
    seen: float | None = None
    used: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which method was taken, or which mix with which weights, and the errors of all in the back-test (mean of those
    of day 1, days 1 to 7 and 1 to 28): `wape`, or `relative_rmse` where counts are small."""

    method: str
    errors: Mapping[str, float]
    origins: int
    weights: Mapping[str, float]
    measure: str = "wape"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Calls by day and slot: `mean[day, slot]`, `quantiles[level, day, slot]` for `LEVELS`; of whole days `totals[day]`
    and `total_quantiles[level, day]`.

    The total of a day is lognormal around its mean with `day_sd[day]` (on the log scale), and given the total a slot
    has the variance `dispersion` x its mean (1 = Poisson). `shared` is the part of the variance of `day_sd` that all
    days of the forecast have in common, so that sums over many days stay as unsure as they are.
    """

    days: tuple[date, ...]
    step_minutes: int
    mean: Floats
    quantiles: Floats
    totals: Floats
    total_quantiles: Floats
    day_sd: Floats
    dispersion: float
    shared: float
    choice: Choice
    treated: tuple[Treated, ...] = ()

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """So many futures, `[draw, day, slot]`, coherent: sums of them are sums of the same future."""
        common = rng.standard_normal((count, 1)) * np.sqrt(self.shared)
        own = rng.standard_normal((count, len(self.days))) * np.sqrt(1 - self.shared)
        level = np.exp((common + own) * self.day_sd - self.day_sd**2 / 2)
        mean = self.mean * level[:, :, None]
        if self.dispersion <= 1.0:
            return np.asarray(rng.poisson(mean), dtype=np.float64)
        shape = mean / (self.dispersion - 1.0)
        return np.asarray(rng.poisson(rng.gamma(shape) * (self.dispersion - 1.0)), dtype=np.float64)
