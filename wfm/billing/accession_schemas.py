"""Accession over the interface: what is asked for, and the shape of answers."""

from __future__ import annotations

from wfm.core import fields

#: JSON numbers keep no more.
GREATEST_ID = 9_007_199_254_740_991
MOST_CENTS = 10**12


class PaperArguments(fields.Schema):
    form = fields.Text(data_key="format", choices=("json", "pdf"), load_default="json")
    audience = fields.Text(
        choices=("council", "centre"),
        load_default="council",
        metadata={"description": "centre: other partners by name, for those who may see them all"},
    )
    cost_cents = fields.Whole(
        at_least=0, at_most=MOST_CENTS, load_default=None, metadata={"description": "Assume this cost a year"}
    )


class DraftArguments(fields.Schema):
    form = fields.Text(data_key="format", choices=("json", "pdf"), load_default="json")
    terms = fields.Whole(
        at_least=1,
        at_most=GREATEST_ID,
        load_default=None,
        metadata={"description": "Number of the terms to write in; without it those of the agreement, or open"},
    )


class PaperSchema(fields.Schema):
    """A decision paper. A part that can't be reckoned has `missing` (a sentence) and `code` instead of its figures."""

    partner = fields.Text(required=True)
    name = fields.Text(required=True)
    kind = fields.Text(required=True)
    made_on = fields.Text(required=True)
    named = fields.Flag(required=True, metadata={"description": "Whether other partners stand here by name"})
    no_advice = fields.Text(required=True)
    inhabitants = fields.Object(required=True, allow_none=True)
    answers = fields.Object(required=True, allow_none=True)
    start = fields.Object(required=True)
    reference = fields.Object(required=True, allow_none=True)
    agreement = fields.Object(required=True, allow_none=True)
    comparable = fields.Object(required=True)
    forecast = fields.Object(
        required=True,
        metadata={
            "description": "Calls of a year and of its months: low, expected, high; `season`: part of each month"
        },
    )
    staff = fields.Object(
        required=True, metadata={"description": "Posts without and with the partner; `volumes`: low, expected, high"}
    )
    cost = fields.Object(
        required=True, metadata={"description": "Each variant by year; `years` have the calls of their days in force"}
    )
    duties = fields.ListOf(fields.Object(), required=True)
    open_points = fields.ListOf(fields.Object(), required=True)


class DraftSchema(fields.Schema):
    """A draft of an agreement: numbered sections of paragraphs, tables and lists. `open_points` are its gaps."""

    title = fields.Text(required=True)
    about = fields.Text(required=True)
    open_points = fields.ListOf(fields.Text(), required=True)
    sections = fields.ListOf(fields.Object(), required=True)


class NewQuestionnaireSchema(fields.Schema):
    days = fields.Whole(at_least=1, at_most=365, required=True, metadata={"description": "How long the link is good"})


class QuestionnaireSchema(fields.Schema):
    """A questionnaire. `link` is told when it is made, and never again."""

    id = fields.Whole(required=True)
    partner = fields.Text(required=True)
    state = fields.Text(required=True, choices=("open", "handed_in", "closed", "expired"))
    made_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True)
    handed_in_at = fields.Instant(allow_none=True, required=True)
    version = fields.Whole(required=True)
    answers = fields.Object(required=True)
    errors = fields.Object(required=True, metadata={"description": "Field -> what is wrong with what was typed"})
    link = fields.Text(metadata={"description": "Path of the page, with the secret"})
