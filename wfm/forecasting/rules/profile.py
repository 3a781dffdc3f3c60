"""Day level x profile of the weekday: the method that knows the calendar.

The level of a day is its calls had it been open and known as its weekday usually is, so a day of which half is missing
tells as much as it can. The profile of a weekday (what share of the level comes in each slot) is a mean of past days
that weighs late ones more, drawn a little to the profile of all weekdays; how fast it forgets and how far neighbouring
slots are smoothed into each other is what would have been best in the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.day_level import OUT_OF_TURN, DayLevel
from wfm.forecasting.rules.history import Bools, Floats, History, Ints
from wfm.forecasting.rules.methods import mean_of_known

#: Days after which a day counts half in the profile, and widths of smoothing in slots: the past decides.
HALF_LIVES = (28.0, 84.0, 365.0)
WIDTHS = (0.0, 0.7, 1.5)
#: The profile of all weekdays weighs as much as so many days of the weekday itself.
POOLED_DAYS = 1.0
#: A day without a single call, where so many are usual, was closed.
CLOSED_BELOW = 20.0
#: What is assumed of slots around a profile that a few days have told.
SHORT_DISPERSION = 3.0


@dataclass(frozen=True, slots=True)
class Week:
    """When a queue is usually open, and whether it closes on public holidays."""

    open: Bools
    closed_on_holidays: bool

    @classmethod
    def of(cls, history: History, calendar: Calendar) -> Week:
        """A slot is open on a weekday if it was ever known there. A weekday that no day of the history was is open as
        the others are; one that came twice or more and was never known is closed."""
        weekdays, known = history.weekdays, history.known
        week = np.array([known[weekdays == weekday].any(axis=0) for weekday in range(7)])
        seen = np.bincount(weekdays, minlength=7)
        week[(seen < 2) & ~week.any(axis=1)] = known.any(axis=0)
        usual = np.asarray(week.any(axis=1))[weekdays]
        holiday = np.array([day in calendar.holidays for day in history.days]) & usual
        worked = np.nansum(history.counts[holiday], axis=1) > 0
        return cls(week, bool(holiday.any() and not worked.any()))

    def slots(self, days: Sequence[date], calendar: Calendar) -> Bools:
        """Open slots of days to come."""
        slots = self.open[[day.weekday() for day in days]]
        if self.closed_on_holidays:
            slots &= ~np.array([day in calendar.holidays for day in days])[:, None]
        return np.asarray(slots)

    def after_closure(self, days: Sequence[date], known: Bools, calendar: Calendar) -> Ints:
        """Which of consecutive days follow a closed one, since calls wait for them: 0 no, 1 after the weekly rest, 2
        after a closure out of turn. Where the calendar knows holidays, a day that is missing for no such reason is a
        gap of the records, not of the service."""
        usual = np.asarray(self.open.any(axis=1))[[day.weekday() for day in days]]
        open_days = known.copy()
        if calendar.holidays:
            open_days |= usual & ~np.array([day in calendar.holidays for day in days])
        after = known & ~np.concatenate([[True], open_days[:-1]])
        return np.asarray(after.astype(np.int64) * np.where(np.concatenate([[False], usual[:-1]]), OUT_OF_TURN, 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """The method: fits the day level and the profile of the week."""

    name: str = "profile"

    def fit(self, history: History, calendar: Calendar) -> FittedProfile:
        week = Week.of(history, calendar)
        counts = history.counts
        half_life, width = HALF_LIVES[-1], 0.0
        share = shares(history, week, np.nansum(counts, axis=1), len(counts), half_life, width)
        level = day_levels(history, share)
        if history.slots > 1:
            half_life, width = _best_shape(history, week, level)
            share = shares(history, week, level, len(counts), half_life, width)
            level = day_levels(history, share)
        usual = np.array([mean_of_known(level[history.weekdays == n, None])[0] for n in range(7)])
        typical = np.nan_to_num(usual)[history.weekdays]
        level[(level == 0) & (typical >= CLOSED_BELOW)] = np.nan
        days = DayLevel.fit(
            history.first_day,
            level,
            1 / (typical + 0.5),
            week.after_closure(history.days, ~np.isnan(level), calendar),
            calendar,
        )
        # A day that is out of all order says nothing of how usual days are divided, either.
        strange = np.zeros(len(level), dtype=bool)
        strange[days.rows[days.outliers]] = True
        learnt = History(history.first_day, history.step_minutes, np.where(strange[:, None], np.nan, counts))
        return FittedProfile(learnt, calendar, week, np.where(strange, np.nan, level), days, half_life, width)


def shares(history: History, week: Week, level: Floats, days: int, half_life: float, width: float) -> Floats:
    """Profile of each weekday from the first `days`: `[weekday, slot]`, each open weekday's sum is 1."""
    counts, weekdays = history.counts[:days], history.weekdays[:days]
    known = ~np.isnan(counts)
    size = np.nan_to_num(level[:days])
    weight = 0.5 ** ((days - 1 - np.arange(days)) / half_life)
    mine = weight * (weekdays == np.arange(7)[:, None])
    seen = mine @ np.where(known, counts, 0.0)
    of = mine @ (known * size[:, None])
    together = np.divide(seen.sum(axis=0), of.sum(axis=0), out=np.zeros(history.slots), where=of.sum(axis=0) > 0)
    if width:
        together = smooth(together[None, :], width)[0]
    pooled = np.where(week.open, together, 0.0)
    pooled /= np.maximum(pooled.sum(axis=1, keepdims=True), 1e-12)
    prior = POOLED_DAYS * (size.mean() if size.any() else 1.0)
    share = np.where(week.open, (seen + prior * pooled) / (of + prior), 0.0)
    if width:
        share = np.where(week.open, smooth(share, width), 0.0)
    sums = share.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(share, sums, out=np.zeros_like(share), where=sums > 0))


def smooth(share: Floats, width: float) -> Floats:
    """Each slot a Gaussian mean of its neighbours that have calls; the edges of the day are not blurred into night."""
    reach = int(np.ceil(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    counted = (share > 0).astype(np.float64)

    def blurred(row: Floats) -> Floats:
        return np.convolve(row, kernel)[reach : reach + len(row)]

    return np.array(
        [blurred(row) / np.maximum(blurred(has), 1e-12) * has for row, has in zip(share, counted, strict=True)]
    )


def day_levels(history: History, share: Floats) -> Floats:
    """Calls of each day, brought to a whole day of its weekday; NaN where nothing, or next to nothing, is known."""
    known = history.known
    told = (known * share[history.weekdays]).sum(axis=1)
    level = np.full(len(told), np.nan)
    np.divide(np.nansum(history.counts, axis=1), told, out=level, where=told > 0.05)
    return level


def shape_origins(days: int) -> list[int]:
    """After how many days the profile is judged by the week that followed."""
    return list(range(days - 7, 13, -max(7, days // 20)))[:12]


def _best_shape(history: History, week: Week, level: Floats) -> tuple[float, float]:
    """Half-life and width that, given the true level, would have told past weeks' slots best; others than the steadiest
    only when the gain is larger than its standard error, so that chance does not change the profile."""
    origins = shape_origins(len(history.counts))
    steady = (HALF_LIVES[-1], WIDTHS[0])
    if len(origins) < 2:
        return steady
    told = {
        shape: np.array([_deviance(history, week, level, origin, *shape) for origin in origins])
        for shape in product(HALF_LIVES, WIDTHS)
    }
    gains = {shape: told[steady] - deviance for shape, deviance in told.items()}
    sure = {
        shape: float(gain.mean())
        for shape, gain in gains.items()
        if gain.mean() > gain.std(ddof=1) / np.sqrt(len(origins))
    }
    return max(sure, key=lambda shape: sure[shape], default=steady)


def _deviance(history: History, week: Week, level: Floats, origin: int, half_life: float, width: float) -> float:
    """Poisson deviance (up to a constant) of the week after an origin, given the true level of its days."""
    ahead = slice(origin, origin + 7)
    share = shares(history, week, level, origin, half_life, width)
    mean = share[history.weekdays[ahead]] * level[ahead, None]
    counts = history.counts[ahead]
    rated = ~np.isnan(counts) & ~np.isnan(mean)
    y, mu = counts[rated], np.maximum(mean[rated], 1e-3)
    return float((mu - y * np.log(mu)).sum())


@dataclass(frozen=True, slots=True)
class FittedProfile:
    """The level of days and the profile of weekdays, as learnt."""

    history: History
    calendar: Calendar
    week: Week
    level: Floats
    day_level: DayLevel
    half_life: float
    width: float

    def predict(self, days: Sequence[date]) -> Floats:
        return self.spread(days)[0]

    def spread(self, days: Sequence[date], open_slots: Bools | None = None) -> tuple[Floats, Floats, float]:
        """Expected counts, the variance of the logarithm of each day's level, and the part of it all days share."""
        last = max(days)
        all_days = [
            self.history.last_day + timedelta(days=n) for n in range(1, (last - self.history.last_day).days + 1)
        ]
        is_open = np.asarray(self.week.slots(all_days, self.calendar).any(axis=1))
        place = [(day - self.history.last_day).days - 1 for day in days]
        if open_slots is not None:
            is_open[place] = open_slots.any(axis=1)
        so_far = np.zeros(len(self.level), dtype=bool)
        so_far[self.day_level.rows] = True
        first = self.week.after_closure(
            (*self.history.days, *all_days), np.concatenate([so_far, is_open]), self.calendar
        )[len(so_far) :]
        level, variance, shared = self.day_level.predict(days, first[place])
        share = self._shares(len(self.history.counts))
        return level[:, None] * share[[day.weekday() for day in days]], variance, shared

    def rolling(self, origins: Sequence[int], horizon: int) -> Floats:
        level, _ = self.day_level.rolling(origins, horizon)
        first = self.history.first_day.weekday()
        mean = np.empty((len(origins), horizon, self.history.slots))
        for n, origin in enumerate(origins):
            weekdays = (first + origin + np.arange(horizon)) % 7
            mean[n] = level[n, :, None] * self._shares(origin)[weekdays]
        return mean

    def rolling_variance(self, origins: Sequence[int], horizon: int) -> Floats:
        """Variance of the logarithm of each day's level as seen from each origin, `[origin, lead]`."""
        return self.day_level.rolling(origins, horizon)[1]

    def dispersion(self) -> float:
        """Variance of slots over their mean, given the level of their day (1 = chance alone), in the days after each
        of a few origins."""
        if self.history.slots == 1:
            return 1.0
        squares, means = 0.0, 0.0
        origins = shape_origins(len(self.history.counts))
        if not origins:
            return SHORT_DISPERSION
        for origin in origins:
            ahead = slice(origin, origin + 7)
            mean = self._shares(origin)[self.history.weekdays[ahead]] * self.level[ahead, None]
            rated = self.history.known[ahead] & ~np.isnan(mean) & (mean > 0)
            error = (self.history.counts[ahead] - mean)[rated] ** 2 / mean[rated]
            squares += (
                float(np.minimum(error, 9 * max(float(np.median(error)) / 0.455, 1.0)).sum()) if rated.any() else 0
            )
            means += float(rated.sum())
        return max(squares / means, 1.0) if means else 1.0

    def _shares(self, days: int) -> Floats:
        return shares(self.history, self.week, self.level, days, self.half_life, self.width)
