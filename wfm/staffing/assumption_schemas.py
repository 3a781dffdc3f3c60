"""Assumptions as the interface takes them in and shows them: shares of 1, cents, and the days on which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma

from wfm.core import fields
from wfm.core.errors import BadInput
from wfm.directory.rules.dated import Validity
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.shrinkage import Kind as LossKind
from wfm.staffing.rules.shrinkage import Source
from wfm.staffing.service.assumptions import KINDS, Assumption

#: Decimals that are kept of a number.
PLACES = {"weekly_hours": 2, "posts": 2, "leaving_a_year": 3, "share": 4, "max_occupancy": 3, "confidence": 3,
          "cost_factor": 3}  # fmt: skip


class NewDatedSchema(fields.Schema):
    """What holds from a day on ends what held openly until then."""

    valid_from = fields.Day(required=True, metadata={"description": "First day", "example": "2027-01-01"})
    valid_to = fields.Day(load_default=None, allow_none=True, metadata={"description": "Last day; null: open"})


class NewParametersSchema(NewDatedSchema):
    """How a queue is to be staffed; without a queue, what holds for all that have no parameters of their own."""

    queue = fields.Line(max_length=100, load_default=None, allow_none=True)
    target = fields.Line(max_length=50, required=True)
    model = fields.Text(choices=(str(Model.A), str(Model.C)), required=True)
    patience_s = fields.Whole(at_least=1, at_most=86_400, load_default=None, allow_none=True)
    handling_s = fields.Whole(at_least=1, at_most=86_400, load_default=None, allow_none=True)
    max_occupancy = fields.Number(at_least=0.01, at_most=1, load_default=None, allow_none=True)
    confidence = fields.Number(at_least=0.5, at_most=0.99, load_default=0.5)


class NewWorkTermsSchema(NewDatedSchema):
    """What a full-time post is."""

    weekly_hours = fields.Number(at_least=1, at_most=60, required=True)
    cents_per_hour = fields.Whole(at_least=0, at_most=100_000, load_default=None, allow_none=True)
    hiring_months = fields.Whole(at_least=0, at_most=60, load_default=0)
    posts = fields.Number(at_least=0, at_most=9999, load_default=None, allow_none=True)
    leaving_a_year = fields.Number(at_least=0, at_most=0.99, load_default=0)


class NewShrinkageSchema(NewDatedSchema):
    """The share that one kind takes: of paid time for leave and illness, else of time present."""

    kind = fields.Text(choices=tuple(map(str, LossKind)), required=True)
    share = fields.Number(at_least=0, at_most=0.99, required=True)
    source = fields.Text(choices=tuple(map(str, Source)), load_default=str(Source.PLAN))


class NewSkillsSchema(NewDatedSchema):
    """Agents who can serve the same queues, in this order."""

    name = fields.Line(max_length=100, required=True)
    queues = fields.ListOf(fields.Line(max_length=100), required=True, validate=ma.validate.Length(1, 200))
    cost_factor = fields.Number(at_least=0.1, at_most=9, load_default=1)


class _Kept(fields.Schema):
    id = fields.Whole(required=True)


class ParametersSchema(NewParametersSchema, _Kept):
    pass


class WorkTermsSchema(NewWorkTermsSchema, _Kept):
    pass


class ShrinkageShareSchema(NewShrinkageSchema, _Kept):
    pass


class SkillsSchema(NewSkillsSchema, _Kept):
    pass


class AssumptionListsSchema(fields.Schema):
    """All that planning assumes, by kind, the newest of each first."""

    parameters = fields.ListOf(fields.Part(ParametersSchema), required=True)
    terms = fields.ListOf(fields.Part(WorkTermsSchema), required=True)
    shrinkage = fields.ListOf(fields.Part(ShrinkageShareSchema), required=True)
    skills = fields.ListOf(fields.Part(SkillsSchema), required=True)


def taken_in(kind: str, body: Mapping[str, Any]) -> tuple[str | None, Validity, dict[str, Any]]:
    """Key, days and values as `assume` wants them. Raises BadInput where the last day lies before the first."""
    values = dict(body)
    first, last = values.pop("valid_from"), values.pop("valid_to")
    if last is not None and last < first:
        raise BadInput("assumption.days", "Der letzte Tag liegt vor dem ersten.", field="valid_to")
    for name, places in PLACES.items():
        if values.get(name) is not None:
            values[name] = Decimal(f"{values[name]:.{places}f}")
    key_name = KINDS[kind].key
    return values.pop(key_name) if key_name else None, Validity.of(first, last), values


def shown(kind: str, row: Assumption) -> dict[str, Any]:
    """A row as its schema has it."""
    about = KINDS[kind]
    names = (*((about.key,) if about.key else ()), *about.fields)
    return {
        "id": row.id,
        "valid_from": row.valid.start,
        "valid_to": row.valid.last_day,
        **{name: getattr(row, name) for name in names},
    }
