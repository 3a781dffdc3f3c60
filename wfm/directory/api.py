"""The directory over the interface: read only. A municipality sees itself, its numbers and its queues."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Sentence
from wfm.core.intervals import Days
from wfm.core.paging import Page, Statement, fetch_page
from wfm.core.web import Blueprint, PageArguments, page_body, page_example, page_schema
from wfm.directory import queries
from wfm.directory.models import DialledNumber, Partner, Queue, QueuePartner, Service, TargetVersion
from wfm.directory.queries import seen
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
    return page_body(Page([seen.shown(row._mapping) for row in page.items], page.next))


@blp.get("/partners")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(PartnerSchema), example=page_example(PARTNER))
@requires("directory.read")
def partners(arguments: Item) -> Item:
    """Partners of the centre, by key"""
    with transaction() as session:
        body = _page(session, seen.partners(viewer()), [Partner.key], arguments)
        seen.add_details(session, body["items"])
    return body


@blp.get("/partners/<string(maxlength=20):key>")
@blp.response(200, PartnerSchema, example=PARTNER)
@requires("directory.read")
def partner(key: str) -> Item:
    """One partner"""
    with transaction() as session:
        return seen.find_partner(session, viewer(), key)


@blp.get("/queues")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(QueueSchema), example=page_example(QUEUE))
@requires("directory.read")
def queues(arguments: Item) -> Item:
    """Waiting lines, and whom each serves"""
    with transaction() as session:
        body = _page(session, seen.queues(viewer()), [Queue.name], arguments)
        names = [item["name"] for item in body["items"]]
        served_by = seen.grouped(session, seen.served(viewer()).where(QueuePartner.queue.in_(names)), "queue")
        for item in body["items"]:
            item["partners"] = served_by[item["name"]]
    return body


@blp.get("/numbers")
@blp.arguments(NumberArguments, location="query")
@blp.response(200, page_schema(NumberSchema), example=page_example(NUMBER))
@requires("directory.read")
def numbers(arguments: Item) -> Item:
    """Numbers that citizens dial, and whose they were when"""
    statement = seen.numbers(viewer(), partner=arguments.pop("partner"))
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
        raise BadInput(
            "calendar.range",
            Sentence("„to“ muss 1 bis %(days)s Tage nach „from“ liegen.", days=LONGEST_CALENDAR),
            field="to",
        )
    with transaction() as session:
        if queue is not None:
            seen.check_queue(session, viewer(), queue)
        effective = queries.calendar(session)
    return {"queue": queue, "days": [_day(effective.on(day, queue)) for day in Days(start, end)]}


def _day(day: CalendarDay) -> Item:
    periods = [{"opens": clock_text(part.opens), "closes": clock_text(part.closes)} for part in day.periods]
    return {"day": day.day, "periods": periods, "reason": day.reason}
