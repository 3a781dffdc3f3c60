"""Why so many agents, as the interface tells it: of a queue, and of a skill group."""

from __future__ import annotations

from wfm.core import fields
from wfm.staffing.schemas import (
    AssumptionsSchema,
    ChangesSchema,
    PlanArguments,
    ShrinkageSchema,
    StandsOnSchema,
    described,
    number,
)


class WhyArguments(PlanArguments):
    queue = fields.Line(max_length=100, required=True)
    at = fields.Instant(required=True, metadata=described("Any moment of the half hour that is meant"))
    confidence = fields.Number(at_least=0.5, at_most=0.99, load_default=None)


class GroupWhyArguments(PlanArguments):
    group = fields.Line(max_length=100, required=True)
    at = fields.Instant(required=True, metadata=described("Any moment of the half hour that is meant"))
    confidence = fields.Number(at_least=0.5, at_most=0.99, load_default=None)


class OutcomeSchema(fields.Schema):
    """What so many agents would mean in the half hour; null where there is no such figure."""

    agents = fields.Whole(required=True)
    meets_goal = fields.Flag(required=True)
    service_level = number()
    occupancy = number()
    asa_s = number(metadata=described("Mean wait of answered calls"))
    abandoned = number(metadata=described("Share of calls that give up"))
    calls_in_time = number()
    calls_lost = number()
    chance = number(metadata=described("Of meeting the target, given how unsure the forecast is and chance itself"))
    paid_heads = number()
    cents = fields.Whole(required=True, allow_none=True)


class WhySchema(StandsOnSchema):
    queue = fields.Text(required=True)
    start = fields.Text(required=True)
    end_of_slot = fields.Text(required=True, data_key="end", attribute="end")
    assumptions = fields.Part(AssumptionsSchema, required=True)
    changes = fields.Part(ChangesSchema, required=True)
    snapshot_calls = number(metadata=described("As the forecast has them, before adjustments and changes"))
    calls = number()
    handling_s = number()
    load_erlang = number(data_key="load", attribute="load")
    agents = fields.Whole(required=True)
    bound_by = fields.Text(required=True, metadata=described("What one agent fewer would break"))
    on_the_expected_day = fields.Whole(required=True, metadata=described("Enough if exactly the forecast came"))
    around = fields.ListOf(fields.Part(OutcomeSchema), required=True)
    shrinkage = fields.Part(ShrinkageSchema, required=True)


class SharingQueueSchema(fields.Schema):
    """A queue of those that share people."""

    queue = fields.Text(required=True)
    calls = number()
    load_erlang = number(data_key="load", attribute="load")
    alone = fields.Whole(required=True, metadata=described("Agents if it were for itself"))
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
    pooled = fields.Whole(required=True, metadata=described("If everybody could do everything"))
    around = fields.ListOf(fields.Part(TriedSchema), required=True)
