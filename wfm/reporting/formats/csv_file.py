"""CSV that a German Excel opens by a double click: UTF-8 with a mark, semicolons, decimal commas, CRLF.

One header row with stable names, the rows of the report's first sheet, and a row of totals, told apart by `zeilenart`.
Definition, completeness and simulation stand in every row, so that no row loses them when it is copied.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from wfm.core import harmless
from wfm.core.clock import BERLIN
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, Row, at
from wfm.reporting.formats.layout import NOBODY, Layout

_TIMES = {
    Kind.DAY: "%Y-%m-%d",
    Kind.MONTH: "%Y-%m-%d",
    Kind.MOMENT: "%Y-%m-%d %H:%M",
    Kind.INSTANT: "%Y-%m-%d %H:%M:%S",
}


def write(layout: Layout) -> bytes:
    """The report's first sheet."""
    sheet = layout.sheets[0]
    columns = (_SORT, *sheet.columns, *(_constant(name, text) for name, text in (layout.context or {}).items()))
    rows = ({**row, "sort": NOBODY if row.get("name") == NOBODY else "zeile"} for row in sheet.rows)
    totals = [] if sheet.total is None else [{**sheet.total, "sort": "summe"}]
    of_cells = [_of_cells(column) if column in sheet.columns[2:] else column for column in columns]
    below = ({**row, "sort": "korrektur"} for row in sheet.below)
    return table(columns, chain(rows, totals)) + _lines(of_cells, below).encode()


def table(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    """A header line with the columns' names, and the rows, one after the other as they come."""
    head = ";".join(column.name for column in columns)
    return f"{head}\r\n{_lines(columns, rows)}".encode("utf-8-sig")


def _lines(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    file = io.StringIO(newline="")
    lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
    for row in rows:
        lines.writerow(_cell(column.kind, column.read(row)) for column in columns)
    return file.getvalue()


def _of_cells(column: Column) -> Column:
    """The same column of a line below the total, which has its values by column."""
    return replace(column, read=at("cells", column.name))


_SORT = Column("zeilenart", "Zeilenart", Kind.TEXT, "zeile, nicht zugeordnet, summe oder korrektur.", at("sort"))


def _constant(name: str, text: str) -> Column:
    return Column(name, name, Kind.TEXT, "", lambda _row: text)


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).strftime(_TIMES[kind])
    if kind is Kind.MONEY:
        return german.euros(value)
    if isinstance(value, float):
        return repr(round(value, 6)).replace(".", ",")
    text = str(value)
    return harmless.in_spreadsheet(text) if kind is Kind.TEXT else text
