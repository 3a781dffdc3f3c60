"""What each agent did, by name and day: for the command line, and for what `persons` makes of it.

How it is counted stands in `service.agent_facts`. Only whole days are figures: of a day of which names or states have
begun to go nothing is summed up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.reporting.completeness import find_gaps

Row = dict[str, Any]
#: (name, system): a name that no alias explains is a person of its own in each telephone system.
Person = tuple[str | None, str]

#: A row for each person and day; one at least, for the day from which figures are whole.
_DAYS = """
    WITH calls AS (
      SELECT day, agent, system, bool_and(generated) AS generated, sum(answered)::int AS answered,
             sum(talk_s)::int AS talk_s, sum(talk_unknown)::int AS talk_unknown, sum(wrapup_s)::int AS wrapup_s,
             jsonb_object_agg(queue, jsonb_build_object('answered', answered, 'talk_s', talk_s)) AS by_queue
      FROM fact_agent_calls
      WHERE day >= %(first)s AND day < %(last)s AND agent = coalesce(%(agent)s::text, agent) GROUP BY 1, 2, 3
    ), time AS (
      SELECT day, agent, system, generated, logged_on_s, talking_s, wrapping_up_s, ready_s, paused_s
      FROM fact_agent_time WHERE day >= %(first)s AND day < %(last)s AND agent = coalesce(%(agent)s::text, agent)
    ), days AS (
      SELECT day, agent, system, coalesce(c.generated, true) AND coalesce(t.generated, true) AS generated,
             coalesce(answered, 0), coalesce(talk_s, 0), coalesce(talk_unknown, 0), coalesce(wrapup_s, 0),
             coalesce(by_queue, '{}'), coalesce(logged_on_s, 0), coalesce(talking_s, 0), coalesce(wrapping_up_s, 0),
             coalesce(ready_s, 0), coalesce(paused_s, '{}')
      FROM calls c FULL JOIN time t USING (day, agent, system)
    )
    SELECT whole_from, days.* FROM (SELECT max(whole_from) AS whole_from FROM agent_history) h LEFT JOIN days ON true
    ORDER BY day
"""
_COLUMNS = (
    *("answered", "talk_s", "talk_unknown", "wrapup_s", "by_queue"),
    *("logged_on_s", "talking_s", "wrapping_up_s", "ready_s", "paused_s"),
)
_SUMS = tuple(name for name in _COLUMNS if name not in ("by_queue", "paused_s"))


@dataclass(slots=True)
class AgentDays:
    """The whole days of some people in a range of days.

    `whole_from` is the day from which real people's days are whole, None if all are. `left_out` are days before it of
    which something is still kept. `simulated` have simulated days, which stay, `real` have others.
    """

    days: Days
    whole_from: date | None = None
    people: dict[Person, dict[date, Row]] = field(default_factory=dict)
    left_out: set[date] = field(default_factory=set)
    simulated: set[Person] = field(default_factory=set)
    real: set[Person] = field(default_factory=set)

    def gone_of(self, person: Person) -> list[date]:
        """The days of a person that are no longer whole."""
        return [] if person in self.simulated - self.real else self._gone()

    def kept(self, gone: Sequence[date] | None = None) -> Row:
        """What a report says of days left out: all that are no longer whole, or those of one person."""
        if gone is None:
            gone = [] if self.simulated and not self.real else self._gone()
        return {
            "whole_from": self.whole_from.isoformat() if self.whole_from and gone else None,
            "days_left_out": [day.isoformat() for day in gone],
        }

    def _gone(self) -> list[date]:
        return [day for day in self.days if self.whole_from is not None and day < self.whole_from]


def agents_report(session: Session, days: Days) -> Row:
    """Answers, talk, wrap-up and time logged on of each agent in some days, all queues of a person together."""
    found = agent_days(session, days)
    return as_report(session, found, [add_days(person, rows.values()) for person, rows in found.people.items()])


def as_report(session: Session, found: AgentDays, rows: Sequence[Row]) -> Row:
    """Rows of agents with what a report says of its days."""
    days = found.days
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": bool(found.simulated),
        **found.kept(),
        "rows": rows,
    }


def agent_days(session: Session, days: Days, agent: str | None = None) -> AgentDays:
    """The whole days of everybody, or of whoever bears a name, in one question."""
    found = AgentDays(days)
    parameters = {"first": days.start, "last": days.end, "agent": agent}
    for whole_from, day, name, system, generated, *figures in cursor(session).execute(_DAYS, parameters).fetchall():
        found.whole_from = whole_from
        if day is None:
            continue
        person = (name or None, system)
        if generated:
            found.simulated.add(person)
        else:
            found.real.add(person)
            if whole_from is not None and day < whole_from:
                found.left_out.add(day)
                continue
        row = dict(zip(_COLUMNS, figures, strict=True))
        found.people.setdefault(person, {})[day] = nothing(*person) | row
    order = sorted(found.people, key=lambda person: (person[0] or "", person[1]))
    found.people = {person: found.people[person] for person in order}
    return found


def add_days(person: Person, rows: Iterable[Row]) -> Row:
    """A person's days in one row."""
    total = nothing(*person)
    for row in rows:
        for name in _SUMS:
            total[name] += row[name]
        for reason, seconds in row["paused_s"].items():
            total["paused_s"][reason] = total["paused_s"].get(reason, 0) + seconds
        for queue, figures in row["by_queue"].items():
            kept = total["by_queue"].setdefault(queue, dict.fromkeys(figures, 0))
            for name, value in figures.items():
                kept[name] += value
    return total


def nothing(agent: str | None, system: str) -> Row:
    """A row before anything is added; `agent` is None for answers of which the source names nobody."""
    figures = dict.fromkeys(_SUMS, 0)
    return {"agent": agent, "system": system or None, **figures, "paused_s": {}, "by_queue": {}}
