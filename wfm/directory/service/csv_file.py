"""Tables that people send: CSV from an editor or from Excel, read row by row, each bad row named with its reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wfm.core.csv_text import FORMULA, RowError, Unreadable, decode, lines_of
from wfm.core.errors import Sentence

Cell = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: how its cells are read, and whether column and cell must be there.

    A file without an optional column leaves that figure as it is; an empty cell means "none".
    """

    name: str
    read: Cell
    required: bool = False
    filled: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line by column; None for an empty cell, no entry for a column that the file lacks."""

    line: int
    cells: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.cells.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self.cells


def read_table(source: bytes | str, columns: Sequence[Column]) -> tuple[list[Row], list[RowError]]:
    """The rows of a CSV file and one error for each bad one.

    UTF-8 with or without BOM, else Windows-1252; comma or semicolon; any line ends; headings in any case and order.
    """
    rows: list[Row] = []
    errors: list[RowError] = []
    seen: dict[tuple[tuple[str, Any], ...], int] = {}
    try:
        lines = lines_of(decode(source) if isinstance(source, bytes) else source.removeprefix("\ufeff"))
        header = _header(lines, columns)
        for line, cells in lines:
            if not any(cells):
                continue
            read = _row(line, cells, header)
            if isinstance(read, RowError):
                errors.append(read)
                continue
            first = seen.setdefault(tuple(sorted(read.cells.items(), key=lambda cell: cell[0])), line)
            if first != line:
                errors.append(RowError(line, "", Sentence("doppelt, wie Zeile %(line)s", line=first)))
            else:
                rows.append(read)
    except Unreadable as problem:
        errors.append(problem.error)
    return rows, errors


def read_row(line: int, cells: Mapping[str, str], columns: Sequence[Column]) -> Row | RowError:
    """One row that somebody filled in by hand, read as one of a file with just these columns would be."""
    header = [column for column in columns if column.name in cells or column.required]
    return _row(line, [cells.get(column.name, "").strip() for column in header], header)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table that `read_table` reads again as it was, and that a spreadsheet opens without reckoning anything."""
    file = io.StringIO(newline="")
    lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([_as_text(str(cell)) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _header(lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column]) -> list[Column]:
    line, names = next(lines, (1, []))
    by_name = {name: column for column in columns for name in (column.name, *column.also)}
    expected = ",".join(column.name for column in columns)
    header: list[Column] = []
    while names and not names[-1]:  # Excel likes to add empty columns
        names.pop()
    for name in names:
        column = by_name.get(name.lower())
        if column is None:
            raise Unreadable(line, name[:40], Sentence("unbekannte Spalte (möglich: %(expected)s)", expected=expected))
        if column in header:
            raise Unreadable(line, name, "die Spalte kommt zweimal vor")
        header.append(column)
    for column in columns:
        if column.required and column not in header:
            raise Unreadable(line, column.name, Sentence("die Spalte fehlt (möglich: %(expected)s)", expected=expected))
    return header


def _row(line: int, cells: list[str], header: list[Column]) -> Row | RowError:
    if any(cells[len(header) :]):
        return RowError(
            line,
            "",
            Sentence("hat %(cells)s Zellen, die Kopfzeile nur %(columns)s", cells=len(cells), columns=len(header)),
        )
    read: dict[str, Any] = {}
    for column, cell in zip(header, cells + [""] * len(header), strict=False):
        if not cell and column.filled:
            return RowError(line, column.name, "fehlt")
        try:
            read[column.name] = column.read(cell) if cell else None
        except ValueError as reason:
            return RowError(line, column.name, reason.args[0])
    return Row(line, read)
