"""Hand-over to the books: each document once, as a file that is kept with its check sum."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, cast, select, text
from sqlalchemy.orm import Session, undefer

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Document, ExportedDocument, ExportLayout, ExportRun, Party, Settlement, SettlementShare
from wfm.billing.rules.export_layout import BOOKING, PLAIN, ExportForm, write
from wfm.billing.rules.invoice import totals
from wfm.billing.rules.states import State
from wfm.billing.rules.stored_invoice import from_stored
from wfm.billing.rules.words import money
from wfm.billing.service.document_parties import page_of
from wfm.billing.service.documents import number_of
from wfm.billing.service.invoices import MONEY
from wfm.core.clock import BERLIN, now
from wfm.core.errors import BadInput, NotFound, RuleBroken
from wfm.directory.service import partner_names

KINDS = {"advance": "Abschlag", "invoice": "Rechnung", "correction": "Korrektur"}
TAXES = {"not_taxable": "nicht steuerbar", "exempt": "steuerfrei", "taxed": "steuerpflichtig"}
#: Documents of these have gone out.
_OUT = (State.SENT, State.OBJECTED, State.FINAL)
STANDARD = "standard"


def layouts(session: Session, viewer: Viewer) -> dict[str, ExportForm]:
    """All layouts by name; there is always one."""
    viewer.require("settlement.read")
    kept = session.scalars(select(ExportLayout).order_by(ExportLayout.name))
    return {STANDARD: PLAIN} | {one.name: ExportForm.from_json(one.layout) for one in kept}


def keep_layout(session: Session, viewer: Viewer, name: str, layout: dict[str, Any]) -> ExportForm:
    """Make or change a layout. Files made by it before stay as they are. Raises BadInput("export.layout")."""
    viewer.require("settlement.write")
    if not name.strip():
        raise BadInput("export.layout", "Der Aufbau braucht einen Namen.", field="name")
    form = ExportForm.from_json(layout)
    kept = session.get(ExportLayout, name.strip()) or ExportLayout(name=name.strip())
    kept.layout, kept.changed_at, kept.changed_by = form.to_json(), now(), viewer.actor
    session.add(kept)
    session.flush()
    record(session, viewer.actor, "export.layout", object_kind="export_layout", object_id=kept.name)
    return form


def waiting(session: Session, viewer: Viewer) -> Sequence[Document]:
    """Documents that have gone out and were not handed over, oldest first; void ones are none of them."""
    viewer.require("settlement.read")
    query = (
        select(Document)
        .join(Settlement, Settlement.id == Document.settlement_id)
        .where(
            Document.kind.in_(MONEY),
            Document.voided_at.is_(None),
            Settlement.state.in_([str(state) for state in _OUT]),
            Document.id.not_in(select(ExportedDocument.document_id)),
        )
    )
    return session.scalars(query.order_by(Document.id)).all()


def hand_over(session: Session, viewer: Viewer, layout: str) -> ExportRun:
    """Write all that waits into one file, once.

    Raises NotFound("export.no_layout"), RuleBroken("export.nothing", "export.missing", "export.character").
    """
    viewer.require("settlement.write")
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('export'))"))
    known = layouts(session, viewer)
    if layout not in known:
        raise NotFound("export.no_layout", "Diesen Aufbau gibt es nicht.", field="layout")
    if layout == STANDARD and session.get(ExportLayout, STANDARD) is None:
        keep_layout(session, viewer, STANDARD, PLAIN.to_json())
    documents = waiting(session, viewer)
    if not documents:
        raise RuleBroken("export.nothing", "Es ist nichts zu übergeben: Alle versandten Belege sind übergeben.")
    content = write(known[layout], rows(session, documents))
    run = ExportRun(
        layout=layout,
        documents=len(documents),
        total_cents=sum(document.cents for document in documents),
        file_name=f"uebergabe-{now().astimezone(BERLIN):%Y%m%d-%H%M%S}.csv",
        content=content,
        sha256=hashlib.sha256(content).digest(),
        made_at=now(),
        made_by=viewer.actor,
    )
    session.add(run)
    session.flush()
    session.add_all(ExportedDocument(document_id=document.id, run_id=run.id) for document in documents)
    session.flush()
    details = {"documents": run.documents, "total_cents": run.total_cents, "sha256": run.sha256.hex()}
    record(session, viewer.actor, "export.made", object_kind="export_run", object_id=run.id, details=details)
    return run


def runs(session: Session, viewer: Viewer) -> Sequence[ExportRun]:
    """What was handed over, the newest first."""
    viewer.require("settlement.read")
    return session.scalars(select(ExportRun).order_by(ExportRun.id.desc())).all()


def find_run(session: Session, viewer: Viewer, run_id: int) -> ExportRun:
    """One of them with its file: always the bytes that were handed over. Raises NotFound."""
    viewer.require("settlement.read")
    run = session.scalar(select(ExportRun).where(ExportRun.id == run_id).options(undefer(ExportRun.content)))
    if run is None:
        raise NotFound("export.unknown", "Diese Übergabe gibt es nicht.")
    return run


def check_sums(run: ExportRun) -> str:
    """What lies beside the file: `sha256sum -c` reads it, people see count and sum."""
    return (
        f"# Belege: {run.documents}\n# Summe: {money(run.total_cents).removesuffix(' €')} EUR\n"
        f"{run.sha256.hex()}  {run.file_name}\n"
    )


def rows(session: Session, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Documents as lines of a journal, by the fields of a layout."""
    names = partner_names(session)
    return [_row(session, document, names[document.partner]) for document in documents]


def _row(session: Session, document: Document, name: str) -> dict[str, Any]:
    invoice = from_stored(document.content)
    sums = totals(invoice)
    on_day = Party.valid.op("@>")(cast(document.issued_on, Date))
    party = session.scalar(select(Party).where(Party.partner == document.partner, on_day))
    share = session.get(SettlementShare, (document.settlement_id, document.partner))
    return {
        "number": number_of(document),
        "kind": KINDS[document.kind],
        "partner": document.partner,
        "partner_name": name,
        "period_from": document.period.start,
        "period_to": document.period.last_day,
        "issued_on": document.issued_on,
        "due_on": invoice.payment.due or (share.due_on if share and document.cents > 0 else None),
        "settlement": document.settlement_id,
        "corrects": invoice.preceding.number if invoice.preceding else None,
        "treatment": TAXES[document.treatment or "not_taxable"],
        "tax_rate": invoice.treatment.rate,
        "net": sums.net,
        "tax": sums.tax,
        "gross": sums.gross,
        "prepaid": sums.prepaid,
        "amount": document.cents,
        "amount_unsigned": abs(document.cents),
        "debit_credit": "H" if document.cents < 0 else "S",
        **{field: party.booking.get(field, "") if party else "" for field in BOOKING},
        "mend": page_of(party, document.partner),
    }
