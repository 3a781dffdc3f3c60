"""What a plan needs, as rows that pages, the interface and spreadsheets show: by half hour, by queue, in all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN
from wfm.core.intervals import Days
from wfm.core.rounding import half_up
from wfm.staffing.models import WorkTerms
from wfm.staffing.rules.patience import Patience
from wfm.staffing.rules.requirement import Demand, Requirement, Standards, Whole, outlook
from wfm.staffing.rules.shrinkage import Shrinkage
from wfm.staffing.rules.skill_check import ByGroup
from wfm.staffing.rules.skill_groups import Staffed
from wfm.staffing.service.assumptions import assumptions, holding, shrinkage_of
from wfm.staffing.service.planning import Basis, Needed, needed
from wfm.staffing.service.plans import Plan

Row = dict[str, Any]


def requirement_report(session: Session, plan: Plan, days: Days, queues: Collection[str] | None = None) -> Row:
    """Agents by half hour and queue, with sums by queue and in all, and what was assumed.

    Where groups are told, `groups` has the agents of each, and the total is theirs; queues are as if each were alone.
    """
    found = needed(session, plan, days, queues)
    pay = Pay(session)
    rows = [row for queue in found.queues.values() for row in _slots(queue)]
    return {
        **stands_on(found),
        "assumptions": [row for queue in found.queues.values() for row in _assumed(queue)],
        "rows": rows,
        "totals": [{"queue": name, **pay.of([queue])} for name, queue in found.queues.items()],
        "total": pay.total(found),
        "groups": None if found.groups is None else _by_group(found, found.groups, pay),
        "shrinkage": describe_shrinkage(pay.shrinkage(found.days.start)),
    }


def comparison_report(session: Session, plans: Sequence[Plan], days: Days) -> Row:
    """Plans side by side over the same days, and what each needs more or less than the first."""
    columns = []
    pay, basis = Pay(session), Basis(session)
    for plan in plans:
        found = needed(session, plan, days, basis=basis)
        columns.append(
            {
                **stands_on(found),
                "changes": plan.changes.data(),
                "totals": [{"queue": name, **pay.of([queue])} for name, queue in found.queues.items()],
                "total": pay.total(found),
            }
        )
    first = columns[0]["total"]
    for column in columns:
        column["difference"] = {
            name: None if value is None or first[name] is None else value - first[name]
            for name, value in column["total"].items()
        }
    return {"from": days.start.isoformat(), "to": days.end.isoformat(), "plans": columns}


def together(report: Row) -> list[Row]:
    """Half hours of all queues added up: calls, load, agents by group, and `alone` if each queue were for itself."""
    sums: dict[str, Row] = {}
    for row in report["rows"]:
        total = sums.setdefault(
            row["start"], {"start": row["start"], "end": row["end"], "calls": 0.0, "load": 0.0, "agents": 0, "alone": 0}
        )
        total["calls"] += row["calls"]
        total["load"] += row["load"]
        total["alone"] += row["agents"]
    for row in report["rows"] if report["groups"] is None else report["groups"]["rows"]:
        sums[row["start"]]["agents"] += row["agents"]
    return [sums[start] for start in sorted(sums, key=datetime.fromisoformat)]


def _by_group(found: Needed, by_group: ByGroup, pay: Pay) -> Row:
    """Agents by half hour and group, their sums, what each queue for itself would take, and what the check said."""
    queues = list(found.queues.values())
    demand, total, alone = queues[0].demand, pay.total(found), pay.of(queues)
    return {
        "rows": [row for group in by_group.groups for row in _group_slots(group, demand)],
        "totals": [
            {"group": group.name, "queues": list(group.queues), **pay.of_groups([group], demand)}
            for group in by_group.groups
        ],
        "alone": alone,
        "saving": {
            name: None if total[name] is None or alone[name] is None else round(alone[name] - total[name], 3)
            for name in ("agent_hours", "paid_hours", "cents")
        },
        "pooled_hours": float(by_group.pooled.sum()) * demand.step_minutes / 60,
        **describe_check(by_group),
    }


def describe_check(by_group: ByGroup) -> Row:
    """What the simulation said of the days that were lived through."""
    return {
        "check": [
            {
                "queue": one.queue,
                "target": one.target,
                "level": round(one.level, 4),
                "low": round(one.low, 4),
                "high": round(one.high, 4),
            }
            for one in by_group.checked
        ],
        "days": by_group.days,
        "replications": by_group.replications,
        "corrected": by_group.corrected,
    }


def _group_slots(group: Staffed, demand: Demand) -> Iterator[Row]:
    for row, column in zip(*np.nonzero(group.agents), strict=True):
        start = moment(demand.days[row], demand.starts[column])
        yield {
            "group": group.name,
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=demand.step_minutes)).isoformat(),
            "agents": int(group.agents[row, column]),
        }


def stands_on(found: Needed) -> Row:
    """Which plan over which forecast and days."""
    return {
        "plan": found.plan.id,
        "name": found.plan.name,
        "run": found.run.id,
        "made_at": found.run.made_at.astimezone(BERLIN).isoformat(),
        "generated": found.run.generated,
        "from": found.days.start.isoformat(),
        "to": found.days.end.isoformat(),
    }


def describe(assumed: Standards) -> Row:
    """Assumptions for programs; patience is null where nobody gives up."""
    return {
        "queue": assumed.queue,
        "target": assumed.target,
        "share": assumed.goal.share,
        "threshold_s": int(assumed.goal.within_s),
        "variant": str(assumed.goal.variant),
        "model": str(assumed.model),
        "patience_s": round(assumed.patience_s, 1) if np.isfinite(assumed.patience_s) else None,
        "patience": None if assumed.estimated is None else _estimate(assumed.estimated),
        "handling_s": assumed.handling_s,
        "max_occupancy": assumed.goal.max_occupancy,
        "confidence": assumed.confidence,
    }


def _estimate(patience: Patience) -> Row:
    return {
        "low_s": round(patience.low_s, 1),
        "high_s": round(patience.high_s, 1) if np.isfinite(patience.high_s) else None,
        "abandoned": patience.abandoned,
    }


def describe_shrinkage(shrinkage: Shrinkage) -> Row:
    """Shrinkage for programs: by kind and together."""
    return {
        "external": round(float(shrinkage.external), 4),
        "internal": round(float(shrinkage.internal), 4),
        "overall": round(float(shrinkage.overall), 4),
        "paid_per_hour": round(float(shrinkage.paid_heads(1)), 4),
        "losses": [
            {"kind": str(loss.kind), "share": float(loss.share), "source": str(loss.source)}
            for loss in shrinkage.losses
        ],
    }


def _assumed(queue: Requirement) -> Iterator[Row]:
    """How the queue is to be staffed, and from which day on where that changes on the way."""
    before = None
    for day, standards in zip(queue.demand.days, queue.by_day, strict=True):
        if standards != before:
            yield {"from": day.isoformat(), **describe(standards)}
        before = standards


def _slots(queue: Requirement) -> Iterator[Row]:
    demand, expected = queue.demand, outlook(queue)
    for row, column in zip(*np.nonzero(~np.isnan(demand.calls)), strict=True):
        start = moment(demand.days[row], demand.starts[column])
        yield {
            "queue": queue.standards.queue,
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=demand.step_minutes)).isoformat(),
            "calls": round(float(demand.calls[row, column]), 3),
            "handling_s": round(float(demand.handling_s[row, column]), 1),
            "load": round(float(demand.load[row, column]), 4),
            "agents": int(queue.agents[row, column]),
            "service_level": _share(expected.service_level[row, column]),
            "one_less": _share(expected.one_less[row, column]),
            "occupancy": _share(expected.occupancy[row, column]),
        }


def _share(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def moment(day: date, minute: int) -> datetime:
    """A minute of a Berlin day; of a time that comes twice the first."""
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=BERLIN)


class Pay:
    """What agents at the telephone mean in paid hours and money, by what holds on each day."""

    def __init__(self, session: Session) -> None:
        self._shares = assumptions(session, "shrinkage")
        self._terms = assumptions(session, "terms")
        self.shrinkage = cache(lambda day: shrinkage_of(self._shares, day))
        self.rate = cache(self._rate_on)

    def _rate_on(self, day: date) -> int | None:
        terms: WorkTerms | None = holding("terms", self._terms, day).get(None)
        return terms.cents_per_hour if terms else None

    def total(self, found: Needed) -> Row:
        """Of all that is needed: by group where groups are told, else by queue."""
        queues = list(found.queues.values())
        if found.groups is None:
            return self.of(queues)
        calls = sum(float(np.nansum(queue.demand.calls)) for queue in queues)
        return self.of_groups(found.groups.groups, queues[0].demand) | {"calls": round(calls, 3)}

    def of(self, queues: Sequence[Requirement]) -> Row:
        """Calls, hours at the telephone, paid hours, their cost (null where a day has no rate), most agents at once."""
        calls = sum(float(np.nansum(queue.demand.calls)) for queue in queues)
        sums = self._sums([(queue.agents, Fraction(1)) for queue in queues], queues[0].demand if queues else None)
        return {"calls": round(calls, 3), **sums}

    def of_groups(self, groups: Sequence[Staffed], demand: Demand) -> Row:
        """The same of groups, but for calls; an hour costs as much more as the group does."""
        return self._sums([(group.agents, Fraction(group.cost).limit_denominator(1000)) for group in groups], demand)

    def _sums(self, staffed: Sequence[tuple[Whole, Fraction]], demand: Demand | None) -> Row:
        paid, cents, hours = Fraction(0), Fraction(0), Fraction(0)
        priced = True
        for agents, factor in staffed:
            assert demand is not None
            for day, count in zip(demand.days, agents.sum(axis=1).tolist(), strict=True):
                of_day = Fraction(count * demand.step_minutes, 60)
                heads, rate = self.shrinkage(day).paid_heads(of_day), self.rate(day)
                hours, paid, cents = hours + of_day, paid + heads, cents + heads * (rate or 0) * factor
                priced = priced and rate is not None
        return {
            "agent_hours": float(hours),
            "paid_hours": round(float(paid), 2),
            "cents": half_up(cents) if priced else None,
            "most_agents": int(np.sum([agents for agents, _ in staffed], axis=0).max(initial=0)) if staffed else 0,
        }
