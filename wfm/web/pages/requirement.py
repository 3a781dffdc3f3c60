"""Agents needed by half hour, what they cost, and why so many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import BERLIN, berlin_day
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Days
from wfm.directory.queries import queue_labels
from wfm.staffing import service as staffing
from wfm.staffing.service.plans import PLAIN, find_plan
from wfm.web import staffing_pictures
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.pages.targets import VARIANTS
from wfm.web.planning import LOSSES, MODELS, SOURCES, euros, first_day, plan_choices, run_of
from wfm.web.requirement_lists import (
    AT_ONCE,
    CHECKS,
    GROUPS,
    GROUPS_AT_ONCE,
    HALF_HOURS,
    OUTCOMES,
    QUEUES,
    SIMULATED,
    TRIED,
)
from wfm.web.shell import back_to, page

blp = Blueprint("requirement", __name__, url_prefix="/planung/personalbedarf")

SPANS = {"day": N_("ein Tag"), "week": N_("eine Woche")}
LENGTH = {"day": 1, "week": 7}
#: So many agents less and more are shown in the picture of why.
AROUND = 4
#: At which field of the page a refusal is shown.
FIELDS = {"staffing.queue": "queue", "plan.unknown": "plan", "forecast.not_these_days": "day"}
Row = dict[str, Any]


class Chosen(fields.Schema):
    """A plan, and how sure it shall be, in per cent."""

    plan = fields.Whole(at_least=1, load_default=None)
    confidence = fields.Whole(at_least=50, at_most=95, load_default=None)
    queue = fields.Line(max_length=100, load_default=None)


class RequirementQuery(Chosen):
    """Which days."""

    day = fields.Day(load_default=None)
    span = fields.Text(choices=tuple(SPANS), load_default="day")


class SimulationForm(fields.Schema):
    """The day of a plan that is to be simulated, and the queue that was looked at."""

    plan = fields.Whole(at_least=1, required=True)
    day = fields.Day(required=True)
    queue = fields.Line(max_length=100, load_default=None)


class WhyQuery(Chosen):
    """Which half hour; of a queue, of a skill group, or of all."""

    at = fields.Instant(required=True)
    group = fields.Line(max_length=100, load_default=None)


@blp.get("")
@requires("staffing.read")
def overview() -> Response:
    """Agents needed by half hour of a day or a week, of a queue or of all, and what they cost"""
    asked = read_query(RequirementQuery)
    chosen: Row = RequirementQuery().load({}) | asked.data
    with transaction() as session:
        plans, labels = plan_choices(session), queue_labels(session)
        report = _report(session, chosen, asked)
        simulated = _simulated(session, chosen) if report else None
    if report is None and not asked.errors:
        return page("staffing/none.html")
    shown = asked.kept
    if report is not None:
        rows = report["rows"] if chosen["queue"] else staffing.figures.together(report)
        if wanted := HALF_HOURS.wanted(asked):
            return HALF_HOURS.file(wanted, rows)
        if wanted := QUEUES.wanted(asked):
            return QUEUES.file(wanted, report["totals"])
        if wanted := GROUPS.wanted(asked):
            return GROUPS.file(wanted, report["groups"]["totals"] if report["groups"] else [])
        if wanted := CHECKS.wanted(asked):
            return CHECKS.file(wanted, report["groups"]["check"] if report["groups"] else [])
        if wanted := SIMULATED.wanted(asked):
            return SIMULATED.file(wanted, simulated["rows"] if simulated else [])
    else:
        rows = []
    return page(
        "staffing/requirement.html",
        asked.status,
        asked=asked,
        chosen=chosen,
        shown=shown,
        report=report,
        rows=rows,
        confidence=chosen["confidence"] or (report and _assumed(report)),
        drawn=staffing_pictures.agents(rows, alone=bool(report and report["groups"])),
        simulated=simulated,
        last=report and datetime.fromisoformat(report["to"]).date() - timedelta(days=1),
        plans=plans,
        queues=labels,
        spans=[(key, _(name)) for key, name in SPANS.items()],
        euros=euros,
        interface=report and _interface(chosen, report),
    )


@blp.post("/simulieren")
@requires("staffing.write")
def simulate() -> AnyResponse:
    """Have a day of a kept plan simulated in the background"""
    wanted = read_form(SimulationForm).checked()
    with transaction() as session:
        staffing.simulating.ask_for(session, wanted["plan"], wanted["day"], by=viewer().actor)
    given = wanted | {"day": wanted["day"].isoformat()}
    return back_to("requirement.overview", notice=_("Der Tag wird simuliert."), **given)


@blp.get("/warum")
@requires("staffing.read")
def reasons() -> Response:
    """Why so many agents: from calls to the number, and what one more or one less would do"""
    asked = read_query(WhyQuery)
    chosen = asked.checked()
    with transaction() as session:
        plan = find_plan(session, chosen["plan"]).surer(chosen["confidence"] and chosen["confidence"] / 100)
        labels = queue_labels(session)
        if chosen["queue"]:
            report = staffing.why.why_report(session, plan, chosen["queue"], chosen["at"], around=AROUND)
        elif chosen["group"]:
            report = staffing.group_why.group_why_report(session, plan, chosen["group"], chosen["at"])
        else:
            report = staffing.figures.requirement_report(session, plan, _day_of(chosen["at"]))
    if chosen["queue"]:
        if wanted := OUTCOMES.wanted():
            return OUTCOMES.file(wanted, report["around"])
        return _explained(asked, report, labels)
    if chosen["group"]:
        return _group_explained(asked, report, labels)
    rows = [row for row in report["rows"] if _within(row, chosen["at"])]
    groups = [row for row in (report["groups"] or {"rows": []})["rows"] if _within(row, chosen["at"])]
    if wanted := AT_ONCE.wanted():
        return AT_ONCE.file(wanted, rows)
    if wanted := GROUPS_AT_ONCE.wanted():
        return GROUPS_AT_ONCE.file(wanted, groups)
    return page(
        "staffing/at_once.html", report=report, rows=rows, groups=groups, asked=asked, at=chosen["at"], queues=labels
    )


def _group_explained(asked: Form, report: Row, labels: dict[str, str]) -> Response:
    tried = [
        {"agents": one["agents"], "meets_goals": one["meets_goals"], **level}
        for one in report["around"]
        for level in one["levels"]
    ]
    if wanted := TRIED.wanted():
        return TRIED.file(wanted, tried)
    back = {"at": report["start"], "plan": asked.values.get("plan"), "confidence": asked.values.get("confidence")}
    return page("staffing/why_group.html", report=report, tried=tried, back=back, labels=labels)


def _explained(asked: Form, report: Row, labels: dict[str, str]) -> Response:
    assumed, around = report["assumptions"], report["around"]
    needed = next(row for row in around if row["agents"] == report["agents"]) if report["agents"] else None
    beside = {row["agents"] - report["agents"]: row for row in around}
    return page(
        "staffing/why.html",
        report=report,
        assumed=assumed,
        needed=needed,
        less=beside.get(-1),
        more=beside.get(1),
        picture=staffing_pictures.outcomes(around, assumed["share"]),
        back=_back(asked, report),
        label=labels.get(report["queue"], report["queue"]),
        variant=VARIANTS[assumed["variant"]],
        models=MODELS,
        losses=LOSSES,
        sources=SOURCES,
        euros=euros,
    )


def _report(session: Session, chosen: Row, asked: Form) -> Row | None:
    """What is needed on the days asked for; None where there is no forecast, or it has not these days."""
    try:
        plan = PLAIN if chosen["plan"] is None else find_plan(session, chosen["plan"])
        run = run_of(session, plan)
        if run is None:
            return None
        chosen["day"] = chosen["day"] or first_day(run)
        days = Days(chosen["day"], chosen["day"] + timedelta(days=LENGTH[chosen["span"]]))
        surer = plan.surer(chosen["confidence"] and chosen["confidence"] / 100)
        return staffing.figures.requirement_report(
            session, surer, days, None if chosen["queue"] is None else [chosen["queue"]]
        )
    except WfmError as error:
        asked.errors.setdefault(FIELDS.get(error.code, ""), []).append(_(error.message))
        return None


def _simulated(session: Session, chosen: Row) -> Row | None:
    """What was simulated of the plan's day, of the chosen queue; None where nobody has asked for it."""
    if chosen["plan"] is None or chosen["span"] != "day":
        return None
    row = staffing.simulating.newest(session, chosen["plan"], chosen["day"])
    if row is None:
        return None
    rows = row.result["queues"].get(chosen["queue"], []) if row.result else []
    return {
        "state": row.state,
        "problem": row.problem,
        "rows": rows,
        "drawn": staffing_pictures.simulated_day(rows),
        "done_at": row.done_at,
        "days": row.question["replications"],
    }


def _assumed(report: Row) -> int:
    """How sure the queues are planned, in per cent; the surest where they differ."""
    return round(100 * max((one["confidence"] for one in report["assumptions"]), default=0.5))


def _interface(chosen: Row, report: Row) -> dict[str, str]:
    """The whole report as files of the interface."""
    query = {"from": report["from"], "to": report["to"], "queue": chosen["queue"], "plan": chosen["plan"]}
    if chosen["confidence"]:
        query["confidence"] = chosen["confidence"] / 100
    kept = {name: value for name, value in query.items() if value is not None}
    return {
        form: f"/api/v1/staffing/requirement?{urlencode(kept | {'format': form})}" for form in ("csv", "xlsx", "json")
    }


def _day_of(at: datetime) -> Days:
    day = berlin_day(at)
    return Days(day, day + timedelta(days=1))


def _within(row: Row, at: datetime) -> bool:
    return datetime.fromisoformat(row["start"]) <= at.astimezone(BERLIN) < datetime.fromisoformat(row["end"])


def _back(asked: Form, report: Row) -> dict[str, Any]:
    """The page from which somebody asked why."""
    kept = {name: value for name, value in asked.kept.items() if name != "at"}
    return kept | {"day": berlin_day(datetime.fromisoformat(report["start"])).isoformat()}
