"""Months, what stands against closing them, and corrections, as the interface shows them."""

from __future__ import annotations

import marshmallow as ma

from wfm.core import fields

STATES = ("open", "asked", "closed")


class UsageCorrectionSchema(fields.Schema):
    """What is to be added to a closed month: sums with their sign."""

    month = fields.MonthField(required=True, metadata={"description": "Month of the calls that it corrects"})
    booked_in = fields.MonthField(
        required=True, allow_none=True, metadata={"description": "Month that closed with it; null: not yet"}
    )
    cause = fields.Text(required=True, choices=("late", "objection"))
    partner = fields.Text(required=True, allow_none=True)
    name = fields.Text(required=True)
    calls = fields.Whole(required=True)
    calls_answered = fields.Whole(required=True)
    answered = fields.Whole(required=True)
    talk_s = fields.Whole(required=True)
    wrapup_s = fields.Whole(required=True)
    started_minutes = fields.Whole(required=True)


class _ClosingSchema(fields.Schema):
    month = fields.MonthField(required=True)
    state = fields.Text(required=True, choices=STATES)
    asked_by = fields.Text(required=True, allow_none=True)
    asked_at = fields.Text(required=True, allow_none=True)
    closed_by = fields.Text(required=True, allow_none=True)
    closed_at = fields.Text(required=True, allow_none=True)
    content_hash = fields.Text(
        required=True, allow_none=True, metadata={"description": "SHA-256 of what closed, in hex"}
    )


class ListedMonthSchema(_ClosingSchema):
    """A month in the list."""

    calls = fields.Whole(required=True)
    booked = fields.Whole(required=True, metadata={"description": "Rows of corrections booked in it"})
    waiting = fields.Whole(required=True, metadata={"description": "Rows of corrections of its days, not booked yet"})
    obstacles = fields.Whole(
        required=True, allow_none=True, metadata={"description": "Of the month that may be closed next; else null"}
    )


class MonthsSchema(fields.Schema):
    items = fields.ListOf(fields.Part(ListedMonthSchema), required=True)


class ObstacleSchema(fields.Schema):
    """Something that stands against closing."""

    kind = fields.Text(required=True)
    key = fields.Text(required=True, metadata={"description": "Which of its kind: a source, a queue, a number"})
    count = fields.Whole(required=True)
    text = fields.Text(required=True)
    may_be_overridden = fields.Flag(required=True)


class OverrideSchema(fields.Schema):
    """An obstacle that somebody answers for."""

    kind = fields.Text(required=True)
    key = fields.Text(required=True)
    count = fields.Whole(required=True)
    reason = fields.Text(required=True)
    made_by = fields.Text(required=True)
    made_at = fields.Text(required=True)


class ClosingMonthSchema(_ClosingSchema):
    """A month with all that its closing is about."""

    versions = ma.fields.Dict(required=True, allow_none=True)
    holds = fields.Flag(
        required=True, allow_none=True, metadata={"description": "Whether what is stored still gives the hash"}
    )
    obstacles = fields.ListOf(fields.Part(ObstacleSchema), required=True)
    overrides = fields.ListOf(fields.Part(OverrideSchema), required=True)
    corrections = fields.ListOf(fields.Part(UsageCorrectionSchema), required=True)


class AskToCloseSchema(fields.Schema):
    """Why this person answers for obstacles that may be overridden."""

    reasons = ma.fields.Dict(
        keys=fields.Line(max_length=40),
        values=fields.Line(max_length=500),
        load_default={},
        metadata={"description": "Kind of obstacle -> reason"},
    )
