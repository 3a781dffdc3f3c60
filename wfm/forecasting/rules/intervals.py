"""How sure: intervals that would have held in the past.

A count with mean m varies by counting and a little more, `dispersion * m`, and because the level of its day was not
known, `(sd * m) ** 2`. Where the variance is of that form, `stabilise` turns counts into a scale on which the errors of
large and small means look alike; the quantiles of past errors on this scale, turned back around a new mean, give the
interval (split conformal prediction: Vovk, Gammerman, Shafer 2005; Lei et al., JASA 113, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.history import Bools, Floats

#: Leads that are judged together: how much wider than the model says errors were.
LEAD_GROUPS = (3, 7, 14, 28)
#: The model's own word weighs as much as so many independent days.
PRIOR_DAYS = 15.0
NORMAL = np.array([-1.959964, -1.281552, 1.281552, 1.959964])
#: Below this mean, counts are so coarse that whole numbers of a distribution are given instead.
COARSE = 3.0
CONTINUITY = 0.375


def stabilise(counts: Floats, sd: Floats, dispersion: float) -> Floats:
    """Counts on a scale where `dispersion * m + (sd * m) ** 2` becomes about 1 (Anscombe, Biometrika 35, 1948)."""
    return 2 / sd * np.arcsinh(sd * np.sqrt((counts + CONTINUITY) / dispersion))


def unstabilise(scale: Floats, sd: Floats, dispersion: float) -> Floats:
    """The count at a place on that scale, never below zero."""
    root = np.sinh(np.maximum(scale, 0.0) * sd / 2) / sd
    return np.asarray(np.maximum(dispersion * root**2 - CONTINUITY, 0.0))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the back-test says of the sureness of a method."""

    dispersion: float
    widening: Floats
    slot_scores: Floats
    day_scores: Floats

    def day_sd(self, variance: Floats, leads: Floats) -> Floats:
        """Standard deviation of the logarithm of days' levels, from the model's variance and the lead in days."""
        group = np.minimum(np.searchsorted(LEAD_GROUPS, leads), len(LEAD_GROUPS) - 1)
        return np.sqrt(variance * self.widening[group])

    def slots(self, mean: Floats, sd: Floats) -> Floats:
        """Quantiles `[level, ...]` of single slots."""
        return _quantiles(mean, sd, self.dispersion, self.slot_scores)

    def totals(self, mean: Floats, sd: Floats) -> Floats:
        """Quantiles `[level, ...]` of whole days."""
        return _quantiles(mean, sd, self.dispersion, self.day_scores)


def uncalibrated(dispersion: float = 1.0) -> Calibration:
    """Nothing to judge by: the model's own word, a normal distribution on the stable scale."""
    return Calibration(dispersion, np.ones(len(LEAD_GROUPS)), NORMAL, NORMAL)


def calibrate(
    origins: Sequence[int], actual: Floats, expected: Floats, variance: Floats, dispersion: float
) -> Calibration:
    """From what came and what had been said, `[origin, lead, slot]`, and the model's variance `[origin, lead]`."""
    rated = ~np.isnan(actual) & ~np.isnan(expected)
    came = np.where(rated, actual, 0.0).sum(axis=2)
    said = np.where(rated, expected, 0.0).sum(axis=2)
    whole = rated.any(axis=2) & (said > 0) & ~np.isnan(variance)
    if not whole.any():
        return uncalibrated(dispersion)
    leads = np.arange(1, actual.shape[1] + 1)
    widening = _widening(came, said, variance, dispersion, whole)
    found = Calibration(dispersion, widening, NORMAL, NORMAL)
    sd = found.day_sd(np.where(whole, variance, 1.0), np.broadcast_to(leads, whole.shape))
    days = len(np.unique((np.asarray(origins)[:, None] + leads)[whole]))
    day_scores = stabilise(came[whole], sd[whole], dispersion) - stabilise(said[whole], sd[whole], dispersion)
    day_quantiles = _score_quantiles(day_scores, days, independent=days * _independence(day_scores, whole))
    if actual.shape[2] == 1:
        return Calibration(dispersion, widening, day_quantiles, day_quantiles)
    fine = rated & whole[:, :, None] & (expected >= COARSE)
    wide = np.broadcast_to(sd[:, :, None], actual.shape)[fine]
    slot_scores = stabilise(actual[fine], wide, dispersion) - stabilise(expected[fine], wide, dispersion)
    return Calibration(dispersion, widening, _score_quantiles(slot_scores, days, independent=days), day_quantiles)


def _widening(came: Floats, said: Floats, variance: Floats, dispersion: float, whole: Bools) -> Floats:
    """How many times the model's variance past errors had, by group of leads; drawn to 1, never narrower for longer."""
    ratio = np.log((came + 0.5) / (said + 0.5))
    widening = np.ones(len(LEAD_GROUPS))
    start = 0
    for n, end in enumerate(LEAD_GROUPS):
        here = np.zeros_like(whole)
        here[:, start:end] = whole[:, start:end]
        start = end
        if here.any():
            own = np.minimum(ratio[here] ** 2, 9 * (variance[here] + dispersion / said[here]))
            excess = np.maximum((own - dispersion / said[here]).sum() / variance[here].sum(), 0.1)
            count = here.any(axis=1).sum()
            widening[n] = (count * excess + PRIOR_DAYS) / (count + PRIOR_DAYS)
        elif n:
            widening[n] = widening[n - 1]
    return widening


def _independence(scores: Floats, whole: Bools) -> float:
    """What share of days tells something new, when a day's error goes on in part on the next one: (1 - r) / (1 + r)
    with r the correlation of following days as seen from the same origin (Bayley & Hammersley, JRSS 8, 1946)."""
    row = np.full(whole.shape, np.nan)
    row[whole] = scores
    before, after = row[:, :-1], row[:, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    if both.sum() < 10:
        return 1 / 7
    spread = float((scores**2).mean())
    r = float(np.clip((before[both] * after[both]).mean() / max(spread, 1e-12), 0.0, 0.9))
    return (1 - r) / (1 + r)


def _score_quantiles(scores: Floats, days: int, *, independent: float) -> Floats:
    """Quantiles of past errors at `LEVELS`, wider for few independent ones, drawn to the normal ones."""
    if not len(scores):
        return NORMAL
    levels = np.clip(0.5 + (np.array(LEVELS) - 0.5) * (1 + 1 / max(independent, 1.0)), 0.0, 1.0)
    return np.asarray((days * np.quantile(scores, levels) + PRIOR_DAYS * NORMAL) / (days + PRIOR_DAYS))


def _quantiles(mean: Floats, sd: Floats, dispersion: float, scores: Floats) -> Floats:
    sd = np.maximum(np.broadcast_to(sd, mean.shape), 1e-3)
    middle = stabilise(mean, sd, dispersion)
    fine = np.array([unstabilise(middle + score, sd, dispersion) for score in scores])
    coarse = mean < COARSE
    if coarse.any():
        fine[:, coarse] = count_quantiles(mean[coarse], sd[coarse], dispersion)
    return fine


def count_quantiles(mean: Floats, sd: Floats, dispersion: float) -> Floats:
    """Whole-number quantiles of small counts: negative binomial of that mean and variance, Poisson at the least."""
    levels = np.array(LEVELS)[:, None]
    excess = np.maximum((dispersion - 1) * mean + (sd * mean) ** 2, 1e-9 * (1 + mean))
    size = np.maximum(mean, 1e-12) ** 2 / excess
    share = mean / (mean + size)
    probability = np.exp(size * np.log1p(-share))
    below = probability.copy()
    found = np.zeros((len(LEVELS), len(mean)))
    for count in range(200):
        short = below < levels
        if not short.any():
            break
        found += short
        probability = probability * (count + size) / (count + 1) * share
        below = below + probability
    return found
