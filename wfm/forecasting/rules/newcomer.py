"""A partner that will join or has just joined: how many calls to expect of it before its own history can tell.

Calls a day are inhabitants x rate. What is known of the rate is a gamma law: from comparable partners, whose rates
differ by more than chance; from what the partner counted itself, taken with salt, since a switchboard counts other
things than the centre; and from its own calls as they come, which soon outweigh both (gamma-Poisson, see Gelman et al.,
Bayesian Data Analysis, 3rd ed., section 2.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.hierarchy import count_quantiles
from wfm.forecasting.rules.history import Floats

#: How far what a partner counted itself may be from what the centre will get, on the log scale: half to double in
#: about 95 of 100 cases. An assumption, to be replaced once enough partners have joined.
PROFILE_SD = 0.35
#: How far rates of partners differ at least, whatever a few of them say.
LEAST_SPREAD, FEWEST = 0.2, 3
#: Without any comparable partner: anything from a third to three times the guess.
WIDE_SD = 0.6


@dataclass(frozen=True, slots=True)
class Rate:
    """What is known of calls a person and open day: a gamma law, given by its shape and its mean."""

    shape: float
    mean: float

    @property
    def sd(self) -> float:
        """As a share of the mean."""
        return float(1 / np.sqrt(self.shape))


def rate_of_comparable(calls: Sequence[float], exposure: Sequence[float]) -> Rate | None:
    """From comparable partners' calls and exposure (inhabitants x open days): their mean rate, and how much rates
    differ between partners beyond the chance of counting (moments). None if nothing is known."""
    counts, exposed = np.asarray(calls, dtype=float), np.asarray(exposure, dtype=float)
    counts, exposed = counts[exposed > 0], exposed[exposed > 0]
    if counts.sum() <= 0:
        return None
    if len(counts) < FEWEST:
        return Rate(1 / WIDE_SD**2, float(counts.sum() / exposed.sum()))
    rates = counts / exposed
    mean = float(rates.mean())  # each partner is one example, however large
    chance = float((mean / exposed).mean())
    spread = max(float(rates.var(ddof=1)) - chance, 0.0) / mean**2
    # the mean of a few examples is unsure itself
    spread = max(spread, LEAST_SPREAD**2) * (1 + 1 / len(rates))
    return Rate(1 / spread, mean)


def with_profile(known: Rate | None, own_rate: float) -> Rate:
    """What is known, and what the partner counted itself (calls a person and open day), each by its precision on the
    log scale."""
    profile_variance = PROFILE_SD**2
    if known is None:
        return Rate(1 / np.expm1(profile_variance), own_rate)
    variance = float(np.log1p(1 / known.shape))
    weight = profile_variance / (variance + profile_variance)
    log_mean = weight * (np.log(known.mean) - variance / 2) + (1 - weight) * np.log(own_rate)
    joint = variance * profile_variance / (variance + profile_variance)
    return Rate(float(1 / np.expm1(joint)), float(np.exp(log_mean + joint / 2)))


def with_calls(known: Rate, calls: float, exposure: float, dispersion: float) -> Rate:
    """What is known once so many calls have come over this exposure (inhabitants x open days).

    `dispersion` is the variance of a day's calls over their mean: days that differ tell less than their calls.
    """
    weight = max(dispersion, 1.0)
    shape = known.shape + calls / weight
    scale = known.shape / known.mean + exposure / weight
    return Rate(shape, shape / scale)


def day_dispersion(counts: Floats) -> float:
    """Variance of the calls of open days over their mean; 3 where there are too few days to tell."""
    days = counts[~np.isnan(counts)]
    if len(days) < 10 or days.mean() <= 0:
        return 3.0
    return max(float(days.var(ddof=1) / days.mean()), 1.0)


def forecast_days(rate: Rate, inhabitants: float, weights: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """Mean and quantiles `[level, day]` (LEVELS) of calls on days with these weights (1 = an ordinary open day)."""
    mean = rate.mean * inhabitants * weights
    return mean, count_quantiles(mean, mean * max(dispersion, 1.0) + mean**2 / rate.shape, LEVELS)
