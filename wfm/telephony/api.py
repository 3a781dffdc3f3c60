"""Telephone events in, and how their sources are."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from wfm.accounts.access import requires, viewer
from wfm.core.db import after_commit, transaction
from wfm.core.errors import BadInput, NotAllowed
from wfm.core.paging import Page, fetch_page
from wfm.core.web import Blueprint, PageArguments, page_body, page_example, page_schema
from wfm.telephony import queries
from wfm.telephony.models import Quarantine, Source
from wfm.telephony.rules.envelope import read_body
from wfm.telephony.rules.numbers import without_numbers
from wfm.telephony.schemas import (
    EVENT_BODIES,
    QUARANTINED,
    RESULTS,
    SOURCE,
    EventArguments,
    EventResultsSchema,
    QuarantineArguments,
    QuarantineSchema,
    SourceSchema,
)
from wfm.telephony.service import events, intake

blp = Blueprint("telephony", __name__, description="Telefonereignisse und ihre Quellen")

#: What an event alone would have been answered.
CODES = {"accepted": 202, "duplicate": 202, "quarantined": 202, "conflict": 409}

Item = dict[str, Any]


@blp.post("/events")
@blp.arguments(EventArguments, location="query")
@blp.response(202, EventResultsSchema, example=RESULTS)
@blp.doc(requestBody={"required": True, "content": EVENT_BODIES})
@requires("events.write")
def take_events(arguments: Item) -> Item:
    """Take in telephone events: CloudEvents 1.0, one or a batch

    A malformed envelope refuses the whole batch; in a well-formed one each event has its own result. The same event
    again changes nothing, so a batch whose answer was lost can be sent again.
    """
    if request.mimetype not in EVENT_BODIES:
        raise UnsupportedMediaType
    batch = read_body(request.get_data(cache=False))
    name = _source_name(arguments["source"], batch)
    with transaction() as session:
        source = intake.open_source(session, name, "events")
        results = events.accept(session, source, batch)
        after_commit(session, "queues.project")
    return {"source": name, "results": [{**result._asdict(), "code": CODES[result.status]} for result in results]}


def _source_name(asked: str | None, batch: list[Any]) -> str:
    """The source these events belong to: the token's own, else the one asked for, else the one they all name."""
    own = viewer().source
    if own is not None:
        if asked not in (None, own):
            raise NotAllowed("source.foreign", f"Dieser Zugang darf nur in die Quelle „{own}“ einliefern.", source=own)
        return own
    if asked is not None:
        return asked
    named = {event.get("source") for event in batch if isinstance(event, dict)}
    name = named.pop() if len(named) == 1 else None
    if not isinstance(name, str):
        raise BadInput(
            "source.missing", "Zu welcher Quelle diese Ereignisse gehören, muss „source“ sagen.", field="source"
        )
    return name


@blp.get("/sources")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(SourceSchema), example=page_example(SOURCE))
@requires("completeness.read")
def sources(arguments: Item) -> Item:
    """Sources of events and how they are"""
    with transaction() as session:
        page = fetch_page(session, queries.sources(), [Source.name], **arguments)
    return page_body(Page([row._asdict() for row in page.items], page.next))


@blp.get("/quarantine")
@blp.arguments(QuarantineArguments, location="query")
@blp.response(200, page_schema(QuarantineSchema), example=page_example(QUARANTINED))
@requires("quarantine.read")
def quarantine(arguments: Item) -> Item:
    """Raw events that could not be read, oldest first"""
    statement = queries.quarantined(arguments.pop("state"), arguments.pop("source"))
    with transaction() as session:
        page = fetch_page(session, statement, [Quarantine.id], **arguments)
    # The detail may quote a field, and the field may be a caller's number.
    items = [row._asdict() | {"detail": without_numbers(row.detail)} for row in page.items]
    return page_body(Page(items, page.next))
