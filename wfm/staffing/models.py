"""What planning assumes: parameters by queue, terms of work, shrinkage; plans over a forecast, and what was simulated.

Requirements are no rows: they follow from these and are reckoned when read (docs/decisions/0003).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Date, ForeignKey, Identity, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from wfm.core.db import Base, Instant
from wfm.directory.models import Dated


def _one_a_day(table: str, key: str) -> ExcludeConstraint:
    return ExcludeConstraint((text(key), "="), ("valid", "&&"), name=f"{table}_one_a_day_excl", using="gist")


class StaffingParameters(Dated, Base):
    """How a queue is to be staffed from a day on; without a queue, what holds where nothing else is said."""

    __tablename__ = "staffing_parameters"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        CheckConstraint("model IN ('A', 'C')", name="model"),
        CheckConstraint("patience_s > 0 AND handling_s > 0", name="seconds"),
        CheckConstraint("max_occupancy > 0 AND max_occupancy <= 1", name="max_occupancy"),
        CheckConstraint("confidence >= 0.5 AND confidence < 1", name="confidence"),
        _one_a_day("staffing_parameters", "coalesce(queue, '')"),
    )

    queue: Mapped[str | None] = mapped_column(ForeignKey("queue.name"))
    target: Mapped[str] = mapped_column(Text)
    """Name of a definition of service level in the directory; its version is the one in force on the planned day."""
    model: Mapped[str] = mapped_column(Text)
    """A: callers give up (Erlang A); C: nobody gives up (Erlang C), the cautious choice."""
    patience_s: Mapped[int | None]
    """Null: estimated from the queue's own calls."""
    handling_s: Mapped[int | None]
    """Null: as forecast."""
    max_occupancy: Mapped[Decimal | None] = mapped_column(Numeric(4, 3))
    confidence: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    """Probability with which the target shall be met; 0.5 plans for the expected day."""


class WorkTerms(Dated, Base):
    """What a full-time post of the centre is: paid hours a week, what one of them costs, how long hiring takes."""

    __tablename__ = "work_terms"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        CheckConstraint("weekly_hours > 0 AND weekly_hours <= 60", name="weekly_hours"),
        CheckConstraint("cents_per_hour >= 0 AND hiring_months >= 0 AND posts >= 0", name="not_negative"),
        CheckConstraint("leaving_a_year >= 0 AND leaving_a_year < 1", name="leaving_a_year"),
        ExcludeConstraint(("valid", "&&"), name="work_terms_one_a_day_excl", using="gist"),
    )

    weekly_hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    cents_per_hour: Mapped[int | None]
    hiring_months: Mapped[int] = mapped_column(SmallInteger)
    posts: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    """Full-time posts filled on the first day; null where nobody has said."""
    leaving_a_year: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    """Share of the staff that leaves in a year."""


class ShrinkageShare(Dated, Base):
    """The share of time that one kind takes: of paid time for leave and illness, else of time present."""

    __tablename__ = "shrinkage"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        CheckConstraint("kind IN ('leave', 'illness', 'training', 'breaks', 'meetings', 'other')", name="kind"),
        CheckConstraint("source IN ('plan', 'data')", name="source"),
        CheckConstraint("share >= 0 AND share < 1", name="share"),
        _one_a_day("shrinkage", "kind"),
    )

    kind: Mapped[str] = mapped_column(Text)
    share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    source: Mapped[str] = mapped_column(Text)


class StaffingPlan(Base):
    """A set of assumptions over one forecast; a what-if is a copy of another one with changes of its own."""

    __tablename__ = "staffing_plan"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("forecast_run.id", ondelete="SET NULL"))
    """The forecast it stands on; null follows the newest."""
    copy_of: Mapped[int | None] = mapped_column(ForeignKey("staffing_plan.id", ondelete="SET NULL"))
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class SkillGroup(Dated, Base):
    """Agents who serve the same queues, in this order of preference."""

    __tablename__ = "skill_group"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        CheckConstraint("cardinality(queues) > 0", name="queues"),
        _one_a_day("skill_group", "name"),
    )

    name: Mapped[str] = mapped_column(Text)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    cost_factor: Mapped[Decimal] = mapped_column(Numeric(4, 3), server_default=text("1"))


class StaffingSimulation(Base):
    """A day of a plan that was, or will be, simulated: what was asked and what came out."""

    __tablename__ = "staffing_simulation"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("staffing_plan.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text)
    seed: Mapped[int]
    question: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
