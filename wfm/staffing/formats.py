"""Requirement, comparison and capacity as tables for spreadsheets and terminals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.reporting.formats import write
from wfm.reporting.formats.column import Column, Kind, at, moment_at
from wfm.reporting.formats.layout import Layout, Sheet, period

_SLOTS = (
    Column("warteschlange", "Warteschlange", Kind.TEXT, "Name der Warteschlange.", at("queue")),
    Column("beginn", "Beginn", Kind.MOMENT, "Beginn der halben Stunde.", moment_at("start")),
    Column("anrufe", "Anrufe", Kind.DECIMAL, "Erwartete Anrufe.", at("calls")),
    Column("bearbeitungszeit_s", "Bearbeitungszeit", Kind.MEAN, "Gespräch und Nachbearbeitung.", at("handling_s")),
    Column("last", "Last (Erlang)", Kind.DECIMAL, "Anrufe je Sekunde mal Bearbeitungszeit.", at("load")),
    Column("agents", "Agents", Kind.COUNT, "So viele werden am Telefon gebraucht.", at("agents")),
    Column("servicelevel", "Servicelevel", Kind.SHARE, "Erwartet mit so vielen.", at("service_level")),
    Column(
        "servicelevel_einer_weniger", "mit einem weniger", Kind.SHARE, "Erwartet mit einem weniger.", at("one_less")
    ),
    Column(
        "auslastung", "Auslastung", Kind.SHARE, "Anteil der Zeit im Gespräch oder in Nachbearbeitung.", at("occupancy")
    ),
)
_SUMS = (
    Column("anrufe", "Anrufe", Kind.DECIMAL, "Erwartete Anrufe.", lambda row: row["total"]["calls"]),
    Column("agentstunden", "Stunden am Telefon", Kind.DECIMAL, "Summe über alle halben Stunden.",
           lambda row: row["total"]["agent_hours"]),
    Column("bezahlte_stunden", "bezahlte Stunden", Kind.DECIMAL, "Mit allen Abwesenheiten.",
           lambda row: row["total"]["paid_hours"]),
    Column("kosten_eur", "Kosten (Euro)", Kind.DECIMAL, "Bezahlte Stunden mal Kostensatz.",
           lambda row: None if row["total"]["cents"] is None else row["total"]["cents"] / 100),
    Column("meiste_agents", "meiste Agents", Kind.COUNT, "Die meisten gleichzeitig.",
           lambda row: row["total"]["most_agents"]),
)  # fmt: skip
_MONTHS = (
    Column("monat", "Monat", Kind.TEXT, "Monat.", at("month")),
    Column("anrufe", "Anrufe", Kind.DECIMAL, "Erwartete Anrufe.", at("calls")),
    Column("agentstunden", "Stunden am Telefon", Kind.DECIMAL, "Summe über alle halben Stunden.", at("agent_hours")),
    Column("bezahlte_stunden", "bezahlte Stunden", Kind.DECIMAL, "Mit allen Abwesenheiten.", at("paid_hours")),
    Column("stellen_gebraucht", "Stellen gebraucht", Kind.DECIMAL, "Vollzeitstellen.", at("posts_needed")),
    Column("stellen_da", "Stellen da", Kind.DECIMAL, "Wenn niemand eingestellt würde.", at("posts_there")),
    Column("fehlen", "fehlen", Kind.DECIMAL, "Gebraucht weniger da.", at("missing")),
    Column("einstellen_ab", "Einstellung beginnen", Kind.TEXT, "Monat, in dem das Verfahren beginnen muss.",
           at("decide_by")),
    Column("kosten_eur", "Kosten (Euro)", Kind.DECIMAL, "Bezahlte Stunden mal Kostensatz.",
           lambda row: None if row["cents"] is None else row["cents"] / 100),
)  # fmt: skip
_NAME = Column("planung", "Planung", Kind.TEXT, "Name der Planung.", at("name"))


def render(report: Mapping[str, Any], what: str, form: str) -> bytes:
    """Rows of a `requirement`, `comparison` or `capacity` as `csv`, `xlsx` or `table`."""
    columns, title, rows = {
        "requirement": (_SLOTS, "Personalbedarf", "rows"),
        "comparison": ((_NAME, *_SUMS), "Planungen im Vergleich", "plans"),
        "capacity": (_MONTHS, "Kapazität", "rows"),
    }[what]
    sheet = Sheet(title, columns, report[rows])
    simulated = any(part.get("generated") for part in (report, *report.get("plans", ())))
    layout = Layout(
        title=f"{title}, {period(report)}",
        sheets=(sheet,),
        screens=(sheet,),
        gaps=None,
        generated=simulated,
        facts=(("Zeitraum", period(report)), *_stands_on(report)),
        context={"simuliert": "ja" if simulated else "nein"},
    )
    return write(layout, form)


def _stands_on(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return (("Planung", report["name"]), ("Prognose", f"Nummer {report['run']}")) if "run" in report else ()
