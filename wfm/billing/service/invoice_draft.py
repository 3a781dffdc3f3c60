"""An invoice as it is going to be written, from the planned document and the entries of host and partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from wfm.billing.models import Settlement, SettlementShare
from wfm.billing.rules.invoice import Invoice, Payment, Preceding, totals
from wfm.billing.service.accounts import references
from wfm.billing.service.document_parties import as_buyer, as_seller
from wfm.billing.service.documents import number_of
from wfm.billing.service.invoices import Planned
from wfm.billing.service.time_limits import due_on, periods


def invoice_of(
    settlement: Settlement,
    share: SettlementShare,
    planned: Planned,
    host: Mapping[str, Any],
    buyer: Mapping[str, Any],
    number: str,
    today: date,
) -> Invoice:
    """The invoice; what an entry lacks is empty, and `completeness` says so."""
    before = planned.corrects
    draft = Invoice(
        number=number,
        kind=planned.code,
        issued=today,
        period=planned.part.period,
        seller=as_seller(host),
        buyer=as_buyer(buyer),
        payment=Payment(host.get("iban", ""), host.get("name", ""), host.get("bic", ""), number),
        lines=planned.part.lines,
        treatment=planned.part.treatment,
        reason=planned.part.reason,
        leitweg_id=buyer.get("leitweg_id", ""),
        prepaid_cents=planned.prepaid_cents,
        preceding=Preceding(number_of(before), before.issued_on) if before else None,
        agreement=references(settlement.inputs, share.partner),
        notes=(*planned.notes, may_object(settlement, share.partner, today), *_simulated(settlement)),
    )
    if totals(draft).due <= 0:
        return draft
    due = share.due_on or due_on(settlement, share.partner, today)
    return replace(draft, payment=replace(draft.payment, due=due))


def may_object(settlement: Settlement, partner: str, today: date) -> str:
    """Until when the partner may object to what goes out today."""
    last = today + timedelta(days=periods(settlement, partner)["objection_days"])
    return f"Widerspruch ist möglich bis einschließlich {last:%d.%m.%Y}."


def _simulated(settlement: Settlement) -> tuple[str, ...]:
    """What nobody must take for a real bill."""
    simulated = settlement.inputs.get("sources", {}).get("simulated")
    return ("Enthält simulierte Anrufe: keine echte Forderung.",) if simulated else ()
