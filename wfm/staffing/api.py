"""Planning over the interface: agents needed and why, plans side by side, capacity."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.core.intervals import Days
from wfm.core.problems import CONTENT_TYPE, ProblemSchema
from wfm.core.web import Blueprint
from wfm.reporting.downloads import also_as, download
from wfm.staffing import examples as ex
from wfm.staffing import service
from wfm.staffing.assumption_schemas import (
    AssumptionListsSchema,
    NewParametersSchema,
    NewShrinkageSchema,
    NewSkillsSchema,
    NewWorkTermsSchema,
    shown,
    taken_in,
)
from wfm.staffing.formats import render
from wfm.staffing.schemas import (
    CapacitySchema,
    ComparisonArguments,
    ComparisonSchema,
    FormatArguments,
    KeptPlanSchema,
    NewPlanSchema,
    RequirementArguments,
    RequirementSchema,
)
from wfm.staffing.service import assumptions as assumed
from wfm.staffing.service import plans
from wfm.staffing.service.plans import PLAIN
from wfm.staffing.simulation_schemas import SCENARIO_BODY, ReplicationArguments, SimulatedSchema
from wfm.staffing.why_schemas import GroupWhyArguments, GroupWhySchema, WhyArguments, WhySchema

blp = Blueprint("staffing", __name__, description="Personalbedarf: wie viele gebraucht werden, warum und was es kostet")

Item = dict[str, Any]
#: Days of one answer: by half hour, and as sums.
LONGEST, LONGEST_SUM = 62, 550


@blp.get("/staffing/requirement")
@blp.arguments(RequirementArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.REQUIREMENT, "requirement", "csv"))
@blp.response(200, RequirementSchema, example=ex.REQUIREMENT)
@requires("staffing.read")
def requirement(arguments: Item) -> Response:
    """Agents needed by half hour and queue; at most 62 days"""
    days = _days(arguments, LONGEST)
    queues = None if arguments["queue"] is None else [arguments["queue"]]
    with transaction() as session:
        plan = plans.find_plan(session, arguments["plan"]).surer(arguments["confidence"])
        report = service.figures.requirement_report(session, plan, days, queues)
    return _answer(report, "requirement", arguments["form"], f"personalbedarf-ab-{days.start}")


@blp.get("/staffing/why")
@blp.arguments(WhyArguments, location="query")
@blp.response(200, WhySchema, example=ex.WHY)
@requires("staffing.read")
def why(arguments: Item) -> Item:
    """Why so many agents: calls, handling time, load, target, and what one more or one less would do"""
    with transaction() as session:
        plan = plans.find_plan(session, arguments["plan"]).surer(arguments["confidence"])
        return service.why.why_report(session, plan, arguments["queue"], arguments["at"])


@blp.get("/staffing/why/group")
@blp.arguments(GroupWhyArguments, location="query")
@blp.response(200, GroupWhySchema, example=ex.GROUP_WHY)
@requires("staffing.read")
def group_why(arguments: Item) -> Item:
    """Why so many agents of a skill group: its queues, what each would need alone, one more or one less simulated"""
    with transaction() as session:
        plan = plans.find_plan(session, arguments["plan"]).surer(arguments["confidence"])
        return service.group_why.group_why_report(session, plan, arguments["group"], arguments["at"])


@blp.get("/staffing/plans")
@blp.response(200, KeptPlanSchema(many=True), example=[ex.PLAN])
@requires("staffing.read")
def kept_plans() -> Any:
    """Kept plans, the newest first"""
    with transaction() as session:
        return plans.plans(session)


@blp.post("/staffing/plans")
@blp.arguments(NewPlanSchema, example=ex.KEPT)
@blp.response(201, KeptPlanSchema, example=ex.PLAN)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.TAKEN)
@requires("staffing.write")
def keep(arguments: Item) -> Any:
    """Keep a plan: changes against forecast and assumptions, under a name"""
    with transaction() as session:
        return plans.keep_plan(session, by=viewer().actor, **arguments)


@blp.delete("/staffing/plans/<int(max=9007199254740991):plan>")
@blp.response(200, KeptPlanSchema, example=ex.PLAN)
@requires("staffing.write")
def drop(plan: int) -> Any:
    """Take a plan away; answers with what it was"""
    with transaction() as session:
        return plans.drop_plan(session, plan, by=viewer().actor)


@blp.get("/staffing/comparison")
@blp.arguments(ComparisonArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.COMPARISON, "comparison", "csv"))
@blp.response(200, ComparisonSchema, example=ex.COMPARISON)
@requires("staffing.read")
def comparison(arguments: Item) -> Response:
    """Plans side by side with what is planned today; at most 550 days and six plans"""
    days = _days(arguments, LONGEST_SUM)
    with transaction() as session:
        chosen = [PLAIN, *(plans.find_plan(session, number) for number in _numbers(arguments["plans"]))]
        report = service.figures.comparison_report(session, chosen, days)
    return _answer(report, "comparison", arguments["form"], f"planungen-ab-{days.start}")


@blp.get("/staffing/capacity")
@blp.arguments(FormatArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.CAPACITY, "capacity", "csv"))
@blp.response(200, CapacitySchema, example=ex.CAPACITY)
@requires("staffing.read")
def capacity(arguments: Item) -> Response:
    """Posts needed and there, hiring and cost, by whole month of the forecast"""
    with transaction() as session:
        report = service.capacity.capacity_report(session, plans.find_plan(session, arguments["plan"]))
    return _answer(report, "capacity", arguments["form"], f"kapazitaet-ab-{report['from']}")


@blp.post("/staffing/simulations")
@blp.arguments(ReplicationArguments, location="query")
@blp.response(200, SimulatedSchema, example=ex.SIMULATED)
@blp.doc(requestBody={"required": True, "content": SCENARIO_BODY})
@requires("staffing.read")
def simulate(arguments: Item) -> Response:
    """Simulate a centre's day: the scenario of `wfm staffing simulate` in, its table out; nothing is kept

    At most 50 queues, 100 groups, 2,000 cells (queues and groups by interval; 200,000 over all replications), 300,000
    calls, comings and goings over all replications: an answer takes seconds. The command takes more.
    """
    if request.mimetype not in SCENARIO_BODY:
        raise UnsupportedMediaType
    return jsonify(service.scenarios.simulate_scenario(request.get_data(cache=False), arguments["replications"]))


@blp.get("/staffing/assumptions")
@blp.response(200, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@requires("staffing.read")
def assumptions() -> Item:
    """What planning assumes: parameters by queue, terms of work, shrinkage, skill groups"""
    with transaction() as session:
        return _assumptions(session)


@blp.post("/staffing/assumptions/parameters")
@blp.arguments(NewParametersSchema, example=ex.PARAMETERS)
@blp.response(201, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.OVERLAPS)
@requires("staffing.write")
def assume_parameters(body: Item) -> Item:
    """Let parameters of a queue, or of all others, hold from a day on; answers with all assumptions"""
    return _assume("parameters", body)


@blp.post("/staffing/assumptions/terms")
@blp.arguments(NewWorkTermsSchema, example=ex.TERMS)
@blp.response(201, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.OVERLAPS)
@requires("staffing.write")
def assume_terms(body: Item) -> Item:
    """Let terms of work hold from a day on; answers with all assumptions"""
    return _assume("terms", body)


@blp.post("/staffing/assumptions/shrinkage")
@blp.arguments(NewShrinkageSchema, example=ex.LOSS)
@blp.response(201, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.OVERLAPS)
@requires("staffing.write")
def assume_shrinkage(body: Item) -> Item:
    """Let one kind of shrinkage hold from a day on; answers with all assumptions"""
    return _assume("shrinkage", body)


@blp.post("/staffing/assumptions/skills")
@blp.arguments(NewSkillsSchema, example=ex.SKILLS)
@blp.response(201, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.OVERLAPS)
@requires("staffing.write")
def assume_skills(body: Item) -> Item:
    """Let a skill group hold from a day on; answers with all assumptions"""
    return _assume("skills", body)


@blp.delete("/staffing/assumptions/<kind>/<int(max=9007199254740991):number>")
@blp.response(200, AssumptionListsSchema, example=ex.ASSUMPTIONS)
@requires("staffing.write")
def withdraw(kind: str, number: int) -> Item:
    """Take out an assumption that should never have been there; what it had ended goes on"""
    if kind not in assumed.KINDS:
        raise NotFound("assumption.kind", "Diese Art von Annahme gibt es nicht.")
    with transaction() as session:
        assumed.withdraw(session, kind, number, by=viewer().actor)
        return _assumptions(session)


def _assume(kind: str, body: Item) -> Item:
    with transaction() as session:
        assumed.assume(session, kind, *taken_in(kind, body), by=viewer().actor)
        return _assumptions(session)


def _assumptions(session: Session) -> Item:
    return {kind: [shown(kind, row) for row in assumed.assumptions(session, kind)] for kind in assumed.KINDS}


def _answer(report: Item, what: str, form: str, name: str) -> Response:
    return jsonify(report) if form == "json" else download(render(report, what, form), form, name)


def _days(arguments: Item, longest: int) -> Days:
    first, end = arguments["first"], arguments["end"]
    if not 1 <= (end - first).days <= longest:
        raise BadInput(
            "staffing.days",
            Sentence("„to“ muss 1 bis %(longest)s Tage nach „from“ liegen.", longest=longest),
            field="to",
        )
    return Days(first, end)


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 6 or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise BadInput("staffing.plans", "Höchstens sechs Nummern von Planungen, mit Komma getrennt.", field="plans")
    return [int(part) for part in parts]
