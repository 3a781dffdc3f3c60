"""Tables of tokens and of the audit trail."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Date, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base

Instant = TIMESTAMP(timezone=True)


class ApiToken(Base):
    """A key for programs. The secret itself is shown once and never stored."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint("(role = 'municipality') = (partner IS NOT NULL)", name="partner"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    """Key of a partner. The database has it as a foreign key; here it would need the tables of a higher package."""
    source: Mapped[str | None] = mapped_column(Text)
    """The only source it may write events to; null: whichever the request names."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class AuditEntry(Base):
    """Who saw or changed what, and when. Names of fields, never their personal values."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "object_kind", "object_id"), Index(None, "at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str | None] = mapped_column(Text)
    object_id: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    details: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    purpose: Mapped[str | None] = mapped_column(Text)


class AuditSeal(Base):
    """The audit entries of one Berlin day, sealed over the day before: see `wfm.accounts.sealing`."""

    __tablename__ = "audit_seal"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    entries: Mapped[int]
    entries_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
