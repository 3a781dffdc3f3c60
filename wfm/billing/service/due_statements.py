"""Statements of months that come by themselves: of whom one is due, what keeps it waiting, and writing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from wfm.accounts.service.audit import record
from wfm.billing.models import Agreement, Document
from wfm.billing.service.document_parties import buyer_of, no_entry, page_of
from wfm.billing.service.numbering import hold_numbers
from wfm.billing.service.parties import parties_on
from wfm.billing.service.statements import write_statement
from wfm.core.clock import berlin_day, now
from wfm.core.errors import Sentence
from wfm.core.intervals import Month
from wfm.directory.queries import partner_names
from wfm.reporting.frozen_usage import frozen_usage
from wfm.reporting.models import FactMonth, MonthState

#: Who issues them, as the audit trail and the documents name it.
ACTOR = "worker"


class Due(NamedTuple):
    """A closed month of a partner that has never had a statement."""

    month: Month
    partner: str


def due(session: Session) -> list[Due]:
    """What is to be issued: closed months with a day of an agreement that was entered before the month closed.

    Older months are for people to issue; so is one whose statement was made void, since somebody wanted it gone. A
    month whose sums privacy has deleted has none any more.
    """
    first, next_month = MonthState.month, text("month.month + interval '1 month'")
    days = func.daterange(first, func.cast(next_month, Agreement.signed_on.type))
    query = (
        select(first, Agreement.partner)
        .join(Agreement, Agreement.valid.op("&&")(days))
        .where(MonthState.state == "closed", MonthState.closed_at >= Agreement.made_at)
        .where(exists().where(FactMonth.month == first))
        .where(
            ~exists().where(
                Document.kind == "statement",
                Document.settlement_id.is_(None),
                Document.partner == Agreement.partner,
                func.lower(Document.period) == first,
            )
        )
        .distinct()
        .order_by(first, Agreement.partner)
    )
    return [Due(Month.of(month), partner) for month, partner in session.execute(query)]


def issue(session: Session, one: Due) -> Document | None:
    """Issue it, unless it is there by now or the host or the partner has no entry; then it goes on waiting."""
    hold_numbers(session)
    if one not in due(session):
        return None
    known = parties_on(session, berlin_day(now()))
    buyer = buyer_of(known, one.partner)
    if None not in known or buyer is None:
        return None
    name = partner_names(session)[one.partner]
    usage = frozen_usage(session, one.month, one.partner)
    made = write_statement(session, usage, one.partner, name, known[None].details, buyer.details, ACTOR)
    details = {"month": str(one.month), "documents": 1}
    record(session, ACTOR, "document.issued", object_kind="month", object_id=str(one.month), details=details)
    return made


def waiting(session: Session) -> list[dict[str, Any]]:
    """What keeps statements waiting: whose entry is missing, the months it is wanted for, and where it is made."""
    found, today = due(session), berlin_day(now())
    known, names = parties_on(session, today), partner_names(session)
    told = []
    if found and None not in known:
        problem = no_entry(Sentence("den Träger"), today)
        told.append(_told(None, Sentence("Träger"), problem, [one.month for one in found]))
    for partner in dict.fromkeys(one.partner for one in found):
        if buyer_of(known, partner) is None:
            months = [one.month for one in found if one.partner == partner]
            told.append(_told(partner, names[partner], no_entry(names[partner], today), months))
    return told


def _told(partner: str | None, name: str, problem: Sentence, months: Sequence[Month]) -> dict[str, Any]:
    return {
        "partner": partner,
        "name": name,
        "problem": problem,
        "mend": page_of(None, partner),
        "months": list(dict.fromkeys(months)),
    }
