"""What the agreements in force ask for next: advances and annual settlements that nobody has begun."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.models import Settlement
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.states import State
from wfm.billing.service.agreements import in_force
from wfm.billing.service.reading import undone
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
    begun; by day, the earliest where agreements differ."""
    viewer.require("settlement.read")
    last, this = today.year - 1, today.year
    begun = _begun(session)
    found: dict[tuple[int, int | None], date] = {}
    for year, days, cycle in _paying(session, last, this):
        if ("annual", year, None) in begun:
            continue
        days_due = {None: cycle.settlement_on(year)} if year == last else _advances(days, cycle, year)
        for number, day in days_due.items():
            if ("advance", year, number) not in begun and (number is None or day <= today + AHEAD):
                found[year, number] = min(day, found.get((year, number), day))
    return sorted((Due(*what, day) for what, day in found.items()), key=lambda due: (due.day, due.instalment or 0))


def _advances(days: Days, cycle: Cycle, year: int) -> dict[int | None, date]:
    """Number -> day of those advances that somebody with an agreement on these days pays."""
    parts = ((number, day, cycle.part(year, number)) for number, day in enumerate(cycle.due_on(year), 1))
    return {number: day for number, day, part in parts if days.start < part.end and part.start < days.end}


def _paying(session: Session, first: int, last: int) -> list[tuple[int, Days, Cycle]]:
    """Year, days in force in these years and what is agreed, for each agreement under which somebody pays; of a year
    that is under two of a partner's agreements, the later one says when it pays, as in the settlements."""
    found = [
        (year, each)
        for each in in_force(session, Days(date(first, 1, 1), date(last + 1, 1, 1)))
        for year in range(each.days.start.year, each.days.last.year + 1)
    ]
    agreed = {(year, each.partner): Cycle.from_json(each.terms.cycle) for year, each in found}
    return [(year, each.days, agreed[year, each.partner]) for year, each in found if each.terms.variant != "V0"]


def _begun(session: Session) -> set[tuple[str, int, int | None]]:
    """Kind, year and number of settlements that are made or being made."""
    chosen = select(Settlement.kind, Settlement.period, Settlement.instalment).where(
        Settlement.kind.in_(("advance", "annual")),
        ~Settlement.shadow,
        Settlement.state != State.WITHDRAWN,
        Settlement.id.not_in(undone()),
    )
    return {(kind, period.start.year, number) for kind, period, number in session.execute(chosen)}
