"""Tables of privacy: what was agreed on retention, what each night took away, the keys of callers' hashes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


class Retention(Base):
    """How long a class of data is kept, as agreed. A class without a row has its default (`rules.retention`)."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("days >= 0", name="days"),)
    data_class: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int]
    basis: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text)


class RetentionRun(Base):
    """What a run of retention took away: counts by what it did, never of whom."""

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)


class CallerKey(Base):
    """The random key of callers' hashes from `starts_on` until before `ends_on`; deleted when its time is over."""

    __tablename__ = "caller_key"
    __table_args__ = (CheckConstraint("starts_on < ends_on", name="days"),)
    period: Mapped[int] = mapped_column(Identity(), primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    key: Mapped[bytes] = mapped_column(LargeBinary)
