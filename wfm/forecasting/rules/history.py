"""What came: counts of consecutive local days by slot of the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class History:
    """Counts (or any rate an interval) of consecutive days, `counts[day, slot]`, NaN where nothing is known.

    Slots run from midnight on local wall time, `step_minutes` each, so that the double hour of October is one slot of
    that label (its count the mean of the two) and the skipped one of March is NaN. Closed, a gap and not yet: all NaN.
    """

    first_day: date
    step_minutes: int
    counts: Floats

    def __post_init__(self) -> None:
        if self.step_minutes < 1 or MINUTES_A_DAY % self.step_minutes:
            raise ValueError(f"{self.step_minutes} minutes do not divide a day")
        if self.counts.ndim != 2 or self.counts.shape[1] != MINUTES_A_DAY // self.step_minutes:
            raise ValueError(f"not a matrix of days x {MINUTES_A_DAY // self.step_minutes} slots: {self.counts.shape}")
        if np.nanmin(self.counts, initial=0.0) < 0:
            raise ValueError("negative counts")

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[datetime, float]], step_minutes: int) -> Self:
        """From beginnings of intervals in local wall time, in any order; the same label twice counts as its mean."""
        labels = list(rows)
        if not labels:
            raise ValueError("no rows")
        ordinals = np.array([label.toordinal() for label, _ in labels])
        slots = np.array([(label.hour * 60 + label.minute) // step_minutes for label, _ in labels])
        first = int(ordinals.min())
        shape = (int(ordinals.max()) - first + 1, MINUTES_A_DAY // step_minutes)
        sums, seen = np.zeros(shape), np.zeros(shape)
        np.add.at(sums, (ordinals - first, slots), [float(count) for _, count in labels])
        np.add.at(seen, (ordinals - first, slots), 1.0)
        counts = np.divide(sums, seen, out=np.full(shape, np.nan), where=seen > 0)
        return cls(date.fromordinal(first), step_minutes, counts)

    @property
    def slots(self) -> int:
        return int(self.counts.shape[1])

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(days=n) for n in range(len(self.counts)))

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=len(self.counts) - 1)

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """0 = Monday, of every day."""
        return (self.first_day.weekday() + np.arange(len(self.counts))) % 7

    @property
    def known(self) -> Bools:
        return ~np.isnan(self.counts)

    @property
    def known_days(self) -> Bools:
        """Days of which anything is known."""
        return np.asarray(self.known.any(axis=1))

    def first(self, days: int) -> History:
        """The history as it stood after so many days."""
        return History(self.first_day, self.step_minutes, self.counts[:days])

    def on(self, days: Iterable[date]) -> Floats:
        """The counts of these days, NaN for those outside."""
        rows = np.array([(day - self.first_day).days for day in days], dtype=np.int64)
        inside = (rows >= 0) & (rows < len(self.counts))
        counts = np.full((len(rows), self.slots), np.nan)
        counts[inside] = self.counts[rows[inside]]
        return counts
