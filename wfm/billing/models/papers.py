"""What goes out: documents and their hand-over to the books; and what a municipality answers."""

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
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant
from wfm.directory.column_types import Days
from wfm.directory.rules.dated import Validity

_VALID = "NOT isempty(valid) AND NOT lower_inf(valid)"


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
