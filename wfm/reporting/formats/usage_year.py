"""Usage by month over a year: a long table for programs, and for people one sheet a figure, months side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.reporting.formats import columns as c
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, Row, at, day_at
from wfm.reporting.formats.layout import NOBODY, Layout, Sheet, gap_lines

TOGETHER = "alle Partner zusammen"
#: Figure -> its column, whose title names the sheet.
FIGURES = dict(
    zip(
        ("calls", "calls_answered", "talk_s", "started_minutes"),
        c.by_name("anrufe", "anrufe_angenommen", "gespraech_s", "begonnene_minuten"),
        strict=True,
    )
)
_MONTH = Column("monat", "Monat", Kind.MONTH, "Kalendermonat.", day_at("first"))
_STATE = Column("stand", "Stand", Kind.TEXT, "offen: kann sich noch ändern; abgeschlossen: nicht mehr.", at("state"))
_STATES = {"open": "offen", "closed": "abgeschlossen"}


def usage_year(report: Mapping[str, Any]) -> Layout:
    """Rows by partner and month; sheets with twelve months, the year and the year before."""
    year = str(report["year"])
    rows = [*report["rows"], *_named(report, "unattributed", NOBODY), *_named(report, "together", TOGETHER)]
    total = next(iter(_named(report, "total", "Gesamt")), None)
    long = Sheet("Monate", (c.PARTNER, c.NAME, _MONTH, _STATE, *FIGURES.values()), _by_month(report, rows))
    wide = [
        Sheet(column.title, (c.PARTNER, c.NAME, *_wide(report, name, column)), rows, total)
        for name, column in FIGURES.items()
    ]
    return Layout(
        title=f"Nutzung je Partner, {year}",
        sheets=(long, *wide),
        screens=(Sheet("", (c.NAME, *_wide(report, "calls", FIGURES["calls"])), rows, total),),
        gaps=gap_lines(report),
        generated=report["generated"],
        facts=(("Jahr", year),),
        context={
            "vollstaendig": german.YES_NO[report["complete"]],
            "luecken": str(len(report["gaps"])),
            "simuliert": german.YES_NO[report["generated"]],
        },
    )


def _named(report: Mapping[str, Any], key: str, name: str) -> list[Row]:
    return [{**report[key], "name": name}] if key in report else []


def _by_month(report: Mapping[str, Any], rows: list[Row]) -> list[Row]:
    """A row for each month that has figures."""
    return [
        {
            "partner": row.get("partner"),
            "name": row["name"],
            "first": f"{month['month']}-01",
            "state": _STATES[month["state"]],
            **figures,
        }
        for row in rows
        for month, figures in zip(report["months"], row["months"], strict=True)
        if figures is not None
    ]


def _wide(report: Mapping[str, Any], figure: str, column: Column) -> tuple[Column, ...]:
    def month(place: int) -> Column:
        name = german.month(report["months"][place]["month"])
        return Column(
            f"monat_{place + 1:02d}",
            name,
            column.kind,
            f"{column.meaning}",
            lambda row: _value(row["months"][place], figure),
        )

    before = f"Jahr {report['year'] - 1}, gleiche Monate"
    return (
        *(month(place) for place in range(12)),
        Column(
            "jahr", f"Jahr {report['year']}", column.kind, "Summe der Monate.", lambda row: _value(row["year"], figure)
        ),
        Column(
            "vorjahr",
            before,
            column.kind,
            "Summe derselben Monate im Jahr davor; leer, wenn dort einer fehlt.",
            lambda row: _value(row.get("year_before"), figure),
        ),
    )


def _value(figures: Row | None, name: str) -> Any:
    return figures[name] if figures else None
