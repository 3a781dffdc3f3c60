"""The documents of a settlement: an account of each share, invoices and corrections, with numbers of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Document, Settlement, SettlementShare
from wfm.billing.rules.invoice import totals
from wfm.billing.rules.states import CHARGED, STATES, State
from wfm.billing.rules.stored_invoice import as_stored
from wfm.billing.service import settling
from wfm.billing.service.accounts import account
from wfm.billing.service.document_parties import buyer_of
from wfm.billing.service.documents import keep, number_of
from wfm.billing.service.invoice_draft import invoice_of, may_object
from wfm.billing.service.invoices import NAMES, Issued, Planned, still_to_come
from wfm.billing.service.lacking import require_complete
from wfm.billing.service.numbering import hold_numbers, next_invoice, next_statement, written
from wfm.billing.service.parties import parties_on
from wfm.billing.service.reading import locked, require_standing, shares
from wfm.billing.service.tax_ledger import post_tax
from wfm.billing.service.time_limits import due_on
from wfm.core.clock import berlin_day, now
from wfm.core.errors import Conflict, Sentence
from wfm.directory.rules.dated import Validity


def issue(session: Session, viewer: Viewer, settlement_id: int) -> list[Document]:
    """Issue what is still missing of a charged settlement's documents: of each partner an account of how its share came
    about, and the invoices or corrections. The host's own partner gets the account alone. Their tax is booked.

    All or none, and none of what is reversed: nothing would take them back. Raises Conflict("document.not_charged",
    "settlement.reversed"), RuleBroken("document.incomplete") with all that is lacking.
    """
    viewer.require("settlement.write")
    settlement = locked(session, settlement_id)
    if settlement.state not in CHARGED:
        message = Sentence(
            "Belege gibt es erst nach der Freigabe: Die Abrechnung ist %(state)s.",
            state=STATES[State(settlement.state)],
        )
        raise Conflict("document.not_charged", message)
    require_standing(session, settlement)
    hold_numbers(session)
    require_complete(session, settlement)
    today = berlin_day(now())
    known, issued, told = parties_on(session, today), Issued.read(session, settlement), _told(session, settlement_id)
    host = known[None].details
    made: list[Document] = []
    for share in shares(session, settlement_id):
        share.due_on = share.due_on or due_on(settlement, share.partner, today)
        own = host.get("own_partner") == share.partner
        buyer = buyer_of(known, share.partner)
        assert buyer is not None  # nothing is lacking
        issuing = _Issuing(session, viewer, settlement, share, host, buyer.details, today)
        invoices = [] if own else [issuing.invoice(one) for one in still_to_come(settlement, share, issued)]
        made += invoices
        if share.partner not in told:
            made.append(issuing.account([*issued.of(settlement_id, share.partner), *invoices]))
    post_tax(session, settlement, host.get("own_partner"), viewer.actor)
    details = {"documents": [number_of(document) for document in made]}
    record(session, viewer.actor, "document.issued", object_kind="settlement", object_id=settlement_id, details=details)
    return made


def issue_and_send(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """Issue a released settlement's documents and let its periods for payment and objection begin, both or neither."""
    issue(session, viewer, settlement_id)
    return settling.send(session, viewer, settlement_id)


def _told(session: Session, settlement_id: int) -> set[str]:
    """The partners that have their account."""
    query = select(Document.partner).where(
        Document.settlement_id == settlement_id, Document.kind == "statement", Document.voided_at.is_(None)
    )
    return set(session.scalars(query))


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
        today: date,
    ) -> None:
        self.session, self.viewer, self.settlement, self.share = session, viewer, settlement, share
        self.host, self.buyer, self.today = host, buyer, today

    def invoice(self, planned: Planned) -> Document:
        """An invoice or a correction."""
        series, number = next_invoice(self.session, self.host, self.today)
        invoice = invoice_of(
            self.settlement, self.share, planned, self.host, self.buyer, written(series, number), self.today
        )
        period = planned.part.period
        return keep(
            self.session, series, number, planned.kind, self.share.partner, Validity(period.start, period.end),
            as_stored(invoice), totals(invoice).due, self.today, self.viewer.actor,
            settlement_id=self.settlement.id, corrects=planned.corrects and planned.corrects.id,
            treatment=NAMES[planned.part.treatment.value],
        )  # fmt: skip

    def account(self, invoices: Sequence[Document]) -> Document:
        """How the share came about, in full."""
        series, number = next_statement(self.session, self.host, self.today)
        content = account(
            self.session, self.settlement, self.share, self.host, self.buyer,
            number=written(series, number), issued=self.today, invoices=invoices,
            notes=(may_object(self.settlement, self.share.partner, self.today),),
        )  # fmt: skip
        return keep(
            self.session, series, number, "statement", self.share.partner, self.settlement.period, content, 0,
            self.today, self.viewer.actor, settlement_id=self.settlement.id,
        )  # fmt: skip
