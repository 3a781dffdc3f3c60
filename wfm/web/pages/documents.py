"""Documents generated from the running system: annex, record of processing, impact assessment, accessibility, help."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import permission_of, public, requires, viewer
from wfm.accounts.service.texts import read_texts, write_texts
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.privacy.rules.document import Document
from wfm.privacy.rules.entries import ENTRIES, LONGEST, PARTS
from wfm.privacy.rules.evaluations import Address
from wfm.privacy.service.annex import annex as make_annex
from wfm.privacy.service.records import impact_assessment, processing_record
from wfm.web import accessibility as accessible
from wfm.web.documents import as_pdf, origin
from wfm.web.forms import Form, read_form
from wfm.web.help import help_document
from wfm.web.language import gettext as _
from wfm.web.shell import TITLE, back_to, page

blp = Blueprint("documents", __name__)

#: Documents of the centre, beside each other in tabs: endpoint -> title.
TABS = {
    "documents.annex": "Anlage zur Dienstvereinbarung",
    "documents.record": "Verarbeitungsverzeichnis",
    "documents.impact": "Folgenabschätzung",
}
PUBLIC_ENTRIES = [name for name, entry in ENTRIES.items() if entry.public]

#: A class of its own, since its fields are those that are declared.
EntriesSchema: type[fields.Schema] = type(
    "EntriesSchema",
    (fields.Schema,),
    {name: fields.Line(max_length=LONGEST, load_default="") for name in ENTRIES},
)


@blp.get("/anlage")
@requires("settings.read")
def annex() -> Response:
    """Annex to the service agreement"""
    return _page(_annex)


@blp.get("/anlage.pdf")
@requires("settings.read")
def annex_pdf() -> Response:
    """Annex to the service agreement as PDF"""
    return _pdf(_annex, "Anlage-Dienstvereinbarung")


@blp.get("/verarbeitungsverzeichnis")
@requires("settings.read")
def record() -> Response:
    """Record of processing activities"""
    return _page(processing_record)


@blp.get("/verarbeitungsverzeichnis.pdf")
@requires("settings.read")
def record_pdf() -> Response:
    """Record of processing activities as PDF"""
    return _pdf(processing_record, "Verarbeitungsverzeichnis")


@blp.get("/folgenabschaetzung")
@requires("settings.read")
def impact() -> Response:
    """Input for the data-protection impact assessment"""
    return _page(impact_assessment)


@blp.get("/folgenabschaetzung.pdf")
@requires("settings.read")
def impact_pdf() -> Response:
    """Input for the data-protection impact assessment as PDF"""
    return _pdf(impact_assessment, "Folgenabschaetzung-Eingaben")


@blp.get("/barrierefreiheit")
@public
def accessibility() -> Response:
    """Accessibility statement"""
    return _page(_accessibility)


@blp.get("/barrierefreiheit.pdf")
@public
def accessibility_pdf() -> Response:
    """Accessibility statement as PDF"""
    return _pdf(_accessibility, "Barrierefreiheit")


@blp.get("/hilfe")
@public
def help_page() -> Response:
    """Help: figures, keyboard, whom to ask"""
    return _page(_help)


@blp.get("/hilfe.pdf")
@public
def help_pdf() -> Response:
    """Help as PDF"""
    return _pdf(_help, "Hilfe")


@blp.get("/anlage/angaben")
@requires("settings.manage")
def entries() -> Response:
    """What only the operators can say in these documents"""
    with transaction() as session:
        return _entries(Form(read_texts(session, ENTRIES)))


@blp.post("/anlage/angaben")
@requires("settings.manage")
def write_entries() -> AnyResponse:
    """Write it"""
    form = read_form(EntriesSchema)
    if form.errors:
        return _entries(form)
    with transaction() as session:
        # What the form did not ask for stays as it is; what it asked for and is empty goes.
        write_texts(session, {name: form.data[name] for name in ENTRIES if name in request.form}, by=viewer().actor)
    return back_to("documents.entries", notice=_("Die Angaben sind gespeichert."))


def _annex(session: Session) -> Document:
    addresses = [
        Address(rule.rule, rule.endpoint, permission_of(current_app, rule.endpoint) or "")
        for rule in current_app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    ]
    return make_annex(session, addresses, berlin_day(now()))


def _accessibility(session: Session) -> Document:
    return accessible.statement(read_texts(session, PUBLIC_ENTRIES))


def _help(session: Session) -> Document:
    return help_document(read_texts(session, PUBLIC_ENTRIES))


def _page(make: Callable[[Session], Document]) -> Response:
    with transaction() as session:
        document = make(session)
    return page(
        "documents/document.html", document=document, parts=document.parts(), origin=origin(document), tabs=TABS
    )


def _pdf(make: Callable[[Session], Document], name: str) -> Response:
    with transaction() as session:
        document = make(session)
    response = Response(as_pdf(document, TITLE), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _entries(form: Form) -> Response:
    parts = [(part, {name: one for name, one in ENTRIES.items() if one.part == part}) for part in PARTS]
    return page(
        "documents/entries.html",
        form.status,
        form=form,
        parts=parts,
        labels={name: _(entry.title) for name, entry in ENTRIES.items()},
        breadcrumbs=[(_(TABS["documents.annex"]), url_for("documents.annex"))],
    )
