"""Planning as the interface shows it and takes it in."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from wfm.core import fields
from wfm.staffing.rules.model import Model


def number(**kwargs: Any) -> fields.Number:
    """Calls, hours, seconds, shares; null for nothing to tell."""
    return fields.Number(**{"required": True, "allow_none": True, **kwargs})


def described(text: str) -> dict[str, str]:
    return {"description": text}


class PlanArguments(fields.Schema):
    plan = fields.Whole(at_least=1, load_default=None, metadata=described("What is assumed today, if none is named"))


class FormatArguments(PlanArguments):
    form = fields.Text(data_key="format", choices=("json", "csv", "xlsx"), load_default="json")


class RequirementArguments(FormatArguments):
    first = fields.Day(data_key="from", required=True, metadata={"example": "2026-12-01"})
    end = fields.Day(data_key="to", required=True, metadata=described("Exclusive"))
    queue = fields.Line(max_length=100, load_default=None, metadata=described("All queues by default"))
    confidence = fields.Number(
        at_least=0.5, at_most=0.99, load_default=None, metadata=described("Another one than is assumed")
    )


class ComparisonArguments(fields.Schema):
    plans = fields.Line(max_length=200, load_default="", metadata=described("Numbers of plans, separated by commas"))
    first = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True, metadata=described("Exclusive"))
    form = fields.Text(data_key="format", choices=("json", "csv", "xlsx"), load_default="json")


class JoiningSchema(fields.Schema):
    """A partner that joins in this plan only."""

    partner = fields.Line(max_length=20, required=True)
    first_day = fields.Text(required=True, validate=ma.validate.Regexp(r"^\d{4}-\d{2}-\d{2}$"))


class ChangesSchema(fields.Schema):
    """What a plan assumes otherwise; what is left out stays as it is."""

    volume = fields.Number(at_least=0.1, at_most=10)
    handling_time = fields.Number(at_least=0.1, at_most=10)
    target = fields.Line(max_length=50)
    confidence = fields.Number(at_least=0.5, at_most=0.99)
    model = fields.Text(choices=(str(Model.A), str(Model.C)))
    patience_s = fields.Number(at_least=1, at_most=86_400)
    opens = fields.Whole(at_least=0, at_most=1439, metadata=described("Minute of the day"))
    closes = fields.Whole(at_least=1, at_most=1440)
    follows = fields.Number(at_least=0, at_most=1, metadata=described("Share of calls that come at another hour"))
    joining = fields.ListOf(fields.Part(JoiningSchema))


class StandsOnSchema(fields.Schema):
    """Which plan over which forecast."""

    plan = fields.Whole(required=True, allow_none=True)
    name = fields.Text(required=True)
    run = fields.Whole(required=True, metadata=described("Number of the forecast"))
    made_at = fields.Text(required=True)
    generated = fields.Flag(required=True, metadata=described("Whether simulated calls are in its history"))
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to", metadata=described("Exclusive"))


class PatienceSchema(fields.Schema):
    """95 % interval of the mean, from so many callers who gave up."""

    low_s = number()
    high_s = number(metadata=described("Null: nobody gave up"))
    abandoned = fields.Whole(required=True)


class AssumptionsSchema(fields.Schema):
    """How a queue is to be staffed."""

    queue = fields.Text(required=True)
    first = fields.Text(
        required=True, data_key="from", attribute="from", metadata=described("First of the days that are staffed so")
    )
    target = fields.Text(required=True, metadata=described("Name of the definition of service level"))
    share = fields.Share(required=True)
    threshold_s = fields.Whole(required=True)
    variant = fields.Text(required=True)
    model = fields.Text(required=True, metadata=described("A: callers give up; C: nobody does"))
    patience_s = number(metadata=described("Mean; null: nobody gives up"))
    patience = fields.Part(
        PatienceSchema, required=True, allow_none=True, metadata=described("How it was estimated; null: it was given")
    )
    handling_s = number(metadata=described("Null: as forecast"))
    max_occupancy = fields.Share(required=True)
    confidence = fields.Share(required=True)


class SlotSchema(fields.Schema):
    """Half an hour of a queue."""

    queue = fields.Text(required=True)
    start = fields.Text(required=True)
    end = fields.Text(required=True)
    calls = number()
    handling_s = number()
    load_erlang = number(data_key="load", attribute="load")
    agents = fields.Whole(required=True, metadata=described("At the telephone"))
    service_level = number()
    one_less = number(metadata=described("With one agent less; null: no steady state"))
    occupancy = number()


class LossSchema(fields.Schema):
    """One kind: of paid time for leave and illness, else of time present."""

    kind = fields.Text(required=True)
    share = fields.Share(required=True)
    source = fields.Text(required=True, choices=("plan", "data"))


class ShrinkageSchema(fields.Schema):
    external = fields.Share(required=True)
    internal = fields.Share(required=True)
    overall = fields.Share(required=True, metadata=described("Of paid time"))
    losses = fields.ListOf(fields.Part(LossSchema), required=True)
    paid_per_hour = number(metadata=described("Paid hours for an hour at the telephone"))


class SumsSchema(fields.Schema):
    """Over days."""

    calls = number()
    agent_hours = number(metadata=described("At the telephone"))
    paid_hours = number(metadata=described("With all shrinkage"))
    cents = fields.Whole(required=True, allow_none=True)
    most_agents = fields.Whole(required=True)


class QueueSumsSchema(SumsSchema):
    queue = fields.Text(required=True)


class GroupSlotSchema(fields.Schema):
    """Half an hour of a skill group."""

    group = fields.Text(required=True)
    start = fields.Text(required=True)
    end = fields.Text(required=True)
    agents = fields.Whole(required=True)


class HoursSchema(fields.Schema):
    agent_hours = number()
    paid_hours = number()
    cents = fields.Whole(required=True, allow_none=True)


class GroupSumsSchema(HoursSchema):
    group = fields.Text(required=True)
    queues = fields.ListOf(fields.Text(), required=True, metadata=described("In the order in which they are taken"))
    most_agents = fields.Whole(required=True)


class CheckedSchema(fields.Schema):
    """What all calls of a queue that shares people reached in simulation, with 95 % from low to high."""

    queue = fields.Text(required=True)
    target = fields.Share(required=True)
    level = fields.Share(required=True)
    low = fields.Share(required=True)
    high = fields.Share(required=True)


class CheckSchema(fields.Schema):
    """Days lived through by simulation."""

    check = fields.ListOf(
        fields.Part(CheckedSchema), required=True, metadata=described("Empty: no queues share people")
    )
    days = fields.Whole(required=True)
    replications = fields.Whole(required=True, metadata=described("Random days of each of them, at least"))
    corrected = fields.Whole(required=True, metadata=described("Half hours that got agents more because of it"))


class GroupsSchema(CheckSchema):
    """Agents by skill group, and beside them each queue for itself."""

    rows = fields.ListOf(fields.Part(GroupSlotSchema), required=True)
    totals = fields.ListOf(fields.Part(GroupSumsSchema), required=True)
    alone = fields.Part(SumsSchema, required=True, metadata=described("Each queue for itself"))
    saving = fields.Part(HoursSchema, required=True, metadata=described("`alone` less the total"))
    pooled_hours = number(metadata=described("At the telephone, if everybody could do everything"))


class RequirementSchema(StandsOnSchema):
    assumptions = fields.ListOf(fields.Part(AssumptionsSchema), required=True)
    rows = fields.ListOf(fields.Part(SlotSchema), required=True, metadata=described("Each queue for itself"))
    totals = fields.ListOf(fields.Part(QueueSumsSchema), required=True)
    total = fields.Part(SumsSchema, required=True, metadata=described("Of the groups where groups are told"))
    groups = fields.Part(
        GroupsSchema,
        required=True,
        allow_none=True,
        metadata=described("Null: no skill groups are told, or one queue was asked for"),
    )
    shrinkage = fields.Part(ShrinkageSchema, required=True)


class ComparedSchema(StandsOnSchema):
    changes = fields.Part(ChangesSchema, required=True)
    totals = fields.ListOf(fields.Part(QueueSumsSchema), required=True)
    total = fields.Part(SumsSchema, required=True)
    difference = fields.Part(SumsSchema, required=True, metadata=described("Against the first plan"))


class ComparisonSchema(fields.Schema):
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to")
    plans = fields.ListOf(fields.Part(ComparedSchema), required=True)


class MonthSchema(fields.Schema):
    """A month of the capacity plan."""

    month = fields.Text(required=True)
    calls = number()
    agent_hours = number()
    alone_hours = number(metadata=described("Each queue for itself"))
    paid_hours = number()
    posts_needed = number(metadata=described("Full-time posts"))
    posts_alone = number(metadata=described("Each queue for itself"))
    posts_there = number(metadata=described("If nobody were hired"))
    missing = number()
    decide_by = fields.Text(required=True, allow_none=True, metadata=described("Month in which hiring has to begin"))
    cents = fields.Whole(required=True, allow_none=True)


class CapacitySchema(fields.Schema):
    plan = fields.Whole(required=True, allow_none=True)
    name = fields.Text(required=True)
    run = fields.Whole(required=True)
    generated = fields.Flag(required=True)
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to")
    rows = fields.ListOf(fields.Part(MonthSchema), required=True)
    groups = fields.Part(
        CheckSchema,
        required=True,
        allow_none=True,
        metadata=described("Of the day with the greatest load; null: no skill groups are told"),
    )
    cents = fields.Whole(required=True, allow_none=True)


class NewPlanSchema(fields.Schema):
    """A plan to be kept."""

    name = fields.Line(max_length=100, required=True)
    run_id = fields.Whole(
        data_key="run", at_least=1, allow_none=True, load_default=None, metadata=described("Null: the newest forecast")
    )
    copy_of = fields.Whole(at_least=1, allow_none=True, load_default=None)
    changes = fields.Part(ChangesSchema, required=True)
    note = fields.Text(load_default="", validate=ma.validate.Length(max=1000, error="Höchstens 1.000 Zeichen."))


class KeptPlanSchema(NewPlanSchema):
    """A plan under its name."""

    id = fields.Whole(required=True)
    made_at = fields.Instant(required=True)
    made_by = fields.Text(required=True)
