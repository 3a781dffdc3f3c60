"""One person's figures, for a purpose: their own, who is here today, and what an agreement opens.

Who looks at somebody else's leaves an entry in the audit trail, in the same transaction, which that person can read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry
from wfm.accounts.models import Person as Account
from wfm.accounts.rules import Viewer
from wfm.accounts.rules.groups import Limits
from wfm.accounts.rules.purposes import Purpose, may_see_person, opened_figures
from wfm.accounts.service.agreements import agreements_in_force
from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor
from wfm.core.errors import Conflict, NotAllowed, Sentence
from wfm.core.intervals import Days
from wfm.reporting.agent_groups import group_limits, rates
from wfm.reporting.agents import AgentDays, Person, add_days, agent_days
from wfm.reporting.completeness import find_gaps

Row = dict[str, Any]
#: How the audit trail names what was looked at: one person, or everybody who takes calls.
ONE, EVERYBODY = "agent", "agents"
#: Of looks at everybody, so many.
LOOKS_SHOWN = 50
A_WEEK = timedelta(days=7)


def own_figures(session: Session, viewer: Viewer, days: Days) -> Row:
    """An agent's own days and weeks, and beside each week that is over the mean of the others, if they are enough.

    `days` are whole calendar weeks. Days of which names or states have begun to go are left out and listed; a week with
    such a day has no mean.
    Raises NotAllowed for whoever takes no calls.
    """
    viewer.require("own.read")
    if viewer.agent is None:
        raise NotAllowed("own.no_agent", "Ihr Konto ist mit keinem Namen im Verzeichnis der Agenten verbunden.")
    found = agent_days(session, days)
    own = one_person(found.people, viewer.agent)
    mine = found.people.get(own, {})
    over = Days(days.start, min(days.end, _this_monday(days)))
    others = _others_by_week(found, own, group_limits(session), over)
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": own in found.simulated,
        **found.kept(found.gone_of(own)),
        "days": [_figures(row, date=day.isoformat()) for day, row in mine.items()],
        "weeks": [_week(found, own, monday, others.get(monday)) for monday in _mondays(found, own)],
        "total": _figures(add_days(own, mine.values())),
    }


def _mondays(found: AgentDays, own: Person) -> list[date]:
    """The weeks of which something is kept as a whole."""
    gone = frozenset(found.gone_of(own))
    return [day for day in found.days if day.weekday() == 0 and not gone.issuperset(Days(day, day + A_WEEK))]


def _week(found: AgentDays, own: Person, monday: date, others: Row | None) -> Row:
    """A person's week; `first` is its first whole day, where it is not the Monday."""
    gone = found.gone_of(own)
    first = next(day for day in Days(monday, monday + A_WEEK) if day not in gone)
    mine = found.people.get(own, {})
    rows = (row for day, row in mine.items() if monday <= day < monday + A_WEEK)
    return _figures(add_days(own, rows), week=monday.isoformat(), first=first.isoformat(), others=others)


def _others_by_week(found: AgentDays, own: Person, limits: Limits, over: Days) -> dict[date, Row]:
    """The others together, by calendar week that is over: AHT, answers per hour, share of pauses; for one of them to
    compare with. Without their own figures, so that taking those off leaves no fewer; and of whole weeks only, since
    each night of retention takes one day."""
    means: dict[date, Row] = {}
    gone = {*found.gone_of(own), *found.left_out}
    for monday in (day for day in over if day.weekday() == 0 and day + A_WEEK <= over.end):
        week = Days(monday, monday + A_WEEK)
        if not gone.isdisjoint(week):
            continue
        totals = [
            add_days(person, (row for day, row in rows.items() if week.start <= day < week.end))
            for person, rows in found.people.items()
            if person != own
        ]
        if limits.allow(total["logged_on_s"] for total in totals):
            together = add_days((None, ""), totals)
            pauses = [sum(total["paused_s"].values()) for total in totals]
            share = sum(pauses) / together["logged_on_s"] if limits.allow(pauses) else None
            means[monday] = rates(together) | {"paused_share": share}
    return means


def person_history(session: Session, viewer: Viewer, agent: str, days: Days) -> Row:
    """One person's days, as far as agreements in force open them and they are kept as a whole: others are not there,
    and other figures are None.

    Leaves an audit entry. Raises NotAllowed if nothing of it is open.
    """
    today = berlin_day(now())
    agreements = agreements_in_force(session, today)
    open_days = [day for day in days if may_see_person(viewer, agent, Purpose.AGREEMENT, day, today, agreements)]
    if not open_days:
        raise NotAllowed(
            "persons.closed", "Für diese Person und diese Tage gilt keine Vereinbarung mit dem Personalrat."
        )
    found = agent_days(session, days, agent)
    own = one_person(found.people, agent)
    mine, gone = found.people.get(own, {}), frozenset(found.gone_of(own))
    rows = []
    for day in open_days:
        opened = opened_figures(agreements, agent, day, today)
        if day not in gone:
            figures = _figures(mine[day]) if day in mine else {}
            rows.append({"date": day.isoformat()} | {name: figures.get(name) for name in sorted(opened)})
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
            "agreements": sorted(agreed.reference for agreed in agreements if agreed.concerns(agent)),
        },
        purpose=Purpose.AGREEMENT,
    )
    return {
        "agent": agent,
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        **found.kept([day for day in open_days if day in gone]),
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


def looks_at(session: Session, agent: str) -> list[tuple[AuditEntry, str]]:
    """Who looked at this person's figures, and the last who looked at everybody's, newest first, with the name of who.

    All of the first: else whoever looks at everybody often enough would push a look at one person out of the list.
    """
    of_one = select(AuditEntry.id).where(AuditEntry.object_kind == ONE, AuditEntry.object_id == agent)
    newest = select(AuditEntry.id).where(AuditEntry.object_kind == EVERYBODY)
    of_all = newest.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(LOOKS_SHOWN)
    actor = func.concat("person:", Account.id)
    looks = (
        select(AuditEntry, func.coalesce(Account.name, AuditEntry.actor))
        .outerjoin(Account, actor == AuditEntry.actor)
        .where(AuditEntry.id.in_(of_one) | AuditEntry.id.in_(of_all))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return [(entry, who) for entry, who in session.execute(looks)]


def _figures(row: Mapping[str, Any], **more: object) -> Row:
    """A person's row as people see it: pauses without their reasons, and rates."""
    shown = {name: row[name] for name in ("answered", "talk_s", "talk_unknown", "wrapup_s", "logged_on_s", "ready_s")}
    paused = sum(row["paused_s"].values())
    share = paused / row["logged_on_s"] if row["logged_on_s"] else None
    return {**more, **shown, "paused_s": paused, "paused_share": share, **rates(row)}


def one_person(people: Mapping[Person, object], agent: str) -> Person:
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
