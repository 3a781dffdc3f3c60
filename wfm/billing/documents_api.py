"""Documents and their hand-over over the interface. A municipality sees its own documents only."""

from __future__ import annotations

from typing import Any

from flask import Response

from wfm.accounts.access import requires, viewer
from wfm.billing.document_schemas import (
    DocumentArguments,
    DocumentSchema,
    DocumentWithContentSchema,
    ExportFileArguments,
    ExportRunSchema,
    FileArguments,
    HandOverSchema,
    LayoutSchema,
    StatementsSchema,
)
from wfm.billing.models import Document, ExportRun
from wfm.billing.service import documents, export, issuing
from wfm.billing.service.statements import issue_month
from wfm.billing.settlement_schemas import ReasonSchema
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.core.paging import Page
from wfm.core.web import Blueprint, page_body, page_example, page_schema
from wfm.reporting.downloads import also_as

blp = Blueprint("papers", __name__, description="Nachweise, Rechnungen und ihre Übergabe an die Buchhaltung")

Item = dict[str, Any]
ID = "<int(max=9007199254740991):"
DOCUMENT: Item = {
    "id": 12, "number": "SC-2027-0012", "kind": "invoice", "partner": "03241003", "from": "2026-01-01",
    "to": "2027-01-01", "settlement": 5, "corrects": None, "treatment": "not_taxable", "cents": 1234567,
    "issued_on": "2027-03-31", "sha256": "ab" * 32, "void_reason": None,
}  # fmt: skip
RUN: Item = {
    "id": 1, "layout": "standard", "documents": 3, "total_cents": 399996, "file_name": "uebergabe-20270331-100000.csv",
    "sha256": "cd" * 32, "made_at": "2027-03-31T10:00:00+02:00",
}  # fmt: skip
LAYOUT: Item = {"name": "standard", "layout": {"columns": [{"title": "Betrag", "field": "amount"}], "delimiter": ";"}}


def shaped(document: Document) -> Item:
    """A document without its content."""
    return {
        "id": document.id,
        "number": documents.number_of(document),
        "kind": document.kind,
        "partner": document.partner,
        "first_day": document.period.start,
        "end": document.period.end,
        "settlement": document.settlement_id,
        "corrects": document.corrects,
        "treatment": document.treatment,
        "cents": document.cents,
        "issued_on": document.issued_on,
        "sha256": document.sha256 and document.sha256.hex(),
        "void_reason": document.void_reason,
    }


def _run(run: ExportRun) -> Item:
    named = {name: getattr(run, name) for name in ("id", "layout", "documents", "total_cents", "file_name", "made_at")}
    return named | {"sha256": run.sha256.hex()}


@blp.get("/documents")
@blp.arguments(DocumentArguments, location="query")
@blp.response(200, page_schema(DocumentSchema), example=page_example(DOCUMENT))
@requires("statements.read")
def listed(arguments: Item) -> Any:
    """Documents, the newest first, void ones included"""
    void, cursor, limit = (arguments.pop(name) for name in ("void", "cursor", "limit"))
    with transaction() as session:
        wanted = None if void is None else void == "yes"
        found = documents.page_of_documents(session, viewer(), cursor, limit, void=wanted, **arguments)
        return page_body(Page([shaped(one) for one in found.items], found.next))


@blp.get(f"/documents/{ID}document_id>")
@blp.response(200, DocumentWithContentSchema, example=DOCUMENT | {"content": {"number": "SC-2027-0012"}})
@requires("statements.read")
def one(document_id: int) -> Any:
    """One document with all that its files are made of"""
    with transaction() as session:
        document = documents.find(session, viewer(), document_id)
        return shaped(document) | {"content": document.content}


@blp.get(f"/documents/{ID}document_id>/file")
@blp.arguments(FileArguments, location="query")
@also_as(blp, "pdf")
@requires("statements.read")
def file(arguments: Item, document_id: int) -> Response:
    """The document as PDF, or an invoice's XML (XRechnung)"""
    with transaction() as session:
        document = documents.find(session, viewer(), document_id, files=True)
        return as_file(document, arguments["form"])


def as_file(document: Document, form: str) -> Response:
    """A document's file as it went out. Raises NotFound for the XML of a statement."""
    content = document.pdf if form == "pdf" else document.xml
    if content is None:
        raise NotFound("document.no_file", "Diesen Beleg gibt es nicht in diesem Format.")
    return sent(content, {"pdf": "application/pdf", "xml": "application/xml"}[form], f"{_name(document)}.{form}")


def sent(content: bytes, media_type: str, name: str) -> Response:
    """Bytes that browsers save under a name."""
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _name(document: Document) -> str:
    return documents.number_of(document).replace("/", "-")


@blp.post(f"/documents/{ID}document_id>/void")
@blp.arguments(ReasonSchema, example={"reason": "Anschrift veraltet"})
@blp.response(200, DocumentSchema, example=DOCUMENT | {"void_reason": "Anschrift veraltet"})
@requires("settlement.write")
def void(arguments: Item, document_id: int) -> Any:
    """Make a document void that has not gone out; it stays in the list"""
    with transaction() as session:
        return shaped(documents.void(session, viewer(), document_id, arguments["reason"]))


@blp.post(f"/settlements/{ID}settlement_id>/documents")
@blp.response(201, DocumentSchema(many=True), example=[DOCUMENT])
@requires("settlement.write")
def issue(settlement_id: int) -> Any:
    """Issue what is still missing of a released settlement's documents"""
    with transaction() as session:
        return [shaped(one) for one in issuing.issue(session, viewer(), settlement_id)]


@blp.post("/statements")
@blp.arguments(StatementsSchema, example={"month": "2026-09"})
@blp.response(201, DocumentSchema(many=True), example=[DOCUMENT | {"kind": "statement", "cents": 0}])
@requires("settlement.write")
def statements(arguments: Item) -> Any:
    """Issue the statements of a closed month"""
    with transaction() as session:
        return [shaped(one) for one in issue_month(session, viewer(), arguments["month"], arguments["partner"])]


@blp.get("/exports")
@blp.response(200, ExportRunSchema(many=True), example=[RUN])
@requires("settlement.read")
def runs() -> Any:
    """What was handed over to the books, the newest first"""
    with transaction() as session:
        return [_run(run) for run in export.runs(session, viewer())]


@blp.post("/exports")
@blp.arguments(HandOverSchema, example={"layout": "standard"})
@blp.response(201, ExportRunSchema, example=RUN)
@requires("settlement.write")
def hand_over(arguments: Item) -> Any:
    """Hand over all documents that have gone out and were not handed over: each once"""
    with transaction() as session:
        return _run(export.hand_over(session, viewer(), arguments["layout"]))


@blp.get(f"/exports/{ID}run_id>/file")
@blp.arguments(ExportFileArguments, location="query")
@also_as(blp, "csv", b"Belegnummer;Betrag\r\n")
@requires("settlement.read")
def run_file(arguments: Item, run_id: int) -> Response:
    """The file that was handed over, the same bytes each time, or its check sum"""
    with transaction() as session:
        return as_run_file(export.find_run(session, viewer(), run_id), arguments["form"])


def as_run_file(run: ExportRun, form: str) -> Response:
    """A hand-over's file, or what lies beside it."""
    if form == "csv":
        return sent(run.content, "text/csv", run.file_name)
    return sent(export.check_sums(run).encode(), "text/plain; charset=utf-8", f"{run.file_name}.sha256")


@blp.get("/export-layouts")
@blp.response(200, LayoutSchema(many=True), example=[LAYOUT])
@requires("settlement.read")
def layouts() -> Any:
    """How files for bookkeeping systems are laid out"""
    with transaction() as session:
        return [{"name": name, "layout": form.to_json()} for name, form in export.layouts(session, viewer()).items()]


@blp.put("/export-layouts")
@blp.arguments(LayoutSchema, example=LAYOUT)
@blp.response(200, LayoutSchema, example=LAYOUT)
@requires("settlement.write")
def keep_layout(arguments: Item) -> Any:
    """Make or change a layout"""
    with transaction() as session:
        form = export.keep_layout(session, viewer(), arguments["name"], arguments["layout"])
        return {"name": arguments["name"], "layout": form.to_json()}
