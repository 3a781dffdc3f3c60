"""Plans: kept, copied with changes, compared side by side."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput, WfmError
from wfm.core.intervals import Days
from wfm.directory.queries import partner_names, targets_on
from wfm.reporting.formats.column import Kind
from wfm.staffing import service as staffing
from wfm.staffing.rules.changes import Changes
from wfm.staffing.service import plans
from wfm.web import charts, language
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.planning import MODELS, Typed, changes_told, clock, euros, first_day, newest_run
from wfm.web.shell import back_to, page

blp = Blueprint("plans", __name__, url_prefix="/planung/planungen")

#: Plans beside the one that is planned with today; days of a comparison, and of one nobody has chosen.
MOST, LONGEST, USUAL = 6, 550, 28
#: Partners that may join in one plan.
JOINING = (1, 2, 3)
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
Row = dict[str, Any]

PLANS = Listing(
    "Planungen",
    (
        column("Nummer", "id", Kind.COUNT),
        column("Name", "name"),
        column("Änderungen", "told"),
        column("Anmerkung", "note"),
        column("angelegt", "made_at", Kind.MOMENT),
    ),
)


def _cents(row: Row, name: str) -> float | None:
    return None if row[name]["cents"] is None else row[name]["cents"] / 100


COMPARISON = Listing(
    "Vergleich",
    (
        column("Planung", "name"),
        column("Anrufe", lambda row: row["total"]["calls"], Kind.DECIMAL),
        column("Stunden am Telefon", lambda row: row["total"]["agent_hours"], Kind.DECIMAL),
        column("bezahlte Stunden", lambda row: row["total"]["paid_hours"], Kind.DECIMAL),
        column("Unterschied (Stunden)", lambda row: row["difference"]["paid_hours"], Kind.DECIMAL),
        column("Kosten (Euro)", lambda row: _cents(row, "total"), Kind.DECIMAL),
        column("Unterschied (Euro)", lambda row: _cents(row, "difference"), Kind.DECIMAL),
        column("meiste Agents", lambda row: row["total"]["most_agents"], Kind.COUNT),
    ),
)


class ComparisonQuery(fields.Schema):
    """Which plans on which days, both included."""

    plan = fields.ListOf(fields.Whole(at_least=1), load_default=list)
    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)


class PlanForm(fields.Schema):
    """A plan: its name, and what it assumes otherwise; what is left empty stays as it is."""

    name = fields.Line(max_length=100, required=True)
    note = fields.Line(max_length=1000, load_default="")
    copy_of = fields.Whole(at_least=1, load_default=None)
    frozen = fields.Flag(load_default=False)
    volume = Typed(at_least=0.1, at_most=10, load_default=1)
    handling_time = Typed(at_least=0.1, at_most=10, load_default=1)
    target = fields.Line(max_length=50, load_default=None)
    confidence = Typed(at_least=50, at_most=99, load_default=None)
    model = fields.Text(choices=tuple(MODELS), load_default=None)
    patience_s = Typed(at_least=1, at_most=86_400, load_default=None)
    opens = fields.Line(max_length=5, load_default=None)
    closes = fields.Line(max_length=5, load_default=None)
    follows = Typed(at_least=0, at_most=100, load_default=100)
    partner_1 = fields.Line(max_length=20, load_default=None)
    partner_2 = fields.Line(max_length=20, load_default=None)
    partner_3 = fields.Line(max_length=20, load_default=None)
    day_1 = fields.Day(load_default=None)
    day_2 = fields.Day(load_default=None)
    day_3 = fields.Day(load_default=None)


@blp.get("")
@requires("staffing.read")
def comparison() -> Response:
    """Kept plans, and those chosen beside what is planned with today"""
    asked = read_query(ComparisonQuery)
    chosen: Row = {"plan": [], "first": None, "last": None} | asked.data
    with transaction() as session:
        names = partner_names(session)
        listed = [_listed(row, names) for row in plans.plans(session)]
        if wanted := PLANS.wanted():
            return PLANS.file(wanted, listed)
        report = _compared(session, chosen, asked)
    compared = report["plans"] if report else []
    if wanted := COMPARISON.wanted(asked):
        return COMPARISON.file(wanted, compared)
    for column_ in compared:
        column_["name"] = _("wie heute angenommen") if column_["plan"] is None else column_["name"]
    return page(
        "staffing/plans.html",
        asked.status,
        asked=asked,
        chosen=chosen,
        listed=listed,
        choices=[(row["id"], row["name"]) for row in listed],
        compared=compared,
        generated=any(one["generated"] for one in compared),
        picture=charts.share_bars(
            _("bezahlte Stunden"), [(one["name"], one["total"]["paid_hours"]) for one in compared], language.number
        ),
        euros=euros,
        most=MOST,
    )


@blp.get("/neu")
@requires("staffing.write")
def new() -> Response:
    """A new plan, or a copy of one to change"""
    form = Form()
    if (copied := request.args.get("copy", "")).isascii() and copied.isdigit() and len(copied) < 16:
        with transaction() as session:
            form.values = _as_typed(plans.find_plan(session, int(copied)))
    return _show(form)


@blp.post("/neu")
@requires("staffing.write")
def add() -> AnyResponse:
    """Keep the plan under its name"""
    form = read_form(PlanForm)
    if not form.errors:
        try:
            with transaction() as session:
                run = newest_run(session) if form.data["frozen"] else None
                row = plans.keep_plan(
                    session,
                    form.data["name"],
                    _changes(form.data),
                    by=viewer().actor,
                    run_id=None if run is None else run.id,
                    copy_of=form.data["copy_of"],
                    note=form.data["note"],
                )
                number = row.id
            return back_to("plans.comparison", plan=number, notice=_("Die Planung ist angelegt."))
        except WfmError as error:
            form.refuse(error)
    return _show(form)


@blp.post("/<int(max=9007199254740991):plan_id>/loeschen")
@requires("staffing.write")
def drop(plan_id: int) -> AnyResponse:
    """Take a plan away; copies of it stay"""
    with transaction() as session:
        plans.drop_plan(session, plan_id, by=viewer().actor)
    return back_to("plans.comparison", notice=_("Die Planung ist gelöscht."))


def _show(form: Form) -> Response:
    with transaction() as session:
        targets = [(one.name, one.label) for one in targets_on(session, berlin_day(now()))]
        partners = sorted(partner_names(session).items(), key=lambda item: item[1])
    return page(
        "staffing/plan.html",
        form.status,
        form=form,
        targets=targets,
        partners=partners,
        models=[(key, _(name)) for key, name in MODELS.items()],
        joining=JOINING,
    )


def _compared(session: Session, chosen: Row, asked: Form) -> Row | None:
    """The plans chosen and the plain one before them; None where there is nothing to compare."""
    run = newest_run(session)
    if run is None or asked.errors:
        return None
    chosen["first"] = chosen["first"] or first_day(run)
    chosen["last"] = chosen["last"] or min(chosen["first"] + timedelta(days=USUAL), run.end_day) - timedelta(days=1)
    try:
        if not timedelta(0) <= chosen["last"] - chosen["first"] < timedelta(days=LONGEST):
            raise BadInput("plan.days", _("Der Zeitraum muss 1 bis %(days)s Tage lang sein.", days=LONGEST),
                           field="to")  # fmt: skip
        if len(set(chosen["plan"])) > MOST:
            raise BadInput("plan.many", _("Höchstens %(most)s Planungen auf einmal.", most=MOST), field="plan")
        found = [plans.PLAIN, *(plans.find_plan(session, number) for number in dict.fromkeys(chosen["plan"]))]
        return staffing.figures.comparison_report(
            session, found, Days(chosen["first"], chosen["last"] + timedelta(days=1))
        )
    except WfmError as error:
        asked.refuse(error)
        return None


def _listed(row: Any, names: dict[str, str]) -> Row:
    plan = plans.as_plan(row)
    return {
        "id": row.id,
        "name": row.name,
        "note": row.note,
        "made_at": row.made_at,
        "copy_of": row.copy_of,
        "run_id": row.run_id,
        "told": changes_told(plan.changes, names),
    }


def _changes(typed: Row) -> Row:
    """What the form means, as plans keep it."""
    joining = []
    for number in JOINING:
        partner, day = typed[f"partner_{number}"], typed[f"day_{number}"]
        if (partner is None) != (day is None):
            field = f"day_{number}" if day is None else f"partner_{number}"
            raise BadInput("plan.joining", "Ein neuer Partner braucht einen ersten Tag und umgekehrt.", field=field)
        if partner is not None:
            joining.append({"partner": partner, "first_day": day.isoformat()})
    changes = {name: typed[name] for name in ("volume", "handling_time", "target", "model", "patience_s")}
    changes |= {name: None if typed[name] is None else _minute(typed[name], name) for name in ("opens", "closes")}
    changes |= {"confidence": typed["confidence"] and typed["confidence"] / 100, "follows": typed["follows"] / 100}
    return {name: value for name, value in changes.items() if value is not None} | (
        {"joining": joining} if joining else {}
    )


def _minute(text: str, field: str) -> int:
    found = _TIME.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else 24 * 60 + 1
    if minute > 24 * 60:
        raise BadInput("plan.time", "Hier wird eine Uhrzeit erwartet (08:30).", field=field)
    return minute


def _as_typed(plan: plans.Plan) -> dict[str, str]:
    """A plan as somebody would type it, to be copied."""
    changes: Changes = plan.changes
    typed: Row = {
        "name": _("Kopie von %(name)s", name=plan.name)[:100],
        "copy_of": plan.id,
        "volume": _comma(changes.volume),
        "handling_time": _comma(changes.handling_time),
        "target": changes.target,
        "confidence": changes.confidence and _comma(changes.confidence * 100),
        "model": changes.model,
        "patience_s": changes.patience_s and _comma(changes.patience_s),
        "opens": None if changes.opens is None else clock(changes.opens),
        "closes": None if changes.closes is None else clock(changes.closes),
        "follows": _comma(changes.follows * 100),
    }
    for number, joining in zip(JOINING, changes.joining, strict=False):
        typed |= {f"partner_{number}": joining.partner, f"day_{number}": date.isoformat(joining.first_day)}
    return {name: str(value) for name, value in typed.items() if value is not None}


def _comma(value: float) -> str:
    return f"{value:.6g}".replace(".", ",")
