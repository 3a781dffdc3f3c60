"""Realtime tables: rows by their id, from a CSV dump or a live SQL table.

Rows are committed out of order, so a live table is read again from a window of ids before the newest one. A row that is
known is passed over; one that changed is a conflict for the operator, and the first content stays.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, MetaData, Table, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from wfm.core.errors import BadInput, ServerTrouble
from wfm.telephony.adapters.queue_log_table import COLUMNS
from wfm.telephony.models import RawEvent, Stream
from wfm.telephony.rules.events import POSITION_BITS, RawRow
from wfm.telephony.service.deliveries import note_delivery
from wfm.telephony.service.intake import append, content_hash
from wfm.telephony.service.quarantine import set_aside
from wfm.telephony.service.whole_files import Line, numbered_lines

BATCH = 5_000
#: So many ids behind the newest one a row may still turn up, since its transaction took longer than others.
WINDOW = 1_000
DELIMITERS = ",;\t"
_DATA = re.compile(r"data\d*", re.IGNORECASE)


class TableRow(NamedTuple):
    """A row of a table: its id and its texts as JSON; or, without an id, what could not be taken apart, and why."""

    id: int | None
    payload: bytes
    line: int | None = None
    reason: str = ""
    detail: str = ""


class _Columns(NamedTuple):
    """Where a table's columns stand: those every row has, the one `data`, and data1 and so on."""

    fixed: list[int]
    whole: int | None
    numbered: list[int]

    def of(self, values: Sequence[str]) -> list[str]:
        """A row's columns in our order. A table may have both kinds of data columns: Asterisk fills one of them."""
        whole = "" if self.whole is None else values[self.whole]
        data = [whole] if whole or not self.numbered else [values[index] for index in self.numbered]
        return [*(values[index] for index in self.fixed), *data]


def keep(
    session: Session, stream: Stream, rows: Sequence[TableRow], received_at: datetime, file: str | None = None
) -> list[RawRow]:
    """Keep those rows of a locked stream that are new, and return them in the order of their ids, for projection.

    `file` is the dump's name; a live table has none.

    They may lie before rows that were projected long ago; the caller projects those behind which nothing waits.
    """
    known = _known(session, stream, [row.id for row in rows if row.id is not None])
    new: list[RawRow] = []
    lines: dict[int, int] = {}
    for row in rows:
        if row.id is None:
            set_aside(session, stream, row.payload, row.reason, row.detail, received_at, row.line, file)
            continue
        digest = content_hash(row.payload)
        if row.id not in known:
            known[row.id] = digest
            new.append(RawRow(row.id, row.payload))
            if row.line is not None:
                lines[row.id] = row.line
        elif known[row.id] != digest:
            detail = f"id {row.id} has had another content before"
            set_aside(session, stream, row.payload, "conflict", detail, received_at, row.line, file)
    if new:
        new.sort()
        # A row may come behind rows that were redacted long ago.
        stream.numbers_gone_to = min(stream.numbers_gone_to, new[0].position)
        stream.redacted_to = min(stream.redacted_to, new[0].position)
        stream.states_gone_to = min(stream.states_gone_to, new[0].position)
        append(session, stream, new, max(stream.position, new[-1].position + 1), received_at)
    if lines:
        note_delivery(session, stream, received_at, file, lines)
    return new


def _known(session: Session, stream: Stream, ids: Sequence[int]) -> dict[int, bytes]:
    """The content hashes of ids that were kept before."""
    before = [row_id for row_id in ids if row_id < stream.position]
    if not before:
        return {}
    found = select(RawEvent.position, RawEvent.content_hash).where(
        RawEvent.stream_id == stream.id, RawEvent.position.in_(before)
    )
    return dict(session.execute(found).all())


def read_csv(path: Path, *, limit: int = BATCH) -> Iterator[list[TableRow]]:
    """Batches of rows of a dump with a header line; comma, semicolon or tab, columns in any order, others passed over.

    One line is one row: a line break inside quotation marks makes two rows that cannot be read, so that a stray mark
    never swallows the rows behind it. Raises BadInput, naming the column, where one is missing.
    """
    take_apart = None
    for lines in numbered_lines(path, limit):
        if take_apart is None:
            take_apart = _csv_layout(path, lines.pop(0))
        yield [take_apart(line) for line in lines if line.content]
    if take_apart is None:
        raise _missing(str(path), COLUMNS[0])


def _csv_layout(path: Path, header: Line) -> Callable[[Line], TableRow]:
    """How to take the lines of a dump apart, by its header line."""
    text = header.content.decode("utf-8-sig", "replace")
    delimiter = max(DELIMITERS, key=text.count)
    names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
    columns = _columns(names, str(path))

    def take_apart(line: Line) -> TableRow:
        # Bytes that are not UTF-8 pass through unchanged and are judged when the row is read.
        text = line.content.decode("utf-8", "surrogateescape")
        try:
            values = (
                next(csv.reader([text], delimiter=delimiter, strict=True)) if '"' in text else text.split(delimiter)
            )
        except csv.Error as error:
            return TableRow(None, line.content, line.number, "csv", str(error))
        if len(values) != len(names):
            detail = f"{len(values)} columns instead of {len(names)}"
            return TableRow(None, line.content, line.number, "columns", detail)
        return _row(columns.of(values), line)

    return take_apart


def read_sql(
    url: str, after: int, *, table: str = "queue_log", window: int = WINDOW, limit: int = BATCH
) -> Iterator[list[TableRow]]:
    """Batches of rows of a live table behind id `after`, and once more those of a window of ids before it.

    Ends at the newest row; call it again to follow the table. Raises BadInput for an address or table that cannot be
    used, ServerTrouble where the database does not answer.
    """
    try:
        shown = make_url(url).render_as_string(hide_password=True)
        engine = create_engine(url, poolclass=NullPool)
        if engine.dialect.name == "sqlite":  # the only one that keeps texts without looking at their bytes
            event.listen(engine, "connect", lambda connection, _: setattr(connection, "text_factory", _text))
    except (ArgumentError, ImportError) as error:
        raise BadInput("table.url", f"Mit dieser Datenbankadresse lässt sich nichts anfangen: {error}") from None
    try:
        yield from _batches(engine, table, after - window, limit, shown)
    except NoSuchTableError:
        raise BadInput("table.unknown", f"In {shown} gibt es keine Tabelle „{table}“.", table=table) from None
    except SQLAlchemyError as error:
        raise ServerTrouble("table.trouble", f"{shown} antwortet nicht: {type(error).__name__}.", url=shown) from error
    finally:
        engine.dispose()


def _batches(engine: Engine, name: str, after: int, limit: int, shown: str) -> Iterator[list[TableRow]]:
    """Rows by rising id. Every batch is a transaction of its own: nothing is held open in the telephone system."""
    table = Table(name, MetaData(), autoload_with=engine)
    wanted = [column for column in table.columns if column.name.lower() in COLUMNS or _DATA.fullmatch(column.name)]
    columns = _columns([column.name.lower() for column in wanted], f"{shown}, {name}")
    row_id = wanted[columns.fixed[0]]
    while True:
        with engine.connect() as connection:
            query = select(*wanted).where(row_id > after).order_by(row_id).limit(limit)
            rows = [_row(columns.of([_text(value) for value in row])) for row in connection.execute(query)]
        if rows:
            yield rows
        if len(rows) < limit or (newest := rows[-1].id) is None:
            return
        after = newest


def _columns(names: Sequence[str], where: str) -> _Columns:
    """Where the needed columns stand, data columns by their number."""
    for column in COLUMNS:
        if column not in names:
            raise _missing(where, column)
    data = sorted((int(name[4:] or 0), index) for index, name in enumerate(names) if _DATA.fullmatch(name))
    if not data:
        raise _missing(where, "data1")
    return _Columns(
        [names.index(column) for column in COLUMNS],
        names.index("data") if "data" in names else None,
        [index for number, index in data if number],
    )


def _missing(where: str, column: str) -> BadInput:
    return BadInput("table.column_missing", f"In {where} fehlt die Spalte „{column}“.", file=where, column=column)


def _row(values: list[str], line: Line | None = None) -> TableRow:
    number = line.number if line else None
    payload = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")
    row_id = values[0].strip()
    if row_id.isascii() and row_id.isdigit() and len(row_id) < 20 and int(row_id) < 1 << POSITION_BITS:
        return TableRow(int(row_id), payload, number)
    return TableRow(None, payload, number, "id", f"not an id: {values[0][:40]!r}")


def _text(value: Any) -> str:
    """A column's value as a CSV dump would have it; nothing known is an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)
