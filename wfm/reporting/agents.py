"""What each agent did, by name: for the command line, and for what `persons` and `groups` make of it.

Two ledgers, as everywhere: answers, talk and wrap-up count with the call, on the day it entered the queue, so they
agree with the queue report. How the time logged on was spent is true to the clock.

A person's state at a moment is the most occupied over all queues: talking, wrapping up, ready, paused. So nobody is
paused who is still ready in one queue, and nobody rests while talking. Time in two queues counts once. Logged on to an
agent pool (a queue without a name) means ready only where nothing else is known; a pause that names no queue holds for
all of them. Where queues were paused for different reasons, the one told last counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.directory.rules.dated import ONE_DAY
from wfm.reporting.completeness import find_gaps
from wfm.reporting.service.facts import STAYS_WITH_WRAPUP

Row = dict[str, Any]
#: (name, system): a name that no alias explains is a person of its own in each telephone system.
Person = tuple[str | None, str]

#: Who `t.agent` of system `sy` was on `t.day`: the alias table's name for a person, else the telephone system's. The
#: name that aliases stand for may be one of the telephone system's own.
_PERSON = "coalesce(a.agent, t.agent) AS agent, CASE WHEN a.agent IS NULL THEN sy.name ELSE '' END AS system"
_NAMED = """
    JOIN system sy ON sy.id = t.system_id
    LEFT JOIN (
      SELECT system, alias, agent, valid FROM agent_alias
      UNION ALL
      SELECT DISTINCT system, agent, agent, daterange(NULL, NULL) FROM agent_alias n
      WHERE NOT EXISTS (SELECT FROM agent_alias o WHERE o.system = n.system AND o.alias = n.agent)
    ) a ON a.system = sy.name AND a.alias = t.agent AND a.valid @> t.day
"""

_ANSWERED = f"""
    WITH t AS ({STAYS_WITH_WRAPUP})
    SELECT {_PERSON}, t.day, t.queue, count(*), coalesce(sum(t.talk_s), 0), count(*) FILTER (WHERE t.talk_s IS NULL),
           coalesce(sum(t.wrapup), 0)
    FROM t {_NAMED}
    WHERE t.outcome = 'answered' AND t.day >= %(first)s AND t.day < %(last)s
      AND (%(names)s::text[] IS NULL OR t.agent = ANY(%(names)s))
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""

#: States by how occupied they are: 1 talking, 2 wrapping up, 3 paused everywhere, 4 ready in a queue, 5 paused in a
#: queue, 6 logged on to a pool. From 3 on somebody is logged on.
_TIME = f"""
    WITH stays AS ({STAYS_WITH_WRAPUP}), told AS (
      SELECT p.system_id, p.agent, p.reason, p.starts_at, coalesce(p.ends_at, w.watermark) AS ends_at,
             CASE WHEN p.state = 'paused' THEN CASE p.queue WHEN '' THEN 3 ELSE 5 END
                  ELSE CASE p.queue WHEN '' THEN 6 ELSE 4 END END AS state
      FROM agent_span p JOIN (SELECT system_id, max(watermark) AS watermark FROM source GROUP BY 1) w USING (system_id)
      WHERE p.starts_at < %(to)s AND (p.starts_at >= %(from)s::timestamptz - interval '24 hours'
                                      OR p.ends_at IS NULL OR p.ends_at - p.starts_at > interval '24 hours')
        AND (%(names)s::text[] IS NULL OR p.agent = ANY(%(names)s))
      UNION ALL SELECT system_id, agent, '', answered_at, talk_ended_at, 1 FROM stays WHERE talk_s > 0
      UNION ALL SELECT system_id, agent, '', talk_ended_at, talk_ended_at + make_interval(secs => wrapup), 2
                FROM stays WHERE wrapup > 0
    ), day AS (
      SELECT d AS day, d::timestamp AT TIME ZONE 'Europe/Berlin' AS begins_at,
             (d + 1)::timestamp AT TIME ZONE 'Europe/Berlin' AS ends_at
      FROM (SELECT generate_series(%(first)s::date, %(last)s::date - 1, '1 day')::date) AS days (d)
    ), t AS (
      SELECT told.*, day.day, greatest(told.starts_at, day.begins_at) AS a, least(told.ends_at, day.ends_at) AS b
      FROM told JOIN day ON told.starts_at < day.ends_at AND told.ends_at > day.begins_at
      WHERE %(names)s::text[] IS NULL OR told.agent = ANY(%(names)s)
    ), piece AS (
      SELECT {_PERSON}, t.day, t.state, t.reason, t.starts_at AS told_at, t.a, t.b FROM t {_NAMED}
    ), moment AS (
      SELECT agent, system, day, a AS at FROM piece UNION SELECT agent, system, day, b FROM piece
    ), stretch AS (
      SELECT agent, system, day, at AS a, lead(at) OVER (PARTITION BY agent, system, day ORDER BY at) AS b FROM moment
    ), spent AS (
      SELECT agent, system, day, s.b - s.a AS length, min(state) AS state,
             (array_agg(reason ORDER BY state, told_at DESC, reason) FILTER (WHERE state IN (3, 5)))[1] AS reason
      FROM stretch s JOIN piece p USING (agent, system, day)
      WHERE p.a <= s.a AND p.b >= s.b GROUP BY agent, system, day, s.a, s.b HAVING max(state) >= 3
    )
    SELECT agent, system, day, state, CASE WHEN state IN (3, 5) THEN reason END,
           round(extract(epoch FROM sum(length)))::int
    FROM spent GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_STATES = {1: "talking_s", 2: "wrapping_up_s", 4: "ready_s", 6: "ready_s"}


def agents_report(session: Session, days: Days) -> Row:
    """Answers, talk, wrap-up and time logged on of each agent in some days, all queues of a person together."""
    found = person_days(session, days)
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": any_generated(session, found),
        "rows": [add_days(person, found[person].values()) for person in found],
    }


def person_days(session: Session, days: Days, names: Sequence[str] | None = None) -> dict[Person, dict[date, Row]]:
    """The figures of each person on each of some days, by name.

    With `names`, only what the telephone systems tell under these names: see `names_of`.
    """
    parameters = {
        "first": days.start,
        "last": days.end,
        "from": days.begins_at,
        "to": days.ends_at,
        "read": [days.start - ONE_DAY, *days, days.end],
        "names": None if names is None else list(names),
    }
    db = cursor(session)
    people: dict[Person, dict[date, Row]] = {}

    def of(agent: str | None, system: str, day: date) -> Row:
        return people.setdefault((agent, system), {}).setdefault(day, _nothing(agent, system))

    for agent, system, day, queue, answered, talk_s, unknown, wrapup_s in db.execute(_ANSWERED, parameters).fetchall():
        row = of(agent, system, day)
        row["by_queue"][queue] = {"answered": answered, "talk_s": talk_s}
        for name, value in zip(_FIGURES, (answered, talk_s, unknown, wrapup_s), strict=True):
            row[name] += value
    for agent, system, day, state, reason, seconds in db.execute(_TIME, parameters).fetchall():
        row = of(agent, system, day)
        row["logged_on_s"] += seconds
        if state in _STATES:
            row[_STATES[state]] += seconds
        else:
            row["paused_s"][reason] = row["paused_s"].get(reason, 0) + seconds
    order = sorted(people, key=lambda person: (person[0] or "", person[1]))
    return {person: dict(sorted(people[person].items())) for person in order}


def names_of(session: Session, agent: str) -> list[str]:
    """Every name by which telephone systems may know a person: their own, and those of the alias table."""
    aliases = cursor(session).execute("SELECT DISTINCT alias FROM agent_alias WHERE agent = %s", (agent,))
    return sorted({agent, *(alias for (alias,) in aliases)})


def add_days(person: Person, rows: Iterable[Row]) -> Row:
    """A person's days in one row."""
    total = _nothing(*person)
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


_FIGURES = ("answered", "talk_s", "talk_unknown", "wrapup_s")
_SUMS = (*_FIGURES, "logged_on_s", "talking_s", "wrapping_up_s", "ready_s")


def _nothing(agent: str | None, system: str) -> Row:
    """A row before anything is added; `agent` is None for answers of which the source names nobody."""
    figures = dict.fromkeys(_SUMS, 0)
    return {"agent": agent, "system": system or None, **figures, "paused_s": {}, "by_queue": {}}


def any_generated(session: Session, people: Iterable[Person]) -> bool:
    """Whether a simulated telephone system, or a person known by an alias in one, is among them."""
    found = cursor(session).execute(
        """SELECT sy.name, array_agg(a.agent) FILTER (WHERE a.agent IS NOT NULL)
           FROM system sy JOIN source so ON so.system_id = sy.id LEFT JOIN agent_alias a ON a.system = sy.name
           WHERE so.generated GROUP BY 1"""
    )
    simulated = dict(found.fetchall())
    aliased = {agent for agents in simulated.values() for agent in agents or ()}
    return any(system in simulated or (not system and agent in aliased) for agent, system in people)
