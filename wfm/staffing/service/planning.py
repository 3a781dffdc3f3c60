"""From a plan to agents by interval: its forecast, its assumptions, its changes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotFound, RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.directory.queries import target_versions
from wfm.directory.rules.targets import Target
from wfm.forecasting.finding import covered, find_run
from wfm.forecasting.models import ForecastRun
from wfm.forecasting.queries import STEP
from wfm.forecasting.service.newcomers import newcomer_if
from wfm.forecasting.service.reading import read_queues
from wfm.forecasting.snapshots import Kept
from wfm.reporting.queries import DEFAULT_TARGET
from wfm.staffing import queries
from wfm.staffing.models import StaffingParameters
from wfm.staffing.rules.changes import Changes
from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.other_hours import in_other_hours
from wfm.staffing.rules.patience import mean_patience
from wfm.staffing.rules.requirement import Demand, Floats, Requirement, Standards, requirement
from wfm.staffing.rules.skill_check import ByGroup, by_group
from wfm.staffing.rules.skill_groups import Skills
from wfm.staffing.service import assumptions as assumed
from wfm.staffing.service.plans import Plan, refuse_twice

#: So far back a queue's callers tell how patient they are.
PATIENCE_DAYS = 365
#: Nobody staffs for a single quarter of an hour: shifts begin and end on the half hour.
PLANNING_STEP = 30
#: Before any call.
BEGINNING = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Needed:
    """What a plan needs on some days, by queue, and the forecast it stands on."""

    plan: Plan
    run: ForecastRun
    days: Days
    queues: Mapping[str, Requirement]
    groups: ByGroup | None
    """Agents by skill group; None where no groups are told on these days, or not all queues were asked for."""

    @property
    def shares(self) -> bool:
        """Whether any queues share people."""
        return self.groups is not None and bool(self.groups.checked)


def needed(
    session: Session, plan: Plan, days: Days, queues: Collection[str] | None = None, *, basis: Basis | None = None
) -> Needed:
    """Agents by half hour of each queue in these days (those that the forecast covers).

    Who reckons several plans reads their `basis` once.
    Raises NotFound without a forecast, RuleBroken where nobody knows how long calls take.
    """
    run = find_run(session, plan.run_id)
    days = covered(run, days.start, days.end)
    basis = basis or Basis(session)
    expected = read_queues(session, run, days)
    if queues is not None and (missing := set(queues) - set(expected)):
        raise NotFound("staffing.queue", "Für diese Warteschlange gibt es in der Prognose nichts.", queue=min(missing))
    how = {queue: basis.of(queue, kept.read.days, plan.changes) for queue, kept in expected.items()}
    usual = _usual_handling(list(expected.values()))
    demands = {queue: _demand(kept, plan.changes, how[queue], usual) for queue, kept in expected.items()}
    if plan.changes.joining and demands:
        demands = _with_joining(session, run, demands, plan.changes)
    required = {
        queue: requirement(own.in_steps_of(PLANNING_STEP), how[queue])
        for queue, own in demands.items()
        if queues is None or queue in queues
    }
    return Needed(plan, run, days, required, by_skills(basis, required) if queues is None else None)


def by_skills(basis: Basis, required: Mapping[str, Requirement]) -> ByGroup | None:
    """Agents by the skill groups that hold on each day; None where none are told."""
    days = next(iter(required.values())).demand.days if required else ()
    skills = [skills_on(basis, day) for day in days]
    return by_group(list(required.values()), skills) if any(skills) else None


def skills_on(basis: Basis, day: date) -> tuple[Skills, ...]:
    """The groups told for that day, by name."""
    held = sorted(assumed.holding("skills", basis.skills, day).values(), key=lambda row: str(row.name))
    return tuple(Skills(row.name, tuple(row.queues), float(row.cost_factor)) for row in held)


def _demand(kept: Kept, changes: Changes, how: Sequence[Standards], usual: float | None) -> Demand:
    """What a queue has to expect, with the plan's changes. A slot in which nobody is expected is a closed one."""
    calls = np.where(kept.read.calls > 0, kept.read.calls, np.nan) * changes.volume
    starts = tuple(range(0, 24 * 60, STEP))
    if changes.opens is not None and changes.closes is not None:
        calls = in_other_hours(calls, starts, changes.opens, changes.closes, changes.follows)
    given = np.array([np.nan if standards.handling_s is None else standards.handling_s for standards in how])
    handling = np.where(np.isnan(given)[:, None], kept.handling_s, given[:, None])
    return Demand(
        kept.read.days, STEP, starts, calls, _everywhere(handling, usual, calls) * changes.handling_time, kept.day_sd
    )


def _with_joining(
    session: Session, run: ForecastRun, demands: Mapping[str, Demand], changes: Changes
) -> dict[str, Demand]:
    """Partners that join in this plan only: their calls come to the queue that their profile names, else to the
    largest one, spread over week and day as its calls are. How unsure they are is added to the queue's own.

    Raises RuleBroken for a partner whose calls are in the forecast already.
    """
    changed = dict(demands)
    largest = max(demands, key=lambda queue: np.nansum(demands[queue].calls))
    for joining in changes.joining:
        refuse_twice(session, run.id, joining.partner)
        partner = newcomer_if(session, joining.partner, joining.first_day, Days(BEGINNING, berlin_day(run.made_at)))
        queue = partner.queue if partner.queue and partner.queue in demands else largest
        own = changed[queue]
        like = np.nan_to_num(own.calls)
        mean = partner.forecast(like, own.days)[0] * joining.volume
        before, added = like.sum(axis=1), mean.sum(axis=1)
        total = before + added
        apart = np.hypot(before * own.day_sd, added * partner.rate.sd)
        day_sd = np.divide(apart, total, out=own.day_sd.copy(), where=total > 0)
        changed[queue] = replace(own, calls=own.calls + np.where(np.isnan(own.calls), np.nan, mean), day_sd=day_sd)
    return changed


def _usual_handling(queues: Sequence[Kept]) -> float | None:
    """Mean handling time of all queues, weighted by calls; None where nobody knows any."""
    seconds = calls = 0.0
    for kept in queues:
        known = ~np.isnan(kept.handling_s)
        seconds += float((kept.read.calls * np.nan_to_num(kept.handling_s))[known].sum())
        calls += float(kept.read.calls[known].sum())
    return seconds / calls if calls else None


def _everywhere(handling_s: Floats, usual: float | None, calls: Floats) -> Floats:
    """Handling times with gaps filled by the mean of those known, of all queues where the queue has none.

    Raises RuleBroken where nobody knows any though calls are expected.
    """
    known = ~np.isnan(handling_s)
    mean = float(handling_s[known].mean()) if known.any() else usual
    if mean is None and np.isnan(calls).all():
        return handling_s
    if mean is None:
        raise RuleBroken(
            "staffing.handling_unknown",
            "Wie lange ein Anruf dauert, ist noch nicht bekannt: bitte eine Bearbeitungszeit vorgeben.",
            field="handling_s",
        )
    return np.where(known, handling_s, mean)


class Basis:
    """What is assumed of every queue: read once, asked by queue and days."""

    def __init__(self, session: Session) -> None:
        self.parameters: Sequence[Any] = assumed.assumptions(session, "parameters")
        self.skills: Sequence[Any] = assumed.assumptions(session, "skills")
        self.targets = target_versions(session)
        today = berlin_day(now())
        self.waited = queries.waited(session, Days(today - timedelta(days=PATIENCE_DAYS), today + timedelta(days=1)))

    def of(self, queue: str, days: Sequence[date], changes: Changes) -> list[Standards]:
        """By day: the queue's own parameters, else the centre's, else the defaults; over them what the plan changes."""
        made: dict[tuple[int | None, int], Standards] = {}
        by_day = []
        for day in days:
            own = self._parameters(queue, day)
            target = self._target(changes.target or (own.target if own else DEFAULT_TARGET), day)
            key = (own.id if own else None), target.version
            if key not in made:
                made[key] = self._standards(queue, own, target, changes)
            by_day.append(made[key])
        return by_day

    def _parameters(self, queue: str, day: date) -> StaffingParameters | None:
        held = {row.queue: row for row in self.parameters if row.queue in (queue, None) and day in row.valid}
        return held.get(queue) or held.get(None)

    def _standards(self, queue: str, own: StaffingParameters | None, target: Target, changes: Changes) -> Standards:
        model = Model(changes.model or (own.model if own else assumed.DEFAULT_MODEL))
        given = changes.patience_s or (own.patience_s if own else None)
        estimated = None if given or queue not in self.waited else mean_patience(*self.waited[queue])
        ceiling = own.max_occupancy if own else assumed.DEFAULT_MAX_OCCUPANCY
        return Standards(
            queue=queue,
            target=target.name,
            goal=Goal(float(target.share), target.seconds, target.variant, float(ceiling or 1)),
            model=model,
            patience_s=float(given or (estimated.mean_s if estimated and estimated.mean_s else math.inf)),
            estimated=estimated,
            handling_s=float(own.handling_s) if own and own.handling_s else None,
            confidence=changes.confidence or float(own.confidence if own else assumed.DEFAULT_CONFIDENCE),
        )

    def _target(self, name: str, day: date) -> Target:
        for target in self.targets:
            if target.name == name and day in target.validity:
                return target
        message = Sentence("Eine Service-Level-Definition „%(name)s“ gilt am %(day)s nicht.", name=name, day=str(day))
        raise NotFound("target.unknown", message, name=name)
