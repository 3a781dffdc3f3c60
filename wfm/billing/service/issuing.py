"""The documents of a settlement: an account of each share, invoices and corrections, with numbers of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Document, Settlement, SettlementShare
from wfm.billing.rules.completeness import problems
from wfm.billing.rules.invoice import Invoice, Payment, Preceding, Profile, totals
from wfm.billing.rules.states import CHARGED, STATES, State
from wfm.billing.rules.stored_invoice import as_stored
from wfm.billing.service import settling
from wfm.billing.service.accounts import account, references
from wfm.billing.service.document_parties import PARTIES_PAGE, as_buyer, as_seller, host_details, partner_details
from wfm.billing.service.documents import keep, number_of
from wfm.billing.service.invoices import MONEY, NAMES, Planned, plan
from wfm.billing.service.numbering import SERIES, STATEMENTS, hold_numbers, next_number, series_of, written
from wfm.billing.service.reading import locked, shares
from wfm.core.clock import berlin_day, now
from wfm.core.errors import Conflict, RuleBroken, Sentence
from wfm.directory.rules.dated import Validity
from wfm.directory.service import partner_names


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
        share.due_on = share.due_on or settling.due_on(settlement, share.partner, today)
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


def _key(document: Document) -> tuple[str, str | None, date, int | None]:
    return document.kind, document.treatment, document.period.start, document.corrects
