"""Plans: sets of assumptions over a forecast, kept under a name, copied and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken, Sentence
from wfm.directory.models import Partner
from wfm.forecasting.finding import contains, find_run
from wfm.staffing.models import StaffingPlan
from wfm.staffing.rules.changes import Changes


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is reckoned with. Without an id: the newest forecast under what is assumed today."""

    id: int | None
    name: str
    run_id: int | None
    changes: Changes

    def surer(self, confidence: float | None) -> Plan:
        """The same with another confidence; None leaves it."""
        return self if confidence is None else replace(self, changes=replace(self.changes, confidence=confidence))


#: What everybody plans with who says nothing else.
PLAIN = Plan(None, "Planung", None, Changes())


def find_plan(session: Session, plan_id: int | None) -> Plan:
    """A kept plan, or the plain one; raises NotFound."""
    return PLAIN if plan_id is None else as_plan(find_row(session, plan_id))


def find_row(session: Session, plan_id: int) -> StaffingPlan:
    """The row of a kept plan; raises NotFound."""
    row = session.get(StaffingPlan, plan_id)
    if row is None:
        raise NotFound("plan.unknown", "Diese Planung gibt es nicht (mehr).", id=plan_id)
    return row


def as_plan(row: StaffingPlan) -> Plan:
    return Plan(row.id, row.name, row.run_id, Changes.read(row.changes))


def plans(session: Session) -> Sequence[StaffingPlan]:
    """All kept plans, the newest first."""
    return session.scalars(select(StaffingPlan).order_by(StaffingPlan.id.desc())).all()


def keep_plan(
    session: Session,
    name: str,
    changes: Mapping[str, Any],
    *,
    by: str,
    run_id: int | None = None,
    copy_of: int | None = None,
    note: str = "",
) -> StaffingPlan:
    """Keep a set of changes under a name. Raises BadInput for a change that cannot be, Conflict for a name taken."""
    read = Changes.read(changes)
    for joining in read.joining:
        if session.get(Partner, joining.partner) is None:
            message = Sentence("Diesen Partner gibt es nicht: %(partner)s.", partner=joining.partner)
            raise BadInput("plan.partner", message, field="joining")
    run = None if run_id is None else find_run(session, run_id)
    for joining in read.joining:
        if run is not None:
            refuse_twice(session, run.id, joining.partner)
    if copy_of is not None:
        find_row(session, copy_of)
    if session.scalar(select(StaffingPlan.id).where(StaffingPlan.name == name)) is not None:
        raise Conflict("plan.name", "Eine Planung mit diesem Namen gibt es schon.", field="name")
    row = StaffingPlan(
        name=name, run_id=run_id, copy_of=copy_of, changes=read.data(), note=note, made_at=now(), made_by=by
    )
    session.add(row)
    session.flush()
    audit.record(session, by, "staffing.plan", object_kind="staffing_plan", object_id=row.id, fields=set(read.data()))
    return row


def refuse_twice(session: Session, run_id: int, partner: str) -> None:
    """Raises RuleBroken where a partner that is to join is in the forecast already: its calls would count twice."""
    if contains(session, run_id, partner):
        known = session.get(Partner, partner)
        words = (
            "Die Anrufe von %(partner)s sind in Prognose %(run)s schon enthalten und würden doppelt gezählt. Bitte ohne"
            " diesen Beitritt planen oder auf einer Prognose ohne diesen Partner."
        )
        message = Sentence(words, partner=known.name if known else partner, run=run_id)
        raise RuleBroken("plan.counted_twice", message, field="joining")


def drop_plan(session: Session, plan_id: int, *, by: str) -> StaffingPlan:
    """Take a plan away; copies of it stay. Raises NotFound."""
    row = find_row(session, plan_id)
    session.delete(row)
    audit.record(session, by, "staffing.plan_dropped", object_kind="staffing_plan", object_id=plan_id)
    return row
