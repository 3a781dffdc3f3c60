"""Planned events: read in from a file, entered, corrected and taken out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.csv_text import RowError
from wfm.core.errors import BadInput, Conflict, NotFound, Sentence
from wfm.directory.models import ImportDraft
from wfm.directory.queries import partner_names, queue_labels
from wfm.directory.rules import cells
from wfm.directory.service import uploads
from wfm.directory.service.csv_file import Column, Row, read_row, read_table
from wfm.directory.service.plans import Draft, ImportPlan, carry_out, wait_for_others
from wfm.forecasting.models import GREATEST_ID, PlannedEvent
from wfm.forecasting.rules.event_kinds import KINDS, LARGEST_FACTOR, LONGEST_DAYS

#: What a file of events is called among files sent in.
FILE = "planned_events"


def _kind(cell: str) -> str:
    words = {title.lower(): kind for kind, title in KINDS.items()} | {kind: kind for kind in KINDS}
    if cell.lower() not in words:
        raise ValueError(
            Sentence(
                "„%(cell)s“ ist unbekannt (erlaubt: %(known)s)",
                cell=cell[:40],
                known=", ".join((*KINDS, *KINDS.values())),
            )
        )
    return words[cell.lower()]


def _factor(cell: str) -> Decimal | None:
    """`1,2` or `1.2`; `learn` or `lernen` is none."""
    if cell.lower() in ("learn", "lernen"):
        return None
    try:
        factor = Decimal(cell.replace(",", "."))
    except InvalidOperation:
        factor = Decimal("NaN")
    if not factor.is_finite() or not 0 <= factor <= LARGEST_FACTOR:
        raise ValueError(
            Sentence(
                "„%(cell)s“ ist kein Faktor von 0 bis %(most)s (1,2 heißt ein Fünftel mehr)",
                cell=cell[:40],
                most=LARGEST_FACTOR,
            )
        )
    return factor.quantize(Decimal("0.001"))


COLUMNS = (
    Column("kind", _kind, required=True, filled=True),
    Column("title", cells.text, required=True, filled=True),
    Column("first_day", cells.day, required=True, filled=True),
    Column("last_day", cells.day),
    Column("partner", cells.partner_key),
    Column("queue", cells.text),
    Column("factor", _factor),
    Column("source", cells.text),
)


def plan_events(session: Session, source: bytes | str) -> ImportPlan:
    """What a file of events would add and change, and an error for each row that cannot be taken. Writes nothing."""
    rows, errors = read_table(source, COLUMNS)
    draft = Draft(rows, errors)
    _plan(session, rows, draft)
    return draft.plan("events")


def import_events(session: Session, source: Path | bytes | str, *, by: str, dry_run: bool = False) -> ImportPlan:
    """Import a file of events: all of it, or nothing if a row is bad or this is a dry run. What it does not name
    stays."""
    wait_for_others(session)
    plan = plan_events(session, source.read_bytes() if isinstance(source, Path) else source)
    if not dry_run and not plan.errors:
        carry_out(session, plan)
        _record_import(session, plan, by)
    return plan


def keep_file(session: Session, name: str, content: bytes, *, by: str) -> ImportDraft:
    """Keep a file of events while its sender looks at what it would change."""
    return uploads.keep_draft(session, FILE, name, content, by=by)


def find_file(session: Session, draft_id: int, *, by: str) -> ImportDraft:
    """A file of events that this person has sent in; raises NotFound, also for somebody else's."""
    return uploads.find_draft(session, draft_id, (FILE,), by=by)


def take_file(session: Session, draft_id: int, fingerprint: str, *, by: str) -> ImportPlan:
    """Carry out what was shown of a file: exactly that, or nothing.

    Raises Conflict if the file would do something else by now, BadInput if it has bad rows.
    """
    wait_for_others(session)
    draft = find_file(session, draft_id, by=by)
    plan = plan_events(session, draft.content)
    if plan.fingerprint != fingerprint:
        message = "Inzwischen haben sich die Ereignisse geändert. Nichts wurde übernommen: bitte noch einmal ansehen."
        raise Conflict("upload.plan_changed", message)
    carry_out(session, plan)
    session.delete(draft)
    _record_import(session, plan, by)
    return plan


def _record_import(session: Session, plan: ImportPlan, by: str) -> None:
    details = {"added": len(plan.added), "changed": len(plan.changed), "unchanged": plan.unchanged}
    audit.record(session, by, "forecast.events", object_kind="planned_event", details=details)


def _plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    known = {_key(event.__dict__.get): event for event in session.scalars(select(PlannedEvent))}
    partners, queues = partner_names(session), queue_labels(session)
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = _key(row.cells.get)
        first, last = row["first_day"], row["last_day"] or row["first_day"]
        if seen.setdefault(key, row.line) != row.line:
            draft.error(
                row, "title", Sentence("kommt mit diesem ersten Tag schon in Zeile %(line)s vor", line=seen[key])
            )
        elif last < first:
            draft.error(
                row,
                "last_day",
                Sentence("der letzte Tag %(last)s liegt vor dem ersten %(first)s", last=last, first=first),
            )
        elif (last - first).days >= LONGEST_DAYS:
            draft.error(row, "last_day", Sentence("ein Ereignis dauert höchstens %(most)s Tage", most=LONGEST_DAYS))
        elif row["partner"] is not None and not draft.known(row, "partner", partners, "Partner"):
            continue
        elif row["queue"] is None or draft.known(row, "queue", queues, "Warteschlange"):
            _plan_one(draft, row, known.get(key), last)


def _key(get: Callable[[str], Any]) -> tuple[Any, ...]:
    return tuple(get(name) for name in ("kind", "title", "first_day", "partner", "queue"))


def _plan_one(draft: Draft, row: Row, known: PlannedEvent | None, last: date) -> None:
    what = f"{KINDS[row['kind']]} „{row['title']}“, {row['first_day']:%d.%m.%Y} bis {last:%d.%m.%Y}"
    values = {"last_day": last, "factor": row["factor"], "source": row["source"] or ""}
    if known is None:
        names = ("kind", "title", "first_day", "partner", "queue")
        draft.add(row.line, what, PlannedEvent(**{name: row[name] for name in names}, **values))
        return
    values = {name: value for name, value in values.items() if name == "last_day" or name in row}
    if any(getattr(known, name) != value for name, value in values.items()):
        draft.change(row.line, what, known, **values)


def list_events(session: Session) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Every event in the columns of the import file."""
    events = session.scalars(select(PlannedEvent).order_by(PlannedEvent.first_day, PlannedEvent.id))
    return tuple(column.name for column in COLUMNS), [
        (
            *(event.kind, event.title, event.first_day, event.last_day, event.partner or "", event.queue or ""),
            *("" if event.factor is None else str(event.factor).replace(".", ","), event.source),
        )
        for event in events
    ]


def enter_event(session: Session, row: Mapping[str, str], *, by: str, replaces: int | None = None) -> PlannedEvent:
    """Enter one event, cells as a clerk writes them; or let it stand for the one with the id `replaces`.

    Raises BadInput with the column as `field`.
    """
    wait_for_others(session)
    old = None if replaces is None else find_event(session, replaces)
    if old is not None:
        session.delete(old)
        session.flush()
    read = read_row(1, row, COLUMNS)
    draft = Draft(*([], [read]) if isinstance(read, RowError) else ([read], []))
    if isinstance(read, Row):
        _plan(session, [read], draft)
    plan = draft.plan("events")
    for error in plan.errors:
        raise BadInput("forecast.event", Sentence.of(error.reason), field=error.field)
    carry_out(session, plan)
    entry = next((item for item in plan.inserts if isinstance(item, PlannedEvent)), None)
    if entry is None:  # it was known: what changed, if anything, has been written
        assert isinstance(read, Row)
        entry = next(
            event for event in session.scalars(select(PlannedEvent)) if _key(event.__dict__.get) == _key(read.cells.get)
        )
    fields = [name for name, cell in row.items() if cell]
    audit.record(session, by, "forecast.event", object_kind="planned_event", object_id=entry.id, fields=fields)
    return entry


def find_event(session: Session, event_id: int) -> PlannedEvent:
    """One event; raises NotFound."""
    event = None if event_id > GREATEST_ID else session.get(PlannedEvent, event_id)
    if event is None:
        raise NotFound("forecast.event_unknown", "Dieses Ereignis gibt es nicht (mehr).", id=event_id)
    return event


def withdraw_event(session: Session, event_id: int, *, by: str) -> PlannedEvent:
    """Take an event out; returns what it was."""
    event = find_event(session, event_id)
    details = {"kind": event.kind, "title": event.title, "first_day": event.first_day.isoformat()}
    session.delete(event)
    session.flush()
    audit.record(
        session, by, "forecast.event_withdrawn", object_kind="planned_event", object_id=event_id, details=details
    )
    return event


def earlier(events: Sequence[PlannedEvent], event: PlannedEvent) -> list[PlannedEvent]:
    """Past occurrences that an event is learnt from: those of its title, else those of its kind."""
    before = [other for other in events if other.kind == event.kind and other.last_day < event.first_day]
    same = [other for other in before if other.title == event.title]
    return same or before
