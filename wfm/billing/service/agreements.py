"""Agreements: who is bound to which terms from when to when."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Session

from wfm.billing.models import Agreement, Terms
from wfm.billing.rules.allocation import in_order
from wfm.core.intervals import Days


class InForce(NamedTuple):
    """An agreement in force in a period, and on which days of it."""

    agreement: Agreement
    terms: Terms
    partner: str
    days: Days


def in_force(session: Session, period: Days) -> list[InForce]:
    """Agreements with any day in the period, by partner (the Region last) and first day."""
    within = Agreement.valid.op("&&")(cast(Range(period.start, period.end, bounds="[)"), DATERANGE))
    rows = session.execute(select(Agreement, Terms).join(Terms, Terms.id == Agreement.terms_id).where(within)).all()
    found = []
    for agreement, terms in rows:
        end = min(agreement.valid.end or period.end, period.end)
        found.append(InForce(agreement, terms, agreement.partner, Days(max(agreement.valid.start, period.start), end)))
    return sorted(found, key=lambda one: (in_order(one.partner), one.days.start))
