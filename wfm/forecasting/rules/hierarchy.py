"""Forecasts that add up: parts (partner x service) to their queue, queues to the centre.

Everything is kept in thousandths of a call. A part is a smoothed share of its queue, dealt out by largest remainders
(Hamilton), so that sums agree exactly. Intervals of a part come from those of the queue's total, from how far its share
strays, and from the chance of counts: the negative binomial law, which for small means is no bell at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.history import Floats

Ints = NDArray[np.int64]
Name = TypeVar("Name")

#: Thousandths of a call.
MILLI = 1000
#: After so many days a call of the past weighs half as much for a share.
HALF_LIFE_DAYS = 90.0
#: The share of the whole history weighs as much as so many calls.
PRIOR_CALLS = 100.0
#: Beyond it a count is so large that its law is as good as continuous.
LARGE_MEAN = 3_000.0


def to_milli(calls: Floats) -> Ints:
    """Calls in thousandths."""
    return np.asarray(np.rint(np.asarray(calls) * MILLI), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Share:
    """A part's share of its queue, and how far it strays from day to day beyond chance, as a share of itself."""

    share: float
    sd: float


def shares(parts: Mapping[Name, Floats]) -> dict[Name, Share]:
    """Shares of the parts of a queue from their calls by day, the newest day last; they sum to 1.

    Recent days weigh more; a part of which little is known lately is drawn to its share of the whole history.
    """
    names = list(parts)
    counts = np.nan_to_num(np.array([parts[name] for name in names]))
    if not names or counts.sum() <= 0:
        return {}
    age = np.arange(counts.shape[1])[::-1]
    recent = counts @ np.exp2(-age / HALF_LIFE_DAYS)
    overall = counts.sum(axis=1) / counts.sum()
    share = (recent + PRIOR_CALLS * overall) / (recent.sum() + PRIOR_CALLS)
    totals = counts.sum(axis=0)
    return {
        name: Share(float(own), _strays(row, totals, float(own)))
        for name, row, own in zip(names, counts, share / share.sum(), strict=True)
    }


def _strays(counts: Floats, totals: Floats, share: float) -> float:
    """What is left of a part's variance given the queue's totals when the binomial's is taken away (moments)."""
    expected = share * totals
    if expected.sum() <= 0:
        return 0.0
    beyond = ((counts - expected) ** 2 - expected * (1 - share)).sum() / max((expected**2).sum(), 1e-9)
    return float(np.sqrt(min(max(beyond, 0.0), 1.0)))


def deal_out(totals: Ints, weights: Sequence[float]) -> Ints:
    """`[part, ...]`: whole numbers in these proportions that sum to each total exactly (largest remainders)."""
    share = np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    flat = totals.reshape(-1)
    exact = share[:, None] * flat[None, :]
    dealt = np.floor(exact).astype(np.int64)
    left = flat - dealt.sum(axis=0)
    order = np.argsort(-(exact - dealt), axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(share))[:, None], axis=0)
    return np.asarray((dealt + (rank < left[None, :])).reshape(len(share), *totals.shape), dtype=np.int64)


def part_quantiles(mean: Floats, share: Share, total_sd: Floats) -> Floats:
    """Quantiles `[level, ...]` (LEVELS) of a part's calls a day, around `mean` (calls).

    `total_sd` is how unsure the queue's total is on the log scale. Whole numbers: P(at most the quantile) is at least
    the level.
    """
    return count_quantiles(mean, mean + mean**2 * (np.expm1(total_sd**2) + share.sd**2), LEVELS)


def count_quantiles(mean: Floats, variance: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles `[level, ...]` of counts with this mean and variance: negative binomial, Poisson where the variance is
    no greater than the mean, gamma-like where the mean is large."""
    mean, variance = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(variance, dtype=float))
    found = np.zeros((len(levels), *mean.shape))
    for place in np.ndindex(mean.shape):
        found[(slice(None), *place)] = _quantiles(float(mean[place]), float(variance[place]), levels)
    return np.asarray(found)


def _quantiles(mean: float, variance: float, levels: Sequence[float]) -> Floats:
    if mean <= 0:
        return np.zeros(len(levels))
    if mean > LARGE_MEAN:
        sd = np.sqrt(np.log1p(max(variance, mean) / mean**2))
        return np.asarray(np.rint(mean * np.exp(_Z(levels) * sd - sd**2 / 2)))
    cdf = count_cdf(mean, variance)
    return np.asarray(np.searchsorted(cdf, np.asarray(levels)), dtype=np.float64)


def count_cdf(mean: float, variance: float) -> Floats:
    """P(count <= n) for n = 0, 1, ... as far as it matters."""
    top = int(mean + 12 * np.sqrt(max(variance, mean)) + 20)
    n = np.arange(1, top + 1)
    if variance <= mean * (1 + 1e-9):
        log_first, ratios = -mean, mean / n
    else:
        size = mean**2 / (variance - mean)
        log_first = -size * np.log1p(mean / size)
        ratios = (n + size - 1) / n * (mean / (mean + size))
    logs = log_first + np.concatenate(([0.0], np.cumsum(np.log(ratios))))
    return np.asarray(np.minimum(np.cumsum(np.exp(logs)), 1.0))


def randomised_pit(count: int, mean: float, variance: float, chance: float) -> float:
    """Where a count lies in its forecast law, made continuous by `chance` in [0, 1): uniform if the law is true.

    Source: Czado, Gneiting & Held, Predictive model assessment for count data, Biometrics 65 (2009).
    """
    if mean <= 0:
        return chance if count == 0 else 1.0
    cdf = count_cdf(mean, variance)
    upper = cdf[min(count, len(cdf) - 1)]
    lower = cdf[min(count - 1, len(cdf) - 1)] if count > 0 else 0.0
    return float(lower + chance * (upper - lower))


def sum_quantiles(means: Floats, upper: Floats, lower: Floats, correlation: float) -> Floats:
    """Quantiles `[level, ...]` of a sum over the first axis, from the 80 % intervals of what is added up.

    Any two have the same `correlation`; the sum is taken as lognormal with that mean and variance.
    """
    deviations = (upper - lower) / (2 * float(_Z([0.9])[0]))
    own = (deviations**2).sum(axis=0)
    together = deviations.sum(axis=0) ** 2
    variance = (1 - correlation) * own + correlation * together
    mean = means.sum(axis=0)
    sd = np.sqrt(np.log1p(np.divide(variance, mean**2, out=np.zeros_like(mean), where=mean > 0)))
    scores = _Z(LEVELS).reshape(-1, *[1] * mean.ndim)
    return np.asarray(mean * np.exp(scores * sd - sd**2 / 2))


def common_correlation(totals: Floats) -> float:
    """How much the day totals of queues, `[queue, day]` with NaN, go up and down together: the mean correlation of
    their logs, each around the mean of its last weekdays; between 0 and 1, 0 where nothing can be told."""
    logs = np.log(np.where(totals > 0, totals, np.nan))
    around = np.full_like(logs, np.nan)
    for weekday in range(7):
        rows = logs[:, weekday::7]
        seen = np.isfinite(rows)
        means = np.divide(
            np.where(seen, rows, 0).sum(axis=1), seen.sum(axis=1), out=np.zeros(len(rows)), where=seen.sum(axis=1) > 0
        )
        around[:, weekday::7] = rows - means[:, None]
    found = []
    for i in range(len(around)):
        for j in range(i):
            both = np.isfinite(around[i]) & np.isfinite(around[j])
            if both.sum() >= 30 and around[i][both].std() > 0 and around[j][both].std() > 0:
                found.append(np.corrcoef(around[i][both], around[j][both])[0, 1])
    return float(np.clip(np.mean(found), 0.0, 1.0)) if found else 0.0


def _Z(levels: Sequence[float]) -> Floats:
    from statistics import NormalDist

    return np.array([NormalDist().inv_cdf(level) for level in levels])
