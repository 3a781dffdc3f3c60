"""Figures of agents for planning: of groups that are large enough, of months that are over.

What may be shown, and why nothing more can be reckoned from it, stands in `accounts.rules.groups`. The smallest group
is read here from the settings: nobody who calls can ask for a smaller one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.rules.groups import Group, Limits, Member, protect_small_groups
from wfm.accounts.rules.purposes import PURPOSES, Purpose
from wfm.accounts.service.settings import get_setting
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month
from wfm.reporting.agents import Person, add_days, any_generated, person_days
from wfm.reporting.completeness import find_gaps
from wfm.reporting.service.agent_history import some_are_gone

Row = dict[str, Any]
HOUR = 3600


def group_limits(session: Session) -> Limits:
    """What is set as the smallest group, and the largest share one person may have of it."""
    return Limits(get_setting(session, "smallest_group"), get_setting(session, "largest_share"))


def group_report(session: Session, viewer: Viewer, month: Month, today: date) -> Row:
    """A month of the centre's agents: all of them, by week, and by group of those who serve the same queues.

    Raises RuleBroken for a month that is not over, or of which agents' names or states have begun to go: of two reports
    a day apart the difference would be one day.
    """
    viewer.require(PURPOSES[Purpose.PLANNING].permission)
    if month.next.first > today:
        raise RuleBroken(
            "groups.not_over", "Zahlen von Gruppen gibt es nur von Monaten, die vorbei sind.", field="month"
        )
    days = month.days
    if some_are_gone(session, days):
        message = "Von diesem Monat sind die Zustände der Agenten nicht mehr vollständig aufbewahrt."
        raise RuleBroken("groups.no_longer_kept", message, field="month")
    limits = group_limits(session)
    people = person_days(session, days)
    shown = protect_small_groups([_member(person, people[person], month) for person in people], limits)
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "month": str(month),
        "smallest_group": limits.smallest,
        "largest_share": limits.largest_share,
        "complete": not gaps,
        "gaps": gaps,
        "generated": any_generated(session, people),
        "total": _total(people, shown.groups),
        "weeks": _weeks(people, [date.fromisoformat(week) for week in shown.weeks], month) if shown.groups else [],
        "groups": [_shown(group) for group in shown.groups],
    }


def week_of(day: date, month: Month) -> date:
    """First day of the calendar week that a day lies in, or of the month if the week began before it."""
    return max(month.first, day - timedelta(days=day.weekday()))


def rates(row: Mapping[str, Any]) -> Row:
    """AHT in seconds and calls answered per hour logged on, from sums; None where there is nothing to divide by."""
    known = row["answered"] - row["talk_unknown"]
    logged_on = row.get("logged_on_s")
    return {
        "aht_s": (row["talk_s"] + row["wrapup_s"]) / known if known else None,
        "answered_per_hour": row["answered"] * HOUR / logged_on if logged_on else None,
    }


def _member(person: Person, rows: Mapping[date, Row], month: Month) -> Member:
    total = add_days(person, rows.values())
    weeks: dict[str, int] = {}
    for day, row in rows.items():
        week = week_of(day, month).isoformat()
        weeks[week] = weeks.get(week, 0) + row["logged_on_s"]
    return Member(person, frozenset(total["by_queue"]), weeks, total["paused_s"])


def _total(people: Mapping[Person, Mapping[date, Row]], groups: Sequence[Group]) -> Row | None:
    """Everybody. Time paused and occupancy only if every group's pauses may be shown: else a difference would tell."""
    if not groups:
        return None
    everybody = add_days((None, ""), (row for rows in people.values() for row in rows.values()))
    calls = {name: everybody[name] for name in ("answered", "talk_s", "talk_unknown", "wrapup_s", "logged_on_s")}
    occupancy = paused = None
    if all(group.paused is not None for group in groups):
        handled = everybody["talk_s"] + everybody["wrapup_s"]
        occupancy = handled / (handled + everybody["ready_s"]) if handled + everybody["ready_s"] else None
        paused = sum(everybody["paused_s"].values())
    return {
        "agents": sum(group.agents for group in groups),
        **calls,
        **rates(calls),
        "occupancy": occupancy,
        "paused_s": paused,
        "paused_share": _share(paused, calls["logged_on_s"]),
    }


def _weeks(people: Mapping[Person, Mapping[date, Row]], starts: list[date], month: Month) -> list[Row]:
    """Everybody by week. Not how long they were ready or paused: with the groups' pauses that would tell too much."""
    rows = [(day, row) for of_person in people.values() for day, row in of_person.items()]
    bounds = [month.first, *starts[1:], month.next.first]
    return [_week(start, end, (row for day, row in rows if start <= day < end)) for start, end in pairwise(bounds)]


def _week(start: date, end: date, rows: Iterable[Row]) -> Row:
    total = add_days((None, ""), rows)
    figures = {name: total[name] for name in ("answered", "talk_s", "talk_unknown", "wrapup_s", "logged_on_s")}
    return {"from": start.isoformat(), "to": end.isoformat(), **figures, **rates(figures)}


def _shown(group: Group) -> Row:
    paused = None if group.paused is None else sum(group.paused.values())
    return {
        "queues": None if group.queues is None else sorted(group.queues),
        "agents": group.agents,
        "logged_on_s": group.logged_on_s,
        "paused_s": paused,
        "paused_share": _share(paused, group.logged_on_s),
        "reasons": [
            {"reasons": sorted(reasons), "paused_s": seconds, "paused_share": _share(seconds, group.logged_on_s)}
            for reasons, seconds in (group.paused or {}).items()
        ],
    }


def _share(part: int | None, whole: int) -> float | None:
    return None if part is None or not whole else part / whole


def others_by_week(
    session: Session, people: Mapping[Person, Mapping[date, Row]], own: Person, limits: Limits, days: Days
) -> dict[date, Row]:
    """The others together, by calendar week that is over: AHT, answers per hour, share of pauses; for one of them to
    compare with. Without their own figures, so that taking those off leaves no fewer."""
    found: dict[date, Row] = {}
    for monday in (day for day in days if day.weekday() == 0 and day + timedelta(days=7) <= days.end):
        week = Days(monday, monday + timedelta(days=7))
        if some_are_gone(session, week):
            continue
        totals = [
            add_days(person, (row for day, row in rows.items() if week.start <= day < week.end))
            for person, rows in people.items()
            if person != own
        ]
        if limits.allow(total["logged_on_s"] for total in totals):
            together = add_days((None, ""), totals)
            pauses = [sum(total["paused_s"].values()) for total in totals]
            paused = sum(pauses) if limits.allow(pauses) else None
            found[monday] = rates(together) | {"paused_share": _share(paused, together["logged_on_s"])}
    return found
