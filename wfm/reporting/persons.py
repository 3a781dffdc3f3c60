"""One person's figures, for a purpose: their own, who is here today, and what an agreement opens.

Who looks at somebody else's leaves an entry in the audit trail, in the same transaction, which that person can read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry
from wfm.accounts.rules import Viewer
from wfm.accounts.rules.purposes import Purpose, may_see_person, opened_figures
from wfm.accounts.service.agreements import agreements_in_force
from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor
from wfm.core.errors import Conflict, NotAllowed, Sentence
from wfm.core.intervals import Days
from wfm.reporting.agent_groups import group_limits, others_by_week, rates
from wfm.reporting.agents import Person, add_days, any_generated, names_of, person_days
from wfm.reporting.completeness import find_gaps
from wfm.reporting.service.agent_history import some_are_gone

Row = dict[str, Any]
#: How the audit trail names what was looked at: one person, or everybody who takes calls.
ONE, EVERYBODY = "agent", "agents"
#: Of looks at everybody, so many.
LOOKS_SHOWN = 50


def own_figures(session: Session, viewer: Viewer, days: Days) -> Row:
    """An agent's own days and weeks, and beside each week that is over the mean of the others, if they are enough.

    `days` are whole calendar weeks; one of which agents' names or states have begun to go has no mean.
    Raises NotAllowed for whoever takes no calls.
    """
    viewer.require("own.read")
    if viewer.agent is None:
        raise NotAllowed("own.no_agent", "Ihr Konto ist mit keinem Namen im Verzeichnis der Agenten verbunden.")
    people = person_days(session, days)
    own = _one_person(people, viewer.agent)
    mine = people.get(own, {})
    over = Days(days.start, min(days.end, _this_monday(days)))
    others = others_by_week(session, people, own, group_limits(session), over)
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": any_generated(session, [own]),
        "no_longer_kept": some_are_gone(session, days),
        "days": [_figures(row, date=day.isoformat()) for day, row in mine.items()],
        "weeks": [
            _figures(
                add_days(own, (row for day, row in mine.items() if monday <= day < monday + timedelta(days=7))),
                week=monday.isoformat(),
                others=others.get(monday),
            )
            for monday in days
            if monday.weekday() == 0
        ],
        "total": _figures(add_days(own, mine.values())),
    }


def person_history(session: Session, viewer: Viewer, agent: str, days: Days) -> Row:
    """One person's days, as far as agreements in force open them: other days and figures are None.

    Leaves an audit entry. Raises NotAllowed if nothing of it is open.
    """
    today = berlin_day(now())
    agreements = agreements_in_force(session, today)
    open_days = [day for day in days if may_see_person(viewer, agent, Purpose.AGREEMENT, day, today, agreements)]
    if not open_days:
        raise NotAllowed(
            "persons.closed", "Für diese Person und diese Tage gilt keine Vereinbarung mit dem Personalrat."
        )
    people = person_days(session, days, names_of(session, agent))
    mine = people.get(_one_person(people, agent), {})
    rows = []
    for day in open_days:
        opened = opened_figures(agreements, agent, day, today)
        found = _figures(mine[day]) if day in mine else {}
        rows.append({"date": day.isoformat()} | {name: found.get(name) for name in sorted(opened)})
    seen = sorted({name for row in rows for name in row} - {"date"})
    record(
        session,
        viewer.actor,
        "person.seen",
        object_kind=ONE,
        object_id=agent,
        fields=seen,
        details={
            "from": days.start.isoformat(),
            "to": days.end.isoformat(),
            "agreements": sorted(found.reference for found in agreements if found.concerns(agent)),
        },
        purpose=Purpose.AGREEMENT,
    )
    return {
        "agent": agent,
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "no_longer_kept": some_are_gone(session, days),
        "days": rows,
        "figures": seen,
    }


#: What everybody who is logged on does at a moment, in the trade's words. Reasons of pauses are not read at all.
_NOW = """
    WITH told AS (
      SELECT system_id, agent, queue, state, starts_at FROM agent_span
      WHERE ends_at IS NULL AND starts_at >= %(from)s AND starts_at <= %(at)s
      UNION ALL
      SELECT system_id, agent, queue, 'talking', answered_at FROM stay
      WHERE day = %(day)s AND agent IS NOT NULL AND answered_at IS NOT NULL AND ended_at IS NULL
    )
    SELECT coalesce(a.agent, t.agent) AS agent,
           (array_agg(state ORDER BY state = 'talking' DESC, state = 'ready' DESC, starts_at DESC))[1] AS state,
           array_agg(DISTINCT queue ORDER BY queue) FILTER (WHERE queue <> '') AS queues
    FROM told t JOIN system sy ON sy.id = t.system_id
    LEFT JOIN agent_alias a ON a.system = sy.name AND a.alias = t.agent AND a.valid @> %(day)s::date
    GROUP BY coalesce(a.agent, t.agent), CASE WHEN a.agent IS NULL THEN sy.name ELSE '' END ORDER BY 1
"""


def agents_today(session: Session, viewer: Viewer) -> list[Row]:
    """Who is logged on now and what they do: talking, ready or paused, in which queues. Nothing of before.

    Leaves an audit entry. Raises NotAllowed.
    """
    viewer.require("persons.read")
    at = now()
    today = berlin_day(at)
    parameters = {"from": Days(today, today + timedelta(days=1)).begins_at, "at": at, "day": today}
    found = cursor(session).execute(_NOW, parameters).fetchall()
    rows = [{"agent": agent, "state": state, "queues": queues or []} for agent, state, queues in found]
    record(
        session,
        viewer.actor,
        "agents.seen",
        object_kind=EVERYBODY,
        fields=("state", "queues"),
        details={"day": today.isoformat()},
        purpose=Purpose.DAY,
    )
    return [row for row in rows if may_see_person(viewer, row["agent"], Purpose.DAY, today, today)]


def looks_at(session: Session, agent: str) -> list[AuditEntry]:
    """Who looked at this person's figures, and the last who looked at everybody's, newest first.

    All of the first: else whoever looks at everybody often enough would push a look at one person out of the list.
    """
    entries = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    own = session.scalars(entries.where(AuditEntry.object_kind == ONE, AuditEntry.object_id == agent)).all()
    of_all = session.scalars(entries.where(AuditEntry.object_kind == EVERYBODY).limit(LOOKS_SHOWN)).all()
    return sorted([*own, *of_all], key=lambda entry: (entry.at, entry.id), reverse=True)


def _figures(row: Mapping[str, Any], **more: object) -> Row:
    """A person's row as people see it: pauses without their reasons, and rates."""
    shown = {name: row[name] for name in ("answered", "talk_s", "talk_unknown", "wrapup_s", "logged_on_s", "ready_s")}
    paused = sum(row["paused_s"].values())
    share = paused / row["logged_on_s"] if row["logged_on_s"] else None
    return {**more, **shown, "paused_s": paused, "paused_share": share, **rates(row)}


def _one_person(people: Mapping[Person, object], agent: str) -> Person:
    """The person of this name. A name of the alias table is one person; else a telephone system's own name is one only
    if no other system has it, too. Raises Conflict: a namesake's figures must not be shown."""
    systems = [system for name, system in people if name == agent]
    if "" in systems or not systems:
        return (agent, "")
    if len(systems) > 1:
        raise Conflict(
            "persons.namesakes",
            Sentence(
                "„%(agent)s“ heißen mehrere in verschiedenen Telefonanlagen (%(systems)s): bitte im Verzeichnis "
                "unterscheiden.",
                agent=agent,
                systems=", ".join(systems),
            ),
        )
    return (agent, systems[0])


def _this_monday(days: Days) -> date:
    """The week that is still running has no mean yet: asked again tomorrow it would tell one day."""
    today = berlin_day(now())
    return max(days.start + timedelta(days=1), today - timedelta(days=today.weekday()))
