"""A year to come as it would be with one more partner: usage of those who take part, usage expected of the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.accounts.rules.partner_sums import is_safe
from wfm.billing.rules.allocation import REGION, in_order
from wfm.billing.rules.periods import in_force as within
from wfm.billing.rules.periods import number_of_days
from wfm.billing.service.agreements import in_force
from wfm.billing.service.candidates import Supposed
from wfm.billing.service.cases import Member
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up
from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.service.billed_usage import UsageOfMonth, billed_usage

#: Months that tell what a year is like.
MONTHS = 12
SUMS = ("calls", "calls_answered", "answered", "talk_s", "wrapup_reported_s", "wrapup_inferred_s", "started_minutes")

Means = Mapping[str, Fraction]
"""Of a mean month: each of SUMS, and `short_N` for each class of short calls."""

Season = tuple[Fraction, ...]
"""What part of a year's calls comes in each of its months, January to December."""
EVEN: Season = (Fraction(1, MONTHS),) * MONTHS


@dataclass(frozen=True, slots=True)
class Reference:
    """The months that usage of years to come is taken from: a mean month of each partner (None: nobody's), counted from
    its first month with usage."""

    first: Month
    last: Month
    means: Mapping[str | None, Means]
    months: Mapping[str | None, int]
    open_months: tuple[str, ...]
    generated: bool
    season: Season | None = None
    """The centre's own months; None where too few partners were there in all of them to tell it without telling of
    single ones."""

    @property
    def partners(self) -> list[str]:
        return sorted((name for name in self.means if name is not None), key=in_order)

    def calls_a_year(self, partner: str) -> int:
        return half_up(MONTHS * self.means[partner]["calls"])

    def of_one_call(self, without: str) -> Means | None:
        """What one call of the others comes to; None if there is none."""
        totals = [self.means[name] for name in self.partners if name != without]
        calls = sum((each["calls"] for each in totals), Fraction(0))
        if not calls:
            return None
        return {name: sum((each[name] for each in totals), Fraction(0)) / calls for name in totals[0]}


def reference(session: Session, today: date) -> Reference | None:
    """The twelve months up to the newest one before this that has usage; None if none of the last twelve has.

    A month without any, in which no telephone was connected yet or any more, says nothing of a year to come.
    """
    last = Month.of(today).earlier(1)
    newest = max((row.service_month for row in _usage(session, last) if row.partner), default=None)
    if newest is None:
        return None
    first, last, rows = newest.earlier(MONTHS - 1), newest, _usage(session, newest)
    means, months = dict[str | None, Means](), dict[str | None, int]()
    for partner in {row.partner for row in rows}:
        own = [row for row in rows if row.partner == partner]
        begun = min(row.service_month for row in own)
        months[partner] = (last.year - begun.year) * 12 + last.number - begun.number + 1
        sums = [_sums(row) for row in own]
        means[partner] = {name: Fraction(sum(each[name] for each in sums), months[partner]) for name in sums[0]}
    whole = {name for name, number in months.items() if name is not None and number == MONTHS}
    season = _season([row for row in rows if row.partner in whole])
    still_open = tuple(sorted({str(row.service_month) for row in rows if row.state != "closed"}))
    return Reference(first, last, means, months, still_open, any(row.generated for row in rows), season)


def _usage(session: Session, last: Month) -> list[UsageOfMonth]:
    first = last.earlier(MONTHS - 1)
    return [row for row in billed_usage(session, first, last) if first <= row.service_month <= last]


def _season(rows: Sequence[UsageOfMonth]) -> Season | None:
    """Of partners that were there in all twelve months: who comes later would make the late months heavy."""
    by_partner, by_month = dict[str | None, int](), [0] * MONTHS
    for row in rows:
        by_partner[row.partner] = by_partner.get(row.partner, 0) + row.calls
        by_month[row.service_month.number - 1] += row.calls
    if not is_safe(by_partner.values()) or min(by_month) < 0:
        return None
    return tuple(Fraction(calls, sum(by_month)) for calls in by_month)


def part_of_year(season: Season | None, days: Days) -> Fraction:
    """What part of a year's calls comes on these days of it: whole months by the season, others by their days."""
    parts = season or EVEN
    return sum((parts[month.number - 1] * _part_of_month(month, days) for month in days.months), Fraction(0))


def _part_of_month(month: Month, days: Days) -> Fraction:
    part = within(month.days, days.start, days.end)
    return Fraction(number_of_days(part) if part else 0, number_of_days(month.days))


def suppose(
    session: Session, known: Reference, year: Days, partner: str, start: date, calls_a_year: int
) -> tuple[Supposed, Supposed]:
    """A year without and with the partner, from its first day on; calls a year are those that come in.

    Who takes part: everybody of whom there is usage, unless its agreement is over by then.
    """
    others = _members(session, known, year, without=partner)
    usage = [
        row
        for name in (None, *(member.partner for member in others))
        if name in known.means
        for row in _rows(name, known.means[name], known.season, year)
    ]
    joined = within(year, start, None)
    of_one = known.of_one_call(partner)
    own = [] if joined is None or of_one is None else _rows(partner, _times(of_one, calls_a_year), known.season, joined)
    member = [] if joined is None else [Member(partner, joined, 0 if partner == REGION else None)]
    return Supposed(usage, others), Supposed([*usage, *own], [*others, *member])


def _members(session: Session, known: Reference, year: Days, *, without: str) -> list[Member]:
    bound = {found.partner: found for found in in_force(session, year)}
    ever = set(session.scalars(text("SELECT DISTINCT partner FROM agreement")))
    members = []
    for name in sorted({*known.partners, *bound} - {without}, key=in_order):
        if name in bound:
            agreement = bound[name].agreement
            members.append(Member(name, bound[name].days, agreement.weight, agreement.fixed_cents))
        elif name not in ever:
            members.append(Member(name, year, 0 if name == REGION else None))
    return members


def _times(of_one: Means, calls_a_year: int) -> Means:
    return {name: value * calls_a_year / MONTHS for name, value in of_one.items()}


def _rows(partner: str | None, mean: Means, season: Season | None, days: Days) -> list[UsageOfMonth]:
    """Twelve mean months, spread over the months of these days of a year."""
    rows = []
    for month in days.months:
        times = MONTHS * (season or EVEN)[month.number - 1] * _part_of_month(month, days)
        rows.append(_row(partner, month, {name: half_up(value * times) for name, value in mean.items()}))
    return rows


def _row(partner: str | None, month: Month, sums: Mapping[str, int]) -> UsageOfMonth:
    short = {seconds: sums[f"short_{seconds}"] for seconds in SHORT_TALK}
    values = {name: sums[name] for name in SUMS}
    return UsageOfMonth(month, partner, month, False, "open", None, short=short, generated=0, **values)


def _sums(row: UsageOfMonth) -> dict[str, int]:
    return {name: getattr(row, name) for name in SUMS} | {
        f"short_{seconds}": row.short.get(seconds, 0) for seconds in SHORT_TALK
    }
