"""Planning as the interface shows it and takes it in."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from wfm.core import fields
from wfm.staffing.rules.model import Model


def _number(**kwargs: Any) -> fields.Number:
    """Calls, hours, seconds, shares; null for nothing to tell."""
    return fields.Number(**{"required": True, "allow_none": True, **kwargs})


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class PlanArguments(fields.Schema):
    plan = fields.Whole(at_least=1, load_default=None, metadata=_described("What is assumed today, if none is named"))


class FormatArguments(PlanArguments):
    form = fields.Text(data_key="format", choices=("json", "csv", "xlsx"), load_default="json")


class RequirementArguments(FormatArguments):
    first = fields.Day(data_key="from", required=True, metadata={"example": "2026-12-01"})
    end = fields.Day(data_key="to", required=True, metadata=_described("Exclusive"))
    queue = fields.Line(max_length=100, load_default=None, metadata=_described("All queues by default"))
    confidence = fields.Number(
        at_least=0.5, at_most=0.99, load_default=None, metadata=_described("Another one than is assumed")
    )


class WhyArguments(PlanArguments):
    queue = fields.Line(max_length=100, required=True)
    at = fields.Instant(required=True, metadata=_described("Any moment of the half hour that is meant"))
    confidence = fields.Number(at_least=0.5, at_most=0.99, load_default=None)


class GroupWhyArguments(PlanArguments):
    group = fields.Line(max_length=100, required=True)
    at = fields.Instant(required=True, metadata=_described("Any moment of the half hour that is meant"))
    confidence = fields.Number(at_least=0.5, at_most=0.99, load_default=None)


class ComparisonArguments(fields.Schema):
    plans = fields.Line(max_length=200, load_default="", metadata=_described("Numbers of plans, separated by commas"))
    first = fields.Day(data_key="from", required=True)
    end = fields.Day(data_key="to", required=True, metadata=_described("Exclusive"))
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
    opens = fields.Whole(at_least=0, at_most=1439, metadata=_described("Minute of the day"))
    closes = fields.Whole(at_least=1, at_most=1440)
    follows = fields.Number(at_least=0, at_most=1, metadata=_described("Share of calls that come at another hour"))
    joining = fields.ListOf(fields.Part(JoiningSchema))


class StandsOnSchema(fields.Schema):
    """Which plan over which forecast."""

    plan = fields.Whole(required=True, allow_none=True)
    name = fields.Text(required=True)
    run = fields.Whole(required=True, metadata=_described("Number of the forecast"))
    made_at = fields.Text(required=True)
    generated = fields.Flag(required=True, metadata=_described("Whether simulated calls are in its history"))
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to", metadata=_described("Exclusive"))


class PatienceSchema(fields.Schema):
    """95 % interval of the mean, from so many callers who gave up."""

    low_s = _number()
    high_s = _number(metadata=_described("Null: nobody gave up"))
    abandoned = fields.Whole(required=True)


class AssumptionsSchema(fields.Schema):
    """How a queue is to be staffed."""

    queue = fields.Text(required=True)
    first = fields.Text(
        required=True, data_key="from", attribute="from", metadata=_described("First of the days that are staffed so")
    )
    target = fields.Text(required=True, metadata=_described("Name of the definition of service level"))
    share = fields.Share(required=True)
    threshold_s = fields.Whole(required=True)
    variant = fields.Text(required=True)
    model = fields.Text(required=True, metadata=_described("A: callers give up; C: nobody does"))
    patience_s = _number(metadata=_described("Mean; null: nobody gives up"))
    patience = fields.Part(
        PatienceSchema, required=True, allow_none=True, metadata=_described("How it was estimated; null: it was given")
    )
    handling_s = _number(metadata=_described("Null: as forecast"))
    max_occupancy = fields.Share(required=True)
    confidence = fields.Share(required=True)


class SlotSchema(fields.Schema):
    """Half an hour of a queue."""

    queue = fields.Text(required=True)
    start = fields.Text(required=True)
    end = fields.Text(required=True)
    calls = _number()
    handling_s = _number()
    load_erlang = _number(data_key="load", attribute="load")
    agents = fields.Whole(required=True, metadata=_described("At the telephone"))
    service_level = _number()
    one_less = _number(metadata=_described("With one agent less; null: no steady state"))
    occupancy = _number()


class LossSchema(fields.Schema):
    """One kind: of paid time for leave and illness, else of time present."""

    kind = fields.Text(required=True)
    share = fields.Share(required=True)
    source = fields.Text(required=True, choices=("plan", "data"))


class ShrinkageSchema(fields.Schema):
    external = fields.Share(required=True)
    internal = fields.Share(required=True)
    overall = fields.Share(required=True, metadata=_described("Of paid time"))
    losses = fields.ListOf(fields.Part(LossSchema), required=True)
    paid_per_hour = _number(metadata=_described("Paid hours for an hour at the telephone"))


class OutcomeSchema(fields.Schema):
    """What so many agents would mean in the half hour; null where there is no such figure."""

    agents = fields.Whole(required=True)
    meets_goal = fields.Flag(required=True)
    service_level = _number()
    occupancy = _number()
    asa_s = _number(metadata=_described("Mean wait of answered calls"))
    abandoned = _number(metadata=_described("Share of calls that give up"))
    calls_in_time = _number()
    calls_lost = _number()
    chance = _number(metadata=_described("Of meeting the target, given how unsure the forecast is and chance itself"))
    paid_heads = _number()
    cents = fields.Whole(required=True, allow_none=True)


class WhySchema(StandsOnSchema):
    queue = fields.Text(required=True)
    start = fields.Text(required=True)
    end_of_slot = fields.Text(required=True, data_key="end", attribute="end")
    assumptions = fields.Part(AssumptionsSchema, required=True)
    changes = fields.Part(ChangesSchema, required=True)
    snapshot_calls = _number(metadata=_described("As the forecast has them, before adjustments and changes"))
    calls = _number()
    handling_s = _number()
    load_erlang = _number(data_key="load", attribute="load")
    agents = fields.Whole(required=True)
    bound_by = fields.Text(required=True, metadata=_described("What one agent fewer would break"))
    on_the_expected_day = fields.Whole(required=True, metadata=_described("Enough if exactly the forecast came"))
    around = fields.ListOf(fields.Part(OutcomeSchema), required=True)
    shrinkage = fields.Part(ShrinkageSchema, required=True)


class SumsSchema(fields.Schema):
    """Over days."""

    calls = _number()
    agent_hours = _number(metadata=_described("At the telephone"))
    paid_hours = _number(metadata=_described("With all shrinkage"))
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
    agent_hours = _number()
    paid_hours = _number()
    cents = fields.Whole(required=True, allow_none=True)


class GroupSumsSchema(HoursSchema):
    group = fields.Text(required=True)
    queues = fields.ListOf(fields.Text(), required=True, metadata=_described("In the order in which they are taken"))
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
        fields.Part(CheckedSchema), required=True, metadata=_described("Empty: no queues share people")
    )
    days = fields.Whole(required=True)
    replications = fields.Whole(required=True, metadata=_described("Random days of each of them, at least"))
    corrected = fields.Whole(required=True, metadata=_described("Half hours that got agents more because of it"))


class GroupsSchema(CheckSchema):
    """Agents by skill group, and beside them each queue for itself."""

    rows = fields.ListOf(fields.Part(GroupSlotSchema), required=True)
    totals = fields.ListOf(fields.Part(GroupSumsSchema), required=True)
    alone = fields.Part(SumsSchema, required=True, metadata=_described("Each queue for itself"))
    saving = fields.Part(HoursSchema, required=True, metadata=_described("`alone` less the total"))
    pooled_hours = _number(metadata=_described("At the telephone, if everybody could do everything"))


class RequirementSchema(StandsOnSchema):
    assumptions = fields.ListOf(fields.Part(AssumptionsSchema), required=True)
    rows = fields.ListOf(fields.Part(SlotSchema), required=True, metadata=_described("Each queue for itself"))
    totals = fields.ListOf(fields.Part(QueueSumsSchema), required=True)
    total = fields.Part(SumsSchema, required=True, metadata=_described("Of the groups where groups are told"))
    groups = fields.Part(
        GroupsSchema,
        required=True,
        allow_none=True,
        metadata=_described("Null: no skill groups are told, or one queue was asked for"),
    )
    shrinkage = fields.Part(ShrinkageSchema, required=True)


class ComparedSchema(StandsOnSchema):
    changes = fields.Part(ChangesSchema, required=True)
    totals = fields.ListOf(fields.Part(QueueSumsSchema), required=True)
    total = fields.Part(SumsSchema, required=True)
    difference = fields.Part(SumsSchema, required=True, metadata=_described("Against the first plan"))


class ComparisonSchema(fields.Schema):
    first = fields.Text(required=True, data_key="from", attribute="from")
    end = fields.Text(required=True, data_key="to", attribute="to")
    plans = fields.ListOf(fields.Part(ComparedSchema), required=True)


class MonthSchema(fields.Schema):
    """A month of the capacity plan."""

    month = fields.Text(required=True)
    calls = _number()
    agent_hours = _number()
    alone_hours = _number(metadata=_described("Each queue for itself"))
    paid_hours = _number()
    posts_needed = _number(metadata=_described("Full-time posts"))
    posts_alone = _number(metadata=_described("Each queue for itself"))
    posts_there = _number(metadata=_described("If nobody were hired"))
    missing = _number()
    decide_by = fields.Text(required=True, allow_none=True, metadata=_described("Month in which hiring has to begin"))
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
        metadata=_described("Of the day with the greatest load; null: no skill groups are told"),
    )
    cents = fields.Whole(required=True, allow_none=True)


class SharingQueueSchema(fields.Schema):
    """A queue of those that share people."""

    queue = fields.Text(required=True)
    calls = _number()
    load_erlang = _number(data_key="load", attribute="load")
    alone = fields.Whole(required=True, metadata=_described("Agents if it were for itself"))
    share = fields.Share(required=True)
    threshold_s = fields.Whole(required=True)


class SharingGroupSchema(fields.Schema):
    group = fields.Text(required=True)
    queues = fields.ListOf(fields.Text(), required=True)
    agents = fields.Whole(required=True)


class TriedLevelSchema(fields.Schema):
    queue = fields.Text(required=True)
    level = fields.Share(required=True)
    low = fields.Share(required=True)
    high = fields.Share(required=True)


class TriedSchema(fields.Schema):
    """What so many agents of the group mean, in steady state by simulation."""

    agents = fields.Whole(required=True)
    meets_goals = fields.Flag(required=True)
    levels = fields.ListOf(fields.Part(TriedLevelSchema), required=True)


class GroupWhySchema(StandsOnSchema):
    group = fields.Text(required=True)
    start = fields.Text(required=True)
    end_of_slot = fields.Text(required=True, data_key="end", attribute="end")
    agents = fields.Whole(required=True)
    queues = fields.ListOf(fields.Part(SharingQueueSchema), required=True)
    groups = fields.ListOf(fields.Part(SharingGroupSchema), required=True)
    together = fields.Whole(required=True)
    alone = fields.Whole(required=True)
    pooled = fields.Whole(required=True, metadata=_described("If everybody could do everything"))
    around = fields.ListOf(fields.Part(TriedSchema), required=True)


class NewPlanSchema(fields.Schema):
    """A plan to be kept."""

    name = fields.Line(max_length=100, required=True)
    run_id = fields.Whole(
        data_key="run", at_least=1, allow_none=True, load_default=None, metadata=_described("Null: the newest forecast")
    )
    copy_of = fields.Whole(at_least=1, allow_none=True, load_default=None)
    changes = fields.Part(ChangesSchema, required=True)
    note = fields.Text(load_default="", validate=ma.validate.Length(max=1000, error="Höchstens 1.000 Zeichen."))


class KeptPlanSchema(NewPlanSchema):
    """A plan under its name."""

    id = fields.Whole(required=True)
    made_at = fields.Instant(required=True)
    made_by = fields.Text(required=True)
