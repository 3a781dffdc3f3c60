"""What an import would do: collected without touching the database, shown to a person, then carried out or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.core.csv_text import RowError
from wfm.core.db import Base
from wfm.core.errors import BadInput, Sentence
from wfm.directory.models import AgentAlias, DialledNumber, MappingChange, OpeningHours, PartnerMembership, QueuePartner
from wfm.directory.rules.dated import Span, Validity, changed_since, merge_spans
from wfm.directory.service.csv_file import Row

#: Before any call: the day from which an undated mapping (a tag, an area code, a wrap-up time) says something new.
FROM_THE_BEGINNING = date(1970, 1, 1)

#: The kind of change of which no key is noted: it would be the name of a person.
ALIAS = "alias"

DatedTable = type[DialledNumber] | type[QueuePartner] | type[PartnerMembership] | type[OpeningHours] | type[AgentAlias]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is added or changed, in words."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A number, queue, tag or area code that says something else from a day on; or some agent's name (no key)."""

    kind: str
    key: str
    since: date


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The whole of an import: with any error nothing of it is written."""

    kind: str
    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    errors: tuple[RowError, ...]
    touched: tuple[Touched, ...]
    inserts: tuple[Base, ...] = field(repr=False)
    updates: tuple[tuple[Base, Mapping[str, Any]], ...] = field(repr=False)
    deletes: tuple[Base, ...] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """The same for two plans that do the same: whether what is carried out is what was shown."""
        told = [self.kind, self.added, self.changed, self.unchanged, self.errors, self.touched]
        return blake2b(repr(told).encode(), digest_size=16).hexdigest()


class Draft:
    """An import plan in the making."""

    def __init__(self, rows: Iterable[Row], errors: Iterable[RowError]) -> None:
        self._lines = {row.line for row in rows}
        self._busy: set[int] = set()
        self._errors = {error.line: error for error in errors}
        self._added: list[Change] = []
        self._changed: list[Change] = []
        self._touched: dict[tuple[str, str], date] = {}
        self._inserts: list[Base] = []
        self._updates: list[tuple[Base, Mapping[str, Any]]] = []
        self._deletes: list[Base] = []

    def error(self, row: Row | int, field: str, reason: str) -> None:
        """One error a row: the first."""
        line = row if isinstance(row, int) else row.line
        self._errors.setdefault(line, RowError(line, field, reason))

    def add(self, line: int, what: str, entry: Base) -> None:
        self._busy.add(line)
        self._added.append(Change(line, what))
        self._inserts.append(entry)

    def change(self, line: int, what: str, entry: Base, **values: Any) -> None:
        self._busy.add(line)
        self._changed.append(Change(line, what))
        self._updates.append((entry, values))

    def remove(self, line: int, what: str, entry: Base) -> None:
        self._busy.add(line)
        self._changed.append(Change(line, what))
        self._deletes.append(entry)

    def touch(self, kind: str, key: str, since: date = FROM_THE_BEGINNING) -> None:
        key = "" if kind == ALIAS else key
        known = self._touched.get((kind, key), since)
        self._touched[kind, key] = min(known, since)

    def same_line(self, first: int, others: Iterable[int]) -> None:
        """Rows that speak of one thing together: if the first one changes it, so do the others."""
        if first in self._busy:
            self._busy.update(others)

    def validity(self, row: Row) -> Validity | None:
        """The days of a row, from `valid_from` to `valid_to`, both included; None after noting an error."""
        first, last = row["valid_from"], row["valid_to"]
        if first is None:
            self.error(row, "valid_from", "fehlt")
        elif last is not None and last < first:
            self.error(
                row,
                "valid_to",
                Sentence("der letzte Tag %(last)s liegt vor dem ersten %(first)s", last=str(last), first=str(first)),
            )
        else:
            return Validity.of(first, last)
        return None

    def known(self, row: Row, field: str, keys: Iterable[str], what: str) -> bool:
        """Whether the cell names something that exists; notes an error if not."""
        if row[field] in keys:
            return True
        self.error(
            row, field, Sentence("%(what)s „%(named)s“ ist nicht bekannt", what=Sentence(what), named=row[field])
        )
        return False

    def plan(self, kind: str) -> ImportPlan:
        return ImportPlan(
            kind=kind,
            added=tuple(sorted(self._added, key=lambda change: change.line)),
            changed=tuple(sorted(self._changed, key=lambda change: change.line)),
            unchanged=len(self._lines - self._busy - self._errors.keys()),
            errors=tuple(error for _, error in sorted(self._errors.items())),
            touched=tuple(Touched(kind, key, since) for (kind, key), since in self._touched.items()),
            inserts=tuple(self._inserts),
            updates=tuple(self._updates),
            deletes=tuple(self._deletes),
        )


Wanted = tuple[int, tuple[Any, ...], Validity, Any]
"""Line, key, days and value of a dated entry as a file names it."""


def plan_dated(
    session: Session,
    draft: Draft,
    table: DatedTable,
    columns: tuple[str, ...],
    wanted: Iterable[Wanted],
    words: Callable[[tuple[Any, ...], Any], str],
    touches: str | None = None,
) -> None:
    """Plan the dated entries of a table: its key `columns` end with the column of the value.

    `words` says key and value for people; `touches` is the kind of mapping change to note.
    """
    *key_columns, value_column = columns
    known: dict[tuple[Any, ...], dict[date, Any]] = {}
    everything: Iterable[Any] = session.scalars(select(table))
    for entry in everything:
        key = tuple(getattr(entry, column) for column in key_columns)
        known.setdefault(key, {})[entry.valid.start] = entry
    by_key: dict[tuple[Any, ...], list[tuple[int, Span[Any]]]] = {}
    for line, key, validity, value in wanted:
        by_key.setdefault(key, []).append((line, Span(validity, value)))
    for key, spans in by_key.items():
        entries = known.get(key, {})
        lines = {id(span): line for line, span in spans}
        merge = merge_spans(
            [Span(entry.valid, getattr(entry, value_column)) for entry in entries.values()], [span for _, span in spans]
        )
        for span, other in merge.conflicts:
            where = (
                Sentence("Zeile %(line)s", line=lines[id(other)])
                if id(other) in lines
                else Sentence("schon eingetragen")
            )
            draft.error(
                lines[id(span)],
                "valid_from",
                Sentence(
                    "überschneidet sich mit %(other)s, %(validity)s (%(where)s)",
                    other=words(key, other.value),
                    validity=str(other.validity),
                    where=where,
                ),
            )
        for span in merge.added:
            values = dict(zip(key_columns, key, strict=True)) | {value_column: span.value, "valid": span.validity}
            draft.add(lines[id(span)], f"{words(key, span.value)}, {span.validity}", table(**values))
            if touches:
                draft.touch(touches, key[0], span.validity.start)
        for before, after in merge.changed:
            was = f"{words(key, before.value)}, {before.validity}"
            now = f"{after.validity}" if after.value == before.value else f"{words(key, after.value)}, {after.validity}"
            draft.change(
                lines.get(id(after), spans[0][0]),
                f"{was} → {now}",
                entries[before.validity.start],
                **{value_column: after.value, "valid": after.validity},
            )
            if touches and (since := changed_since(before, after)):
                draft.touch(touches, key[0], since)


def wait_for_others(session: Session) -> None:
    """Changes of the directory wait for each other, so that what one has checked still holds when it writes."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('wfm.directory.import'))"))


def carry_out(session: Session, plan: ImportPlan) -> None:
    """Write a plan, and note for whoever derives calls what it changes; a plan with errors is refused whole."""
    if plan.errors:
        raise BadInput(
            "directory.import",
            Sentence("Nichts übernommen, fehlerhafte Zeilen: %(count)s.", count=len(plan.errors)),
            errors=[{"line": error.line, "field": error.field, "reason": error.reason} for error in plan.errors],
        )
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    for entry in plan.deletes:
        session.delete(entry)
    for entry, values in plan.updates:
        for name, value in values.items():
            setattr(entry, name, value)
    # Without relationships between the tables the session does not know that partners come before their numbers.
    for table in Base.metadata.sorted_tables:
        session.add_all(entry for entry in plan.inserts if entry.__table__ is table)
        session.flush()
    session.add_all(MappingChange(kind=t.kind, key=t.key, since=t.since) for t in plan.touched)
    session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
