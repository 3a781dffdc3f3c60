"""CSV that a German Excel opens by a double click: UTF-8 with a mark, semicolons, decimal commas, CRLF.

One header row with stable names, the rows of the report's first sheet, and a row of totals, told apart by `zeilenart`.
Definition, completeness and simulation stand in every row, so that no row loses them when it is copied.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from wfm.core import harmless
from wfm.core.clock import BERLIN
from wfm.reporting.formats.columns import Kind
from wfm.reporting.formats.layout import NOBODY, Layout


def write(layout: Layout) -> bytes:
    """The report's first sheet."""
    sheet = layout.sheets[0]
    context = layout.context or {}
    file = io.StringIO(newline="")
    rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
    rows.writerow(["zeilenart", *(column.name for column in sheet.columns), *context])
    for row in sheet.rows:
        sort = NOBODY if row.get("name") == NOBODY else "zeile"
        rows.writerow([sort, *(_cell(column.kind, column.read(row)) for column in sheet.columns), *context.values()])
    if sheet.total is not None:
        values = (_cell(column.kind, column.read(sheet.total)) for column in sheet.columns)
        rows.writerow(["summe", *values, *context.values()])
    return file.getvalue().encode("utf-8-sig")


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = value.astimezone(BERLIN)
        return f"{local:%Y-%m-%d}" if kind in (Kind.DAY, Kind.MONTH) else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return repr(round(value, 6)).replace(".", ",")
    text = str(value)
    return harmless.in_spreadsheet(text) if kind is Kind.TEXT else text
