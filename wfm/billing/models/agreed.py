"""What was agreed: terms, who is bound to them, and how everybody appears on paper."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant
from wfm.directory.models import Dated

_VALID = "NOT isempty(valid) AND NOT lower_inf(valid)"


class Terms(Base):
    """How cost is shared among those who agreed to it. A version that an agreement refers to is never edited."""

    __tablename__ = "terms"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint("variant ~ '^V[0-7]$'", name="variant"),
        CheckConstraint("state IN ('draft', 'agreed', 'withdrawn')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(Text)
    variant: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As in a case of `wfm settle compute`."""
    counting: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What counts as usage (`rules.counting.Counting`): calls, short calls, transfers, wrap-up, unattributed calls."""
    keys: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Which count of inhabitants: basis and as-of rule; pro rata by days or months."""
    cycle: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Advances a year and their due days, true-up or carry-over, objection and payment periods in days, notice."""
    note: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class Agreement(Dated, Base):
    """A partner's membership under terms: the public-law agreement, from its accession to its end."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(_VALID, name="valid"),
        CheckConstraint("weight >= 0 AND fixed_cents >= 0 AND num_nonnulls(weight, fixed_cents) <= 1", name="stated"),
        ExcludeConstraint(("partner", "="), ("valid", "&&"), name="agreement_one_a_day_excl", using="gist"),
    )

    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"))
    terms_id: Mapped[int] = mapped_column(ForeignKey("terms.id"), index=True)
    reference: Mapped[str] = mapped_column(Text)
    """Where the paper is: file number, title, date of the councils' decisions."""
    signed_on: Mapped[date | None] = mapped_column(Date)
    weight: Mapped[int | None] = mapped_column(Integer)
    """Taken in place of inhabitants, where a partner has none of its own (the Region's administration)."""
    fixed_cents: Mapped[int | None] = mapped_column(BigInteger)
    """A fixed amount a year instead of a share."""
    tax: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Tax treatment by date of service: `[{"from": "2026-01-01", "treatment": "not_taxable"}, …]`."""
    ended_reason: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class Party(Dated, Base):
    """How a partner, or the host (no partner: who sends the bills), appears on paper from a day on."""

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint(_VALID, name="valid"),
        ExcludeConstraint(
            (text("coalesce(partner, '')"), "="), ("valid", "&&"), name="party_one_a_day_excl", using="gist"
        ),
    )

    partner: Mapped[str | None] = mapped_column(ForeignKey("partner.key"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Name, street, postcode, town, contact, e-mail, Leitweg-ID, VAT id, tax number, IBAN, BIC."""
    booking: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Account, product, cost centre, tax code: as the books of the host want them."""
