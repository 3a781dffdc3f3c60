"""What the directory has on file of one partner: what it has told us, and since when that holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from wfm.core.paging import Statement
from wfm.directory.models import (
    DialledNumber,
    OpeningHours,
    PartnerInhabitants,
    PartnerMembership,
    Queue,
    QueuePartner,
    SpecialDay,
)
from wfm.directory.rules.calendar import Periods, clock_text

Item = dict[str, Any]


def on_file(session: Session, partner: str) -> dict[str, list[Item]]:
    """Numbers, queues, memberships and counts of inhabitants of a partner; opening hours of its queues and, since they
    hold where a queue has none of its own, of the centre."""
    own = select(QueuePartner.queue).where(QueuePartner.partner == partner)
    queues = (
        select(Queue.name, Queue.label, QueuePartner.valid)
        .join(QueuePartner, QueuePartner.queue == Queue.name)
        .where(QueuePartner.partner == partner)
        .order_by(Queue.name, QueuePartner.valid)
    )
    hours = (
        select(OpeningHours.queue, OpeningHours.weekday, OpeningHours.periods, OpeningHours.valid)
        .where(or_(OpeningHours.queue.is_(None), OpeningHours.queue.in_(own)))
        .order_by(OpeningHours.queue.nulls_first(), OpeningHours.valid, OpeningHours.weekday)
    )
    special = (
        select(SpecialDay.queue, SpecialDay.day, SpecialDay.name, SpecialDay.periods)
        .where(or_(SpecialDay.queue.is_(None), SpecialDay.queue.in_(own)))
        .order_by(SpecialDay.day.desc(), SpecialDay.queue.nulls_first())
        .limit(50)
    )
    numbers = (
        select(DialledNumber.number, DialledNumber.valid)
        .where(DialledNumber.partner == partner)
        .order_by(DialledNumber.number, DialledNumber.valid)
    )
    memberships = (
        select(PartnerMembership.status, PartnerMembership.valid)
        .where(PartnerMembership.partner == partner)
        .order_by(PartnerMembership.valid)
    )
    counts = (
        select(PartnerInhabitants.inhabitants, PartnerInhabitants.as_of, PartnerInhabitants.basis)
        .where(PartnerInhabitants.partner == partner)
        .order_by(PartnerInhabitants.as_of.desc(), PartnerInhabitants.basis)
    )
    statements: dict[str, Statement] = {
        "numbers": numbers,
        "queues": queues,
        "hours": hours,
        "special": special,
        "memberships": memberships,
        "inhabitants": counts,
    }
    return {name: _items(session, statement) for name, statement in statements.items()}


def _items(session: Session, statement: Statement) -> list[Item]:
    """Rows as data: a validity as first and last day, periods as clock times."""
    items = []
    for row in session.execute(statement).mappings():
        item = dict(row)
        if "valid" in item:
            valid = item.pop("valid")
            item |= {"valid_from": valid.start, "valid_to": valid.last_day}
        if "periods" in item:
            item["periods"] = _times(item["periods"])
        items.append(item)
    return items


def _times(periods: Periods) -> str:
    return ", ".join(f"{clock_text(period.opens)}–{clock_text(period.closes)}" for period in periods)
