"""How far a month is, its reports as files, and invariants that were found broken."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


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


def in_closed_month(day: str) -> str:
    """SQL: whether the day that this column or expression gives lies in a closed month."""
    return f"EXISTS (SELECT FROM month WHERE state = 'closed' AND month = date_trunc('month', {day}::timestamp)::date)"


def in_final_month(day: str) -> str:
    """SQL: whether the day lies in a month that is closed and finally settled; its calls may be gone."""
    return f"""EXISTS (SELECT FROM month WHERE state = 'closed' AND settled_at IS NOT NULL
                       AND month = date_trunc('month', {day}::timestamp)::date)"""


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
