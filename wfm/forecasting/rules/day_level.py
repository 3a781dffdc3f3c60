"""How many calls a whole day brings: a sum of effects on the log scale, each a Gaussian process over days.

    log level(day) = mean + weekday + its slow drift + slow level + level of weeks + carry-over of a few days
                     + part of the month + season + first day after a closure + what the calendar knows + noise

This is ridge regression on these effects with a level that wanders, in its dual form: each effect is a covariance
between days, and its size is estimated by restricted marginal likelihood under a weak prior (MM algorithm for variance
components: Zhou, Hu, Qiao, Cho, Zhang, JCGS 28, 2019). One Cholesky factor L of the days' covariance then holds every
rolling forecast: given the first k days, day t is expected at `L[t, :k] @ z[:k]` with `z = L^-1 y`. A back-test over
all origins costs no more than one fit (see Rasmussen & Williams, Gaussian Processes, 2006, chapters 2 and 5).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.history import Bools, Floats, Ints

#: Days that are used at most: three years and a bit.
LONGEST = 1100
#: Days from which the sizes of effects are estimated: the latest year and a bit.
ESTIMATED_FROM = 400
ROUNDS = 12
#: A season is told from a drift only when it has come round.
FULL_YEAR = 400

#: What is thought of the size of each effect before a day is seen: standard deviations on the log scale (0.1 = 10 %),
#: and how many days' worth of evidence that thought weighs.
PRIOR_SD = {"drift": 0.06, "slow": 0.2, "weeks": 0.05, "days": 0.04, "month": 0.04, "season": 0.1, "noise": 0.05}
PRIOR_DAYS = 2.0
WEEKEND_SD = 1.0
WEEKDAY_SD = 0.15
SATURDAY = 5
AFTER_CLOSURE_SD = 0.15
#: No two holidays, mailings or closures are alike: each varies around what its kind does, by so much of that variance.
VARIED = 0.1
#: How `after_closure` marks a day after a closure that is not the weekly rest (1).
OUT_OF_TURN = 2
MEAN_VARIANCE = 10.0

#: A day further than this from what all others say of it is an outlier; one in a row of so many is a new level.
OUTLIER = 4.0
NEW_LEVEL_DAYS = 5
OUTLIER_VARIANCE = 1.0

#: So that the logarithm of a day without calls can be taken: added before, taken away afterwards.
HALF = 0.5


def trait_sd(trait: str) -> float:
    """How large an effect that the calendar names may be, before it is seen."""
    if trait == "holiday":
        return 0.5
    return 0.3 if trait.startswith(("holiday ", "event ")) else 0.15


@dataclass(frozen=True, slots=True)
class Effects:
    """What the effects depend on, day by day: number of the day, weekday, place in the month, traits."""

    number: Floats
    weekday: Floats
    month: Floats
    traits: Floats
    own: Floats

    @classmethod
    def of(cls, days: Sequence[date], after_closure: Ints, calendar: Calendar, names: Sequence[str]) -> Effects:
        lengths = np.array([monthrange(day.year, day.month)[1] for day in days])
        found = [set(calendar.traits(day)) for day in days]
        traits = np.array([[trait_sd(name) * (name in here) for name in names] for here in found])
        traits = traits.reshape(len(days), len(names))
        single = np.array([name != "school holidays" for name in names], dtype=bool)
        varied = (traits[:, single] ** 2).sum(axis=1) + AFTER_CLOSURE_SD**2 * (after_closure == OUT_OF_TURN)
        return cls(
            np.array([float(day.toordinal()) for day in days]),
            np.array([float(day.weekday()) for day in days]),
            (np.array([day.day for day in days]) - 0.5) / lengths,
            np.column_stack([AFTER_CLOSURE_SD * (after_closure > 0), traits]),
            VARIED * varied,
        )


def covariances(a: Effects, b: Effects, *, season: bool) -> tuple[Floats, dict[str, Floats]]:
    """Between days of `a` and of `b`: what is taken as given, and the effects of size 1 that are to be sized."""
    lag = np.abs(a.number[:, None] - b.number[None, :])
    same = (a.weekday[:, None] == b.weekday[None, :]).astype(np.float64)
    slow = np.exp(-lag / 1000.0)
    alike = (a.weekday[:, None] >= SATURDAY) == (b.weekday[None, :] >= SATURDAY)
    given = MEAN_VARIANCE + WEEKEND_SD**2 * alike + WEEKDAY_SD**2 * same + a.traits @ b.traits.T
    sized = {
        "drift": same * slow,
        "slow": slow,
        "weeks": np.exp(-lag / 40.0),
        "days": np.exp(-lag / 3.0),
        "month": np.exp(-2 * (np.sin(np.pi * (a.month[:, None] - b.month[None, :])) / 0.5) ** 2),
    }
    if season:
        sized["season"] = np.exp(-2 * (np.sin(np.pi * lag / 365.25) / 0.6) ** 2)
    return given, sized


def estimate_sizes(log_level: Floats, given: Floats, sized: dict[str, Floats], noise: Floats) -> dict[str, float]:
    """Variances of the effects and of the noise: penalised marginal likelihood, `ROUNDS` steps uphill."""
    variance = {name: PRIOR_SD[name] ** 2 for name in (*sized, "noise")}
    for _ in range(ROUNDS):
        inverse = np.linalg.inv(_sum(given, sized, variance) + np.diag(variance["noise"] + noise))
        alpha = inverse @ log_level
        parts = {name: (alpha @ matrix @ alpha, np.vdot(inverse, matrix)) for name, matrix in sized.items()}
        parts["noise"] = alpha @ alpha, np.trace(inverse)
        for name, (quadratic, trace) in parts.items():
            old, prior = variance[name], PRIOR_SD[name] ** 2
            variance[name] = float(
                np.sqrt((old**2 * quadratic + PRIOR_DAYS * prior) / (trace + PRIOR_DAYS / old)),
            )
    return variance


def _sum(given: Floats, sized: dict[str, Floats], variance: dict[str, float]) -> Floats:
    total = given.copy()
    for name, matrix in sized.items():
        total += variance[name] * matrix
    return total


@dataclass(frozen=True, slots=True)
class DayLevel:
    """Fitted: expected levels of days, as seen from the end of the history or from any day in it."""

    first_day: date
    days: int
    calendar: Calendar
    trait_names: tuple[str, ...]
    variance: dict[str, float]
    effects: Effects
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    outliers: Bools
    poisson: Floats
    mean: float
    stated: Floats
    smear: float
    factor: Floats
    whitened: Floats

    @classmethod
    def fit(cls, first_day: date, level: Floats, poisson: Floats, after_closure: Ints, calendar: Calendar) -> DayLevel:
        """From the levels of consecutive days, NaN where unknown. `poisson` is the variance that counting alone gives
        the logarithm of each. `after_closure` marks days open after a closed one (`Week.after_closure`)."""
        rows = np.flatnonzero(~np.isnan(level))[-LONGEST:]
        days = [first_day + timedelta(days=int(row)) for row in rows]
        names = tuple(sorted({trait for day in days for trait in calendar.traits(day)}))
        effects = Effects.of(days, after_closure[rows], calendar, names)
        season = bool(rows[-1] - rows[0] >= FULL_YEAR)
        given, sized = covariances(effects, effects, season=season)
        stated = np.log(calendar.factors(days))
        observed = np.log(level[rows] + HALF) - stated
        mean = float(np.median(observed))
        observed, chance = observed - mean, poisson[rows] + effects.own
        noise = chance.copy()

        first_guess = {name: PRIOR_SD[name] ** 2 for name in (*sized, "noise")}
        expected, spread = _left_out(observed, _sum(given, sized, first_guess) + np.diag(first_guess["noise"] + noise))
        deviation = (observed - expected) / np.sqrt(spread)
        typical = max(float(np.median(np.abs(deviation))) / 0.6745, 0.2)
        noise[_alone(np.abs(deviation) > 1.25 * OUTLIER * typical, deviation)] += OUTLIER_VARIANCE
        late = slice(-ESTIMATED_FROM, None)
        variance = estimate_sizes(
            observed[late], given[late, late], {name: matrix[late, late] for name, matrix in sized.items()}, noise[late]
        )

        covariance = _sum(given, sized, variance) + np.diag(variance["noise"] + chance)
        doubted = noise - chance
        expected, spread = _left_out(observed, covariance + np.diag(doubted))
        deviation = (observed - expected) / np.sqrt(spread - doubted)
        outliers = _alone(np.abs(deviation) > OUTLIER, deviation)
        covariance[np.diag_indices_from(covariance)] += OUTLIER_VARIANCE * outliers
        factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        # Days out of order are not learnt from, but they come again: in the mean they count, the giants as double days.
        counted = np.minimum(np.exp(observed), np.where(outliers, 2.0, np.inf) * np.exp(expected))
        smear = float(counted.sum() / np.exp(expected).sum()) if len(rows) > 20 else 1.0
        return cls(
            first_day, len(level), calendar, names, variance, effects, rows, outliers, poisson[rows], mean, stated,
            smear, factor, _solve_lower(factor, observed),
        )  # fmt: skip

    def expected(self, row: int) -> float:
        """What the outlier at this place of `rows` would have been, from the days before it."""
        return float(_level(self.mean + self.stated[row] + self.factor[row, :row] @ self.whitened[:row], self.smear))

    def predict(self, days: Sequence[date], after_closure: Ints) -> tuple[Floats, Floats, float]:
        """Expected levels of days after the history, the variances of their logarithms (counting noise apart), and
        the mean correlation of their errors."""
        effects = Effects.of(days, after_closure, self.calendar, self.trait_names)
        given, sized = covariances(effects, self.effects, season="season" in self.variance)
        weights = _solve_lower(self.factor, _sum(given, sized, self.variance).T)
        stated = np.log(self.calendar.factors(days))
        level = _level(self.mean + stated + weights.T @ self.whitened, self.smear)
        given, sized = covariances(effects, effects, season="season" in self.variance)
        left = _sum(given, sized, self.variance) - weights.T @ weights
        variance = np.maximum(np.diag(left), 0.0) + self.variance["noise"] + effects.own
        correlation = left / np.sqrt(np.outer(variance, variance))
        apart = ~np.eye(len(days), dtype=bool)
        shared = float(np.clip(correlation[apart].mean(), 0.0, 1.0)) if len(days) > 1 else 0.0
        return level, variance, shared

    def rolling(self, origins: Sequence[int], horizon: int) -> tuple[Floats, Floats]:
        """The same as seen after each of the first so many days: `[origin, lead]`, NaN where the day is not known."""
        level = np.full((len(origins), horizon), np.nan)
        variance = level.copy()
        position = np.full(self.days + horizon, -1)
        position[self.rows] = np.arange(len(self.rows))
        total = (self.factor**2).sum(axis=1)
        for n, origin in enumerate(origins):
            known = int(np.searchsorted(self.rows, origin))
            leads = np.flatnonzero(position[origin : origin + horizon] >= 0)
            here = position[origin + leads]
            before = self.factor[here, :known]
            level[n, leads] = _level(self.mean + self.stated[here] + before @ self.whitened[:known], self.smear)
            counting = self.poisson[here] + OUTLIER_VARIANCE * self.outliers[here]
            variance[n, leads] = np.maximum(total[here] - (before**2).sum(axis=1) - counting, self.variance["noise"])
        return level, variance


def _left_out(observed: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """What all other days say of each day, and the variance around that."""
    inverse = np.linalg.inv(covariance)
    own = np.diag(inverse)
    return observed - inverse @ observed / own, 1 / own


def _alone(far: Bools, deviation: Floats) -> Bools:
    """Outliers, without those that stand in a row on the same side: these are a new level."""
    alone = far.copy()
    start = 0
    for end in range(1, len(far) + 1):
        if end == len(far) or not far[end] or np.sign(deviation[end]) != np.sign(deviation[start]):
            if end - start >= NEW_LEVEL_DAYS:
                alone[start:end] = False
            start = end
    return alone


def _level(logarithm: Floats, smear: float) -> Floats:
    return np.asarray(np.maximum(np.exp(logarithm) * smear - HALF, 0.0))


def _solve_lower(factor: Floats, right: Floats) -> Floats:
    # numpy has no triangular solver; the general one is exact enough and quick at these sizes.
    return np.asarray(np.linalg.solve(factor, right), dtype=np.float64)
