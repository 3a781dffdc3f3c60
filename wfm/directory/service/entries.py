"""Single entries, filled in by hand: what they change is planned and written as an import of just these rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.csv_text import RowError
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.directory.models import AgentAlias, DialledNumber, PartnerMembership, QueuePartner, SpecialDay
from wfm.directory.queries import calendar
from wfm.directory.rules.calendar import Calendar
from wfm.directory.service.csv_file import Row, read_row
from wfm.directory.service.importing import module_of
from wfm.directory.service.plans import ALIAS, Draft, Touched, carry_out, wait_for_others

Entry = DialledNumber | QueuePartner | PartnerMembership | AgentAlias | SpecialDay

#: Kind of file -> the entries of it that can be corrected and taken out one by one, and what a changed one touches.
TABLES: Mapping[str, tuple[type[Entry], str | None]] = {
    "numbers": (DialledNumber, "number"),
    "queues": (QueuePartner, "queue"),
    "partners": (PartnerMembership, None),
    "aliases": (AgentAlias, ALIAS),
    "hours": (SpecialDay, None),
}
#: The column that says what a row is about. Names of persons are no matter of the audit trail.
_KEYS = {
    "numbers": "number",
    "queues": "queue",
    "partners": "key",
    "services": "leika_key",
    "hours": "queue",
    "targets": "name",
}


def enter(session: Session, kind: str, rows: Sequence[Mapping[str, str]], *, by: str) -> tuple[Touched, ...]:
    """Add or change what these rows say, cells as a clerk writes them; returns what now says something else.

    A column that a row lacks stays as it is. Raises BadInput for the first thing wrong, with its column as `field` and
    which `row` it is, counted from 1.
    """
    wait_for_others(session)
    module = module_of(kind)
    read = [read_row(line, row, module.COLUMNS) for line, row in enumerate(rows, 1)]
    draft = Draft([row for row in read if isinstance(row, Row)], [row for row in read if isinstance(row, RowError)])
    if not any(isinstance(row, RowError) for row in read):
        module.plan(session, read, draft)
    plan = draft.plan(kind)
    for error in plan.errors:
        raise BadInput("directory.entry", Sentence.of(error.reason), field=error.field, row=error.line)
    carry_out(session, plan)
    if plan.added or plan.changed:
        fields = {name for row in rows for name, cell in row.items() if cell}
        audit.record(
            session,
            by,
            "directory.enter",
            object_kind=kind,
            object_id=rows[0].get(_KEYS[kind]) if kind in _KEYS else None,
            fields=fields,
            details={"added": len(plan.added), "changed": len(plan.changed)},
        )
    return plan.touched


def try_hours(session: Session, rows: Sequence[Mapping[str, str]], *, by: str) -> Calendar:
    """The effective calendar as it would be with these rows of opening hours, of which nothing is kept.

    Raises BadInput as `enter` would.
    """
    attempt = session.begin_nested()
    try:
        enter(session, "hours", rows, by=by)
        return calendar(session)
    finally:
        attempt.rollback()


def find_entry(session: Session, kind: str, entry_id: int) -> Entry:
    """One entry; raises NotFound."""
    entry: Entry | None = session.get(TABLES[kind][0], entry_id)  # type: ignore[assignment]
    if entry is None:
        raise NotFound("directory.entry_unknown", "Diesen Eintrag gibt es nicht (mehr).", id=entry_id)
    return entry


def correct(session: Session, kind: str, entry_id: int, row: Mapping[str, str], *, by: str) -> tuple[Touched, ...]:
    """Let a dated entry say what this row says instead, on other days if it gives them."""
    wait_for_others(session)
    entry = find_entry(session, kind, entry_id)
    read = read_row(1, row, module_of(kind).COLUMNS)
    if isinstance(entry, SpecialDay) or isinstance(read, RowError) or read["valid_from"] == entry.valid.start:
        return enter(session, kind, [row], by=by)
    return withdraw(session, kind, entry_id, by=by) + enter(session, kind, [row], by=by)


def withdraw(session: Session, kind: str, entry_id: int, *, by: str) -> tuple[Touched, ...]:
    """Take out an entry that should never have been there. What held and ends gets a last day instead."""
    wait_for_others(session)
    entry = find_entry(session, kind, entry_id)
    touches = TABLES[kind][1]
    draft = Draft((), ())
    draft.remove(1, "", entry)
    if touches and not isinstance(entry, SpecialDay):
        draft.touch(touches, getattr(entry, touches), entry.valid.start)
    plan = draft.plan(kind)
    carry_out(session, plan)
    audit.record(session, by, "directory.withdraw", object_kind=kind, object_id=entry_id)
    return plan.touched
