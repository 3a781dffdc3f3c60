"""How long an agreement was in force within a period: the pro-rata basis. Days and months are half-open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from wfm.core.intervals import Days, Month

Held = TypeVar("Held")


def in_force(period: Days, start: date | None, end: date | None) -> Days | None:
    """The part of the period from `start` (None: its own) up to and without `end`; None if there is none."""
    first, after = max(start or period.start, period.start), min(end or period.end, period.end)
    return Days(first, after) if first < after else None


def number_of_days(days: Days | None) -> int:
    """Whoever joins on 29 February of a leap year is there for 307 of its 366 days."""
    return (days.end - days.start).days if days else 0


def number_of_months(days: Days | None) -> int:
    """Months whose first day lies in these days: who joins on the 2nd pays from the next month, who leaves on the 2nd
    pays for the month."""
    if not days:
        return 0
    first = Month.of(days.start) if days.start.day == 1 else Month.of(days.start).next
    after = Month.of(days.end) if days.end.day == 1 else Month.of(days.end).next
    return max(0, after.year * 12 + after.number - first.year * 12 - first.number)


def first_in_force(period: Days, held: Iterable[tuple[date | None, date | None, Held]]) -> Held | None:
    """Of what is held from a day to another (None: the period's own), the one in force first in the period; None if
    none is."""
    found = [(part.start, value) for start, end, value in held if (part := in_force(period, start, end))]
    return min(found, key=lambda one: one[0])[1] if found else None
