"""How a bookkeeping system wants its file: columns and their fields, delimiter, decimal sign, encoding, dates.

A cell is a field, a constant, or a template of fields in braces. Cells of text that a spreadsheet would reckon get an
apostrophe; a character that the encoding lacks is refused with its row, since a name written otherwise is another name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from wfm.core.csv_text import FORMULA
from wfm.core.errors import BadInput, RuleBroken, Sentence

Row = Mapping[str, Any]
#: Field -> what it is. Amounts are cents here and are written in euro.
FIELDS: Mapping[str, str] = {
    "number": "Nummer des Belegs",
    "kind": "Art: Abschlag, Rechnung, Korrektur",
    "partner": "Schlüssel des Partners (AGS)",
    "partner_name": "Name des Partners",
    "period_from": "erster Tag der Leistung",
    "period_to": "letzter Tag der Leistung",
    "issued_on": "Datum des Belegs",
    "due_on": "fällig am",
    "settlement": "Nummer der Abrechnung",
    "corrects": "Nummer des berichtigten Belegs",
    "treatment": "Umsatzsteuer: nicht steuerbar, steuerfrei, steuerpflichtig",
    "tax_rate": "Steuersatz in Prozent",
    "net": "Nettobetrag",
    "tax": "Umsatzsteuer",
    "gross": "Bruttobetrag",
    "prepaid": "abgezogene Abschläge",
    "amount": "zu zahlen, ein Guthaben mit Minus",
    "amount_unsigned": "zu zahlen ohne Vorzeichen",
    "debit_credit": "S für eine Forderung, H für ein Guthaben",
    "account": "Konto",
    "product": "Produkt",
    "cost_centre": "Kostenstelle",
    "tax_code": "Steuerkennzeichen",
}
AMOUNTS = frozenset({"net", "tax", "gross", "prepaid", "amount", "amount_unsigned"})
#: What the entry of a party says of booking: a layout that asks for it is not served with an empty cell.
BOOKING = ("account", "product", "cost_centre", "tax_code")
DATES: Mapping[str, str] = {"TT.MM.JJJJ": "%d.%m.%Y", "JJJJ-MM-TT": "%Y-%m-%d", "JJJJMMTT": "%Y%m%d"}
ENCODINGS: Mapping[str, str] = {"CP1252": "cp1252", "UTF-8": "utf-8", "UTF-8 mit BOM": "utf-8-sig"}
DELIMITERS: Mapping[str, str] = {";": ";", ",": ",", "Tabulator": "\t", "|": "|"}
LINE_ENDS: Mapping[str, str] = {"CRLF": "\r\n", "LF": "\n"}
QUOTING: Mapping[str, Any] = {"nötige": csv.QUOTE_MINIMAL, "alle": csv.QUOTE_ALL}
_CHOICES: Mapping[str, Sequence[str]] = {
    "delimiter": tuple(DELIMITERS),
    "decimal": (",", "."),
    "quoting": tuple(QUOTING),
    "encoding": tuple(ENCODINGS),
    "dates": tuple(DATES),
    "line_end": tuple(LINE_ENDS),
}
_BRACES = re.compile(r"\{(\w*)\}")
MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A title and one of `field`, `constant`, `template`."""

    title: str
    field: str | None = None
    constant: str | None = None
    template: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Which fields it shows."""
        return (self.field,) if self.field else tuple(_BRACES.findall(self.template or ""))

    def to_json(self) -> dict[str, str]:
        kind = "field" if self.field else "template" if self.template else "constant"
        return {"title": self.title, kind: getattr(self, kind) or ""}


@dataclass(frozen=True, slots=True)
class ExportForm:
    """A layout. `from_json` reads what `to_json` writes."""

    columns: tuple[ExportColumn, ...]
    delimiter: str = ";"
    decimal: str = ","
    quoting: str = "nötige"
    encoding: str = "CP1252"
    dates: str = "TT.MM.JJJJ"
    line_end: str = "CRLF"
    heading: bool = True

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises BadInput("export.layout") that names the field, and of a column its place."""
        unknown = sorted(given.keys() - {"columns", "heading", *_CHOICES})
        if unknown:
            raise _wrong(unknown[0], Sentence("Dieses Feld gibt es nicht."))
        plain: dict[str, Any] = {name: given[name] for name in ("heading", *_CHOICES) if name in given}
        for name, choices in _CHOICES.items():
            if name in plain and plain[name] not in choices:
                raise _wrong(name, Sentence("Möglich: %(choices)s.", choices="  ".join(choices)))
        if not isinstance(plain.get("heading", True), bool):
            raise _wrong("heading", Sentence("Hier wird ja oder nein erwartet."))
        columns = given.get("columns")
        if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_COLUMNS:
            raise _wrong("columns", Sentence("Ein Aufbau hat 1 bis %(most)s Spalten.", most=MOST_COLUMNS))
        return cls(tuple(_column(place, one) for place, one in enumerate(columns, 1)), **plain)

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": [column.to_json() for column in self.columns],
            **{name: getattr(self, name) for name in (*_CHOICES, "heading")},
        }


#: What a centre begins with: everything once, as German bookkeeping reads it.
PLAIN = ExportForm(
    tuple(
        ExportColumn(title, field)
        for title, field in (
            ("Belegnummer", "number"), ("Belegdatum", "issued_on"), ("Fällig", "due_on"), ("Partner", "partner"),
            ("Name", "partner_name"), ("Konto", "account"), ("Produkt", "product"), ("Kostenstelle", "cost_centre"),
            ("Steuerkennzeichen", "tax_code"), ("Soll/Haben", "debit_credit"), ("Betrag", "amount_unsigned"),
            ("Netto", "net"), ("Umsatzsteuer", "tax"),
        )
    )
)  # fmt: skip


def write(form: ExportForm, rows: Sequence[Row]) -> bytes:
    """The file. Raises RuleBroken("export.missing") with all that entries of partners lack, once for each, and
    RuleBroken("export.character") that names document and column."""
    _require_booking(form, rows)
    file = io.StringIO(newline="")
    lines = csv.writer(
        file,
        delimiter=DELIMITERS[form.delimiter],
        lineterminator=LINE_ENDS[form.line_end],
        quoting=QUOTING[form.quoting],
    )
    encoding = ENCODINGS[form.encoding]
    if form.heading:
        lines.writerow([_safe(column.title) for column in form.columns])
    for row in rows:
        cells = [_cell(form, column, row) for column in form.columns]
        for column, cell in zip(form.columns, cells, strict=True):
            _encodable(cell, encoding, column, row)
        lines.writerow(cells)
    try:
        return file.getvalue().encode(encoding)
    except UnicodeEncodeError as problem:  # only a title is left
        message = Sentence("Eine Spaltenüberschrift hat ein Zeichen, das %(encoding)s nicht kennt.", encoding=encoding)
        raise RuleBroken("export.character", message) from problem


def _require_booking(form: ExportForm, rows: Sequence[Row]) -> None:
    fields = list(dict.fromkeys(name for column in form.columns for name in column.fields if name in BOOKING))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        for name in (name for name in fields if not row[name]):
            message = Sentence(
                "Beleg %(number)s: Bei %(partner)s fehlt unter „Stellen“ die Angabe „%(field)s“.",
                number=row["number"], partner=row["partner_name"], field=FIELDS[name],
            )  # fmt: skip
            told = {"partner": row["partner"], "name": row["partner_name"], "problem": message, "mend": row["mend"]}
            found.setdefault((row["partner"], name), told)
    if found:
        problems = list(found.values())
        raise RuleBroken("export.missing", problems[0]["problem"], problems=problems)


def _cell(form: ExportForm, column: ExportColumn, row: Row) -> str:
    if column.field in AMOUNTS:
        return _plain(form, column.field, row)
    if column.field:
        return _safe(_plain(form, column.field, row))
    if column.template:
        return _safe(_BRACES.sub(lambda found: _plain(form, found[1], row), column.template))
    return _safe(column.constant or "")


def _plain(form: ExportForm, name: str, row: Row) -> str:
    value = row[name]
    if value is None:
        return ""
    if name in AMOUNTS:
        euros, rest = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{euros}{form.decimal}{rest:02d}"
    if isinstance(value, date):
        return value.strftime(DATES[form.dates])
    return " ".join(str(value).split())


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _encodable(cell: str, encoding: str, column: ExportColumn, row: Row) -> None:
    try:
        cell.encode(encoding)
    except UnicodeEncodeError as problem:
        message = Sentence(
            "Beleg %(number)s, Spalte „%(column)s“: Das Zeichen „%(character)s“ kennt %(encoding)s nicht.",
            number=row["number"],
            column=column.title,
            character=cell[problem.start],
            encoding=encoding,
        )
        raise RuleBroken("export.character", message, number=row["number"], column=column.title) from problem


def _column(place: int, given: Any) -> ExportColumn:
    where = f"columns.{place}"
    if not isinstance(given, Mapping) or not isinstance(given.get("title"), str) or not given["title"].strip():
        raise _wrong(where, Sentence("Eine Spalte braucht eine Überschrift."))
    kinds = [name for name in ("field", "constant", "template") if name in given]
    if len(kinds) != 1 or given.keys() - {"title", *kinds} or not isinstance(given[kinds[0]], str):
        raise _wrong(where, Sentence("Eine Spalte hat entweder ein Feld, einen festen Text oder eine Vorlage."))
    made = ExportColumn(given["title"].strip(), **{kinds[0]: given[kinds[0]]})
    for name in made.fields:
        if name not in FIELDS:
            raise _wrong(where, Sentence("Ein Feld „%(field)s“ gibt es nicht.", field=name))
    return made


def _wrong(field: str, reason: Sentence) -> BadInput:
    message = Sentence("Aufbau der Datei, %(field)s: %(reason)s", field=field, reason=reason)
    return BadInput("export.layout", message, field=field)
