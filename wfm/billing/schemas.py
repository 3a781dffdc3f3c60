"""A case as it comes in: types and limits. What a variant needs beyond them, the rules say."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from wfm.billing.rules.case import Case, PartnerKeys
from wfm.billing.rules.parameters import MAX_CENTS
from wfm.billing.rules.variants import VARIANTS
from wfm.core import fields
from wfm.core.intervals import Days

#: More of a key is a typing error.
MAX_KEY = 10**12


def _key(text: str = "") -> fields.Whole:
    return fields.Whole(at_least=0, at_most=MAX_KEY, allow_none=True, load_default=None, metadata={"description": text})


class PeriodSchema(fields.Schema):
    """Days, `to` exclusive."""

    start = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True, metadata={"description": "Exclusive"})

    @ma.validates_schema
    def _not_empty(self, data: dict[str, Any], **_: Any) -> None:
        if data["end"] <= data["start"]:
            raise ma.ValidationError("Das Ende muss nach dem Anfang liegen.", "to")

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Days:
        return Days(**data)


class PartnerKeysSchema(fields.Schema):
    """A partner and its keys in the period; what the variant does not need may be missing."""

    partner = fields.Line(max_length=20, required=True, metadata={"description": "AGS, or REGION"})
    inhabitants = _key()
    calls = _key("Answered")
    handle_s = _key("Seconds of handling")
    started_minutes = _key("Of all calls, each rounded up")
    start = fields.Day(
        data_key="from", allow_none=True, load_default=None, metadata={"description": "Null: the period's"}
    )
    end = fields.Day(data_key="to", allow_none=True, load_default=None, metadata={"description": "Exclusive"})
    weight = _key("In the place of inhabitants, where a partner has none of its own")
    amount_cents = fields.Whole(
        at_least=0,
        at_most=MAX_CENTS,
        allow_none=True,
        load_default=None,
        metadata={"description": "For a whole period, in the place of what inhabitants decide"},
    )

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> PartnerKeys:
        return PartnerKeys(**data)


class CaseSchema(fields.Schema):
    """A case: `CaseSchema().load(document)` is a `Case`."""

    variant = fields.Text(choices=tuple(VARIANTS), required=True)
    period = fields.Part(PeriodSchema, required=True)
    total_cents = fields.Whole(at_least=-MAX_CENTS, at_most=MAX_CENTS, required=True)
    parameters = fields.Object(load_default=dict)
    partners = fields.ListOf(fields.Part(PartnerKeysSchema), required=True)

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Case:
        return Case(**{**data, "partners": tuple(data["partners"])})
