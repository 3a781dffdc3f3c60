"""Files of the directory: send one, look at what it would change, take it over; and the lists as such files."""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.service import audit
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound, WfmError
from wfm.directory import service
from wfm.directory.queries.listings import LISTS, own_listing
from wfm.directory.service.csv_file import write_table
from wfm.directory.service.importing import KINDS
from wfm.reporting.formats.column import Kind
from wfm.web.changes import effect, work_off
from wfm.web.forms import Form, read_form
from wfm.web.language import N_, number
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("imports", __name__, url_prefix="/verzeichnis")

TITLES = {
    "partners": N_("Partner"),
    "numbers": N_("Rufnummern"),
    "queues": N_("Warteschlangen"),
    "services": N_("Leistungen"),
    "hours": N_("Öffnungszeiten"),
    "targets": N_("Servicelevel"),
    "aliases": N_("Namen der Anlage"),
    "profiles": N_("Profile der Partner"),
}
#: Only so many lines of a plan are shown of each sort: a page of 50,000 helps nobody.
SHOWN = 200

_LINE = column("Zeile", "line", Kind.COUNT)
#: What a file would do, as lists of their own: title, and which part of the plan.
PLANNED = {
    Listing("Fehlerhafte Zeilen", (_LINE, column("Spalte", "field"), column("Grund", "reason"))): "errors",
    Listing("Neu", (_LINE, column("Eintrag", "what"))): "added",
    Listing("Geändert", (_LINE, column("Eintrag", "what"))): "changed",
}


class UploadSchema(fields.Schema):
    """What kind of list a file is."""

    kind = fields.Text(required=True, choices=tuple(KINDS))


class TakeSchema(fields.Schema):
    """The plan that was shown."""

    fingerprint = fields.Line(max_length=64, required=True)


@blp.get("/einlesen")
@requires("directory.write")
def form() -> Response:
    """Where a file is sent in"""
    return _show(Form({"kind": request.args.get("art", "")}))


@blp.post("/einlesen")
@requires("directory.write")
def send() -> AnyResponse:
    """Keep a file, and go to what it would change"""
    typed = read_form(UploadSchema)
    sent = request.files.get("file")
    if not typed.errors:
        try:
            if sent is None or not sent.filename:
                raise BadInput("upload.missing", _("Bitte eine Datei wählen."), field="file")
            with transaction() as session:
                draft = service.keep_upload(session, typed.data["kind"], sent.filename, sent.read(), by=viewer().actor)
            return back_to("imports.draft", draft_id=draft.id)
        except WfmError as error:
            typed.refuse(error)
    return _show(typed)


@blp.get("/einlesen/<int:draft_id>")
@requires("directory.write")
def draft(draft_id: int) -> Response:
    """What a file would add and change now, and what is wrong with which row"""
    for listing, part in PLANNED.items():
        if wanted := listing.wanted():
            with transaction() as session:
                found = service.find_upload(session, draft_id, by=viewer().actor)
                plan = service.plan_import(session, found.kind, found.content)
            return listing.file(wanted, getattr(plan, part))
    return _show_plan(draft_id)


@blp.post("/einlesen/<int:draft_id>")
@requires("directory.write")
def take(draft_id: int) -> AnyResponse:
    """Carry out what was shown, exactly that or nothing"""
    typed = read_form(TakeSchema)
    try:
        with transaction() as session:
            plan = service.take_upload(session, draft_id, typed.data.get("fingerprint", ""), by=viewer().actor)
            told = work_off(session, plan.touched)
    except (Conflict, BadInput) as error:
        return _show_plan(draft_id, error)
    done = _(
        "Übernommen: %(added)s neu, %(changed)s geändert.",
        added=number(len(plan.added)),
        changed=number(len(plan.changed)),
    )
    return back_to("imports.form", notice=f"{done} {told}".strip())


@blp.get("/beispiel/<string(maxlength=20):kind>.csv")
@requires("directory.read")
def example(kind: str) -> Response:
    """An example of a file"""
    if kind not in KINDS:
        raise NotFound("directory.kind", "Eine solche Liste gibt es nicht.")
    data = files("wfm.directory").joinpath("data")
    file = data.joinpath("municipalities.csv") if kind == "partners" else data.joinpath("examples", f"{kind}.csv")
    return _download(file.read_bytes(), f"beispiel-{kind}")


@blp.get("/liste/<string(maxlength=20):kind>.csv")
@requires("directory.read")
def listing(kind: str) -> Response:
    """A list of the directory in the form of the file that can be read in"""
    if kind not in KINDS:
        raise NotFound("directory.kind", "Eine solche Liste gibt es nicht.")
    if kind == "aliases":
        viewer().require("directory.write")  # names of persons
    with transaction() as session:
        if kind == "aliases":
            audit.record(session, viewer().actor, "aliases.read", object_kind="agent_alias", fields=["alias", "agent"])
        if viewer().sees_all_partners:
            columns, rows = LISTS[kind](session)
        else:
            columns, rows = own_listing(session, kind, str(viewer().partner))
    return _download(write_table(columns, rows), kind)


def _download(content: bytes, name: str) -> Response:
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _show(typed: Form) -> Response:
    with transaction() as session:
        pending = len(service.pending_changes(session))
    kinds = [(kind, _(title)) for kind, title in TITLES.items()]
    columns = {kind: module.COLUMNS for kind, module in KINDS.items()}
    return page("directory/import.html", typed.status, form=typed, kinds=kinds, columns=columns, pending=pending)


def _show_plan(draft_id: int, error: WfmError | None = None) -> Response:
    with transaction() as session:
        found = service.find_upload(session, draft_id, by=viewer().actor)
        plan = service.plan_import(session, found.kind, found.content)
        told = effect(session, plan.touched)
    return page(
        "directory/plan.html",
        error.http_status if error else 200,
        draft=found,
        plan=plan,
        effect=told,
        error=error,
        kind=_(TITLES[found.kind]),
        shown=SHOWN,
        came_from=(_("Einlesen"), url_for("imports.form")),
        address=url_for("imports.draft", draft_id=draft_id),
        send_another=url_for("imports.form", art=found.kind),
        discard=url_for("imports.form"),
        nothing_new=_("Alles steht schon so im Verzeichnis."),
    )
