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


#: No centre has more in a month, and no sum of it may overflow.
_MOST = 100_000_000


def _difference(meaning: str) -> fields.Whole:
    return fields.Whole(at_least=-_MOST, at_most=_MOST, load_default=0, metadata={"description": meaning})


def _short(limit: int) -> fields.Whole:
    return _difference(f"Answered calls of less than {limit} s of talk")


class _DifferencesSchema(fields.Schema):
    """Differences with their sign: minus takes off."""

    partner = fields.Line(required=True, max_length=20)
    calls = _difference("Calls")
    calls_answered = _difference("Calls of them that were answered")
    offered = _difference("Stays in queues")
    answered = _difference("Stays of them that were answered")
    talk_s = _difference("Seconds of talk")
    started_minutes = _difference("Started minutes of talk, each call by itself")
    short_5 = _short(5)
    short_10 = _short(10)
    short_15 = _short(15)
    short_20 = _short(20)
    short_30 = _short(30)
    short_60 = _short(60)
    reason = fields.Line(required=True, max_length=500)


class NewCorrectionSchema(_DifferencesSchema):
    """What an accepted objection changes in a closed month. At least one sum differs."""


class WaitingCorrectionSchema(_DifferencesSchema):
    """An accepted objection that no month has closed with yet."""

    id = fields.Whole(required=True)
    month = fields.MonthField(required=True)
    name = fields.Text(required=True)
    made_by = fields.Text(required=True)
    made_at = fields.Text(required=True)


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
    to_book = fields.ListOf(
        fields.Part(UsageCorrectionSchema),
        required=True,
        metadata={"description": "Of earlier months: what closing an open month would book"},
    )
    objections = fields.ListOf(
        fields.Part(WaitingCorrectionSchema),
        required=True,
        metadata={
            "description": "Accepted and not booked yet, one by one: to a closed month, where they may be withdrawn, "
            "or of earlier ones, to be booked with an open one"
        },
    )


class AskToCloseSchema(fields.Schema):
    """Why this person answers for obstacles that may be overridden."""

    reasons = ma.fields.Dict(
        keys=fields.Line(max_length=40),
        values=fields.Line(max_length=500),
        load_default={},
        metadata={"description": "Kind of obstacle -> reason"},
    )
