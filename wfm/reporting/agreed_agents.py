"""What each agent did, as far as agreements with the staff council open it: for the command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.rules.purposes import opened_figures
from wfm.accounts.service.agreements import agreements_in_force
from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotAllowed
from wfm.core.intervals import Days
from wfm.reporting.agents import Person, add_days, agent_days, as_report, nothing
from wfm.reporting.persons import one_person

Row = dict[str, Any]
#: In place of the reasons of pauses, which no agreement opens.
ALL_REASONS = "alle Gründe"


def agreed_report(session: Session, days: Days) -> Row:
    """`agents_report` of the people, days and figures that agreements in force open; other figures are None.

    `agreements` are those it rests on. Raises NotAllowed if none opens any of these days, Conflict where a name stands
    for several people.
    """
    today = berlin_day(now())
    agreements = [
        agreement
        for agreement in agreements_in_force(session, today)
        if any(agreement.covers(day, today) for day in days)
    ]
    if not agreements:
        raise NotAllowed("persons.closed", "Für diese Tage gilt keine Vereinbarung mit dem Personalrat.")
    found = agent_days(session, days)
    rows = []
    for person, kept in found.people.items():
        name, _ = person
        if name is None:
            continue
        opened = {day: opened_figures(agreements, name, day, today) for day in kept}
        if any(opened.values()) and person == one_person(found.people, name):
            rows.append(_opened(person, kept, opened))
    references = sorted(agreement.reference for agreement in agreements)
    return {**as_report(session, found, rows), "agreements": references}


def _opened(person: Person, kept: Mapping[date, Row], opened: Mapping[date, Collection[str]]) -> Row:
    """A person's row: each figure summed over the days on which it is open, None where it is on none."""
    shown: Row = dict.fromkeys(nothing(*person)) | {"agent": person[0], "system": person[1] or None}
    for name in frozenset().union(*opened.values()):
        total = add_days(person, (row for day, row in kept.items() if name in opened[day]))
        shown[name] = total[name]
        if name == "answered":
            shown["by_queue"] = total["by_queue"]
    shown["by_queue"] = shown["by_queue"] or {}
    paused = shown["paused_s"]
    shown["paused_s"] = {} if paused is None else {ALL_REASONS: sum(paused.values())}
    return shown
