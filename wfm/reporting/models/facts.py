"""Sums over calls and stays: by interval, by day, and frozen by month."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


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
