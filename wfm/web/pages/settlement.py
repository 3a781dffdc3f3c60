"""One settlement: each partner's part and how it came about, what it was reckoned from, and its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.queries import names_of_actors
from wfm.billing.rules.ledger_words import ENTRIES
from wfm.billing.rules.states import CHARGED, Step
from wfm.billing.rules.variants import TITLES
from wfm.billing.service import keys, settling
from wfm.billing.service.reports import settlement_report
from wfm.billing.service.steps import STEPS
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.directory.queries import partner_names
from wfm.web import charts, settlement_words
from wfm.web import language as words
from wfm.web.charts import Series
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import wanted_file
from wfm.web.settlement_lists import lists_of
from wfm.web.shell import back_to, page
from wfm.web.variant_words import parameters_told

blp = Blueprint("settlement", __name__, url_prefix="/abrechnung/abrechnungen/<int(max=9007199254740991):number>")
Row = dict[str, Any]


class ReasonForm(fields.Schema):
    reason = fields.Line(max_length=1000, required=True)


class DecisionForm(ReasonForm):
    accepted = fields.Text(choices=("yes", "no"), required=True)


@blp.get("")
@requires("settlement.read")
def show(number: int) -> Response:
    """A settlement with all that it was reckoned from"""
    with transaction() as session:
        report = settlement_report(session, viewer(), number)
        names = partner_names(session)
        actors = [report[name] for name in ("made_by", "checked_by", "released_by")]
        actors += [part[name] for part in report["shares"] for name in ("objected_by", "decided_by")]
        people = names_of_actors(session, actors)
        newer = keys.newer(session, report["inputs"].get("sources", {}).get("inhabitants", {}))
    lists = lists_of(report, names)
    if (file := wanted_file(lists.values())) is not None:
        return file
    return page(
        "settlement/show.html",
        report=report,
        lists={name: rows for name, (_listing, rows) in lists.items()},
        names=names,
        people=people,
        newer=[names.get(count.partner, count.partner) for count in newer],
        picture=_picture(report["shares"]),
        steps=_steps(report),
        stands=report["state"] in CHARGED and not report["reversed"],
        words=settlement_words,
        variants=TITLES,
        entries=ENTRIES,
        parameters_told=parameters_told,
    )


@blp.get("/schritt/<string(maxlength=20):step>")
@requires("settlement.read")
def step(number: int, step: str) -> Response:
    """What a step means, and whether it can be taken"""
    return _step_page(number, _known(step), Form())


@blp.post("/schritt/<string(maxlength=20):step>")
@requires("settlement.read")
def take(number: int, step: str) -> AnyResponse:
    """Take the step"""
    wanted, form = _known(step), Form()
    viewer().require(settlement_words.needed(wanted))
    try:
        with transaction() as session:
            STEPS[wanted](session, viewer(), number)
        return back_to("settlement.show", number=number, notice=_(settlement_words.STEPS[wanted][2]))
    except NotFound:
        raise
    except WfmError as error:
        form.refuse(error)
        return _step_page(number, wanted, form)


@blp.get("/storno")
@requires("settlement.write")
def reversal(number: int) -> Response:
    """Why it is to be reversed"""
    return _reason_page("settlement/reversal.html", number, Form())


@blp.post("/storno")
@requires("settlement.write")
def reverse(number: int) -> AnyResponse:
    """Undo it by a settlement of its own, as a draft"""
    form = read_form(ReasonForm)

    def act(session: Session) -> AnyResponse:
        made = settling.reverse(session, viewer(), number, form.data["reason"]).id
        return back_to("settlement.show", number=made, notice=_("Das Storno ist als Entwurf angelegt."))

    return _acted(form, act) or _reason_page("settlement/reversal.html", number, form)


@blp.get("/widerspruch/<string(maxlength=20):partner>")
@requires("settlement.write")
def objection(number: int, partner: str) -> Response:
    """What a partner objects to, by letter for instance"""
    return _reason_page("settlement/objection.html", number, Form(), partner)


@blp.post("/widerspruch/<string(maxlength=20):partner>")
@requires("settlement.write")
def object_to(number: int, partner: str) -> AnyResponse:
    """Note a partner's objection"""
    form = read_form(ReasonForm)

    def act(session: Session) -> AnyResponse:
        settling.object_to(session, viewer(), number, partner, form.data["reason"])
        return back_to("settlement.show", number=number, notice=_("Der Widerspruch ist eingetragen."))

    return _acted(form, act) or _reason_page("settlement/objection.html", number, form, partner)


@blp.get("/entscheidung/<string(maxlength=20):partner>")
@requires("settlement.release")
def decision(number: int, partner: str) -> Response:
    """A partner's objection, to be answered"""
    return _reason_page("settlement/decision.html", number, Form(), partner)


@blp.post("/entscheidung/<string(maxlength=20):partner>")
@requires("settlement.release")
def decide(number: int, partner: str) -> AnyResponse:
    """Answer a partner's objection"""
    form = read_form(DecisionForm)

    def act(session: Session) -> AnyResponse:
        accepted = form.data["accepted"] == "yes"
        settling.decide(session, viewer(), number, partner, accepted=accepted, reason=form.data["reason"])
        return back_to("settlement.show", number=number, notice=_("Über den Widerspruch ist entschieden."))

    return _acted(form, act) or _reason_page("settlement/decision.html", number, form, partner)


def _acted(form: Form, act: Callable[[Session], AnyResponse]) -> AnyResponse | None:
    """The answer after a change, or None where the form is to be shown again with what is wrong."""
    if form.errors:
        return None
    try:
        with transaction() as session:
            return act(session)
    except NotFound:
        raise
    except WfmError as error:
        form.refuse(error)
        return None


def _reason_page(template: str, number: int, form: Form, partner: str | None = None) -> Response:
    with transaction() as session:
        report = settlement_report(session, viewer(), number)
    part = next((part for part in report["shares"] if part["partner"] == partner), None)
    if partner is not None and part is None:
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
    return page(template, form.status, report=report, part=part, form=form, words=settlement_words)


def _step_page(number: int, wanted: Step, form: Form) -> Response:
    with transaction() as session:
        report = settlement_report(session, viewer(), number)
    why = "" if wanted in report["steps"] else _("Dieser Schritt ist jetzt nicht möglich.")
    return page(
        "settlement/step.html",
        form.status,
        report=report,
        form=form,
        lacking=report["lacking"] if wanted in settlement_words.NEED_DOCUMENTS else [],
        step=wanted,
        name=settlement_words.STEPS[wanted][0],
        means=settlement_words.STEPS[wanted][1],
        why_not=why or settlement_words.why_not(report, wanted, viewer()),
        words=settlement_words,
    )


def _steps(report: Row) -> list[Row]:
    """Steps that the state allows, each with where it is taken, or why not by this reader."""
    found = []
    for name in report["steps"]:
        step = Step(name)
        if step in settlement_words.STEPS:
            found.append(
                {
                    "step": name,
                    "name": settlement_words.STEPS[step][0],
                    "url": url_for("settlement.step", number=report["id"], step=name),
                    "why_not": settlement_words.why_not(report, step, viewer()),
                }
            )
    return found


def _known(step: str) -> Step:
    """Raises NotFound for what is no step of a form."""
    if step not in set(settlement_words.STEPS):
        raise NotFound("settlement.step", "Diesen Schritt gibt es nicht.")
    return Step(step)


def _picture(parts: list[Row]) -> Markup:
    columns = {"share_cents": _("Anteil"), "advances_cents": _("Abschläge"), "due_cents": _("zu zahlen")}
    if not any(part["advances_cents"] for part in parts):
        columns = {"share_cents": _("Anteil")}
    return charts.signed_bars(
        _("Anteile je Partner"),
        [part["name"] for part in parts],
        [Series(title, [part[name] / 100 for part in parts]) for name, title in columns.items()],
        lambda value: f"{words.number(value)} €",
    )
