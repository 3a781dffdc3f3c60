"""What is known of a day beforehand: public holidays and their neighbours, school holidays, planned events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from wfm.forecasting.rules.history import Floats

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something planned that changes volumes: a mailing, an election, a tax notice.

    `factor` is what calls are multiplied with on each of its days (1.2 = a fifth more); None = learn it from earlier
    events of the same kind. Days are half-open: `end` is the first day after it.
    """

    kind: str
    start: date
    end: date
    factor: float | None = None

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays by day, school holidays by day, planned events; an empty one knows nothing and does no harm."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    school_holidays: frozenset[date] = frozenset()
    events: Sequence[Event] = ()

    def traits(self, day: date) -> list[str]:
        """What is special about a day, from the general to the particular: each is an effect that can be learnt."""
        found = []
        if day in self.holidays:
            found += ["holiday", f"holiday {self.holidays[day]}"]
        else:
            before, after = day + ONE_DAY in self.holidays, day - ONE_DAY in self.holidays
            off_before, off_after = self._off(day - ONE_DAY), self._off(day + ONE_DAY)
            if before:
                found.append("day before a holiday")
            if after:
                found.append("day after a holiday")
            if off_before and off_after and (before or after) and day.weekday() < 5:
                found.append("bridge day")
        if day in self.school_holidays:
            found.append("school holidays")
        return found + sorted({f"event {event.kind}" for event in self.events if event.factor is None and day in event})

    def factor(self, day: date) -> float:
        """What planned events with a stated effect multiply this day's calls with."""
        return float(np.prod([event.factor for event in self.events if event.factor is not None and day in event]))

    def factors(self, days: Sequence[date]) -> Floats:
        return np.array([self.factor(day) for day in days])

    def _off(self, day: date) -> bool:
        return day.weekday() >= 5 or day in self.holidays
