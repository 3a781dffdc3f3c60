"""Forecasts as the interface shows them and takes them in."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from wfm.core import fields
from wfm.core.web import PageArguments
from wfm.forecasting.rules.event_kinds import KINDS, LARGEST_FACTOR
from wfm.forecasting.rules.layers import MOST_CALLS

INTERVALS = ("15", "30", "60", "day")


def _number(**kwargs: Any) -> fields.Number:
    """Expected calls, or seconds; null for nothing to tell."""
    return fields.Number(**{"required": True, "allow_none": True, **kwargs})


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class FormatArguments(fields.Schema):
    form = fields.Text(data_key="format", choices=("json", "csv", "xlsx"), load_default="json")


class DaysArguments(FormatArguments):
    """Which snapshot and which of its days."""

    run = fields.Whole(at_least=1, load_default=None, metadata=_described("Number of the snapshot; newest by default"))
    first = fields.Day(data_key="from", load_default=None, metadata={"example": "2026-12-01"})
    end = fields.Day(data_key="to", load_default=None, metadata=_described("Exclusive"))


class IntervalArguments(DaysArguments):
    queue = fields.Line(max_length=100, load_default=None, metadata=_described("The whole centre by default"))
    interval = fields.Text(choices=INTERVALS, load_default="30")
    adjusted = fields.Flag(load_default=True, metadata=_described("With the adjustments of people on it"))


class PartArguments(DaysArguments):
    partner = fields.Line(max_length=20, load_default=None)


class ErrorArguments(DaysArguments):
    queue = fields.Line(max_length=100, load_default=None)
    adjusted = fields.Flag(load_default=False)


class TodayArguments(fields.Schema):
    queue = fields.Line(max_length=100, required=True)
    at = fields.Instant(load_default=None, metadata=_described("A moment of the past instead of now"))


class AskSchema(fields.Schema):
    """A forecast that somebody wants."""

    first = fields.Day(data_key="from", required=True, metadata={"example": "2026-12-01"})
    end = fields.Day(data_key="to", load_default=None, metadata=_described("Exclusive; 92 days later by default"))
    queues = fields.ListOf(fields.Line(max_length=100), load_default=None, allow_none=True)


class AskedSchema(fields.Schema):
    """What has become of a forecast that was asked for.

    `left`: no worker has taken it within two minutes; `broken`: one has begun and not finished it.
    """

    id = fields.Whole(required=True)
    state = fields.Text(required=True, choices=("waiting", "left", "running", "made", "refused", "broken"))
    run = fields.Whole(required=True, allow_none=True, metadata={"description": "The snapshot, once made"})
    reason = fields.Text(required=True, allow_none=True, metadata={"description": "Why it was refused"})


class RunSchema(fields.Schema):
    """A snapshot: never changed."""

    id = fields.Whole(required=True)
    made_at = fields.Instant(required=True)
    made_by = fields.Text(required=True)
    first = fields.Day(required=True, data_key="from", attribute="from")
    end = fields.Day(required=True, data_key="to", attribute="to", metadata=_described("Exclusive"))
    generated = fields.Flag(required=True, metadata=_described("Whether simulated calls are in its history"))
    warnings = fields.ListOf(fields.Text(), required=True)


class SeriesSchema(fields.Schema):
    """One series of a snapshot, and how it came about."""

    kind = fields.Text(required=True, choices=("centre", "queue", "newcomer"))
    queue = fields.Text(required=True, allow_none=True)
    partner = fields.Text(required=True, allow_none=True)
    history_from = fields.Day(required=True, allow_none=True)
    history_to = fields.Day(required=True, allow_none=True, metadata=_described("Exclusive"))
    method = fields.Text(required=True)
    backtest = ma.fields.Dict(required=True, metadata=_described("Errors of all methods over rolling origins"))
    treated = ma.fields.List(ma.fields.Dict(), required=True, metadata=_described("Gaps and outliers"))
    warnings = fields.ListOf(fields.Text(), required=True)


class RunWithSeriesSchema(RunSchema):
    series = fields.ListOf(fields.Part(SeriesSchema), required=True)


class _Quantiles(fields.Schema):
    lo95 = _number(metadata=_described("2.5 % lie below"))
    lo80 = _number(metadata=_described("10 % lie below"))
    hi80 = _number(metadata=_described("90 % lie below"))
    hi95 = _number(metadata=_described("97.5 % lie below"))


class IntervalRowSchema(_Quantiles):
    start = fields.Text(required=True)
    end = fields.Text(required=True)
    calls = _number()
    snapshot_calls = _number(metadata=_described("Without adjustments"))
    handling_s = _number(metadata=_described("Mean handling time; null if not known"))


class IntervalsSchema(RunSchema):
    queue = fields.Text(required=True, allow_none=True)
    interval = fields.Text(required=True, choices=INTERVALS)
    adjusted = fields.Flag(required=True)
    rows = fields.ListOf(fields.Part(IntervalRowSchema), required=True)


class PartRowSchema(_Quantiles):
    day = fields.Text(required=True)
    partner = fields.Text(required=True, metadata=_described("Empty: not attributed"))
    service = fields.Text(required=True, allow_none=True)
    queue = fields.Text(required=True, allow_none=True, metadata=_described("To whose sum the row belongs"))
    new = fields.Flag(required=True, metadata=_described("A partner that will join or has just joined"))
    calls = _number()


class PartsSchema(RunSchema):
    partner = fields.Text(required=True, allow_none=True)
    rows = fields.ListOf(fields.Part(PartRowSchema), required=True)


class ErrorRowSchema(fields.Schema):
    """Errors of one queue for forecasts made so many days ahead."""

    queue = fields.Text(required=True)
    lead_from = fields.Whole(required=True)
    lead_to = fields.Whole(required=True)
    days = fields.Whole(required=True)
    calls = _number()
    forecast = _number()
    wape = _number(metadata=_described("By quarter of an hour"))
    wape_day = _number(metadata=_described("By day"))
    bias = _number(metadata={"minimum": -1, "description": "Above 0: too many were expected"})
    coverage80 = fields.Share(required=True)
    coverage95 = fields.Share(required=True)
    coverage80_day = fields.Share(required=True)
    coverage95_day = fields.Share(required=True)


class ErrorsSchema(fields.Schema):
    run = fields.Whole(required=True, allow_none=True)
    queue = fields.Text(required=True, allow_none=True)
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to")
    adjusted = fields.Flag(required=True)
    generated = fields.Flag(required=True)
    rows = fields.ListOf(fields.Part(ErrorRowSchema), required=True)


class TodayRowSchema(fields.Schema):
    start = fields.Text(required=True)
    end = fields.Text(required=True)
    came = _number(metadata=_described("Null: to come, or not known"))
    forecast = _number()
    now_expected = _number(metadata=_described("Null: over"))
    lo95 = _number()
    lo80 = _number()
    hi80 = _number()
    hi95 = _number()


class TodaySchema(fields.Schema):
    """A day as it is expected to go on."""

    run = fields.Whole(required=True)
    queue = fields.Text(required=True)
    day = fields.Text(required=True)
    at = fields.Text(required=True)
    generated = fields.Flag(required=True)
    came = _number()
    expected_so_far = _number()
    factor = _number(metadata=_described("On the rest of the day"))
    forecast = _number(metadata=_described("Of the whole day, before anything came"))
    rest = _number()
    rest_lo95 = _number()
    rest_lo80 = _number()
    rest_hi80 = _number()
    rest_hi95 = _number()
    rows = fields.ListOf(fields.Part(TodayRowSchema), required=True)


class PlannedEventSchema(fields.Schema):
    """A planned event, days both included."""

    kind = fields.Text(required=True, choices=tuple(KINDS))
    title = fields.Line(max_length=200, required=True)
    first_day = fields.Day(required=True)
    last_day = fields.Day(required=True)
    partner = fields.Line(max_length=20, load_default=None, allow_none=True)
    queue = fields.Line(max_length=100, load_default=None, allow_none=True)
    factor = fields.Number(
        at_least=0,
        at_most=LARGEST_FACTOR,
        allow_none=True,
        load_default=None,
        metadata=_described("On the calls of each day; null: learnt from earlier ones"),
    )
    source = fields.Text(load_default="", validate=ma.validate.Length(max=500, error="Höchstens 500 Zeichen."))


class EventSchema(PlannedEventSchema):
    """A planned event that is on file."""

    id = fields.Whole(required=True)


class EffectSchema(fields.Schema):
    """What earlier events of the title or kind did: the factor on a day's calls, with an 80 % interval."""

    factor = _number()
    lo80 = _number()
    hi80 = _number()
    occurrences = fields.Whole(required=True)


class LayerSchema(fields.Schema):
    """A layer of people on the forecast of a queue, days both included."""

    queue = fields.Line(max_length=100, required=True)
    first_day = fields.Day(required=True)
    last_day = fields.Day(required=True)
    from_minute = fields.Whole(at_least=0, at_most=1425, load_default=0)
    to_minute = fields.Whole(at_least=15, at_most=1440, load_default=1440)
    kind = fields.Text(required=True, choices=("factor", "calls"))
    value = fields.Number(
        required=True,
        at_least=-MOST_CALLS,
        at_most=MOST_CALLS,
        metadata=_described("A factor, or calls a day more"),
    )
    reason = fields.Line(max_length=500, required=True)


class AdjustmentSchema(LayerSchema):
    """A layer that was made, and perhaps taken back."""

    id = fields.Whole(required=True)
    made_at = fields.Instant(required=True)
    made_by = fields.Text(required=True)
    taken_back_at = fields.Instant(required=True, allow_none=True)
    taken_back_by = fields.Text(required=True, allow_none=True)


class AdjustmentArguments(PageArguments):
    queue = fields.Line(max_length=100, load_default=None)
