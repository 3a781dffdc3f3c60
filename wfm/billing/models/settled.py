"""What partners owe: settlements, each partner's share, and the ledger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant
from wfm.directory.column_types import Days
from wfm.directory.rules.dated import Validity

_VALID = "NOT isempty(valid) AND NOT lower_inf(valid)"


class Settlement(Base):
    """What the partners owe for a period, with everything it was reckoned from; see `rules.states` for its life."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("kind IN ('advance', 'annual', 'period', 'reversal')", name="kind"),
        CheckConstraint(
            "state IN ('draft', 'checked', 'released', 'sent', 'objected', 'final', 'withdrawn')", name="state"
        ),
        CheckConstraint("checked_by <> released_by", name="four_eyes"),
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reverses"),
        Index("settlement_reverses_key", "reverses", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    period: Mapped[Validity] = mapped_column(Days)
    instalment: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(Text)
    shadow: Mapped[bool] = mapped_column(server_default=text("false"))
    """Reckoned to see, never to be charged (the pilot)."""
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Cases by terms, usage by month with hashes, keys with sources, cost items, versions of agreements and rules."""
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result_hash: Mapped[bytes]
    reverses: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_by: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    final_at: Mapped[datetime | None] = mapped_column(Instant)


class SettlementShare(Base):
    """A partner's part of a settlement and what became of it."""

    __tablename__ = "settlement_share"
    __table_args__ = (CheckConstraint("state IN ('open', 'objected', 'accepted', 'rejected', 'final')", name="state"),)

    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id", ondelete="CASCADE"), primary_key=True)
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), primary_key=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    advances_cents: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Already charged for the period."""
    due_cents: Mapped[int] = mapped_column(BigInteger)
    """Asked for now: less advances and what is carried over, with what earlier years put off to this one."""
    by_treatment: Mapped[dict[str, int]] = mapped_column(JSONB)
    """`cents` by tax treatment of the days of service."""
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text)
    objection: Mapped[str | None] = mapped_column(Text)
    objected_at: Mapped[datetime | None] = mapped_column(Instant)
    objected_by: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)


class LedgerEntry(Base):
    """What happened to money owed. Its lines sum to zero; never changed."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    booked_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(Text)
    """cost, advance, period, settlement, reversal, tax."""
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class LedgerLine(Base):
    """One account of an entry: debit positive, credit negative."""

    __tablename__ = "ledger_line"
    __table_args__ = (CheckConstraint("cents <> 0", name="cents"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account: Mapped[str] = mapped_column(Text, index=True)
    """cost, host, partner:KEY, advance:KEY, carry:KEY, tax."""
    cents: Mapped[int] = mapped_column(BigInteger)
