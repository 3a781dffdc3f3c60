"""Files of agreements, parties and cost: send one, look at what it would change, take it over; the lists as files."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.rules.words import money
from wfm.billing.service import agreements, cost_items, files, parties
from wfm.billing.service.importing import kind_of
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, WfmError
from wfm.directory.service.csv_file import write_table
from wfm.web.forms import Form, read_form
from wfm.web.language import N_, number
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.pages.imports import PLANNED, SHOWN, TakeSchema
from wfm.web.shell import back_to, page

blp = Blueprint("billing_files", __name__, url_prefix="/abrechnung/einlesen")


class About(NamedTuple):
    """A kind of file on pages."""

    title: str
    endpoint: str


ABOUT = {
    "agreements": About(N_("Vereinbarungen"), "agreements.overview"),
    "parties": About(N_("Stellen"), "parties.overview"),
    "cost": About(N_("Kosten"), "cost.overview"),
}
LISTS = {"agreements": agreements.list_agreements, "parties": parties.list_parties, "cost": cost_items.list_cost}


@blp.get("/<string(maxlength=20):kind>")
@requires("settlement.write")
def form(kind: str) -> Response:
    """Where a file is sent in"""
    return _show(kind, Form())


@blp.post("/<string(maxlength=20):kind>")
@requires("settlement.write")
def send(kind: str) -> AnyResponse:
    """Keep a file, and go to what it would change"""
    about, typed, sent = kind_of(kind), Form(), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise BadInput("upload.missing", "Bitte eine Datei wählen.", field="file")
        with transaction() as session:
            draft = files.keep_file(session, about, sent.filename, sent.read(), by=viewer().actor)
        return back_to("billing_files.draft", kind=kind, draft_id=draft.id)
    except WfmError as error:
        typed.refuse(error)
    return _show(kind, typed)


@blp.get("/<string(maxlength=20):kind>/<int(max=9007199254740991):draft_id>")
@requires("settlement.write")
def draft(kind: str, draft_id: int) -> Response:
    """What a file would add and change now, and what is wrong with which row"""
    about = kind_of(kind)
    for listing, part in PLANNED.items():
        if wanted := listing.wanted():
            with transaction() as session:
                found = files.find_file(session, about, draft_id, by=viewer().actor)
                plan = files.plan_file(session, about, found.content)
            return listing.file(wanted, getattr(plan, part))
    return _show_plan(kind, draft_id)


@blp.post("/<string(maxlength=20):kind>/<int(max=9007199254740991):draft_id>")
@requires("settlement.write")
def take(kind: str, draft_id: int) -> AnyResponse:
    """Carry out what was shown, exactly that or nothing"""
    about, typed = kind_of(kind), read_form(TakeSchema)
    try:
        with transaction() as session:
            fingerprint = typed.data.get("fingerprint", "")
            plan = files.take_file(session, about, draft_id, fingerprint, by=viewer().actor)
    except (Conflict, BadInput) as error:
        return _show_plan(kind, draft_id, error)
    counts = {"added": number(len(plan.added)), "changed": number(len(plan.changed))}
    return back_to(ABOUT[kind].endpoint, notice=_("Übernommen: %(added)s neu, %(changed)s geändert.", **counts))


@blp.get("/<string(maxlength=20):kind>/liste.csv")
@requires("settlement.read")
def listing(kind: str) -> Response:
    """A list, with the columns of the file that can be read in"""
    kind_of(kind)
    with transaction() as session:
        columns, rows = LISTS[kind](session)
    response = Response(write_table(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{kind}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _show(kind: str, typed: Form) -> Response:
    about = kind_of(kind)
    came_from = _(ABOUT[kind].title), url_for(ABOUT[kind].endpoint)
    told = {"kind": kind, "came_from": came_from, "columns": about.columns}
    return page("billing/file.html", typed.status, form=typed, **told)


def _show_plan(kind: str, draft_id: int, error: WfmError | None = None) -> Response:
    about = kind_of(kind)
    with transaction() as session:
        found = files.find_file(session, about, draft_id, by=viewer().actor)
        plan = files.plan_file(session, about, found.content)
        effect = [_sum(row) for row in cost_items.effect(session, plan)] if kind == "cost" else []
    return page(
        "directory/plan.html",
        error.http_status if error else 200,
        draft=found,
        plan=plan,
        effect=" ".join(effect),
        error=error,
        kind=_(ABOUT[kind].title),
        shown=SHOWN,
        came_from=(_(ABOUT[kind].title), url_for(ABOUT[kind].endpoint)),
        address=url_for("billing_files.draft", kind=kind, draft_id=draft_id),
        send_another=url_for("billing_files.form", kind=kind),
        discard=url_for("billing_files.form", kind=kind),
        nothing_new=_("Alles ist schon so eingetragen."),
    )


def _sum(row: cost_items.Effect) -> str:
    return _(
        "%(month)s, %(stage)s: bisher %(there)s, neu %(added)s, dann %(after)s.",
        month=month_name(row.month),
        stage=_(cost_items.STAGES[row.stage]),
        there=money(row.there_cents),
        added=money(row.added_cents),
        after=money(row.there_cents + row.added_cents),
    )
