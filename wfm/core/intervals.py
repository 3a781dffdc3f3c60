"""Half-open intervals of the calendar: months, ranges of days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from wfm.core.clock import start_of_day


@dataclass(frozen=True, order=True, slots=True)
class Days:
    """A range of Berlin days, `end` exclusive."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"empty range of days: {self.start} to {self.end}")

    @classmethod
    def of_year(cls, year: int) -> Self:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @property
    def last(self) -> date:
        """The last day: what people call the end of some days."""
        return self.end - timedelta(days=1)

    @property
    def begins_at(self) -> datetime:
        return start_of_day(self.start)

    @property
    def ends_at(self) -> datetime:
        return start_of_day(self.end)

    @property
    def months(self) -> list[Month]:
        """The months that it touches."""
        month, found = Month.of(self.start), list[Month]()
        while month.first < self.end:
            found.append(month)
            month = month.next
        return found

    def __iter__(self) -> Iterator[date]:
        day = self.start
        while day < self.end:
            yield day
            day += timedelta(days=1)


MONTH_NAMES = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in Berlin, written 2026-09."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date(self.year, self.number, 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-09`; raises ValueError for anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if not match:
            raise ValueError(f"not a month (YYYY-MM): {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def earlier(self, months: int) -> Month:
        """The month so many months before."""
        year, number = divmod(self.year * 12 + self.number - 1 - months, 12)
        return Month(year, number + 1)

    @property
    def days(self) -> Days:
        return Days(self.first, self.next.first)

    @property
    def in_words(self) -> str:
        """September 2026."""
        return f"{MONTH_NAMES[self.number - 1]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
