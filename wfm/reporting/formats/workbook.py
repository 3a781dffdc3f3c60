"""XLSX: formatted sheets to sort, filter and print, and one that says what every column counts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wfm.core.clock import BERLIN
from wfm.core.errors import BadInput
from wfm.reporting.formats.column import Column, Kind
from wfm.reporting.formats.columns import VARIANTS
from wfm.reporting.formats.layout import SIMULATED, Layout, Sheet

#: Excel's own limit, less the lines above the header and the total.
MOST_ROWS = 1_048_576 - 8
HEADER_ROW = 2
NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.COUNT: "#,##0",
    Kind.DECIMAL: "#,##0.0",
    Kind.DURATION: "[h]:mm:ss",
    Kind.SECONDS: '#,##0" s"',
    Kind.MEAN: '0.0" s"',
    Kind.SHARE: "0.0%",
    Kind.MONEY: '#,##0.00" €"',
    Kind.MOMENT: "dd.mm.yyyy hh:mm",
    Kind.INSTANT: "dd.mm.yyyy hh:mm:ss",
    Kind.DAY: "dd.mm.yyyy",
    Kind.MONTH: "mm/yyyy",
}
#: Excel reckons in days, and people in euros.
_UNITS = {Kind.DURATION: 86_400, Kind.MONEY: 100}
_WIDTHS = {Kind.MOMENT: 16, Kind.INSTANT: 19, Kind.DAY: 11, Kind.DURATION: 11, Kind.MONEY: 15}
_A4, _RED, _GREY = 9, "#C00000", "#E7E6E6"


def write(layout: Layout) -> bytes:
    """The workbook. Rows go to the file one by one, so memory does not grow with them."""
    import xlsxwriter  # type: ignore[import-untyped]

    if max(len(sheet.rows) for sheet in layout.sheets) > MOST_ROWS:
        message = (
            "Für eine XLSX-Datei sind das zu viele Zeilen: bitte einen kürzeren Zeitraum, längere Schritte oder CSV."
        )
        raise BadInput("report.too_long", message)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"title": layout.title, "comments": SIMULATED if layout.generated else ""})
        formats = _Formats(book)
        for sheet in layout.sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, layout, formats)
        _write_definitions(book.add_worksheet("Definitionen"), layout, formats)
    return file.getvalue()


class _Formats:
    """Cell formats of the workbook: one for each kind of value, in rows and in totals."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.good = book.add_format({"italic": True})
        self.bad = book.add_format({"bold": True, "font_color": _RED})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": _GREY, "bottom": 1, "align": "left"}
        )
        self.rows = {kind: book.add_format({"num_format": form}) for kind, form in NUMBER_FORMATS.items()}
        self.total = {
            kind: book.add_format({"num_format": form, "bold": True, "top": 1}) for kind, form in NUMBER_FORMATS.items()
        }


def _write_sheet(page: Any, sheet: Sheet, layout: Layout, formats: _Formats) -> None:
    _prepare(page, sheet, layout)
    page.write_string(0, 0, layout.title, formats.title)
    _write_status(page, layout, formats)
    for place, column in enumerate(sheet.columns):
        page.write_string(HEADER_ROW, place, _one_line(column.title), formats.header)
    number = HEADER_ROW
    for number, row in enumerate(sheet.rows, HEADER_ROW + 1):
        _write_row(page, number, row, sheet.columns, formats.rows)
    page.autofilter(HEADER_ROW, 0, number, len(sheet.columns) - 1)
    if sheet.total is not None:
        _write_row(page, number + 1, sheet.total, sheet.columns, formats.total)


def _prepare(page: Any, sheet: Sheet, layout: Layout) -> None:
    """Widths, frozen header, and how it prints."""
    texts = sum(column.kind in (Kind.TEXT, Kind.MOMENT, Kind.DAY, Kind.MONTH) for column in sheet.columns)
    page.freeze_panes(HEADER_ROW + 1, min(texts, 2))
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _width(column, sheet))
    page.set_row(HEADER_ROW, 48)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW)
    page.set_footer("&L&A&RSeite &P von &N")
    if layout.generated:
        page.set_tab_color(_RED)


def _write_status(page: Any, layout: Layout, formats: _Formats) -> None:
    marks = [SIMULATED] if layout.generated else []
    text = " ".join([*marks, layout.status])
    page.write_string(1, 0, text, formats.bad if layout.generated or layout.gaps else formats.good)


def _write_row(page: Any, number: int, row: Any, columns: Sequence[Column], formats: dict[Kind, Any]) -> None:
    for place, column in enumerate(columns):
        value, form = column.read(row), formats[column.kind]
        if value is None:
            page.write_blank(number, place, None, form)
        elif isinstance(value, datetime):
            page.write_datetime(number, place, value.astimezone(BERLIN).replace(tzinfo=None), form)
        elif column.kind is Kind.TEXT:
            page.write_string(number, place, str(value), form)
        else:
            page.write_number(number, place, value / _UNITS.get(column.kind, 1), form)


def _write_definitions(page: Any, layout: Layout, formats: _Formats) -> None:
    """What the figures are: period, definition and version, gaps, simulation, and every column's formula."""
    simulated = SIMULATED if layout.generated else "keine: alle Anrufe stammen aus Telefonanlagen."
    lines = list(layout.facts)
    if layout.generated is not None:
        lines.append(("Simulierte Daten", simulated))
    if layout.gaps is not None:
        lines.append(("Vollständigkeit", layout.status))
    lines += [("Lücke", gap[:32_000]) for gap in layout.gaps or ()]
    for definition in layout.definitions:
        meaning = (
            f"{definition['label']}: mindestens {definition['share']:.0%} nach der Formel "
            f"{VARIANTS[definition['variant']]} mit T = {definition['seconds']} s; gilt ab {definition['valid_from']}."
        )
        lines.append((f"Definition „{definition['name']}“ Version {definition['version']}", meaning.replace("%", " %")))
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 100)
    page.set_column(2, 2, 30)
    page.write_string(0, 0, layout.title, formats.title)
    _write_status(page, layout, formats)
    number = HEADER_ROW
    for number, (label, text) in enumerate(lines, HEADER_ROW):
        page.write_string(number, 0, label, formats.bold)
        page.write_string(number, 1, text, formats.wrapped)
    for place, title in enumerate(("Spalte", "Bedeutung und Formel", "Name in CSV und Programmen")):
        page.write_string(number + 2, place, title, formats.header)
    explained = {column.name: column for sheet in reversed(layout.sheets) for column in reversed(sheet.columns)}
    for row, column in enumerate(reversed(explained.values()), number + 3):
        page.write_string(row, 0, _one_line(column.title), formats.wrapped)
        page.write_string(row, 1, layout.meaning(column), formats.wrapped)
        page.write_string(row, 2, column.name, formats.wrapped)


def _width(column: Column, sheet: Sheet) -> float:
    """Wide enough for the longest word of the title and, where values are texts, for most of them."""
    words = max(len(word) for word in _one_line(column.title).split()) + 2
    if column.kind is Kind.TEXT:
        longest = max((len(str(column.read(row) or "")) for row in sheet.rows[:5_000]), default=0)
        return min(max(words, longest + 2), 40)
    return max(words, _WIDTHS.get(column.kind, 9))


def _one_line(title: str) -> str:
    return title.replace("-\n", "").replace("\n", " ")
