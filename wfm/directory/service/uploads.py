"""Files sent in over pages: looked at, kept while somebody looks at what they would change, then taken over."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound
from wfm.directory.models import ImportDraft
from wfm.directory.service.importing import KINDS, module_of, plan_import
from wfm.directory.service.plans import ImportPlan, carry_out, wait_for_others

LARGEST = 2 * 1024 * 1024
_AS_CSV = "Bitte in der Tabellenkalkulation über „Speichern unter“ als CSV speichern und diese Datei senden."
#: How files begin that are called .csv and are none.
BEGINNINGS = (
    (b"PK", f"Das ist eine Excel-Mappe oder ein Archiv, keine CSV-Datei. {_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"Das ist eine alte Excel-Mappe (.xls), keine CSV-Datei. {_AS_CSV}"),
    (b"%PDF", f"Das ist ein PDF, keine CSV-Datei. {_AS_CSV}"),
    (b"\x1f\x8b", "Das ist ein gepacktes Archiv: bitte entpacken und die CSV-Datei darin senden."),
    (b"{\\rtf", f"Das ist ein Textdokument (RTF), keine CSV-Datei. {_AS_CSV}"),
)
NO_TEXT = f"Das ist keine Textdatei. {_AS_CSV}"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def check_content(content: bytes) -> None:
    """Refuse what is no text or too much of it, whatever it is called; raises BadInput."""
    if not content.strip():
        raise BadInput("upload.empty", "Die Datei ist leer.", field="file")
    if len(content) > LARGEST:
        raise BadInput("upload.too_large", "Die Datei ist größer als 2 MB.", field="file")
    for beginning, reason in BEGINNINGS:
        if content.lstrip().startswith(beginning):
            raise BadInput("upload.no_csv", reason, field="file")
    if content.startswith(_UTF_16):
        raise BadInput("upload.utf_16", "Die Datei ist in UTF-16: bitte als „CSV UTF-8“ speichern.", field="file")
    if b"\0" in content:
        raise BadInput("upload.no_text", NO_TEXT, field="file")


def keep_upload(session: Session, kind: str, name: str, content: bytes, *, by: str) -> ImportDraft:
    """Keep a file of the directory while its sender looks at what it would change; their last one is forgotten."""
    module_of(kind)
    return keep_draft(session, kind, name, content, by=by)


def keep_draft(session: Session, kind: str, name: str, content: bytes, *, by: str) -> ImportDraft:
    """The same for a file of any kind."""
    check_content(content)
    session.execute(delete(ImportDraft).where(ImportDraft.sent_by == by))
    shown = "".join(character for character in name if character.isprintable())[-100:]
    draft = ImportDraft(kind=kind, name=shown, content=content, sent_by=by, sent_at=now())
    session.add(draft)
    session.flush()
    return draft


def forget_uploads(session: Session, before: datetime) -> int:
    """Delete files sent before an instant that nobody has taken over; how many."""
    gone = session.scalars(delete(ImportDraft).where(ImportDraft.sent_at < before).returning(ImportDraft.id)).all()
    return len(gone)


def count_uploads(session: Session, before: datetime) -> int:
    """How many files `forget_uploads` would delete."""
    return session.scalar(select(func.count()).where(ImportDraft.sent_at < before)) or 0


def find_upload(session: Session, draft_id: int, *, by: str) -> ImportDraft:
    """A file of the directory that this person has sent in; raises NotFound, also for somebody else's."""
    return find_draft(session, draft_id, KINDS, by=by)


def find_draft(session: Session, draft_id: int, kinds: Container[str], *, by: str) -> ImportDraft:
    """The same for a file of these kinds."""
    draft = session.get(ImportDraft, draft_id)
    if draft is None or draft.sent_by != by or draft.kind not in kinds:
        raise NotFound("upload.unknown", "Diese Datei liegt nicht mehr vor: bitte noch einmal senden.")
    return draft


def take_upload(session: Session, draft_id: int, fingerprint: str, *, by: str) -> ImportPlan:
    """Carry out what was shown of a file: exactly that, or nothing.

    Raises Conflict if the directory has changed meanwhile, so that the file would now do something else; BadInput if
    the file has bad rows.
    """
    wait_for_others(session)
    draft = find_upload(session, draft_id, by=by)
    plan = plan_import(session, draft.kind, draft.content)
    if plan.fingerprint != fingerprint:
        message = "Inzwischen hat sich das Verzeichnis geändert. Nichts wurde übernommen: bitte noch einmal ansehen."
        raise Conflict("upload.plan_changed", message)
    carry_out(session, plan)
    session.delete(draft)
    details = {"added": len(plan.added), "changed": len(plan.changed), "unchanged": plan.unchanged}
    audit.record(session, by, "directory.import", object_kind=draft.kind, details=details)
    return plan
