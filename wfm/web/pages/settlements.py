"""Settlements: all there are with what comes next, and new ones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.service import drafting
from wfm.billing.service.agenda import what_is_due
from wfm.billing.service.reports import settlements
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput, WfmError
from wfm.core.intervals import Days
from wfm.web import settlement_words as words
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import wanted_file
from wfm.web.settlement_lists import DUE, SETTLEMENTS
from wfm.web.shell import back_to, page

blp = Blueprint("settlements", __name__, url_prefix="/abrechnung/abrechnungen")

#: Kind -> its button, and what it is.
NEW = {
    drafting.Kind.ANNUAL: (
        N_("Jahresabrechnung"),
        N_("Was das Jahr wirklich gekostet hat, nach den geltenden Vereinbarungen verteilt, weniger dem, was schon "
           "berechnet ist. Alle Monate müssen abgeschlossen und die Kosten jedes Monats eingetragen sein."),
    ),
    drafting.Kind.ADVANCE: (
        N_("Abschlag"),
        N_("Ein Teil der geplanten Kosten des Jahres, verteilt nach der Nutzung des Jahres davor."),
    ),
    drafting.Kind.PERIOD: (
        N_("Monate nach Preis"),
        N_("Abgeschlossene Monate, berechnet nach Preisen je Anruf, je Minute oder nach Größenklasse. Die "
           "Jahresabrechnung zieht es ab."),
    ),
    drafting.Kind.SHADOW: (
        N_("Schattenabrechnung"),
        N_("Nur zum Ansehen, nie berechnet: Auch offene Monate und geplante Kosten genügen."),
    ),
}  # fmt: skip


class ListQuery(fields.Schema):
    year = fields.Whole(at_least=2000, at_most=2100, load_default=None)


class NewForm(fields.Schema):
    """What is to be reckoned: a year, one of its advances, or months, both included."""

    kind = fields.Text(choices=tuple(NEW), required=True)
    year = fields.Whole(at_least=2000, at_most=2100, load_default=None)
    instalment = fields.Whole(at_least=1, at_most=12, load_default=None)
    first = fields.MonthField(load_default=None)
    last = fields.MonthField(load_default=None)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """All settlements, and what is to be done next"""
    asked, today = read_query(ListQuery), berlin_day(now())
    with transaction() as session:
        found = settlements(session, viewer(), year=asked.data.get("year"))
        due = what_is_due(session, viewer(), today)
    rows = [row | {"next": words.next_to_do(row), "state_name": words.state(row)[1]} for row in found]
    if (file := wanted_file(((SETTLEMENTS, rows), (DUE, due)), asked)) is not None:
        return file
    return page(
        "settlement/list.html", asked.status, asked=asked, rows=rows, words=words, new=NEW, due=due, today=today
    )


@blp.get("/neu")
@requires("settlement.write")
def new() -> Response:
    """What is to be reckoned"""
    wanted = request.args.get("art", "")
    kind = wanted if wanted in set(NEW) else drafting.Kind.ANNUAL
    begun = {"year": str(berlin_day(now()).year - (kind == drafting.Kind.ANNUAL))}
    begun |= {name: request.args[name][:4] for name in ("year", "instalment") if name in request.args}
    return _form(Form(begun | {"kind": str(kind)}))


@blp.post("/neu")
@requires("settlement.write")
def draft() -> AnyResponse:
    """Reckon it as a draft"""
    form = read_form(NewForm)
    if not form.errors:
        try:
            kind = drafting.Kind(form.data["kind"])
            days = _days(kind, form.data)
            with transaction() as session:
                number = drafting.draft(session, viewer(), kind, days, form.data["instalment"]).id
            return back_to("settlement.show", number=number, notice=_("Der Entwurf ist gerechnet."))
        except WfmError as error:
            form.refuse(error)
    return _form(form)


def _form(form: Form) -> Response:
    kind = form.values["kind"] if form.values["kind"] in set(NEW) else str(drafting.Kind.ANNUAL)
    title, text = NEW[drafting.Kind(kind)]
    return page("settlement/new.html", form.status, form=form, kind=kind, title_of=title, text=text)


def _days(kind: drafting.Kind, typed: dict[str, Any]) -> Days:
    """The days meant. Raises BadInput that names the field that is missing."""
    if kind in (drafting.Kind.ANNUAL, drafting.Kind.ADVANCE):
        year = typed["year"]
        if year is None:
            raise BadInput("settlement.period", "Bitte das Jahr angeben.", field="year")
        return Days.of_year(year)
    first, last = typed["first"], typed["last"]
    for name, month in (("first", first), ("last", last)):
        if month is None:
            raise BadInput("settlement.period", "Bitte den Monat angeben.", field=name)
    if last < first:
        raise BadInput("settlement.period", "Der letzte Monat liegt vor dem ersten.", field="last")
    return Days(first.first, last.next.first)
