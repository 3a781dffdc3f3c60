"""Usage per partner as the interface shows it, by month and over a year."""

from __future__ import annotations

import marshmallow as ma

from wfm.core import fields
from wfm.reporting.month_schemas import UsageCorrectionSchema
from wfm.reporting.schemas import (
    DefinedReportSchema,
    DefinitionArguments,
    FiguresSchema,
    FormatArguments,
    ReportSchema,
)


class UsageFiguresSchema(FiguresSchema):
    """Figures of citizens' calls: `calls` are calls over all their stays."""

    calls = fields.Whole(required=True)
    calls_answered = fields.Whole(required=True)
    calls_refused = fields.Whole(required=True)
    stays = fields.Whole(required=True)
    started_minutes = fields.Whole(required=True, metadata={"description": "Whole minutes of talk begun"})
    generated = fields.Whole(required=True, metadata={"description": "How many of the calls were simulated"})


class UsageServiceSchema(UsageFiguresSchema):
    service = fields.Text(required=True, allow_none=True)
    name = fields.Text(required=True)


class UsageLikelySchema(UsageFiguresSchema):
    partner = fields.Text(required=True)
    name = fields.Text(required=True)


class MethodSchema(fields.Schema):
    """Calls that were attributed by one method."""

    calls = fields.Whole(required=True)
    share = fields.Share(required=True)


class UsagePartnerSchema(UsageLikelySchema):
    attribution = ma.fields.Dict(keys=fields.Text(), values=fields.Part(MethodSchema), required=True)
    by_service = fields.ListOf(fields.Part(UsageServiceSchema), required=True)


class UnattributedSchema(UsageFiguresSchema):
    """Calls that are nobody's; `likely` says whose area code they came from."""

    likely = fields.ListOf(fields.Part(UsageLikelySchema), required=True)


class TogetherServiceSchema(fields.Schema):
    """All partners together in one service; null where it would tell of single ones."""

    service = fields.Text(required=True, allow_none=True)
    calls = fields.Whole(required=True, allow_none=True)
    calls_answered = fields.Whole(required=True, allow_none=True)
    talk_s = fields.Whole(required=True, allow_none=True)
    started_minutes = fields.Whole(required=True, allow_none=True)


class TogetherSchema(fields.Schema):
    """All partners together, as far as it tells nothing of a single one."""

    calls = fields.Whole(required=True)
    calls_answered = fields.Whole(required=True)
    talk_s = fields.Whole(required=True)
    started_minutes = fields.Whole(required=True)
    by_service = fields.ListOf(fields.Part(TogetherServiceSchema), required=True)


class UsageReportSchema(DefinedReportSchema):
    """Usage per partner in a month. Without `unattributed` and `total` where only one partner may be seen."""

    month = fields.MonthField(required=True)
    state = fields.Text(required=True, choices=("open", "closed"))
    attribution = ma.fields.Dict(keys=fields.Text(), values=fields.Part(MethodSchema), required=True)
    rows = fields.ListOf(fields.Part(UsagePartnerSchema), required=True)
    corrections = fields.ListOf(
        fields.Part(UsageCorrectionSchema),
        required=True,
        metadata={"description": "Booked in this month, of earlier ones; and of this month's own calls. Not in `rows`"},
    )
    unattributed = fields.Part(UnattributedSchema)
    total = fields.Part(UsageFiguresSchema)
    together = fields.Part(
        TogetherSchema,
        allow_none=True,
        metadata={"description": "All partners together; null where it would tell of single ones, or too early"},
    )


class MonthOfYearSchema(fields.Schema):
    month = fields.MonthField(required=True)
    state = fields.Text(required=True, choices=("open", "closed"))


class SharedFiguresSchema(fields.Schema):
    """Sums that may be compared over a year, and be shown of all partners together."""

    calls = fields.Whole(required=True)
    calls_answered = fields.Whole(required=True)
    talk_s = fields.Whole(required=True)
    started_minutes = fields.Whole(required=True)


class UsageYearFiguresSchema(fields.Schema):
    """Twelve months (null: no calls of anybody), their sum, and that of the same months a year before."""

    months = fields.ListOf(fields.Part(SharedFiguresSchema, allow_none=True), required=True)
    year = fields.Part(SharedFiguresSchema, required=True, allow_none=True)
    year_before = fields.Part(SharedFiguresSchema, allow_none=True)


class UsageYearRowSchema(UsageYearFiguresSchema):
    partner = fields.Text(required=True)
    name = fields.Text(required=True)


class UsageYearSchema(ReportSchema):
    """Usage per partner by month. Without `unattributed` and `total`, with `together`, where only one partner may be
    seen."""

    year = fields.Whole(required=True)
    months = fields.ListOf(fields.Part(MonthOfYearSchema), required=True)
    rows = fields.ListOf(fields.Part(UsageYearRowSchema), required=True)
    unattributed = fields.Part(UsageYearFiguresSchema)
    total = fields.Part(UsageYearFiguresSchema)
    together = fields.Part(UsageYearFiguresSchema)


class UsageArguments(DefinitionArguments):
    form = fields.Text(
        data_key="format",
        choices=("json", "csv", "xlsx", "pdf"),
        load_default="json",
        metadata={"description": "CSV and XLSX are files for a spreadsheet, PDF is a document; all are in German"},
    )
    month = fields.MonthField(required=True)
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "Only this partner's row"})


class UsageYearArguments(FormatArguments):
    year = fields.Whole(at_least=2001, at_most=2100, required=True, metadata={"example": 2026})
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "Only this partner's row"})
