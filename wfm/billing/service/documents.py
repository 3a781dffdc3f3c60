"""Documents: issued with numbers of their own, kept as they went out, void with a reason, never changed.

PDF and XML are made of a document's `content` alone, so that the same bytes can be made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, defer, undefer

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.formats import cii, statement, zugferd
from wfm.billing.models import Document, ExportedDocument, Settlement, SettlementShare
from wfm.billing.rules.completeness import problems
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.invoice import Invoice, Payment, Preceding, Profile, totals
from wfm.billing.rules.states import CHARGED, STATES, State
from wfm.billing.rules.stored_invoice import as_stored, from_stored
from wfm.billing.service import settling
from wfm.billing.service.accounts import account, references
from wfm.billing.service.document_parties import PARTIES_PAGE, as_buyer, as_seller, host_details, partner_details
from wfm.billing.service.invoices import MONEY, NAMES, Planned, plan
from wfm.billing.service.numbering import hold_numbers, next_number, read_number, series_of, written
from wfm.billing.service.reading import locked, shares
from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken, Sentence
from wfm.core.paging import Page, page_of, read_cursor
from wfm.directory.rules.dated import Validity
from wfm.directory.service import partner_names

KIND = "document"
#: Series of invoices unless the host's entry names another one (`series`); statements have their own.
SERIES, STATEMENTS = "SC", "N"


def issue(session: Session, viewer: Viewer, settlement_id: int) -> list[Document]:
    """Issue what is still missing of a charged settlement's documents: of each partner an account of how its share came
    about, and the invoices or corrections. The host's own partner gets the account alone.

    All or none. Raises Conflict("document.not_charged"), RuleBroken("document.no_party", "document.incomplete" with all
    problems, "document.advance_missing"), each naming the partner.
    """
    viewer.require("settlement.write")
    settlement = locked(session, settlement_id)
    if settlement.state not in CHARGED:
        message = Sentence(
            "Belege gibt es erst nach der Freigabe: Die Abrechnung ist %(state)s.",
            state=STATES[State(settlement.state)],
        )
        raise Conflict("document.not_charged", message)
    hold_numbers(session)
    today, names = berlin_day(now()), partner_names(session)
    host = host_details(session, today)
    made: list[Document] = []
    for share in shares(session, settlement_id):
        share.due_on = share.due_on or _due_on(settlement, share.partner, today)
        buyer = partner_details(session, share.partner, names[share.partner], today)
        issuing = _Issuing(session, viewer, settlement, share, host, buyer, names[share.partner], today)
        made += issuing.all()
    details = {"documents": [number_of(document) for document in made]}
    record(session, viewer.actor, "document.issued", object_kind="settlement", object_id=settlement_id, details=details)
    return made


def issue_and_send(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """Issue a released settlement's documents and let its periods for payment and objection begin, both or neither."""
    issue(session, viewer, settlement_id)
    return settling.send(session, viewer, settlement_id)


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
    document = session.scalar(select(Document).where(Document.id == document_id).options(*options))
    if document is None or not viewer.may_see_partner(document.partner):
        raise _unknown()
    return document


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
    query = select(Document).order_by(Document.id.desc()).options(defer(Document.content))
    if not viewer.sees_all_partners:
        query = query.where(Document.partner == viewer.partner)
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
    return zugferd.write(invoice), cii.write(invoice)


# ---- inside ----------------------------------------------------------------------------------------------------------


class _Issuing:
    """The documents of one partner's share."""

    def __init__(
        self,
        session: Session,
        viewer: Viewer,
        settlement: Settlement,
        share: SettlementShare,
        host: Mapping[str, Any],
        buyer: Mapping[str, Any],
        name: str,
        today: date,
    ) -> None:
        self.session, self.viewer, self.settlement, self.share = session, viewer, settlement, share
        self.host, self.buyer, self.name, self.today = host, buyer, name, today

    def all(self) -> list[Document]:
        there = {_key(document) for document in self._issued()}
        own = self.host.get("own_partner") == self.share.partner
        planned = (
            [] if own else [one for one in plan(self.session, self.settlement, self.share) if one.key not in there]
        )
        made = [self._invoice(one) for one in planned]
        if not any(document.kind == "statement" for document in self._issued()):
            made.append(self._account())
        return made

    def _issued(self) -> Sequence[Document]:
        return self.session.scalars(
            select(Document).where(
                Document.settlement_id == self.settlement.id,
                Document.partner == self.share.partner,
                Document.voided_at.is_(None),
            )
        ).all()

    def _invoice(self, planned: Planned) -> Document:
        prefix = self.host.get("series") or SERIES
        series = series_of(prefix, self.today)
        number = next_number(self.session, series)
        invoice = self._written(planned, written(series, number))
        found = list(problems(invoice, Profile.XRECHNUNG))
        if found:
            message = Sentence("%(partner)s: %(problem)s", partner=self.name, problem=found[0])
            raise RuleBroken(
                "document.incomplete", message, partner=self.share.partner, problems=found, mend=PARTIES_PAGE
            )
        period = planned.part.period
        return keep(
            self.session, series, number, planned.kind, self.share.partner, Validity(period.start, period.end),
            as_stored(invoice), totals(invoice).due, self.today, self.viewer.actor,
            settlement_id=self.settlement.id, corrects=planned.corrects and planned.corrects.id,
            treatment=NAMES[planned.part.treatment.value],
        )  # fmt: skip

    def _written(self, planned: Planned, number: str) -> Invoice:
        before = planned.corrects
        draft = Invoice(
            number=number,
            kind=planned.code,
            issued=self.today,
            period=planned.part.period,
            seller=as_seller(self.host),
            buyer=as_buyer(self.buyer),
            payment=Payment(self.host.get("iban", ""), self.host["name"], self.host.get("bic", ""), number),
            lines=planned.part.lines,
            treatment=planned.part.treatment,
            reason=planned.part.reason,
            leitweg_id=self.buyer.get("leitweg_id", ""),
            prepaid_cents=planned.prepaid_cents,
            preceding=Preceding(number_of(before), before.issued_on) if before else None,
            agreement=references(self.settlement.inputs, self.share.partner),
            notes=(*planned.notes, *self._objection(), *self._simulated()),
        )
        if totals(draft).due <= 0:
            return draft
        return replace(draft, payment=replace(draft.payment, due=self.share.due_on))

    def _simulated(self) -> tuple[str, ...]:
        """What nobody must take for a real bill."""
        simulated = self.settlement.inputs.get("sources", {}).get("simulated")
        return ("Enthält simulierte Anrufe: keine echte Forderung.",) if simulated else ()

    def _objection(self) -> tuple[str, ...]:
        days = settling.periods(self.settlement, self.share.partner)["objection_days"]
        last = self.today + timedelta(days=days)
        return (f"Widerspruch ist möglich bis einschließlich {last:%d.%m.%Y}.",)

    def _account(self) -> Document:
        """How the share came about, in full."""
        series = series_of(f"{self.host.get('series') or SERIES}-{STATEMENTS}", self.today)
        number = next_number(self.session, series)
        content = account(
            self.session, self.settlement, self.share, self.host, self.buyer,
            number=written(series, number), issued=self.today, invoices=[d for d in self._issued() if d.kind in MONEY],
            notes=self._objection(),
        )  # fmt: skip
        return keep(
            self.session, series, number, "statement", self.share.partner, self.settlement.period, content, 0,
            self.today, self.viewer.actor, settlement_id=self.settlement.id,
        )  # fmt: skip


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


def _key(document: Document) -> tuple[str, str | None, date, int | None]:
    return document.kind, document.treatment, document.period.start, document.corrects


def _due_on(settlement: Settlement, partner: str, today: date) -> date:
    """The instalment's agreed day if it lies ahead, else the period for payment from today."""
    agreed = settlement.inputs["cycle"][partner]
    latest = today + timedelta(days=agreed["payment_days"])
    if settlement.kind != "advance" or settlement.instalment is None:
        return latest
    return max(Cycle.from_json(agreed).due_on(settlement.period.start.year)[settlement.instalment - 1], latest)


def _unknown() -> NotFound:
    return NotFound("document.unknown", "Diesen Beleg gibt es nicht.")
