"""A CSV file whose rows are reckoned: cells read strictly, further columns kept, the answer written like the question.

Comma or semicolon, with or without BOM, UTF-8 or Windows-1252. In a file with semicolons numbers may have decimal
commas; then those of the answer have them, too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wfm.core.csv_text import RowError, Unreadable, decode, delimiter_of, lines_of
from wfm.core.errors import BadInput

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_WITH_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
Reader = Callable[[str], float]


@dataclass(slots=True)
class Sheet:
    """The rows of a file, and what is wrong with them."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    lines: list[int]  # on which line of the file each row begins, the heading being line 1
    delimiter: str
    marked: bool  # the file begins with a BOM
    commas: bool  # numbers have decimal commas
    errors: list[RowError] = field(default_factory=list)

    def cell(self, row: int, column: str) -> str:
        return self.rows[row][self.columns.index(column)] if column in self.columns else ""

    def number(self, row: int, column: str, read: Reader, *, empty: float | None = None) -> float:
        """A cell as `read` takes it; NaN if that is impossible, which is noted as an error of its row."""
        cell = self.cell(row, column)
        if not cell and empty is not None:
            return empty
        try:
            return read(self._plain(cell))
        except ValueError as reason:
            self.refuse(row, column, str(reason) if cell else "fehlt")
            return float("nan")

    def word(self, row: int, column: str, words: Sequence[str], *, empty: str | None = None) -> str:
        """A cell that is one of some words, in any case."""
        cell = self.cell(row, column)
        if not cell and empty is not None:
            return empty
        for word in words:
            if word.lower() == cell.lower():
                return word
        self.refuse(row, column, f"„{_short(cell)}“ ist unbekannt (möglich: {', '.join(words)})" if cell else "fehlt")
        return ""

    def refuse(self, row: int, column: str, reason: str) -> None:
        self.errors.append(RowError(self.lines[row], column, reason))

    def check(self) -> None:
        """Raises BadInput with every error of the file, if there is one."""
        if self.errors:
            self.errors.sort(key=lambda error: (error.line, self.columns.index(error.field) if error.field else -1))
            count = "eine fehlerhafte Angabe" if len(self.errors) == 1 else f"{len(self.errors)} fehlerhafte Angaben"
            raise BadInput(
                "staffing.file",
                f"{self.name}: {count}, nichts geschrieben.",
                errors=[str(error) for error in self.errors],
            )

    def write(self, path: Path, answers: Mapping[str, NDArray[np.float64] | NDArray[np.int64]]) -> None:
        """The file with further columns: 12 significant digits, empty where there is no figure (NaN)."""
        kept = [place for place, column in enumerate(self.columns) if column not in answers]
        text = io.StringIO(newline="")
        out = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        out.writerow([self.columns[place] for place in kept] + list(answers))
        for cells, *figures in zip(self.rows, *answers.values(), strict=True):
            out.writerow([cells[place] for place in kept] + [self._figure(figure) for figure in figures])
        try:
            path.write_text(text.getvalue(), encoding="utf-8-sig" if self.marked else "utf-8", newline="")
        except OSError as problem:
            raise BadInput("staffing.output", f"{path}: lässt sich nicht schreiben ({problem.strerror}).") from None

    def _plain(self, cell: str) -> str:
        if not _WITH_COMMA.fullmatch(cell):
            return cell
        if self.delimiter != ";":
            raise ValueError(f"„{_short(cell)}“ hat ein Dezimalkomma; das geht nur mit Semikolons zwischen den Zellen")
        self.commas = True
        return cell.replace(",", ".")

    def _figure(self, figure: float) -> str:
        text = "" if isnan(figure) else f"{figure:.12g}"
        return text.replace(".", ",") if self.commas else text


def read_sheet(path: Path, required: Sequence[str]) -> Sheet:
    """The rows of a file that has these columns; raises BadInput if it cannot be read as such."""
    try:
        data = path.read_bytes()
        text = decode(data)
        lines = list(lines_of(text))
    except Unreadable as problem:
        raise _unfit(path, problem.error) from None
    if not lines:
        raise BadInput("staffing.file", f"{path.name}: Die Datei ist leer. Erwartet: {','.join(required)}.")
    heading = [name.lower() for name in lines[0][1]]
    while heading and not heading[-1]:  # Excel likes to add empty columns
        heading.pop()
    for name in heading:
        if name and heading.count(name) > 1:
            raise _unfit(path, RowError(1, name, "die Spalte kommt zweimal vor"))
    for name in required:
        if name not in heading:
            raise _unfit(path, RowError(1, name, f"die Spalte fehlt (nötig: {','.join(required)})"))
    sheet = Sheet(path.name, heading, [], [], delimiter_of(text), data.startswith(b"\xef\xbb\xbf"), commas=False)
    for line, cells in lines[1:]:
        if not any(cells):
            continue
        sheet.lines.append(line)
        sheet.rows.append((cells + [""] * len(heading))[: len(heading)])
        if any(cells[len(heading) :]):
            sheet.refuse(-1, "", f"hat {len(cells)} Zellen, die Kopfzeile nur {len(heading)}")
    return sheet


def number(least: float, most: float, *, above: bool = False, hint: str = "") -> Reader:
    """A reader of numbers from `least` (or only above it) to `most`; the hint helps who is outside."""

    def read(cell: str) -> float:
        if not _NUMBER.fullmatch(cell):
            raise ValueError(f"„{_short(cell)}“ ist keine Zahl")
        value = float(cell)
        if value < least or (above and value == least) or value > most:
            limits = f"größer als {least:g} und höchstens {most:,.0f}" if above else f"{least:g} bis {most:,.0f}"
            raise ValueError(f"{_short(cell)} ist nicht möglich ({limits.replace(',', '.')}){hint}")
        return value

    return read


def whole(least: int, most: int) -> Reader:
    """A reader of whole numbers; 12.0 is one."""
    read_number = number(least, most)

    def read(cell: str) -> float:
        value = read_number(cell)
        if value != int(value):
            raise ValueError(f"{_short(cell)} ist keine ganze Zahl")
        return value

    return read


def _unfit(path: Path, error: RowError) -> BadInput:
    return BadInput("staffing.file", f"{path.name}: nicht lesbar, nichts geschrieben.", errors=[str(error)])


def _short(cell: str) -> str:
    printable = "".join(character if character.isprintable() else "?" for character in cell)
    return printable if len(printable) <= 40 else f"{printable[:39]}…"
