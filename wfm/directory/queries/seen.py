"""The directory as a viewer may see it: a municipality itself, its numbers and its queues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Date, RowMapping, bindparam, false, select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.errors import NotFound, Sentence
from wfm.core.paging import Statement
from wfm.directory.models import (
    AreaCode,
    DialledNumber,
    Partner,
    PartnerInhabitants,
    PartnerMembership,
    Queue,
    QueuePartner,
)
from wfm.directory.rules.numbers import canonical_number

Item = dict[str, Any]


def shown(row: RowMapping) -> Item:
    """A row as data, its validity as first and last day."""
    item = dict(row)
    valid = item.pop("valid", None)
    return item if valid is None else item | {"valid_from": valid.start, "valid_to": valid.last_day}


def grouped(session: Session, statement: Statement, by: str) -> defaultdict[str, list[Item]]:
    """Rows that belong to others, by whom they belong to: one query for a whole page."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for row in session.execute(statement).mappings():
        groups[row[by]].append(shown(row))
    return groups


def partners(viewer: Viewer) -> Statement:
    """The partners that the viewer may see: a foreign one is not there."""
    statement = select(Partner.key, Partner.name, Partner.kind, Partner.ags)
    return statement if viewer.sees_all_partners else statement.where(Partner.key == viewer.partner)


def find_partner(session: Session, viewer: Viewer, key: str) -> Item:
    """One partner with its details; raises NotFound for one that is not there, or a foreign one."""
    found = session.execute(partners(viewer).where(Partner.key == key)).mappings().all()
    if not found:
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)
    item = shown(found[0])
    add_details(session, [item])
    return item


def add_details(session: Session, items: Collection[Item]) -> None:
    """Give partners their area codes, counts of inhabitants and membership."""
    keys = [item["key"] for item in items]
    codes = select(AreaCode.partner, AreaCode.code).where(AreaCode.partner.in_(keys)).order_by(AreaCode.code)
    counts = select(*PartnerInhabitants.__table__.columns).where(PartnerInhabitants.partner.in_(keys))
    memberships = select(PartnerMembership.partner, PartnerMembership.status, PartnerMembership.valid)
    memberships = memberships.add_columns(PartnerMembership.id).where(PartnerMembership.partner.in_(keys))
    codes_of = grouped(session, codes, "partner")
    counts_of = grouped(session, counts.order_by(PartnerInhabitants.as_of, PartnerInhabitants.basis), "partner")
    memberships_of = grouped(session, memberships.order_by(PartnerMembership.valid), "partner")
    for item in items:
        item["area_codes"] = [row["code"] for row in codes_of[item["key"]]]
        item["inhabitants"] = counts_of[item["key"]]
        item["membership"] = memberships_of[item["key"]]


def numbers(
    viewer: Viewer, *, partner: str | None = None, on: date | None = None, text: str | None = None
) -> Statement:
    """Numbers that citizens dial and whose they are: of one partner, on a day, with some digits in them.

    Raises NotFound if the partner is not the viewer's.
    """
    if partner is not None:
        viewer.require_partner(partner)
    wanted = partner if viewer.sees_all_partners else viewer.partner
    statement = select(DialledNumber.number, DialledNumber.partner, DialledNumber.valid, DialledNumber.id)
    if wanted is not None:
        statement = statement.where(DialledNumber.partner == wanted)
    if on is not None:
        statement = statement.where(DialledNumber.valid.bool_op("@>")(bindparam("on", on, Date)))
    if text is not None:
        digits = canonical_number(text).lstrip("+")
        statement = statement.where(DialledNumber.number.contains(digits) if digits else false())
    return statement


def queues(viewer: Viewer) -> Statement:
    """Waiting lines; a municipality's are those that serve it, or did."""
    statement = select(Queue.name, Queue.label, Queue.mapped, Queue.wrapup_s)
    if viewer.sees_all_partners:
        return statement
    return statement.where(Queue.name.in_(select(QueuePartner.queue).where(QueuePartner.partner == viewer.partner)))


def served(viewer: Viewer) -> Statement:
    """Whom each queue serves, and since when; a municipality sees when it was itself."""
    statement = select(QueuePartner.queue, QueuePartner.partner, QueuePartner.valid, QueuePartner.id)
    statement = statement.order_by(QueuePartner.valid)
    return statement if viewer.sees_all_partners else statement.where(QueuePartner.partner == viewer.partner)


def check_queue(session: Session, viewer: Viewer, name: str) -> None:
    """Raises NotFound for a queue that is not there, or serves somebody else."""
    if session.scalar(queues(viewer).where(Queue.name == name).limit(1)) is None:
        raise NotFound("queue.unknown", Sentence("Eine Warteschlange „%(name)s“ gibt es nicht.", name=name), queue=name)
