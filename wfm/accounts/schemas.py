"""The audit trail as the interface is asked for it, and shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import marshmallow as ma

from wfm.accounts.queries import Trail
from wfm.accounts.rules.purposes import Purpose
from wfm.core import fields
from wfm.core.clock import start_of_day
from wfm.core.web import PageArguments


def _line(**metadata: Any) -> fields.Line:
    return fields.Line(max_length=200, load_default=None, metadata=metadata)


class TrailArguments(fields.Schema):
    """Which entries."""

    first_day = fields.Day(load_default=None, metadata={"description": "First day"})
    last_day = fields.Day(load_default=None, metadata={"description": "Last day, included"})
    actor = _line(description="Who: person:7, token:name, terminal:name")
    action = _line(description="What", example="person.changed")
    object_kind = _line(example="person")
    object_id = _line(example="7")

    @ma.validates_schema
    def check_days(self, data: Mapping[str, Any], **_: object) -> None:
        first, last = data.get("first_day"), data.get("last_day")
        if first is not None and last is not None and last < first:
            raise ma.ValidationError("Der letzte Tag liegt vor dem ersten.", "last_day")


class TrailPageArguments(PageArguments, TrailArguments):
    """The same, a page at a time."""


class EntrySchema(fields.Schema):
    """Who saw or changed what, and when. Names of fields, never what stands in them."""

    id = fields.Whole(required=True, metadata={"example": 4711})
    at = fields.Instant(required=True)
    actor = fields.Text(required=True, metadata={"example": "person:7"})
    action = fields.Text(required=True, metadata={"example": "person.seen"})
    object_kind = fields.Text(required=True, allow_none=True, metadata={"example": "agent"})
    object_id = fields.Text(required=True, allow_none=True, metadata={"example": "ag101"})
    purpose = fields.Text(required=True, allow_none=True, metadata={"enum": [*Purpose, None]})
    field_names = fields.ListOf(fields.Text(), required=True, attribute="fields", data_key="fields")
    details = ma.fields.Dict(required=True)


ENTRY = {
    "id": 4711,
    "at": "2026-09-30T08:15:00+02:00",
    "actor": "person:7",
    "action": "person.seen",
    "object_kind": "agent",
    "object_id": "ag101",
    "purpose": "agreement",
    "fields": ["answered", "talk_s"],
    "details": {"from": "2026-09-01", "to": "2026-09-08"},
}


def trail_of(arguments: Mapping[str, Any]) -> Trail:
    """The question in the words of the query."""
    first, last = arguments.get("first_day"), arguments.get("last_day")
    return Trail(
        None if first is None else start_of_day(first),
        None if last is None else start_of_day(last + timedelta(days=1)),
        *(arguments.get(name) for name in ("actor", "action", "object_kind", "object_id")),
    )
