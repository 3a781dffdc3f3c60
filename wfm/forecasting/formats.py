"""Forecasts as tables for spreadsheets and terminals: German titles, each column with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.reporting.formats import write
from wfm.reporting.formats.column import Column, Kind, at, day_at, moment_at
from wfm.reporting.formats.layout import Layout, Sheet, period

_QUANTILES = tuple(
    Column(name, title, Kind.DECIMAL, meaning, at(name))
    for name, title, meaning in (
        ("lo95", "95 % von", "Unteres Ende des Bereichs, in dem 95 von 100 Werten liegen sollen."),
        ("lo80", "80 % von", "Unteres Ende des Bereichs, in dem 80 von 100 Werten liegen sollen."),
        ("hi80", "80 % bis", "Oberes Ende des 80-%-Bereichs."),
        ("hi95", "95 % bis", "Oberes Ende des 95-%-Bereichs."),
    )
)
_CALLS = Column("anrufe", "Anrufe", Kind.DECIMAL, "Erwartete Anrufe, mit Anpassungen.", at("calls"))
_BEGIN = Column("beginn", "Beginn", Kind.MOMENT, "Beginn des Zeitraums.", moment_at("start"))
_DAY = Column("tag", "Tag", Kind.DAY, "Tag.", moment_at("start"))
_INTERVALS = (
    _CALLS,
    *_QUANTILES,
    Column(
        "anrufe_ohne_anpassung",
        "ohne Anpassung",
        Kind.DECIMAL,
        "Erwartete Anrufe, wie sie gerechnet wurden.",
        at("snapshot_calls"),
    ),
    Column(
        "bearbeitungszeit_s",
        "Bearbeitungszeit",
        Kind.MEAN,
        "Mittel aus Gespräch und Nachbearbeitung.",
        at("handling_s"),
    ),
)
_PARTS = (
    Column("tag", "Tag", Kind.DAY, "Tag.", day_at("day")),
    Column("partner", "Schlüssel", Kind.TEXT, "Schlüssel des Partners; leer: nicht zugeordnet.", at("partner")),
    Column("leistung", "LeiKa-Schlüssel", Kind.TEXT, "Leistung, soweit bekannt.", at("service")),
    Column("warteschlange", "Warteschlange", Kind.TEXT, "Warteschlange, zu deren Summe die Zeile gehört.", at("queue")),
    Column("anrufe", "Anrufe", Kind.DECIMAL, "Erwartete Anrufe ohne Anpassungen.", at("calls")),
    *_QUANTILES,
)
_ERRORS = (
    Column("warteschlange", "Warteschlange", Kind.TEXT, "Name der Warteschlange.", at("queue")),
    Column("vorlauf_von", "Vorlauf von", Kind.COUNT, "Tage nach dem letzten bekannten, von.", at("lead_from")),
    Column("vorlauf_bis", "bis", Kind.COUNT, "Tage nach dem letzten bekannten, bis.", at("lead_to")),
    Column("tage", "Tage", Kind.COUNT, "Verglichene Tage.", at("days")),
    Column("anrufe", "Anrufe", Kind.DECIMAL, "Anrufe, die kamen.", at("calls")),
    Column("prognose", "Prognose", Kind.DECIMAL, "Anrufe, die erwartet waren.", at("forecast")),
    *(
        Column(name, title, Kind.SHARE, meaning, at(key))
        for name, key, title, meaning in (
            ("wape", "wape", "WAPE", "Summe der Abweichungen je Viertelstunde / Anrufe."),
            ("wape_tag", "wape_day", "WAPE Tag", "Summe der Abweichungen je Tag / Anrufe."),
            ("verzerrung", "bias", "Verzerrung", "(Prognose - Anrufe) / Anrufe; über 0: zu viel erwartet."),
            ("im_80", "coverage80", "im 80-%-Bereich", "Anteil der Viertelstunden mit mindestens 3 erwarteten."),
            ("im_95", "coverage95", "im 95-%-Bereich", "Anteil der Viertelstunden mit mindestens 3 erwarteten."),
            ("tage_im_80", "coverage80_day", "Tage im 80-%-Bereich", "Anteil der Tage."),
            ("tage_im_95", "coverage95_day", "Tage im 95-%-Bereich", "Anteil der Tage."),
        )
    ),
)


def render(report: Mapping[str, Any], what: str, form: str) -> bytes:
    """Rows of `intervals`, `parts` or `errors` as `csv`, `xlsx` or (for a terminal) `table`."""
    columns, title = {
        "intervals": (
            (_DAY if report.get("interval") == "day" else _BEGIN, *_INTERVALS),
            f"Prognose {report.get('queue') or 'des Zentrums'}",
        ),
        "parts": (_PARTS, "Prognose je Partner"),
        "errors": (_ERRORS, "Fehler der Prognosen"),
    }[what]
    sheet = Sheet("Prognose", columns, report["rows"])
    facts: tuple[tuple[str, str], ...] = (("Zeitraum", period(report)),)
    if "made_at" in report:
        facts = (*facts, ("Gerechnet", f"{report['made_at']:%d.%m.%Y %H:%M} UTC, Nummer {report['id']}"))
    layout = Layout(
        title=f"{title}, {period(report)}",
        sheets=(sheet,),
        screens=(sheet,),
        gaps=None,
        generated=bool(report.get("generated")),
        facts=facts,
        remarks=tuple(report.get("warnings", ())),
        context={"simuliert": "ja" if report.get("generated") else "nein"},
    )
    return write(layout, form)
