"""Tables of settlement: terms and agreements, cost, settlements, ledger, documents, questionnaires (decision 0004).

Money is integer cents. What has gone out is never edited: settlements, ledger and documents are corrected by more rows.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base
from wfm.directory.column_types import Days
from wfm.directory.models import Dated
from wfm.directory.rules.dated import Validity

Instant = TIMESTAMP(timezone=True)
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
    """cost, advance, settlement, reversal, carry_over."""
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
    """cost, host, partner:KEY, advance:KEY, carry_over."""
    cents: Mapped[int] = mapped_column(BigInteger)


class Document(Base):
    """A paper with a number: statement, invoice or correction. Never changed; a mistake is void and listed as such."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("series", "number"),
        CheckConstraint("kind IN ('statement', 'advance', 'invoice', 'correction')", name="kind"),
        CheckConstraint("num_nulls(voided_at, voided_by, void_reason) IN (0, 3)", name="void"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    series: Mapped[str] = mapped_column(Text)
    """Series and year: numbers ascend in it without a gap."""
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), index=True)
    period: Mapped[Validity] = mapped_column(Days)
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), index=True)
    corrects: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    treatment: Mapped[str | None] = mapped_column(Text)
    cents: Mapped[int] = mapped_column(BigInteger)
    """What is to be paid by it, negative for a refund; 0 for a statement."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What its writers are given: PDF and XML are made of nothing else."""
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    xml: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[bytes | None]
    issued_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[str | None] = mapped_column(Text)
    void_reason: Mapped[str | None] = mapped_column(Text)


class ExportLayout(Base):
    """How a bookkeeping system wants its file: columns, delimiter, decimal sign, encoding."""

    __tablename__ = "export_layout"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    layout: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text)


class ExportRun(Base):
    """What was handed over to the books, once: the documents in it, the file and its check sum."""

    __tablename__ = "export_run"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layout: Mapped[str] = mapped_column(ForeignKey("export_layout.name"))
    documents: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)


class ExportedDocument(Base):
    """That a document was handed over; a document is, at most once."""

    __tablename__ = "exported_document"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("export_run.id"), index=True)


class Questionnaire(Base):
    """A municipality asked before it decides: by a link that only its contact knows."""

    __tablename__ = "questionnaire"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    partner: Mapped[str] = mapped_column(ForeignKey("partner.key"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    handed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class QuestionnaireAnswer(Base):
    """All answers as they stood when something was saved; the newest version counts."""

    __tablename__ = "questionnaire_answer"

    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime] = mapped_column(Instant)
