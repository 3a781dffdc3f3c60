"""Facts, the state of months, and invariants that were found broken.

Only sums are stored. Columns of the ledger *by entry* count a stay where it entered; those that end in `_here_s` are
true to interval.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base

Instant = TIMESTAMP(timezone=True)


class _AddedStays:
    """Sums over stays, by entry, that may be added up and subtracted."""

    offered: Mapped[int]
    answered: Mapped[int]
    abandoned: Mapped[int]
    left_timeout: Mapped[int]
    left_key: Mapped[int]
    left_empty: Mapped[int]
    left_withdrawn: Mapped[int]
    lost: Mapped[int]
    open: Mapped[int]
    refused: Mapped[int]
    answered_by_class: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Answered within each of WAIT_CLASSES seconds (cumulative)."""
    abandoned_by_class: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    wait_s_answered: Mapped[int]
    wait_s_abandoned: Mapped[int]
    wait_unknown_answered: Mapped[int]
    """Stays whose end was seen, but of which nobody told how long they waited, by whether they were answered."""
    wait_unknown_unanswered: Mapped[int]
    talk_s: Mapped[int]
    talk_unknown: Mapped[int]
    wrapup_s: Mapped[int]
    wrapup_reported: Mapped[int]
    """Answered stays whose wrap-up the source reported; for `wrapup_inferred` it was reckoned, the rest has none."""
    wrapup_inferred: Mapped[int]
    wrapup_inferred_s: Mapped[int]
    """How much of `wrapup_s` was reckoned, not reported."""


class _StaySums(_AddedStays):
    """Sums over stays, by entry."""

    longest_wait_s: Mapped[int | None]


class _AddedCalls:
    """Sums over calls, by the day they began."""

    calls: Mapped[int]
    calls_answered: Mapped[int]
    calls_refused: Mapped[int]
    started_minutes: Mapped[int]
    """Sum over calls of whole minutes of talk begun."""
    answered_calls_by_talk: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Answered calls whose whole talk is known and shorter than each of SHORT_TALK seconds (cumulative)."""
    generated: Mapped[int]
    """How many of the calls were simulated."""


class FactInterval(_StaySums, Base):
    """15 minutes of a queue."""

    __tablename__ = "fact_interval"
    starts_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    talk_here_s: Mapped[int]
    wrapup_here_s: Mapped[int]
    staffed_here_s: Mapped[int]
    """Seconds that agents were logged on to the queue, paused or not, over all agents."""
    paused_here_s: Mapped[int]


class FactDay(_StaySums, _AddedCalls, Base):
    """A day of a partner in a queue for a service. Empty text: no partner, no queue, no service known."""

    __tablename__ = "fact_day"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    partner: Mapped[str] = mapped_column(Text, primary_key=True)
    likely: Mapped[str] = mapped_column(Text, primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    method: Mapped[str] = mapped_column(Text, primary_key=True)


class FactMonth(_StaySums, _AddedCalls, Base):
    """A closed month of a partner for a service, by method of attribution, as it was when the month was closed."""

    __tablename__ = "fact_month"
    month: Mapped[date] = mapped_column(ForeignKey("month.month"), primary_key=True)
    partner: Mapped[str] = mapped_column(Text, primary_key=True)
    likely: Mapped[str] = mapped_column(Text, primary_key=True)
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    method: Mapped[str] = mapped_column(Text, primary_key=True)


class FactMonthPartner(Base):
    """A closed month of a partner: the sums of its rows of `fact_month` that tables of many months show."""

    __tablename__ = "fact_month_partner"
    month: Mapped[date] = mapped_column(ForeignKey("month.month"), primary_key=True)
    partner: Mapped[str] = mapped_column(Text, primary_key=True)
    calls: Mapped[int]
    calls_answered: Mapped[int]
    calls_refused: Mapped[int]
    offered: Mapped[int]
    answered: Mapped[int]
    abandoned: Mapped[int]
    wait_s_answered: Mapped[int]
    wait_unknown_answered: Mapped[int]
    talk_s: Mapped[int]
    wrapup_s: Mapped[int]
    started_minutes: Mapped[int]
    generated: Mapped[int]


class UsageCorrection(_AddedStays, _AddedCalls, Base):
    """What is to be added to a day of a closed month: sums with a sign, of the grain of `fact_day`.

    `late`: what counting the day anew gives beyond what was frozen and booked so far; made anew at each count until it
    is booked. `objection`: what somebody accepted, and why. `booked_in` is the month that closed with it, null while it
    waits for the next one that does.
    """

    __tablename__ = "usage_correction"
    __table_args__ = (
        CheckConstraint("cause IN ('late', 'objection')", name="cause"),
        CheckConstraint("(cause = 'objection') = (reason IS NOT NULL AND made_by IS NOT NULL)", name="reason"),
        CheckConstraint("booked_in > day", name="booked_later"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    partner: Mapped[str] = mapped_column(Text)
    likely: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    service: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    booked_in: Mapped[date | None] = mapped_column(ForeignKey("month.month"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


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


class MonthState(Base):
    """Whether a month's usage may still change. A month without a row is open; one that closed never opens again."""

    __tablename__ = "month"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed')", name="state"),
        CheckConstraint("num_nulls(asked_at, asked_by) IN (0, 2)", name="asked"),
        CheckConstraint("asked_by <> closed_by", name="four_eyes"),
    )
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    state: Mapped[str] = mapped_column(Text, server_default=text("'open'"))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_by: Mapped[str | None] = mapped_column(Text)
    """The actor who asked for closing; whoever closes is another person."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[bytes | None]
    """SHA-256 of what was frozen and booked (`rules.closing.content_hash`)."""
    versions: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What it was counted by: the program's version, that of the rules, definitions of service level."""
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the annual settlement that the month belongs to became final: from then on its calls may go."""


class MonthOverride(Base):
    """An obstacle to closing that somebody answers for by name, and why. What does not stand here stops a month."""

    __tablename__ = "month_override"
    month: Mapped[date] = mapped_column(ForeignKey("month.month"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    """What of the kind: a source, a name; with `kind` as `rules.closing.Obstacle` has them."""
    count: Mapped[int]
    """How many there were: more than that is not answered for."""
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
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


def in_closed_month(day: str) -> str:
    """SQL: whether the day that this column or expression gives lies in a closed month."""
    return f"EXISTS (SELECT FROM month WHERE state = 'closed' AND month = date_trunc('month', {day}::timestamp)::date)"


def in_final_month(day: str) -> str:
    """SQL: whether the day lies in a month that is closed and finally settled; its calls may be gone."""
    return f"""EXISTS (SELECT FROM month WHERE state = 'closed' AND settled_at IS NOT NULL
                       AND month = date_trunc('month', {day}::timestamp)::date)"""


class BrokenInvariant(Base):
    """A sum that did not agree with another when the day was last counted: shown until a count agrees."""

    __tablename__ = "broken_invariant"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    rule: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant, server_default=text("now()"))


class ReportFile(Base):
    """A month's report as a file, of one partner or (null) of all: wanted, and once made, with its content.

    `figures` is the hash of the report it was made of, so that it is made anew only when that has changed; `sha256` is
    the file's own. It is finished when it was made after it was last wanted.
    """

    __tablename__ = "report_file"
    __table_args__ = (
        UniqueConstraint("month", "partner", "format", postgresql_nulls_not_distinct=True),
        CheckConstraint("format IN ('pdf', 'xlsx', 'csv')", name="format"),
        CheckConstraint("date_trunc('month', month) = month", name="month"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint(
            "num_nulls(made_at, figures, sha256, content, state, complete, gaps, generated) IN (0, 8)", name="made"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    partner: Mapped[str | None] = mapped_column(ForeignKey("partner.key"))
    format: Mapped[str] = mapped_column(Text)
    wanted_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    figures: Mapped[bytes | None]
    sha256: Mapped[bytes | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str | None] = mapped_column(Text)
    """Whether the month was open or closed when the file was made: a closed one is final."""
    complete: Mapped[bool | None]
    gaps: Mapped[int | None]
    generated: Mapped[bool | None]
