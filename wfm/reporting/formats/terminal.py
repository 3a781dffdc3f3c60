"""Tables for a terminal of 120 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import datetime
from typing import Any

from wfm.core import harmless
from wfm.core.clock import BERLIN
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, Row
from wfm.reporting.formats.layout import SIMULATED, Layout, Sheet

WIDTH = 120
#: Texts are cut until a table fits, but not shorter than this.
NARROWEST_TEXT, WIDEST_TEXT = 12, 40
GAPS_SHOWN = 8

_WRITE: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.COUNT: german.count,
    Kind.DURATION: german.duration,
    Kind.SECONDS: lambda value: f"{german.count(value)} s",
    Kind.MEAN: lambda value: f"{german.decimal(value, 1)} s",
    Kind.SHARE: german.percent,
    Kind.MOMENT: german.moment,
    Kind.DAY: lambda value: german.day_of_week(_local(value)),
    Kind.MONTH: lambda value: f"{_local(value):%m/%Y}",
}
_TO_THE_LEFT = (Kind.TEXT, Kind.MOMENT, Kind.DAY, Kind.MONTH)


def write(layout: Layout) -> bytes:
    """The report as text: title, marks, tables, remarks, gaps."""
    parts = [layout.title]
    if layout.generated:
        parts.append(f"*** {SIMULATED} ***")
    tables = [(f"{sheet.name}:\n" if sheet.name else "") + _table(sheet) for sheet in layout.screens if sheet.rows]
    parts += tables or ["Keine Daten in diesem Zeitraum."]
    parts += [_wrapped(remark) for remark in layout.remarks]
    parts.append("\n".join(_status(layout)))
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _status(layout: Layout) -> list[str]:
    """By what it was counted, whether it is complete, and the first gaps."""
    facts = dict(layout.facts)
    lines = [layout.status]
    if "Definition" in facts:
        counted_by = f"Service-Level (SL): {facts['Definition']}. Name: {facts['Name und Version']}."
        lines.insert(0, _wrapped(counted_by))
    gaps = layout.gaps
    lines += [_wrapped(gap, indent="  ") for gap in gaps[:GAPS_SHOWN]]
    if len(gaps) > GAPS_SHOWN:
        lines.append(f"  und {len(gaps) - GAPS_SHOWN} weitere: wfm report completeness")
    return lines


def _wrapped(text: str, indent: str = "") -> str:
    clean = harmless.on_terminal(text)
    return textwrap.fill(
        clean, WIDTH, initial_indent=indent, subsequent_indent=indent and indent * 2, break_on_hyphens=False
    )


def _table(sheet: Sheet) -> str:
    rows = [[_cell(column, row) for column in sheet.columns] for row in sheet.rows]
    total = [[_cell(column, sheet.total) for column in sheet.columns]] if sheet.total and len(rows) > 1 else []
    titles = [column.title.split("\n") for column in sheet.columns]
    height = max(len(title) for title in titles)
    header = [list(line) for line in zip(*(title + [""] * (height - len(title)) for title in titles), strict=True)]
    widths = [max(len(line[place]) for line in (*header, *rows, *total)) for place in range(len(sheet.columns))]
    _fit(widths, sheet.columns)
    rule = ["  ".join("-" * width for width in widths)]

    def lines(cells: list[list[str]]) -> list[str]:
        return ["  ".join(_padded(*cell) for cell in zip(line, widths, sheet.columns, strict=True)) for line in cells]

    table = [*lines(header), *rule, *lines(rows), *(rule if total else []), *lines(total)]
    return "\n".join(line.rstrip() for line in table)


def _fit(widths: list[int], columns: tuple[Column, ...]) -> None:
    """Cut columns of text, the widest first, until the table fits."""
    texts = [place for place, column in enumerate(columns) if column.kind is Kind.TEXT]
    for place in texts:
        widths[place] = min(widths[place], WIDEST_TEXT)
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH:
        widest = max(texts, key=lambda place: widths[place])
        if widths[widest] <= NARROWEST_TEXT:
            return
        widths[widest] -= 1


def _padded(text: str, width: int, column: Column) -> str:
    if len(text) > width:
        text = text[: width - 1] + "…"
    return text.ljust(width) if column.kind in _TO_THE_LEFT else text.rjust(width)


def _cell(column: Column, row: Row) -> str:
    value = column.read(row)
    if value is None:
        return "" if column.kind in _TO_THE_LEFT else "–"
    return harmless.on_terminal(_WRITE[column.kind](value))


def _local(moment: datetime) -> datetime:
    return moment.astimezone(BERLIN)
