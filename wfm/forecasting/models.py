"""Planned events, snapshots of forecasts, and the layers that people put on them.

Snapshots are append only, in the database too: what was forecast can be compared with what came. Calls are kept in
thousandths, so that sums agree exactly whatever is added up first; arrays hold the slots of 15 minutes from
`first_slot` on, in local wall time, and what lies outside them is closed.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant

#: The greatest number that a row can have.
GREATEST_ID = 2**63 - 1


class PlannedEvent(Base):
    """Something that is expected to change volumes on some days, of everybody or of one partner or queue."""

    __tablename__ = "planned_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('election', 'tax_notice', 'fee_notice', 'waste_calendar', 'mailing', 'school_holidays', "
            "'bridge_day', 'other')",
            name="kind",
        ),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("factor >= 0", name="factor"),
        UniqueConstraint("kind", "title", "first_day", "partner", "queue", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    partner: Mapped[str | None] = mapped_column(ForeignKey("partner.key"))
    queue: Mapped[str | None] = mapped_column(ForeignKey("queue.name"))
    factor: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    """What the calls of each of its days are multiplied by; null: learnt from earlier events of the kind."""
    source: Mapped[str] = mapped_column(Text, server_default=text("''"))


class ForecastWish(Base):
    """A snapshot that somebody asked for, and what became of it (`service.asking`)."""

    __tablename__ = "forecast_wish"
    __table_args__ = (CheckConstraint("num_nonnulls(run_id, refused) <= 1", name="answer"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    first_day: Mapped[date] = mapped_column(Date)
    end_day: Mapped[date] = mapped_column(Date)
    queues: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Null: all."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("forecast_run.id"))
    refused: Mapped[str | None] = mapped_column(Text)
    """Why there is none."""


class ForecastRun(Base):
    """One snapshot: which days were forecast when, by whom, on which history."""

    __tablename__ = "forecast_run"
    __table_args__ = (CheckConstraint("end_day > first_day", name="days"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    made_by: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    end_day: Mapped[date] = mapped_column(Date)
    """The day after the last one."""
    generated: Mapped[bool]
    """Whether simulated calls are in the history."""
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ForecastSeries(Base):
    """One series of a run: a queue; the centre (sum of queues); a part of a queue (partner x service, a share of it);
    or a partner that is new, beside the queues until its calls are in their history."""

    __tablename__ = "forecast_series"
    __table_args__ = (
        CheckConstraint("kind IN ('centre', 'queue', 'part', 'newcomer')", name="kind"),
        CheckConstraint("(kind = 'part') = (share IS NOT NULL)", name="share"),
        UniqueConstraint("run_id", "kind", "queue", "partner", "service", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("forecast_run.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    queue: Mapped[str | None] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    """Key of a partner; empty text: calls of nobody known."""
    service: Mapped[str | None] = mapped_column(Text)
    history_from: Mapped[date | None] = mapped_column(Date)
    history_to: Mapped[date | None] = mapped_column(Date)
    """Day after the last one of the history."""
    method: Mapped[str] = mapped_column(Text)
    backtest: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Errors of all methods over rolling origins, how many origins, and the weights chosen."""
    treated: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Gaps, outliers and what else was not taken as it stood."""
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    dispersion: Mapped[float | None]
    shared: Mapped[float | None]
    share: Mapped[float | None]
    """Of a part: its share of the queue's calls."""
    share_sd: Mapped[float | None]
    """Of a part: how far its share goes astray from day to day, as a share of itself."""


class ForecastDay(Base):
    """One day of a series, calls in thousandths by slot."""

    __tablename__ = "forecast_day"
    __table_args__ = (
        CheckConstraint("first_slot BETWEEN 0 AND 95", name="first_slot"),
        CheckConstraint(
            "cardinality(lo95) = cardinality(calls) AND cardinality(lo80) = cardinality(calls) AND "
            "cardinality(hi80) = cardinality(calls) AND cardinality(hi95) = cardinality(calls)",
            name="arrays",
        ),
    )
    series_id: Mapped[int] = mapped_column(ForeignKey("forecast_series.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    first_slot: Mapped[int] = mapped_column(SmallInteger)
    calls: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    lo95: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    lo80: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    hi80: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    hi95: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    total: Mapped[int]
    """Sum of `calls`; the four below are quantiles of the day's total, which are no sums of those of slots."""
    total_lo95: Mapped[int]
    total_lo80: Mapped[int]
    total_hi80: Mapped[int]
    total_hi95: Mapped[int]
    day_sd: Mapped[float]
    """How unsure the level of the day is, on the log scale."""
    handling_s: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))
    """Mean handling time by slot; null where none is known."""


class ForecastIntraday(Base):
    """What was expected of the rest of a day at a time of that day."""

    __tablename__ = "forecast_intraday"
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """The first slot that was still to come."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    came: Mapped[int]
    rest: Mapped[int]
    """Thousandths of calls, as the four below."""
    rest_lo95: Mapped[int]
    rest_lo80: Mapped[int]
    rest_hi80: Mapped[int]
    rest_hi95: Mapped[int]


class ForecastAdjustment(Base):
    """A layer of people on the forecast of a queue: never edited, only taken back."""

    __tablename__ = "forecast_adjustment"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="minutes"),
        CheckConstraint("kind IN ('factor', 'calls')", name="kind"),
        CheckConstraint("kind = 'calls' OR value >= 0", name="value"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name="taken_back"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queue.name"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    from_minute: Mapped[int] = mapped_column(SmallInteger)
    to_minute: Mapped[int] = mapped_column(SmallInteger)
    """Minutes of the local day, half-open; 0 to 1440 is the whole day."""
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    """A factor, or calls a day more (fewer, if negative), spread as the forecast is."""
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)
    taken_back_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_back_by: Mapped[str | None] = mapped_column(Text)
