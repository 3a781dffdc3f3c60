"""The ledger: entries are posted, never changed; the database refuses one that does not sum to zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from wfm.billing.models import LedgerEntry, LedgerLine
from wfm.billing.rules.ledger import Posting
from wfm.core.clock import now


def post(
    session: Session,
    lines: Iterable[Posting],
    *,
    kind: str,
    text: str,
    booked_on: date,
    by: str,
    settlement_id: int | None = None,
) -> LedgerEntry | None:
    """Write an entry; nothing for one without lines."""
    lines = list(lines)
    if not lines:
        return None
    entry = LedgerEntry(
        booked_on=booked_on, kind=kind, settlement_id=settlement_id, text=text, made_at=now(), made_by=by
    )
    session.add(entry)
    session.flush()
    # In one statement, since constraints that somebody made immediate are checked after each.
    session.execute(
        insert(LedgerLine).values(
            [
                {"entry_id": entry.id, "no": number, "account": line.account, "cents": line.cents}
                for number, line in enumerate(lines, 1)
            ]
        )
    )
    return entry


def lines_of(session: Session, settlement_id: int) -> list[tuple[LedgerEntry, list[Posting]]]:
    """The entries of a settlement with their lines, oldest first."""
    found = session.execute(
        select(LedgerEntry, LedgerLine)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(LedgerEntry.settlement_id == settlement_id)
        .order_by(LedgerEntry.id, LedgerLine.no)
    ).all()
    entries: dict[int, tuple[LedgerEntry, list[Posting]]] = {}
    for entry, line in found:
        entries.setdefault(entry.id, (entry, []))[1].append(Posting(line.account, line.cents))
    return list(entries.values())


def balances(session: Session, until: date | None = None) -> Mapping[str, int]:
    """Account -> balance, up to and with a day; all of them sum to zero."""
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .group_by(LedgerLine.account)
        .order_by(LedgerLine.account)
    )
    if until is not None:
        query = query.where(LedgerEntry.booked_on <= until)
    return {account: int(cents) for account, cents in session.execute(query).all()}


def journal(session: Session, first: date, last: date) -> Sequence[dict[str, Any]]:
    """Lines of the entries booked from the first to the last day, in order."""
    found = session.execute(
        select(
            LedgerEntry.id,
            LedgerEntry.booked_on,
            LedgerEntry.kind,
            LedgerEntry.settlement_id,
            LedgerEntry.text,
            LedgerLine.no,
            LedgerLine.account,
            LedgerLine.cents,
        )
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(LedgerEntry.booked_on.between(first, last))
        .order_by(LedgerEntry.id, LedgerLine.no)
    )
    return [dict(row) for row in found.mappings()]
