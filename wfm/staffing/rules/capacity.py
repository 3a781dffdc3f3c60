"""Capacity over months: posts needed, posts there, when to begin hiring, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from wfm.core.rounding import half_up

WEEKS_A_MONTH = Fraction(146_097, 400 * 12 * 7)  # of the Gregorian calendar: 4.348


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of work as they hold in a month; see `models.WorkTerms`."""

    weekly_hours: Fraction
    cents_per_hour: int | None
    hiring_months: int
    leaving_a_year: Fraction


@dataclass(frozen=True, slots=True)
class MonthDemand:
    """A month and the paid hours it needs, absence outside the shift included."""

    month: date
    paid_hours: Fraction
    terms: Terms
    cost_factor: Fraction = Fraction(1)
    """What a paid hour costs in the mean, relative to the terms' rate: some skill groups cost more."""


@dataclass(frozen=True, slots=True)
class MonthCapacity:
    """A month of the capacity plan. Posts are full-time; `missing` is negative where there are more than needed."""

    month: date
    paid_hours: Fraction
    posts_needed: Fraction
    posts_there: Fraction | None
    missing: Fraction | None
    cents: int | None
    decide_by: date | None
    """The month in which hiring has to begin for posts that are first missing in this one."""


def capacity(demand: Sequence[MonthDemand], posts_at_start: Fraction | None) -> list[MonthCapacity]:
    """Posts needed and there, month by month, if nobody were hired.

    Posts = paid hours / (weekly hours x 4.348 weeks): the mean month, so that a short February does not look like a
    lack of staff. Who is there shrinks by the share that leaves in a year, a twelfth of it a month of those still
    there. Cost counts hours needed, half up to the cent. A month's `decide_by` stands only where more posts are missing
    than in any month before: that many more have to be hired, and hiring takes its months.
    """
    plan: list[MonthCapacity] = []
    there, worst = posts_at_start, Fraction(0)
    for month in demand:
        needed = month.paid_hours / (month.terms.weekly_hours * WEEKS_A_MONTH)
        missing = None if there is None else needed - there
        decide_by = None
        if missing is not None and missing > worst:
            worst, decide_by = missing, months_before(month.month, month.terms.hiring_months)
        rate = month.terms.cents_per_hour
        cents = None if rate is None else half_up(month.paid_hours * month.cost_factor * rate)
        plan.append(MonthCapacity(month.month, month.paid_hours, needed, there, missing, cents, decide_by))
        if there is not None:
            there -= there * month.terms.leaving_a_year / 12
    return plan


def months_before(month: date, count: int) -> date:
    """The first day of the month so many before."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
