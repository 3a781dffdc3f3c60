"""Reports as the interface shows them. Reports go out as their query made them; these shapes document and check it."""

from __future__ import annotations

import marshmallow as ma

from wfm.core import fields


class LeftSchema(fields.Schema):
    """Stays that ended neither answered nor abandoned, by reason."""

    timeout = fields.Whole(required=True)
    key = fields.Whole(required=True)
    empty = fields.Whole(required=True)
    withdrawn = fields.Whole(required=True)


class WaitUnknownSchema(fields.Schema):
    """Of how many stays nobody told how long they waited: they count in no service level and in no mean wait."""

    answered = fields.Whole(required=True)
    unanswered = fields.Whole(required=True)


class WrapupSourceSchema(fields.Schema):
    """Of how many answered stays the wrap-up was reported, reckoned, or is not known."""

    reported = fields.Whole(required=True)
    inferred = fields.Whole(required=True)
    none = fields.Whole(required=True)


class ServiceLevelSchema(fields.Schema):
    """Service level in its four variants; A answered, O offered, A_T and B_T answered and abandoned within T."""

    offered = fields.Share(required=True, metadata={"description": "A_T / O"})
    answered = fields.Share(required=True, metadata={"description": "A_T / A"})
    excl_abandoned_within = fields.Share(required=True, metadata={"description": "A_T / (O - B_T)"})
    abandoned_met = fields.Share(required=True, metadata={"description": "(A_T + B_T) / O"})


class FiguresSchema(fields.Schema):
    """Counts, sums and rates of one row."""

    offered = fields.Whole(required=True)
    answered = fields.Whole(required=True)
    abandoned = fields.Whole(required=True)
    left = fields.Part(LeftSchema, required=True)
    lost = fields.Whole(required=True, metadata={"description": "Waiting when the telephone system went down"})
    open = fields.Whole(required=True)
    refused = fields.Whole(required=True)
    answered_within = fields.Whole(required=True)
    abandoned_within = fields.Whole(required=True)
    wait_s_answered = fields.Whole(required=True)
    wait_s_abandoned = fields.Whole(required=True)
    talk_s = fields.Whole(required=True)
    longest_wait_s = fields.Whole(required=True, allow_none=True)
    wrapup_s = fields.Whole(required=True)
    wrapup_source = fields.Part(WrapupSourceSchema, required=True)
    wait_unknown = fields.Part(WaitUnknownSchema, required=True)
    talk_unknown = fields.Whole(required=True, metadata={"description": "Answered stays whose end is missing"})
    service_level = fields.Part(ServiceLevelSchema, required=True)
    service_levels = ma.fields.Dict(
        keys=fields.Text(),
        values=fields.Share(),
        required=True,
        metadata={"description": "What was reached by each named definition, in its own variant"},
    )


class DefinitionSchema(fields.Schema):
    """The definition of service level that a report counts by; without a name it is only a threshold."""

    name = fields.Text(required=True, allow_none=True)
    version = fields.Whole(required=True, allow_none=True)
    label = fields.Text(required=True)
    seconds = fields.Whole(required=True)
    share = fields.Share()
    variant = fields.Text()
    valid_from = fields.Day()


class GapSchema(fields.Schema):
    """A stretch of time whose figures may still change, or of which something is missing."""

    source = fields.Text(allow_none=True)
    start = fields.Instant(required=True, allow_none=True)
    end = fields.Instant(required=True, allow_none=True)
    kind = fields.Text(required=True)
    count = fields.Whole()
    text = fields.Text()


class ReportSchema(fields.Schema):
    """What every report says of itself."""

    complete = fields.Flag(required=True)
    gaps = fields.ListOf(fields.Part(GapSchema), required=True)
    generated = fields.Flag(required=True, metadata={"description": "Some of it was simulated"})


class DefinedReportSchema(ReportSchema):
    """A report that counts by a definition of service level."""

    definition = fields.Part(DefinitionSchema, required=True)
    definitions = fields.ListOf(fields.Part(DefinitionSchema), required=True)


class QueueTotalSchema(FiguresSchema):
    queue = fields.Text(required=True)


class QueueRowSchema(QueueTotalSchema):
    start = fields.Instant(required=True)
    end = fields.Instant(required=True)


class QueueReportSchema(DefinedReportSchema):
    """Volume and service level of each queue by interval."""

    start = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True)
    interval = fields.Text(required=True)
    rows = fields.ListOf(fields.Part(QueueRowSchema), required=True)
    totals = fields.ListOf(fields.Part(QueueTotalSchema), required=True)
    total = fields.Part(FiguresSchema, required=True)


class LedgerCountsSchema(fields.Schema):
    """How the events of a source came."""

    source = fields.Text(required=True)
    arrived = fields.Whole(required=True)
    late = fields.Whole(required=True)
    twice = fields.Whole(required=True)
    never = fields.Whole(required=True)
    unreadable = fields.Whole(required=True)
    restarted = fields.Whole(required=True)


class LedgerRowSchema(LedgerCountsSchema):
    start = fields.Instant(required=True)


class CompletenessSchema(ReportSchema):
    """What arrived, by source and quarter of an hour."""

    start = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True)
    rows = fields.ListOf(fields.Part(LedgerRowSchema), required=True)
    totals = fields.ListOf(fields.Part(LedgerCountsSchema), required=True)


class DefinitionArguments(fields.Schema):
    threshold = fields.Whole(
        at_least=1, at_most=86_400, load_default=None, metadata={"description": "Seconds; instead of a definition"}
    )
    definition = fields.Line(
        max_length=100, load_default=None, metadata={"description": "Name of a definition of service level"}
    )


class FormatArguments(fields.Schema):
    form = fields.Text(
        data_key="format",
        choices=("json", "csv", "xlsx"),
        load_default="json",
        metadata={"description": "CSV and XLSX are files for a spreadsheet, in German"},
    )


class QueueArguments(DefinitionArguments, FormatArguments):
    start = fields.Day(data_key="from", required=True, metadata={"example": "2026-09-01"})
    end = fields.Day(data_key="to", required=True, metadata={"description": "Exclusive", "example": "2026-09-02"})
    interval = fields.Text(choices=("15", "30", "60", "day", "month"), load_default="30")


class CompletenessArguments(FormatArguments):
    month = fields.MonthField(required=True)
