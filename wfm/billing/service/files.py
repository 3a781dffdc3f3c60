"""Files of agreements, parties and cost: what one would change, and carrying it out as a whole or not at all.

The machinery is the directory's; a `FileKind` says what is special. What is entered by hand is a file of one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from wfm.core.csv_text import RowError
from wfm.core.errors import BadInput, Conflict, Sentence
from wfm.directory.models import ImportDraft
from wfm.directory.service import uploads
from wfm.directory.service.csv_file import Column, Row, read_row, read_table
from wfm.directory.service.plans import Draft, ImportPlan, carry_out, wait_for_others


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: `plan` plans its rows, `done` follows what was written (`by` whom) and records it."""

    name: str
    columns: tuple[Column, ...]
    plan: Callable[[Session, Sequence[Row], Draft], None]
    done: Callable[[Session, ImportPlan, str], None]


def plan_file(session: Session, kind: FileKind, source: bytes | str) -> ImportPlan:
    """What a file would add and change, and an error for each row that cannot be taken. Writes nothing."""
    rows, errors = read_table(source, kind.columns)
    return _plan(session, kind, rows, errors)


def import_file(
    session: Session, kind: FileKind, source: Path | bytes | str, *, by: str, dry_run: bool = False
) -> ImportPlan:
    """Import a file: all of it, or nothing if a row is bad or this is a dry run; the plan says which."""
    wait_for_others(session)
    plan = plan_file(session, kind, source.read_bytes() if isinstance(source, Path) else source)
    if not dry_run and not plan.errors:
        _carry_out(session, kind, plan, by)
    return plan


def keep_file(session: Session, kind: FileKind, name: str, content: bytes, *, by: str) -> ImportDraft:
    """Keep a file while its sender looks at what it would change."""
    return uploads.keep_draft(session, kind.name, name, content, by=by)


def find_file(session: Session, kind: FileKind, draft_id: int, *, by: str) -> ImportDraft:
    """A file that this person has sent in; raises NotFound, also for somebody else's."""
    return uploads.find_draft(session, draft_id, (kind.name,), by=by)


def take_file(session: Session, kind: FileKind, draft_id: int, fingerprint: str, *, by: str) -> ImportPlan:
    """Carry out what was shown of a file: exactly that, or nothing.

    Raises Conflict if the file would do something else by now, BadInput if it has bad rows.
    """
    wait_for_others(session)
    sent = find_file(session, kind, draft_id, by=by)
    plan = plan_file(session, kind, sent.content)
    if plan.fingerprint != fingerprint:
        message = "Inzwischen hat sich etwas geändert. Nichts wurde übernommen: bitte noch einmal ansehen."
        raise Conflict("upload.plan_changed", message)
    _carry_out(session, kind, plan, by)
    session.delete(sent)
    return plan


def enter_row(session: Session, kind: FileKind, cells: Mapping[str, str], *, by: str) -> Row:
    """Enter one row, cells as a clerk writes them; returns what they mean.

    Raises BadInput("billing.entry") with the column as `field`.
    """
    wait_for_others(session)
    read = read_row(1, cells, kind.columns)
    errors = [read] if isinstance(read, RowError) else []
    plan = _plan(session, kind, [read] if isinstance(read, Row) else [], errors)
    for error in plan.errors:
        raise BadInput("billing.entry", Sentence.of(error.reason), field=error.field)
    _carry_out(session, kind, plan, by)
    assert isinstance(read, Row)
    return read


def _plan(session: Session, kind: FileKind, rows: Sequence[Row], errors: Sequence[RowError]) -> ImportPlan:
    draft = Draft(rows, errors)
    kind.plan(session, rows, draft)
    return draft.plan(kind.name)


def _carry_out(session: Session, kind: FileKind, plan: ImportPlan, by: str) -> None:
    for entry in plan.inserts:
        if hasattr(entry, "made_by"):
            entry.made_by = by
    carry_out(session, plan)
    if plan.added or plan.changed:
        kind.done(session, plan, by)
