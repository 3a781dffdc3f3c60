"""What agents did by day, and what is kept for it when names go."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Date,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


class FactAgentCalls(Base):
    """A day of a person in a queue: what they answered there. Goes when calls lose their agents' names.

    `agent` is the person's name in the directory, with no `system`, or the one that a telephone `system` knows; empty
    where the source names nobody. `names` are those by which telephone systems told of them on that day.
    """

    __tablename__ = "fact_agent_calls"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    agent: Mapped[str] = mapped_column(Text, primary_key=True)
    system: Mapped[str] = mapped_column(Text, primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    generated: Mapped[bool]
    """Whether the person is a simulated one: these stay."""
    answered: Mapped[int]
    talk_s: Mapped[int]
    talk_unknown: Mapped[int]
    wrapup_s: Mapped[int]


class FactAgentTime(Base):
    """A day of a person: how they spent the time logged on, true to the clock. Goes with agents' states.

    What tells of calls (`ready_s`, `talking_s`, `wrapping_up_s`) is null once calls have lost their agents' names.
    """

    __tablename__ = "fact_agent_time"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    agent: Mapped[str] = mapped_column(Text, primary_key=True)
    system: Mapped[str] = mapped_column(Text, primary_key=True)
    names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    generated: Mapped[bool]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The queues they were logged on to."""
    logged_on_s: Mapped[int]
    paused_s: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Reason -> seconds."""
    ready_s: Mapped[int | None]
    talking_s: Mapped[int | None]
    wrapping_up_s: Mapped[int | None]


class GroupMonth(Base):
    """A month's report of groups as it was when the first of its days was about to go. Nobody is in it."""

    __tablename__ = "group_month"
    __table_args__ = (CheckConstraint("date_trunc('month', month) = month", name="month"),)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(Instant)


class KeptWrapup(Base):
    """Inferred wrap-up of a stay whose agent is no longer known by name: what it was when that could still be told."""

    __tablename__ = "kept_wrapup"
    system_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    callid: Mapped[str] = mapped_column(Text, primary_key=True)
    nth: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stay_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    answered_at: Mapped[datetime] = mapped_column(Instant)
    wrapup_s: Mapped[int]


class AgentHistory(Base):
    """From which day on agents are known (null: always).

    Before `known_from` states are gone: seconds logged on and paused of queues stay as they were counted. Before
    `whole_from` names or states have begun to go: figures of persons are not counted anew, and shown no more.
    """

    __tablename__ = "agent_history"
    __table_args__ = (CheckConstraint("one", name="one"),)
    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    known_from: Mapped[date | None] = mapped_column(Date)
    whole_from: Mapped[date | None] = mapped_column(Date)
