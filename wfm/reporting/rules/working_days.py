"""Working days: Monday to Friday, but no public holiday."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from wfm.core.intervals import Month


def working_day(month: Month, number: int, holidays: Container[date]) -> date:
    """The so-manieth working day of a month, counted from 1. Raises ValueError if it has not so many."""
    found = 0
    for day in month.days:
        found += day.weekday() < 5 and day not in holidays
        if found == number:
            return day
    raise ValueError(f"{month} has only {found} working days")


def last_month_is_due(today: date, number: int, holidays: Container[date]) -> bool:
    """Whether the so-manieth working day of this month has come."""
    return today >= working_day(Month.of(today), number, holidays)
