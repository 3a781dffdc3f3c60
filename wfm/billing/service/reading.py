"""Settlements read: which stand, what each partner's part is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from wfm.billing.models import Settlement, SettlementShare
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.states import CHARGED
from wfm.core.errors import Conflict, NotFound
from wfm.core.intervals import Days, Month


def standing(session: Session, *kinds: str) -> list[Settlement]:
    """Settlements that are charged and not reversed, oldest first."""
    query = select(Settlement).where(
        Settlement.kind.in_(kinds), Settlement.state.in_(values(CHARGED)), Settlement.id.not_in(undone())
    )
    return list(session.scalars(query.order_by(Settlement.id)))


def charged_within(session: Session, period: Days) -> list[Settlement]:
    """Advances and periods that are charged, not reversed, and whose days lie in the period."""
    return [
        settlement
        for settlement in standing(session, "advance", "period")
        if settlement.period.start >= period.start and days_of(settlement).end <= period.end
    ]


def days_of(settlement: Settlement) -> Days:
    """The days it is for: every settlement has an end."""
    assert settlement.period.end is not None
    return Days(settlement.period.start, settlement.period.end)


def months_named(settlement: Settlement) -> str:
    """`2026-01 bis 2026-12`, as entries of the ledger call it."""
    first, last = Month.of(settlement.period.start), Month.of(days_of(settlement).last)
    return str(first) if first == last else f"{first} bis {last}"


def undone() -> Select[int | None]:
    """The ids of settlements that a released reversal undoes, as a subquery."""
    reversal = aliased(Settlement)
    return select(reversal.reverses).where(reversal.kind == "reversal", reversal.state.in_(values(CHARGED)))


def require_standing(session: Session, settlement: Settlement) -> None:
    """Raises Conflict("settlement.reversed") for a settlement that a released reversal undoes."""
    if settlement.id in set(session.scalars(undone())):
        raise Conflict("settlement.reversed", "Diese Abrechnung ist storniert.")


def values(states: Collection[str]) -> list[str]:
    """States as the database writes them."""
    return [str(state) for state in states]


def locked(session: Session, settlement_id: int) -> Settlement:
    """The settlement, held until the transaction ends. Raises NotFound."""
    settlement = session.get(Settlement, settlement_id, with_for_update=True)
    if settlement is None:
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")
    return settlement


def shares(session: Session, settlement_id: int) -> list[SettlementShare]:
    """What each partner owes by it, by AGS with the Region last."""
    query = select(SettlementShare).where(SettlementShare.settlement_id == settlement_id)
    return sorted(session.scalars(query), key=lambda share: in_order(share.partner))
