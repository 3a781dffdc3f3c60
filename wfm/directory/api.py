"""The directory over the interface: read only. A municipality sees itself, its numbers and its queues."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Days
from wfm.core.paging import Page, Statement, fetch_page
from wfm.core.web import Blueprint, PageArguments, page_body, page_example, page_schema
from wfm.directory import queries
from wfm.directory.models import (
    AreaCode,
    DialledNumber,
    Partner,
    PartnerInhabitants,
    PartnerMembership,
    Queue,
    QueuePartner,
    Service,
    TargetVersion,
)
from wfm.directory.rules.calendar import CalendarDay, clock_text
from wfm.directory.schemas import (
    CALENDAR,
    NUMBER,
    PARTNER,
    QUEUE,
    SERVICE,
    TARGET,
    CalendarArguments,
    CalendarSchema,
    NumberArguments,
    NumberSchema,
    PartnerSchema,
    QueueSchema,
    ServiceSchema,
    TargetSchema,
)

blp = Blueprint("directory", __name__, description="Partner, Warteschlangen, Rufnummern, Leistungen, Zeiten, Ziele")

#: Days of calendar in one answer.
LONGEST_CALENDAR = 400

Item = dict[str, Any]


def _page(session: Session, statement: Statement, order: list[Any], arguments: Item) -> Item:
    page = fetch_page(session, statement, order, **arguments)
    return page_body(Page([_shown(row._mapping) for row in page.items], page.next))


def _shown(row: RowMapping) -> Item:
    """A row as data, its validity as first and last day."""
    item = dict(row)
    valid = item.pop("valid", None)
    return item if valid is None else item | {"valid_from": valid.start, "valid_to": valid.last_day}


def _grouped(session: Session, statement: Statement, by: str) -> defaultdict[str, list[Item]]:
    """Rows that belong to others, by whom they belong to: one query for a whole page."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for row in session.execute(statement).mappings():
        groups[row[by]].append(_shown(row))
    return groups


@blp.get("/partners")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(PartnerSchema), example=page_example(PARTNER))
@requires("directory.read")
def partners(arguments: Item) -> Item:
    """Partners of the centre, by key"""
    with transaction() as session:
        body = _page(session, _partners(), [Partner.key], arguments)
        return _with_details(session, body)


@blp.get("/partners/<string(maxlength=20):key>")
@blp.response(200, PartnerSchema, example=PARTNER)
@requires("directory.read")
def partner(key: str) -> Item:
    """One partner"""
    with transaction() as session:
        found = session.execute(_partners().where(Partner.key == key)).mappings().all()
        if not found:
            raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)
        details: Item = _with_details(session, {"items": [_shown(found[0])]})["items"][0]
        return details


def _partners() -> Statement:
    """The partners that the viewer may see: a foreign one is not there."""
    statement = select(Partner.key, Partner.name, Partner.kind, Partner.ags)
    return statement if viewer().sees_all_partners else statement.where(Partner.key == viewer().partner)


def _with_details(session: Session, body: Item) -> Item:
    """Partners with their area codes, counts of inhabitants and membership."""
    keys = [item["key"] for item in body["items"]]
    codes = select(AreaCode.partner, AreaCode.code).where(AreaCode.partner.in_(keys)).order_by(AreaCode.code)
    counts = select(*PartnerInhabitants.__table__.columns).where(PartnerInhabitants.partner.in_(keys))
    memberships = select(PartnerMembership.partner, PartnerMembership.status, PartnerMembership.valid)
    memberships = memberships.where(PartnerMembership.partner.in_(keys)).order_by(PartnerMembership.valid)
    codes_of = _grouped(session, codes, "partner")
    counts_of = _grouped(session, counts.order_by(PartnerInhabitants.as_of, PartnerInhabitants.basis), "partner")
    memberships_of = _grouped(session, memberships, "partner")
    for item in body["items"]:
        item["area_codes"] = [row["code"] for row in codes_of[item["key"]]]
        item["inhabitants"] = counts_of[item["key"]]
        item["membership"] = memberships_of[item["key"]]
    return body


@blp.get("/queues")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(QueueSchema), example=page_example(QUEUE))
@requires("directory.read")
def queues(arguments: Item) -> Item:
    """Waiting lines, and whom each serves"""
    statement = select(Queue.name, Queue.label, Queue.mapped, Queue.wrapup_s)
    served = select(QueuePartner.queue, QueuePartner.partner, QueuePartner.valid).order_by(QueuePartner.valid)
    if not viewer().sees_all_partners:
        served = served.where(QueuePartner.partner == viewer().partner)
        statement = statement.where(Queue.name.in_(select(served.subquery().c.queue)))
    with transaction() as session:
        body = _page(session, statement, [Queue.name], arguments)
        names = [item["name"] for item in body["items"]]
        served_by = _grouped(session, served.where(QueuePartner.queue.in_(names)), "queue")
        for item in body["items"]:
            item["partners"] = served_by[item["name"]]
        return body


@blp.get("/numbers")
@blp.arguments(NumberArguments, location="query")
@blp.response(200, page_schema(NumberSchema), example=page_example(NUMBER))
@requires("directory.read")
def numbers(arguments: Item) -> Item:
    """Numbers that citizens dial, and whose they were when"""
    wanted = arguments.pop("partner")
    if wanted is not None:
        viewer().require_partner(wanted)
    wanted = wanted if viewer().sees_all_partners else viewer().partner
    statement = select(DialledNumber.number, DialledNumber.partner, DialledNumber.valid, DialledNumber.id)
    if wanted is not None:
        statement = statement.where(DialledNumber.partner == wanted)
    with transaction() as session:
        return _page(session, statement, [DialledNumber.number, DialledNumber.id], arguments)


@blp.get("/services")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(ServiceSchema), example=page_example(SERVICE))
@requires("directory.read")
def services(arguments: Item) -> Item:
    """Services (Leistungen), by LeiKa key"""
    with transaction() as session:
        statement = select(Service.leika_key, Service.name, Service.rank, Service.tag)
        return _page(session, statement, [Service.leika_key], arguments)


@blp.get("/targets")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(TargetSchema), example=page_example(TARGET))
@requires("directory.read")
def targets(arguments: Item) -> Item:
    """Definitions of service level, every version"""
    with transaction() as session:
        statement = select(*TargetVersion.__table__.columns)
        return _page(session, statement, [TargetVersion.name, TargetVersion.version], arguments)


@blp.get("/calendar")
@blp.arguments(CalendarArguments, location="query")
@blp.response(200, CalendarSchema, example=CALENDAR)
@requires("directory.read")
def calendar(arguments: Item) -> Item:
    """Opening hours as they hold, day by day, for the centre or one queue"""
    start, end, queue = arguments["start"], arguments["end"], arguments["queue"]
    if not 1 <= (end - start).days <= LONGEST_CALENDAR:
        raise BadInput("calendar.range", f"„to“ muss 1 bis {LONGEST_CALENDAR} Tage nach „from“ liegen.", field="to")
    with transaction() as session:
        if queue is not None:
            _check_queue(session, queue)
        effective = queries.calendar(session)
    return {"queue": queue, "days": [_day(effective.on(day, queue)) for day in Days(start, end)]}


def _check_queue(session: Session, name: str) -> None:
    """Raises NotFound for a queue that is not there, or serves somebody else."""
    known = select(Queue.name).where(Queue.name == name)
    if not viewer().sees_all_partners:
        known = select(QueuePartner.queue).where(QueuePartner.queue == name, QueuePartner.partner == viewer().partner)
    if session.scalar(known.limit(1)) is None:
        raise NotFound("queue.unknown", f"Eine Warteschlange „{name}“ gibt es nicht.", queue=name)


def _day(day: CalendarDay) -> Item:
    periods = [{"opens": clock_text(part.opens), "closes": clock_text(part.closes)} for part in day.periods]
    return {"day": day.day, "periods": periods, "reason": day.reason}
