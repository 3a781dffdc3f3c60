"""What the agreements in force ask for next: advances and annual settlements that nobody has begun."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from wfm.accounts.rules import Viewer
from wfm.billing.models import Settlement
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.periods import in_force as within
from wfm.billing.rules.periods import number_of_days
from wfm.billing.rules.states import State
from wfm.billing.service.agreements import in_force
from wfm.billing.service.reading import days_of, undone
from wfm.core.intervals import Days

#: How long before its day an advance is worth beginning.
AHEAD = timedelta(days=60)


class Due(NamedTuple):
    """An annual settlement, or (with its number) an advance of a year, and the day by which it is agreed."""

    year: int
    instalment: int | None
    day: date


def what_is_due(session: Session, viewer: Viewer, today: date) -> list[Due]:
    """Advances of this year that are due or will be soon, and the annual settlement of the last one, as long as none is
    begun, or only of a part of the year; by day, the earliest where agreements differ."""
    viewer.require("settlement.read")
    last, this = today.year - 1, today.year
    begun = _begun(session)
    settled = [days for kind, days, _ in begun if kind == "annual"]
    asked = {(days.start.year, number) for kind, days, number in begun if kind == "advance"}
    found: dict[tuple[int, int | None], date] = {}
    for year, days, cycle in _paying(session, last, this):
        left = number_of_days(days) - sum(number_of_days(part) for part in _within(days, settled))
        if year == last:
            due: dict[int | None, date] = {None: cycle.settlement_on(year)} if left else {}
        else:  # once a part of the year is settled, nothing is charged beforehand
            due = {} if _within(Days.of_year(year), settled) else _advances(days, cycle, year)
        for number, day in due.items():
            if (year, number) not in asked and (number is None or day <= today + AHEAD):
                found[year, number] = min(day, found.get((year, number), day))
    return sorted((Due(*what, day) for what, day in found.items()), key=lambda due: (due.day, due.instalment or 0))


def _advances(days: Days, cycle: Cycle, year: int) -> dict[int | None, date]:
    """Number -> day of those advances that somebody with an agreement on these days pays."""
    parts = ((number, day, cycle.part(year, number)) for number, day in enumerate(cycle.due_on(year), 1))
    return {number: day for number, day, part in parts if days.start < part.end and part.start < days.end}


def _paying(session: Session, first: int, last: int) -> list[tuple[int, Days, Cycle]]:
    """Year, its days in force and what is agreed, for each agreement under which somebody pays; of a year that is under
    two of a partner's agreements, the later one says when it pays, as in the settlements."""
    found = [
        (year, days, each)
        for each in in_force(session, Days(Days.of_year(first).start, Days.of_year(last).end))
        for year in range(first, last + 1)
        for days in _within(Days.of_year(year), [each.days])
    ]
    agreed = {(year, each.partner): Cycle.from_json(each.terms.cycle) for year, _, each in found}
    return [(year, days, agreed[year, each.partner]) for year, days, each in found if each.terms.variant != "V0"]


def _begun(session: Session) -> list[tuple[str, Days, int | None]]:
    """Kind, days and number of settlements that are made or being made."""
    chosen = select(Settlement).where(
        Settlement.kind.in_(("advance", "annual")),
        ~Settlement.shadow,
        Settlement.state != State.WITHDRAWN,
        Settlement.id.not_in(undone()),
    )
    # What each was reckoned from is long, and not wanted here.
    found = session.scalars(chosen.options(load_only(Settlement.kind, Settlement.period, Settlement.instalment)))
    return [(each.kind, days_of(each), each.instalment) for each in found]


def _within(days: Days, parts: Iterable[Days]) -> list[Days]:
    """What of these days lies in each of the parts."""
    return [part for each in parts if (part := within(days, each.start, each.end)) is not None]
