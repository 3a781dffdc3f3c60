"""The two reports that count by a definition of service level: queues by interval, usage by partner and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wfm.reporting.formats import columns as c
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, Row, at, day_at, moment_at
from wfm.reporting.formats.layout import NOBODY, Layout, Sheet, counted_by, period, unknown_waits

STEPS = {"15": "15 Minuten", "30": "30 Minuten", "60": "Stunde", "day": "Tag", "month": "Monat"}
#: A row of the queue report begins at a time of day, on a day, or with a month.
_STARTS = {"day": Kind.DAY, "month": Kind.MONTH}

METHODS = {
    "dialled_number": ("gewählte Nummer", "fest"),
    "queue": ("Warteschlange eines Partners", "fest"),
    "agent_record": ("Angabe im Gespräch", "fest"),
    "routing_115": ("Weiterleitung der 115", "fest"),
    "area_code": ("Vorwahl des Anrufers", "nur vermutet"),
    "unknown": ("unbekannt", "keine"),
}
_METHOD_COLUMNS = (
    c.PARTNER,
    c.NAME,
    Column("methode", "Zuordnung nach", Kind.TEXT, "Woran der Partner erkannt wurde.", at("method")),
    Column(
        "sicherheit", "Sicherheit", Kind.TEXT, "fest: zählt beim Partner; nur vermutet: nie abgerechnet.", at("trust")
    ),
    *c.by_name("anrufe"),
    Column("anteil", "Anteil", Kind.SHARE, "Anteil an allen Anrufen, bei Partnern an den eigenen.", at("share")),
)
CAUSES = {"late": "später eingetroffen", "objection": "Einwand"}
CORRECTIONS = (
    c.PARTNER,
    c.NAME,
    Column("leistungsmonat", "Leistungsmonat", Kind.MONTH, "Monat der Anrufe, die berichtigt werden.", day_at("of")),
    Column(
        "gebucht_in",
        "gebucht in",
        Kind.MONTH,
        "Monat, mit dem sie abgeschlossen wurde; leer: noch nicht.",
        day_at("in"),
    ),
    Column("anlass", "Anlass", Kind.TEXT, "Später eingetroffene Ereignisse oder ein Einwand.", at("why")),
    *c.by_name("anrufe", "anrufe_angenommen", "gespraech_s", "begonnene_minuten"),
)
#: Columns that fit a terminal, with short titles.
_QUEUE_SCREEN = {
    "angeboten": "ange-\nboten",
    "angenommen": "ange-\nnommen",
    "aufgelegt": "auf-\ngelegt",
    "sonst": "sonst",
    "abgewiesen": "abge-\nwiesen",
    "mittlere_wartezeit_s": "mittl.\nWarten",
    "laengste_wartezeit_s": "längst.\nWarten",
    "gespraech_s": "Gespräch",
}
_USAGE_SCREEN = {
    "anrufe": "Anrufe",
    "anrufe_angenommen": "davon\nangen.",
    "anrufe_abgewiesen": "davon\nabgew.",
    "angeboten": "in\nSchlange",
    "angenommen": "ange-\nnommen",
    "aufgelegt": "auf-\ngelegt",
    "sonst": "sonst",
    "mittlere_wartezeit_s": "mittl.\nWarten",
    "gespraech_s": "Gespräch",
}


def queues(report: Mapping[str, Any]) -> Layout:
    """Rows by queue and interval; totals by queue."""
    step = report["interval"]
    kind = _STARTS.get(step, Kind.MOMENT)
    start = Column("beginn", "Beginn", kind, "Beginn, eingeschlossen (Ortszeit).", moment_at("start"))
    end = Column("ende", "Ende", kind, "Ende, ausgeschlossen (Ortszeit).", moment_at("end"))
    sums = (*c.STAYS, *c.LEVELS.values(), *c.named_levels(report["definitions"]))
    narrow = _narrow(_QUEUE_SCREEN, report)
    rows, totals, total = report["rows"], report["totals"], {"queue": "Gesamt", **report["total"]}
    screens = [Sheet("", (c.QUEUE, start, *narrow), rows, total)]
    if len(rows) > len(totals):
        screens.append(Sheet("Summen je Warteschlange", (c.QUEUE, *narrow), totals, total))
    return Layout(
        title=f"Warteschlangen {period(report)}, je {STEPS[step]}",
        sheets=(
            Sheet("Warteschlangen", (c.QUEUE, start, end, c.OFFSET, *sums), rows, total),
            Sheet("Summen", (c.QUEUE, *sums), totals, total),
        ),
        screens=tuple(screens),
        remarks=unknown_waits(report),
        **counted_by(report, "Zeitraum", period(report)),
    )


def usage(report: Mapping[str, Any]) -> Layout:
    """Rows by partner, the unattributed remainder as a row of its own, services, and how calls were attributed."""
    month = german.month(report["month"])
    sums = (*c.CALLS, *c.STAYS, *c.LEVELS.values(), *c.named_levels(report["definitions"]))
    rows, total = list(report["rows"]), None
    sheets = [_services(rows, sums), Sheet("Zuordnung", _METHOD_COLUMNS, _methods(report))]
    if "total" in report:  # a municipality sees neither the remainder nor the total
        nobody = {**report["unattributed"], "name": NOBODY}
        rows.append(nobody)
        total = {**report["total"], "name": "Gesamt"}
        sheets.insert(1, Sheet("Nicht zugeordnet", (c.PARTNER, c.LIKELY, *sums), nobody["likely"], nobody))
    found = corrections(report)
    before = [row for row in found if row["month"] != report["month"]]
    if found:
        sheets.append(Sheet("Korrekturen", CORRECTIONS, found))
    busy = [row for row in rows if row["calls"] or row["offered"]]
    return Layout(
        title=f"Nutzung je Partner, {month}",
        sheets=(Sheet("Nutzung", (c.PARTNER, c.NAME, *sums), rows, total, below=_below(before, sums)), *sheets),
        screens=(
            Sheet("", (c.NAME, *_narrow(_USAGE_SCREEN, report)), busy, total),
            Sheet("Korrekturen früherer Monate", CORRECTIONS[1:], before),
        ),
        remarks=(*_usage_remarks(report), *unknown_waits(report)),
        **counted_by(report, "Monat", month),
    )


def corrections(report: Mapping[str, Any]) -> list[Row]:
    """Corrections booked in the month, of earlier ones, and those of its own calls."""
    return [
        {
            **row,
            "of": f"{row['month']}-01",
            "in": row["booked_in"] and f"{row['booked_in']}-01",
            "why": CAUSES[row["cause"]],
        }
        for row in report["corrections"]
    ]


def _below(rows: list[Row], sums: tuple[Column, ...]) -> list[Row]:
    """Corrections of earlier months as lines of the month's own table: what they do not tell stays empty."""
    known = {column.name for column in CORRECTIONS}
    told = {column.name: column.read for column in sums if column.name in known}
    return [
        {
            "partner": row["partner"],
            "name": f"{row['name']}: Korrektur {german.month(row['month'])}, {row['why']}",
            "cells": {name: read(row) for name, read in told.items()},
        }
        for row in rows
    ]


def _services(partners: list[Row], sums: tuple[Column, ...]) -> Sheet:
    rows = [
        {**service, "service_name": service["name"], **_key_and_name(partner)}
        for partner in partners
        for service in partner["by_service"]
    ]
    return Sheet("Leistungen", (c.PARTNER, c.NAME, c.SERVICE, c.SERVICE_NAME, *sums), rows)


def _methods(report: Mapping[str, Any]) -> list[Row]:
    """Attribution quality, of all calls and of each partner's."""
    whose: list[tuple[Row, Any]] = [({"name": "Gesamt"}, report["attribution"])]
    whose += [(_key_and_name(row), row["attribution"]) for row in report["rows"]]
    return [
        {**row, "method": METHODS[method][0], "trust": METHODS[method][1], **found}
        for row, methods in whose
        for method, found in methods.items()
    ]


def _key_and_name(row: Row) -> Row:
    return {"partner": row["partner"], "name": row["name"]}


def _usage_remarks(report: Mapping[str, Any]) -> list[str]:
    remarks = []
    if idle := [row["name"] for row in report["rows"] if not row["calls"] and not row["offered"]]:
        remarks.append(f"Ohne Anrufe: {', '.join(idle)}.")
    if methods := sorted(report["attribution"].items(), key=lambda item: -item[1]["calls"]):
        shares = [f"{METHODS[method][0]} {german.percent(found['share'])}" for method, found in methods]
        remarks.append(f"Zugeordnet nach: {', '.join(shares)}.")
    if likely := report.get("unattributed", {}).get("likely"):
        guesses = [f"{row['name']} {german.count(row['calls'])}" for row in likely]
        remarks.append(f"Nicht zugeordnet, nach der Vorwahl vermutlich (nie abgerechnet): {', '.join(guesses)}.")
    return remarks


def _narrow(titles: Mapping[str, str], report: Mapping[str, Any]) -> tuple[Column, ...]:
    """Columns for a terminal; then the service level by the definition used, and by the next one."""
    found = {column.name: column for column in (*c.CALLS, *c.STAYS, c.OTHERWISE)}
    used = report["definition"]
    others = [definition for definition in report["definitions"] if definition["name"] != used["name"]][:1]
    levels = [(c.LEVELS[used.get("variant", "offered")], used)]
    levels += zip(c.named_levels(others), others, strict=True)
    return (
        *(replace(found[name], title=title) for name, title in titles.items()),
        *(
            replace(column, title="\n".join(("SL", *([by["name"][:8]] if by["name"] else []), f"{by['seconds']} s")))
            for column, by in levels
        ),
    )
