"""CSV as people send it, from an editor or from Excel: what its bytes say, and how a bad line is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

#: A spreadsheet reckons what begins so; an apostrophe before it says that it is text. The wide signs are taken for the
#: plain ones by some.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row cannot be taken: `line` counts as an editor does, the heading is line 1."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"Zeile {self.line}, {self.field}: {self.reason}" if self.field else f"Zeile {self.line}: {self.reason}"


class Unreadable(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, line: int, field: str, reason: str) -> None:
        super().__init__(reason)
        self.error = RowError(line, field, reason)


def _as_meant(cell: str) -> str:
    """The cell without the apostrophe that only keeps spreadsheets from reckoning."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        if not data[: problem.start].removeprefix(b"\xef\xbb\xbf").isascii():
            raise Unreadable(line, "", "ein Zeichen ist nicht in UTF-8 wie der Rest der Datei") from None
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable(line, "", "ein Zeichen ist weder UTF-8 noch Windows-1252") from None


def delimiter_of(text: str) -> str:
    """Comma or semicolon, whichever the heading has more of."""
    heading = text.split("\n", 1)[0]
    return ";" if heading.count(";") > heading.count(",") else ","


def lines_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Trimmed cells with the number of the line on which they begin."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(line, "", "Anführungszeichen passen nicht, oder eine Zelle ist riesig") from None
        yield line, [_as_meant(cell.strip()) for cell in cells]
