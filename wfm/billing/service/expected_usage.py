"""The usage that advances are measured by, before anybody knows the year: last year's, or what was usual so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up
from wfm.reporting.service.billed_usage import UsageOfMonth

SUMS = (
    *("calls", "calls_answered", "answered", "talk_s", "wrapup_reported_s", "wrapup_inferred_s"),
    *("started_minutes", "generated"),
)


def moved_by_a_year(rows: Sequence[UsageOfMonth]) -> list[UsageOfMonth]:
    """Usage of a year, taken for the same months of the next one."""

    def later(month: Month) -> Month:
        return Month(month.year + 1, month.number)

    return [replace(row, month=later(row.month), service_month=later(row.service_month)) for row in rows]


def usual_months(rows: Sequence[UsageOfMonth], period: Days) -> list[UsageOfMonth]:
    """For each month of a period what a partner's months came to on average, of those in which it had any."""
    found: list[UsageOfMonth] = []
    for partner in dict.fromkeys(row.partner for row in rows):
        own = [row for row in rows if row.partner == partner]
        months = len({row.service_month for row in own})
        mean: dict[str, Any] = {
            name: half_up(Fraction(sum(getattr(row, name) for row in own), months)) for name in SUMS
        }
        short = {limit: half_up(Fraction(sum(row.short[limit] for row in own), months)) for limit in own[0].short}
        found += [
            replace(own[0], month=month, service_month=month, correction=False, short=short, **mean)
            for month in period.months
        ]
    return found
