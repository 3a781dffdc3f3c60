"""Documents: invoices, corrections and statements, with what they are made of; void ones stay in the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.document_schemas import KINDS as KIND_KEYS
from wfm.billing.documents_api import as_file
from wfm.billing.formats.page import price_of, quantity_of
from wfm.billing.models import Document
from wfm.billing.rules.invoice import totals
from wfm.billing.rules.stored_invoice import from_stored
from wfm.billing.rules.words import money
from wfm.billing.service import documents as service
from wfm.billing.service.due_statements import waiting
from wfm.billing.service.statements import issue_month
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Month
from wfm.directory.service import partner_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_, ngettext
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("paper_pages", __name__, url_prefix="/abrechnung/belege")

KINDS: Mapping[str, str] = {
    "statement": N_("Nachweis"),
    "advance": N_("Abschlagsrechnung"),
    "invoice": N_("Rechnung"),
    "correction": N_("Rechnungskorrektur"),
}
TREATMENTS: Mapping[str | None, str] = {
    "not_taxable": N_("nicht steuerbar"),
    "exempt": N_("steuerfrei"),
    "taxed": N_("steuerpflichtig"),
}
ROWS = 50
VOID = {"no": N_("nur gültige"), "yes": N_("nur ungültige")}
DOCUMENTS = Listing(
    "Belege",
    (
        column("Nummer", service.number_of),
        column("Art", lambda row: KINDS[row.kind]),
        column("Partner", "partner"),
        column("erster Tag", lambda row: row.period.start, Kind.DAY),
        column("letzter Tag", lambda row: row.period.last_day, Kind.DAY),
        column("Betrag in Cent", "cents", Kind.COUNT, "Ein Guthaben mit Minus; ein Nachweis verlangt nichts."),
        column("Umsatzsteuer", lambda row: TREATMENTS.get(row.treatment, "")),
        column("Abrechnung", "settlement_id", Kind.COUNT),
        column("ausgestellt", "issued_on", Kind.DAY),
        column("Prüfwert", lambda row: row.sha256.hex() if row.sha256 else ""),
        column("ungültig seit", "voided_at", Kind.MOMENT),
        column("warum ungültig", "void_reason"),
    ),
)

WAITING = Listing(
    "Nachweise, die warten",
    (
        column("Monate", lambda row: ", ".join(map(str, row["months"]))),
        column("Bei", "name"),
        column("AGS", "partner"),
        column("Was fehlt", "problem"),
        column("Zu beheben unter", "mend"),
    ),
)


class DocumentsQuery(fields.Schema):
    partner = fields.Line(max_length=20, load_default=None)
    year = fields.Whole(at_least=2000, at_most=2100, load_default=None)
    kind = fields.Text(choices=KIND_KEYS, load_default=None)
    void = fields.Text(choices=tuple(VOID), load_default=None)
    settlement = fields.Whole(at_least=1, at_most=2**53, load_default=None)
    cursor = fields.Line(max_length=1000, load_default=None)
    liste = fields.Line(max_length=40, load_default=None)
    format = fields.Line(max_length=10, load_default=None)


class StatementsForm(fields.Schema):
    month = fields.MonthField(required=True)


class VoidForm(fields.Schema):
    reason = fields.Line(max_length=500, required=True)


@blp.get("")
@requires("statements.read")
def overview() -> AnyResponse:
    """All documents; a municipality's are its own"""
    chosen = read_query(DocumentsQuery)
    with transaction() as session:
        return _overview(session, chosen, Form())


@blp.post("/nachweise")
@requires("settlement.write")
def statements() -> AnyResponse:
    """Issue the statements of a closed month"""
    form = read_form(StatementsForm)
    if not form.errors:
        try:
            with transaction() as session:
                made = len(issue_month(session, viewer(), form.data["month"]))
            notice = ngettext("Ein Nachweis ist ausgestellt.", "%(num)d Nachweise sind ausgestellt.", made)
            return back_to("paper_pages.overview", kind="statement", notice=notice)
        except WfmError as error:
            form.refuse(error)
    with transaction() as session:
        return _overview(session, read_query(DocumentsQuery), form)


@blp.get("/<int(max=9007199254740991):document_id>")
@requires("statements.read")
def one(document_id: int) -> Response:
    """A document: what it is made of, its files, whether they are still as they went out"""
    with transaction() as session:
        return _one(session, document_id, Form())


@blp.get("/<int(max=9007199254740991):document_id>.pdf")
@requires("statements.read")
def pdf(document_id: int) -> Response:
    """The PDF as it went out"""
    with transaction() as session:
        return as_file(service.find(session, viewer(), document_id, files=True), "pdf")


@blp.get("/<int(max=9007199254740991):document_id>.xml")
@requires("statements.read")
def xml(document_id: int) -> Response:
    """The XRechnung as it went out"""
    with transaction() as session:
        return as_file(service.find(session, viewer(), document_id, files=True), "xml")


@blp.post("/<int(max=9007199254740991):document_id>/ungueltig")
@requires("settlement.write")
def void(document_id: int) -> AnyResponse:
    """Make a document void that has not gone out"""
    form = read_form(VoidForm)
    if not form.errors:
        try:
            with transaction() as session:
                service.void(session, viewer(), document_id, form.data["reason"])
            return back_to("paper_pages.one", document_id=document_id, notice=_("Der Beleg ist ungültig."))
        except WfmError as error:
            form.refuse(error)
    with transaction() as session:
        return _one(session, document_id, form)


def usage_address(document: Document) -> str | None:
    """The page of the usage that a statement is about: the month's, or the year's with its months."""
    if document.kind != "statement":
        return None
    start = document.period.start
    if document.settlement_id is None:
        return url_for("usage.partner", key=document.partner, month=str(Month.of(start)))
    return url_for("usage.year", year=start.year, partner=document.partner)


def _overview(session: Session, chosen: Form, form: Form) -> AnyResponse:
    asked = chosen.data if not chosen.errors else {}
    wanted = {name: asked.get(name) for name in ("partner", "year", "kind")} | {
        "settlement_id": asked.get("settlement")
    }
    void_ = None if asked.get("void") is None else asked["void"] == "yes"
    held_up = waiting(session) if viewer().may("settlement.read") else []
    if held_up and (file := WAITING.wanted(chosen)):
        return WAITING.file(file, held_up)
    if file := DOCUMENTS.wanted(chosen):
        return DOCUMENTS.file(file, service.listed(session, viewer(), void=void_, **wanted))
    listed = service.page_of_documents(session, viewer(), asked.get("cursor"), ROWS, void=void_, **wanted)
    names = partner_names(session)
    more = {**chosen.kept, "cursor": listed.next}
    return page(
        "billing/documents.html",
        chosen.status if chosen.errors else form.status,
        listed=listed,
        more=url_for("paper_pages.overview", **cast(Any, more)) if listed.next else "",
        chosen=chosen,
        form=form,
        names=names,
        partners=list(names.items()) if viewer().sees_all_partners else [],
        kinds=[(key, _(title)) for key, title in KINDS.items()],
        voids=[(key, _(title)) for key, title in VOID.items()],
        number_of=service.number_of,
        money=money,
        usage_address=usage_address,
        waiting=held_up,
    )


def _one(session: Session, document_id: int, form: Form) -> Response:
    document = service.find(session, viewer(), document_id, files=True)
    invoice = None if document.kind == "statement" else from_stored(document.content)
    before = service.corrected(session, viewer(), document)
    return page(
        "billing/document.html",
        form.status,
        document=document,
        number=service.number_of(document),
        name=partner_names(session)[document.partner],
        kind=_(KINDS[document.kind]),
        treatment=_(TREATMENTS[document.treatment]) if document.treatment else "",
        invoice=invoice,
        sums=totals(invoice) if invoice else None,
        quantity_of=quantity_of,
        price_of=price_of,
        before=before,
        before_number=service.number_of(before) if before else "",
        same=_same(document),
        may_void=viewer().may("settlement.write") and service.why_not_void(session, document) is None,
        columns_of=_columns_of,
        form=form,
        money=money,
        usage=usage_address(document),
    )


def _columns_of(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A statement's columns as tables of pages want them; cells are found by their place."""
    return [
        {"key": place, "title": one["title"], "numeric": one["numeric"]} for place, one in enumerate(section["columns"])
    ]


def _same(document: Document) -> bool:
    """Whether content and files still belong together: written anew, they are the same bytes.

    The XML that is written is checked against the schema of EN 16931 and for what XRechnung demands.
    """
    try:
        written: Any = service.files_of(document.content, document.kind)
    except WfmError:
        return False
    return written == (document.pdf, document.xml)
