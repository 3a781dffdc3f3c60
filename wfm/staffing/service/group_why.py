"""Why so many agents of a skill group: who shares people, what each queue would need alone, what simulation says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, berlin_day
from wfm.core.errors import NotFound
from wfm.core.intervals import Days
from wfm.staffing.rules.requirement import Requirement
from wfm.staffing.rules.skill_groups import Crew, Shared, Tried, around, crews
from wfm.staffing.service.figures import moment, stands_on
from wfm.staffing.service.planning import PLANNING_STEP, Basis, needed, skills_on
from wfm.staffing.service.plans import Plan

Row = dict[str, Any]


def group_why_report(session: Session, plan: Plan, group: str, at: datetime) -> Row:
    """Of a skill group in the half hour in which `at` lies: its queues and all that share people with them, each with
    its load and what it would need alone, the agents of all their groups, and what simulation says of one less and one
    more.

    Raises NotFound for a group that is not told for that day, or has no calls then.
    """
    day, local = berlin_day(at), at.astimezone(BERLIN)
    column = (local.hour * 60 + local.minute) // PLANNING_STEP
    found = needed(session, plan, Days(day, day + timedelta(days=1)))
    queues = list(found.queues.values())
    if found.groups is None or group not in {one.name for one in found.groups.groups}:
        raise NotFound("staffing.group", "Diese Gruppe gibt es an diesem Tag nicht.", group=group)
    crew = next(crew for crew in crews(list(found.queues), skills_on(Basis(session), day)) if group in _names(crew))
    shared = Shared(crew, queues, np.array([True]))
    places = np.flatnonzero(shared.columns == column)
    if not places.size:
        raise NotFound("staffing.closed", "Zu dieser Zeit werden keine Anrufe erwartet.", at=at.isoformat())
    counts = {one.name: int(one.agents[0, column]) for one in found.groups.groups}
    staffing = tuple(counts[name] for name in _names(crew))
    start = moment(day, queues[0].demand.starts[column])
    members = [queues[number] for number in crew.members]
    return {
        **stands_on(found),
        "group": group,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=PLANNING_STEP)).isoformat(),
        "agents": counts[group],
        "queues": [_queue(own, column) for own in members],
        "groups": [
            {
                "group": team.name,
                "queues": [members[place].standards.queue for place, _rank in team.skills],
                "agents": counts[team.name],
            }
            for team in crew.teams
        ],
        "together": sum(staffing),
        "alone": sum(int(own.agents[0, column]) for own in members),
        "pooled": int(shared.pooled[places[0]]),
        "around": [
            _tried(tried, members, column)
            for tried in around(shared, int(places[0]), staffing, _names(crew).index(group))
        ],
    }


def _names(crew: Crew) -> list[str]:
    return [team.name for team in crew.teams]


def _queue(own: Requirement, column: int) -> Row:
    goal = own.standards.goal
    return {
        "queue": own.standards.queue,
        "calls": round(float(np.nan_to_num(own.demand.calls[0, column])), 3),
        "load": round(float(np.nan_to_num(own.demand.load[0, column])), 4),
        "alone": int(own.agents[0, column]),
        "share": goal.share,
        "threshold_s": int(goal.within_s),
    }


def _tried(tried: Tried, members: list[Requirement], column: int) -> Row:
    return {
        "agents": tried.agents,
        "meets_goals": tried.meets_goals,
        "levels": [
            {
                "queue": own.standards.queue,
                "level": round(float(tried.levels.mean[index]), 4),
                "low": round(float(tried.levels.lo95[index]), 4),
                "high": round(float(tried.levels.hi95[index]), 4),
            }
            for index, own in enumerate(members)
            if own.agents[0, column]
        ],
    }
