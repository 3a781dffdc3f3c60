"""Documents: kept as they went out, listed, void with a reason, never changed; see `issuing` for how they are made.

PDF and XML are made of a document's `content` alone, so that the same bytes can be made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, true
from sqlalchemy.orm import Session, defer, undefer

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.formats import cii, statement, zugferd
from wfm.billing.models import Document, ExportedDocument, Settlement
from wfm.billing.rules.states import State
from wfm.billing.rules.stored_invoice import from_stored
from wfm.billing.service.numbering import read_number, written
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound
from wfm.core.paging import Page, page_of, read_cursor
from wfm.directory.rules.dated import Validity

KIND = "document"


def void(session: Session, viewer: Viewer, document_id: int, reason: str) -> Document:
    """Make a document void: it stays in its series and in all lists, and `issue` writes another one in its place.

    Refused (Conflict "document.out") once it has gone out, was handed over or is referred to: a correction undoes it.
    """
    viewer.require("settlement.write")
    if not reason.strip():
        raise BadInput("document.void_reason", "Bitte nennen Sie den Grund.", field="reason")
    document = session.get(Document, document_id, with_for_update=True)
    if document is None:
        raise _unknown()
    if (refused := why_not_void(session, document)) is not None:
        raise refused
    document.voided_at, document.voided_by, document.void_reason = now(), viewer.actor, reason.strip()
    record(session, viewer.actor, "document.voided", object_kind=KIND, object_id=document_id)
    return document


def why_not_void(session: Session, document: Document) -> Conflict | None:
    """What keeps a document from being made void, if anything does."""
    if document.voided_at is not None:
        return Conflict("document.void", "Dieser Beleg ist schon ungültig.")
    settlement = session.get(Settlement, document.settlement_id) if document.settlement_id else None
    if settlement is not None and settlement.state != State.RELEASED:
        return Conflict(
            "document.out", "Dieser Beleg ist versandt: Berichtigt wird er durch ein Storno der Abrechnung."
        )
    referred = exists().where(Document.corrects == document.id, Document.voided_at.is_(None))
    if session.get(ExportedDocument, document.id) or session.scalar(select(referred)):
        return Conflict("document.out", "Dieser Beleg ist schon übergeben oder berichtigt.")
    return None


def find(session: Session, viewer: Viewer, document_id: int, *, files: bool = False) -> Document:
    """One document that this viewer may see, void ones included. Raises NotFound."""
    viewer.require("statements.read")
    options = [undefer(Document.pdf), undefer(Document.xml)] if files else []
    document = session.scalar(select(Document).where(Document.id == document_id, _seen_by(viewer)).options(*options))
    if document is None:
        raise _unknown()
    return document


def corrected(session: Session, viewer: Viewer, document: Document) -> Document | None:
    """The document that this one corrects, if this viewer may see that too: a reversal may undo what never went out."""
    return session.scalar(select(Document).where(Document.id == document.corrects, _seen_by(viewer)))


def listed(session: Session, viewer: Viewer, **wanted: Any) -> Sequence[Document]:
    """Documents that this viewer may see, the newest first; a municipality's are its own. `wanted`: see `chosen`."""
    return session.scalars(chosen(viewer, **wanted)).all()


def page_of_documents(
    session: Session, viewer: Viewer, cursor: str | None, limit: int, **wanted: Any
) -> Page[Document]:
    """The same in pages."""
    query = chosen(viewer, **wanted)
    if cursor is not None:
        query = query.where(Document.id < read_cursor(cursor, [int])[0])
    return page_of(session.scalars(query.limit(limit + 1)).all(), limit, lambda document: [document.id])


def chosen(
    viewer: Viewer,
    *,
    partner: str | None = None,
    year: int | None = None,
    kind: str | None = None,
    void: bool | None = None,
    settlement_id: int | None = None,
    number: str | None = None,
) -> Select[Document]:
    """The query for documents, without their content: `year` is that of issue, `number` as it stands on the paper."""
    viewer.require("statements.read")
    if partner is not None:
        viewer.require_partner(partner)
    query = select(Document).where(_seen_by(viewer)).order_by(Document.id.desc()).options(defer(Document.content))
    for column, value in ((Document.partner, partner), (Document.kind, kind), (Document.settlement_id, settlement_id)):
        if value is not None:
            query = query.where(column == value)
    if year is not None:
        query = query.where(Document.issued_on >= date(year, 1, 1), Document.issued_on < date(year + 1, 1, 1))
    if void is not None:
        query = query.where(Document.voided_at.is_not(None) if void else Document.voided_at.is_(None))
    if number is not None:
        series, place = read_number(number) or ("", 0)
        query = query.where(Document.series == series, Document.number == place)
    return query


def number_of(document: Document) -> str:
    """As it stands on the paper: `SC-2027-0012`."""
    return written(document.series, document.number)


def files_of(content: Mapping[str, Any], kind: str) -> tuple[bytes, bytes | None]:
    """PDF and XML of a document's content; a statement has no XML. The same content gives the same bytes."""
    if kind == "statement":
        return statement.write(content), None
    invoice = from_stored(content)
    xml = cii.write(invoice)
    return zugferd.around(xml, invoice), xml


def keep(
    session: Session,
    series: str,
    number: int,
    kind: str,
    partner: str,
    period: Validity,
    content: Mapping[str, Any],
    cents: int,
    issued_on: date,
    by: str,
    **more: Any,
) -> Document:
    """Make a document's files and keep all of it. `hold_numbers` must hold."""
    pdf, xml = files_of(content, kind)
    document = Document(
        series=series, number=number, kind=kind, partner=partner, period=period, content=dict(content), cents=cents,
        pdf=pdf, xml=xml, sha256=hashlib.sha256(pdf).digest(), issued_on=issued_on, made_at=now(), made_by=by, **more,
    )  # fmt: skip
    session.add(document)
    session.flush()
    return document


def _seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """A municipality sees its own: statements of months at once, the documents of a settlement once that was sent."""
    if viewer.sees_all_partners:
        return true()
    sent = select(Settlement.id).where(Settlement.sent_at.is_not(None))
    return (Document.partner == viewer.partner) & (Document.settlement_id.is_(None) | Document.settlement_id.in_(sent))


def _unknown() -> NotFound:
    return NotFound("document.unknown", "Diesen Beleg gibt es nicht.")
