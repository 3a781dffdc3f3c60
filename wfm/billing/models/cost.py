"""What the centre costs, and what of it is carried to other years."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant

_VALID = "NOT isempty(valid) AND NOT lower_inf(valid)"


class CostCentre(Base):
    """Where cost arises, and what share of it is the service centre's."""

    __tablename__ = "cost_centre"
    __table_args__ = (CheckConstraint("share > 0 AND share <= 1", name="share"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    product: Mapped[str] = mapped_column(Text, server_default="")
    share: Mapped[Decimal] = mapped_column(Numeric(7, 6), server_default=text("1"))


class CostItem(Base):
    """A month's cost of a cost centre by kind, planned or actual. Append only: a correction is one more item."""

    __tablename__ = "cost_item"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'rooms', 'telephony', 'it', 'overhead', 'other')", name="kind"),
        CheckConstraint("stage IN ('plan', 'actual')", name="stage"),
        CheckConstraint("date_trunc('month', month) = month", name="month"),
        UniqueConstraint("batch", "row"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cost_centre: Mapped[str] = mapped_column(ForeignKey("cost_centre.key"))
    month: Mapped[date] = mapped_column(Date, index=True)
    kind: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    cents: Mapped[int] = mapped_column(BigInteger)
    """Of the whole cost centre, before its share; negative for a correction or a yield."""
    share: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    """The centre's share as it was when the item was entered."""
    note: Mapped[str] = mapped_column(Text, server_default="")
    batch: Mapped[str | None] = mapped_column(Text)
    """Hash of the file it came with, so that a file imported twice changes nothing."""
    row: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class CostCover(Base):
    """A calculation period of one to three years whose surplus or deficit was carried forward. Never changed."""

    __tablename__ = "cost_cover"
    __table_args__ = (
        CheckConstraint("last_year BETWEEN first_year AND first_year + 2", name="years"),
        ExcludeConstraint(
            (text("int4range(first_year, last_year, '[]')"), "&&"), name="cost_cover_one_a_year_excl", using="gist"
        ),
    )

    first_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last_year: Mapped[int] = mapped_column(SmallInteger)
    result_cents: Mapped[int] = mapped_column(BigInteger)
    """Positive: a surplus."""
    carried: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Year -> cents to be covered in it beside its own cost (negative: less)."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)
