"""The calls behind a figure as CSV or XLSX: masked as everywhere, CSV written row by row, since there may be many."""

from __future__ import annotations

from collections.abc import Iterable

from wfm.reporting.formats import german, workbook
from wfm.reporting.formats.column import Column, Kind, Row, at, moment_at, offset_at
from wfm.reporting.formats.csv_file import table
from wfm.reporting.formats.layout import Layout, Sheet
from wfm.reporting.formats.queues_and_usage import METHODS


def _flag(name: str, title: str, meaning: str, key: str) -> Column:
    return Column(name, title, Kind.TEXT, meaning, lambda row: german.YES_NO[row[key]])


def _of_whom(name: str, title: str, meaning: str, key: str) -> Column:
    return Column(name, title, Kind.TEXT, meaning, at("attribution", key))


COLUMNS = (
    Column("beginn", "Beginn", Kind.INSTANT, "Wann der Anruf begann (Ortszeit).", moment_at("started_at")),
    Column("utc_versatz", "UTC-Versatz", Kind.TEXT, "Abstand des Beginns zu UTC.", offset_at("started_at")),
    Column("warteschlange", "Warteschlange", Kind.TEXT, "Seine erste.", at("queue")),
    Column("aufenthalte", "Aufenthalte", Kind.COUNT, "In wie vielen Warteschlangen er war.", at("stays")),
    _flag("angenommen", "Angenommen", "Mindestens einmal nahm jemand an.", "answered"),
    _flag("abgewiesen", "Abgewiesen", "Er wurde nirgends eingelassen.", "refused"),
    _flag("offen", "Offen", "Er dauerte noch, als zuletzt gelesen wurde.", "open"),
    Column("gespraech_s", "Gespräch", Kind.DURATION, "Gesprächszeit aller Aufenthalte.", at("talk_s")),
    Column("leistung", "Leistung", Kind.TEXT, "LeiKa-Schlüssel, soweit bekannt.", at("service")),
    _of_whom("partner", "Schlüssel", "Partner, für den er zählt.", "partner"),
    _of_whom("name", "Partner", "Name des Partners.", "name"),
    _of_whom("vermutlich", "Vermutlich", "Partner, auf den nur die Vorwahl deutet.", "likely"),
    Column(
        "methode",
        "Zuordnung nach",
        Kind.TEXT,
        "Woran der Partner erkannt wurde.",
        lambda row: METHODS[row["attribution"]["method"]][0],
    ),
    _of_whom("gewaehlt", "Gewählt", "Die gewählte Nummer.", "dialled"),
    _of_whom("anrufer", "Anrufer", "Vorwahl des Anrufers, nie die Nummer.", "caller"),
    _flag("simuliert", "Simuliert", "Er ist kein echter.", "generated"),
    Column("anlage", "Telefonanlage", Kind.TEXT, "Die Anlage, die ihn meldete.", at("system")),
    Column("kennung", "Kennung", Kind.TEXT, "Unter ihr zeigt die Schnittstelle den Anruf.", at("id")),
)


def calls_file(rows: Iterable[Row], form: str) -> bytes:
    """Calls as the drill-down shows them, each with its `id`, as `csv` or `xlsx`."""
    if form == "csv":
        return table(COLUMNS, rows)
    listed = list(rows)
    generated = any(row["generated"] for row in listed)
    return workbook.write(Layout("Anrufe", (Sheet("Anrufe", COLUMNS, listed),), (), None, generated))
