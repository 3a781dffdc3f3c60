"""Figures of agents for planning: of groups that are large enough, of months that are over.

What may be shown, and why nothing more can be reckoned from it, stands in `accounts.rules.groups`. The smallest group
is read here from the settings: nobody who calls can ask for a smaller one.

Of persons only the time logged on is read, which is kept as long as agents' states; how many calls there were is told
by facts of queues, in which nobody is. When the first day of a month is about to go, its report is kept as it is then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.rules.groups import Group, Limits, Member, protect_small_groups
from wfm.accounts.rules.purposes import PURPOSES, Purpose
from wfm.accounts.service.settings import get_settings
from wfm.core.clock import now
from wfm.core.db import cursor
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Month
from wfm.reporting.completeness import find_gaps

Row = dict[str, Any]
HOUR = 3600

#: The report that was kept of a month, and whether states of real people have gone from it.
_KEPT = """
    SELECT (SELECT report || jsonb_build_object('kept_at', made_at) FROM group_month WHERE month = %(first)s),
           EXISTS (SELECT FROM agent_history WHERE known_from > %(first)s)
           AND EXISTS (SELECT FROM fact_day WHERE day >= %(first)s AND day < %(end)s AND calls > generated)"""
#: Days of persons, each beside the calls of that day, whoever answered them; a row at least for each day with calls.
_DAYS = """
    SELECT day, calls, agent, system, generated, queues, logged_on_s, paused_s
    FROM (SELECT day, ARRAY[sum(answered), sum(talk_s), sum(talk_unknown), sum(wrapup_s)]::int[] AS calls
          FROM fact_interval WHERE day >= %(first)s AND day < %(end)s GROUP BY day) c
    FULL JOIN (SELECT * FROM fact_agent_time WHERE day >= %(first)s AND day < %(end)s) t USING (day)"""
_CALLS = ("answered", "talk_s", "talk_unknown", "wrapup_s")
#: Months that real people were logged on in before a day, but for those kept already.
_ABOUT_TO_GO = """
    SELECT DISTINCT date_trunc('month', day::timestamp)::date FROM fact_agent_time WHERE day < %s AND NOT generated
    EXCEPT SELECT month FROM group_month ORDER BY 1"""


def group_limits(session: Session) -> Limits:
    """What is set as the smallest group, and the largest share one person may have of it."""
    found = get_settings(session, "smallest_group", "largest_share")
    return Limits(found["smallest_group"], found["largest_share"])


def group_report(session: Session, viewer: Viewer, month: Month, today: date) -> Row:
    """A month of the centre's agents: all of them, by week, and by group of those logged on to the same queues.

    Raises RuleBroken for a month that is not over, or of which agents' states have begun to go before its report could
    be kept: of two reports a day apart the difference would be one day. `kept_at` is when it was kept.
    """
    viewer.require(PURPOSES[Purpose.PLANNING].permission)
    if month.next.first > today:
        raise RuleBroken(
            "groups.not_over", "Zahlen von Gruppen gibt es nur von Monaten, die vorbei sind.", field="month"
        )
    kept, gone = _kept(session, month)
    if kept is None and gone:
        message = "Von diesem Monat sind die Zustände der Agenten nicht mehr vollständig aufbewahrt."
        raise RuleBroken("groups.no_longer_kept", message, field="month")
    return kept or _report(session, month)


def keep_months(session: Session, before: date, today: date) -> int:
    """Keep the reports of months of which a day before this one is about to go; returns how many are new.

    A month that is not over by then can't be kept, nor one of which a day has gone already.
    """
    months = [Month.of(first) for (first,) in cursor(session).execute(_ABOUT_TO_GO, (before,)).fetchall()]
    whole = [month for month in months if month.next.first <= today and _kept(session, month) == (None, False)]
    for month in whole:
        row = (month.first, Jsonb(_report(session, month)), now())
        cursor(session).execute("INSERT INTO group_month (month, report, made_at) VALUES (%s, %s, %s)", row)
    return len(whole)


def _kept(session: Session, month: Month) -> tuple[Row | None, bool]:
    return cursor(session).execute(_KEPT, _days(month)).fetchone()  # type: ignore[return-value]  # always one row


def _days(month: Month) -> dict[str, date]:
    return {"first": month.first, "end": month.next.first}


def _report(session: Session, month: Month) -> Row:
    limits = group_limits(session)
    found = cursor(session).execute(_DAYS, _days(month)).fetchall()
    calls = {day: sums for day, sums, *_ in found if sums is not None}
    people = [(day, *of_person) for day, _calls, *of_person in found if of_person[0] is not None]
    shown = protect_small_groups(_members(people, month), limits)
    gaps = find_gaps(session, month.days.begins_at, month.days.ends_at)
    bounds = _bounds(month, list(shown.weeks)) if shown.groups else []
    weeks = [_week(start, end, calls, people) for start, end in bounds]
    return {
        "month": str(month),
        "kept_at": None,
        "smallest_group": limits.smallest,
        "largest_share": limits.largest_share,
        "complete": not gaps,
        "gaps": gaps,
        "generated": any(generated for _day, _agent, _system, generated, *_ in people),
        "total": _total(weeks, shown.groups) if shown.groups else None,
        "weeks": weeks,
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


def _members(days: Sequence[Any], month: Month) -> list[Member]:
    """Each person's month: the queues they were logged on to, seconds by week, pauses by reason."""
    people: dict[tuple[str, str], tuple[set[str], dict[str, int], dict[str, int]]] = {}
    for day, agent, system, _generated, logged_on_to, seconds, paused in days:
        queues, weeks, reasons = people.setdefault((agent, system), (set(), {}, {}))
        queues.update(logged_on_to)
        _add(weeks, {week_of(day, month).isoformat(): seconds})
        _add(reasons, paused)
    return [Member(person, frozenset(queues), weeks, paused) for person, (queues, weeks, paused) in people.items()]


def _add(sums: dict[str, int], more: Mapping[str, int]) -> None:
    for name, seconds in more.items():
        sums[name] = sums.get(name, 0) + seconds


def _bounds(month: Month, weeks: Sequence[str]) -> list[tuple[date, date]]:
    return list(pairwise([month.first, *map(date.fromisoformat, weeks[1:]), month.next.first]))


def _week(start: date, end: date, calls: Mapping[date, Sequence[int]], people: Sequence[Any]) -> Row:
    """Everybody in a week. Not how long they were paused: with the groups' pauses that would tell too much."""
    sums = [sum(column) for column in zip(*(row for day, row in calls.items() if start <= day < end), strict=True)]
    figures = dict(zip(_CALLS, sums or [0] * len(_CALLS), strict=True))
    figures["logged_on_s"] = sum(seconds for day, *_, seconds, _paused in people if start <= day < end)
    return {"from": start.isoformat(), "to": end.isoformat(), **figures, **rates(figures)}


def _total(weeks: Sequence[Row], groups: Sequence[Group]) -> Row:
    """Everybody. Time paused and occupancy only if every group's pauses may be shown: else a difference would tell."""
    sums = {name: sum(week[name] for week in weeks) for name in (*_CALLS, "logged_on_s")}
    occupancy = paused = None
    if all(group.paused is not None for group in groups):
        paused = sum(sum((group.paused or {}).values()) for group in groups)
        handled = sums["talk_s"] + sums["wrapup_s"]
        occupancy = _share(handled, max(handled, sums["logged_on_s"] - paused))
    return {
        "agents": sum(group.agents for group in groups),
        **sums,
        **rates(sums),
        "occupancy": occupancy,
        "paused_s": paused,
        "paused_share": _share(paused, sums["logged_on_s"]),
    }


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
