"""Value added tax in the ledger: documents ask for gross, settlements were booked net."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.billing.models import Document, LedgerEntry, LedgerLine, Settlement
from wfm.billing.rules.kinds import KINDS
from wfm.billing.rules.ledger import partner_account, tax_asked
from wfm.billing.service import ledger
from wfm.billing.service.invoices import MONEY
from wfm.billing.service.reading import months_named, shares
from wfm.core.clock import berlin_day, now

#: Kind of the entry.
TAX = "tax"


def post_tax(session: Session, settlement: Settlement, own_partner: str | None, by: str) -> None:
    """Post by how much the valid documents of each share ask for more than was booked; only what is new since the last
    time. Afterwards a partner's balance is the sum of its documents.

    The host's own partner has no documents about money. A reversal takes back what was posted of the settlement that
    it undoes, whatever became of its documents.
    """
    posted = _posted(session, settlement.id)
    if settlement.kind == "reversal":
        assert settlement.reverses is not None
        wanted = {partner: -cents for partner, cents in _posted(session, settlement.reverses).items()}
    else:
        asked = _asked(session, settlement.id)
        due = {share.partner: share.due_cents for share in shares(session, settlement.id)}
        wanted = {partner: asked.get(partner, 0) - due[partner] for partner in due if partner != own_partner}
    missing = {partner: cents - posted.get(partner, 0) for partner, cents in wanted.items()}
    title = f"Umsatzsteuer, {KINDS[settlement.kind]} {months_named(settlement)}"
    today = berlin_day(now())
    ledger.post(session, tax_asked(missing), kind=TAX, text=title, booked_on=today, by=by, settlement_id=settlement.id)


def _asked(session: Session, settlement_id: int) -> Mapping[str, int]:
    """Partner -> the sum of its valid documents."""
    query = (
        select(Document.partner, func.sum(Document.cents))
        .where(Document.settlement_id == settlement_id, Document.kind.in_(MONEY), Document.voided_at.is_(None))
        .group_by(Document.partner)
    )
    return {partner: int(cents) for partner, cents in session.execute(query)}


def _posted(session: Session, settlement_id: int) -> Mapping[str, int]:
    """Partner -> what such entries of a settlement sum to."""
    prefix = partner_account("")
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.settlement_id == settlement_id, LedgerEntry.kind == TAX)
        .where(LedgerLine.account.startswith(prefix))
        .group_by(LedgerLine.account)
    )
    return {account.removeprefix(prefix): int(cents) for account, cents in session.execute(query)}
