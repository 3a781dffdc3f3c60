"""Events, sources and quarantine as the interface shows them."""

from __future__ import annotations

from wfm.core import fields
from wfm.core.web import PageArguments
from wfm.telephony.rules.envelope import MAX_EVENTS

STATUSES = ("accepted", "duplicate", "conflict", "quarantined")


class EventResultSchema(fields.Schema):
    """What became of one event. `duplicate` is as good as accepted; `conflict` (409): this id was another event."""

    id = fields.Text(required=True)
    status = fields.Text(required=True, choices=STATUSES)
    code = fields.Whole(required=True, metadata={"description": "What the event alone would have been answered"})
    reason = fields.Text(required=True)


class EventResultsSchema(fields.Schema):
    """One result an event, in their order."""

    source = fields.Text(required=True)
    results = fields.ListOf(fields.Part(EventResultSchema), required=True)


class EventArguments(fields.Schema):
    source = fields.Line(
        max_length=100,
        load_default=None,
        metadata={"description": "Name of the source; a token that is bound to one needs none", "example": "acd-1"},
    )


class SourceSchema(fields.Schema):
    """A door through which a telephone system tells its events."""

    name = fields.Text(required=True)
    kind = fields.Text(required=True)
    system = fields.Text(required=True)
    rank = fields.Whole(required=True, metadata={"description": "How far it is trusted for stays; 1 is best"})
    timezone = fields.Text(required=True)
    generated = fields.Flag(required=True, metadata={"description": "Its events are simulated"})
    newest_event_at = fields.Instant(required=True, allow_none=True)
    last_received_at = fields.Instant(required=True, allow_none=True)
    events = fields.Whole(required=True, metadata={"description": "Raw events received"})
    unprojected = fields.Flag(required=True, metadata={"description": "Some of them have not become calls yet"})
    quarantined = fields.Whole(required=True, metadata={"description": "Open entries in quarantine"})
    ignored_events = fields.ListOf(
        fields.Text(), required=True, metadata={"description": "Unknown words that were declared noise"}
    )
    trouble = fields.Text(
        required=True,
        allow_none=True,
        metadata={"description": "Why it cannot be read, or its rows not be made calls of"},
    )


class QuarantineSchema(fields.Schema):
    """A raw event that could not be read: where it stands and why; its content stays inside."""

    id = fields.Whole(required=True)
    source = fields.Text(required=True)
    stream = fields.Text(required=True)
    position = fields.Whole(required=True)
    file = fields.Text(
        required=True,
        allow_none=True,
        metadata={"description": "Null for an event of a request, a row of a live table"},
    )
    line = fields.Whole(required=True, allow_none=True, metadata={"description": "Its line in the file, from 1"})
    item = fields.Whole(
        required=True,
        allow_none=True,
        metadata={"description": "Its place in the request that came at `received_at`, from 1; null for files"},
    )
    reason = fields.Text(required=True)
    detail = fields.Text(required=True)
    received_at = fields.Instant(required=True)
    state = fields.Text(required=True, choices=("open", "read", "accepted", "dropped"))


class QuarantineArguments(PageArguments):
    state = fields.Text(choices=("open", "read", "accepted", "dropped"), load_default="open")
    source = fields.Line(max_length=100, load_default=None)


# Examples, as the document shows them.

EVENT = {
    "specversion": "1.0",
    "id": "4711-1",
    "source": "urn:example:acd-1",
    "type": "call.offered",
    "time": "2026-09-01T08:15:00+02:00",
    "data": {"call": "4711", "queue": "buergeramt", "dialled": "+495136898200"},
}
RESULTS = {"source": "acd-1", "results": [{"id": "4711-1", "status": "accepted", "code": 202, "reason": ""}]}
SOURCE = {
    "name": "acd-1",
    "kind": "events",
    "system": "main",
    "rank": 2,
    "timezone": "Europe/Berlin",
    "generated": False,
    "newest_event_at": "2026-09-01T08:15:00+02:00",
    "last_received_at": "2026-09-01T08:15:01+02:00",
    "events": 4711,
    "unprojected": False,
    "quarantined": 0,
    "ignored_events": [],
    "trouble": None,
}
QUARANTINED = {
    "id": 1,
    "source": "pbx",
    "stream": "queue_log",
    "position": 81_234,
    "file": "queue_log",
    "line": 913,
    "item": None,
    "reason": "nul_byte",
    "detail": "NUL byte at column 18",
    "received_at": "2026-09-01T08:15:01+02:00",
    "state": "open",
}
_EVENT_SHAPE = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": {"type": "string", "minLength": 1, "maxLength": 255},
        "type": {"type": "string", "minLength": 1, "maxLength": 255},
        "time": {"type": "string", "format": "date-time"},
        "data": {"description": "What happened; which fields it needs depends on the type (docs/adapters.md)"},
    },
}
_BATCH_SHAPE = {"type": "array", "items": _EVENT_SHAPE, "maxItems": MAX_EVENTS}
#: content type -> what it holds
EVENT_BODIES = {
    "application/cloudevents-batch+json": {"schema": _BATCH_SHAPE, "example": [EVENT]},
    "application/cloudevents+json": {"schema": _EVENT_SHAPE, "example": EVENT},
    "application/json": {"schema": {"anyOf": [_BATCH_SHAPE, _EVENT_SHAPE]}, "example": [EVENT]},
}
