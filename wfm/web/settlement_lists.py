"""The tables of a settlement, each a list to download: parts, derivation, what it was reckoned from, entries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from wfm.billing.rules.ledger_words import ENTRIES, account_title
from wfm.billing.rules.variants import TITLES
from wfm.billing.service.restating import Restated
from wfm.reporting.formats.column import Column, Kind
from wfm.web.figures import last_day
from wfm.web.lists import Listing, column
from wfm.web.settlement_words import COSTS, KINDS, SHARES, STAGES, TREATMENTS

Row = dict[str, Any]


def _day(name: str) -> Callable[[Row], date | None]:
    return lambda row: date.fromisoformat(row[name]) if row[name] else None


def _euros(title: str, name: str, meaning: str = "") -> Column:
    return column(f"{title} (Euro)", name, Kind.MONEY, meaning)


SETTLEMENTS = Listing(
    "Abrechnungen",
    (
        column("Nummer", "id", Kind.COUNT),
        column("Art", lambda row: KINDS[row["kind"]]),
        column("nur zum Ansehen", "shadow"),
        column("erster Tag", _day("from"), Kind.DAY),
        column("letzter Tag", last_day, Kind.DAY),
        column("Abschlag", "instalment", Kind.COUNT),
        column("Stand", "state_name"),
        column("Partner", "partners", Kind.COUNT),
        _euros("Kosten", "cost_cents"),
        _euros("Anteile", "share_cents"),
        _euros("zu zahlen", "due_cents"),
        column("als Nächstes", "next"),
    ),
)
DUE = Listing(
    "Was ansteht",
    (
        column("Jahr", "year", Kind.COUNT),
        column("Abschlag", "instalment", Kind.COUNT),
        column("bis", "day", Kind.DAY),
    ),
)
PARTS = Listing(
    "Anteile",
    (
        column("Partner", "name"),
        column("AGS", "partner"),
        _euros("Anteil", "share_cents"),
        _euros("davon Berichtigung", "corrections_cents"),
        _euros("Abschläge", "advances_cents"),
        _euros("vorgetragen", "carried_cents"),
        _euros("aus früheren Jahren", "due_of_earlier_cents"),
        _euros("zu zahlen", "due_cents"),
        column("fällig", _day("due_on"), Kind.DAY),
        column("Stand", lambda row: SHARES[row["state"]][1]),
        column("Widerspruch bis", _day("objection_until"), Kind.DAY),
        column("Widerspruch", "objection"),
        column("Entscheidung", "decision"),
    ),
)
LINES = Listing(
    "Herleitung",
    (
        column("Regelung", "terms"),
        column("Partner", "name"),
        column("Schritt", "step"),
        column("Rechnung", "text"),
        column("genau (Cent)", "exact"),
        _euros("Betrag", "cents"),
    ),
)
MONTHS = Listing(
    "Monate der Nutzung",
    (
        column("Monat", "month"),
        column("Berichtigung", "correction"),
        column("Stand", lambda row: "abgeschlossen" if row["state"] == "closed" else "offen"),
        column("Prüfwert", "content_hash"),
    ),
)
INHABITANTS = Listing(
    "Einwohnerzahlen",
    (
        column("Partner", "name"),
        column("Einwohner", "inhabitants", Kind.COUNT),
        column("Stichtag", _day("as_of"), Kind.DAY),
        column("Grundlage", "basis"),
        column("Quelle", "source"),
    ),
)
TERMS = Listing(
    "Regelungen",
    (
        column("Regelung", "title"),
        column("Variante", lambda row: f"{row['variant']}: {TITLES[row['variant']]}"),
        column("Parameter", lambda row: _plain(row["parameters"])),
        column("Zählweise", lambda row: _plain(row["counting"])),
    ),
)
AGREEMENTS = Listing(
    "Vereinbarungen",
    (
        column("Partner", "name"),
        column("Regelung", "title"),
        column("Aktenzeichen", "reference"),
        column("von", _day("from"), Kind.DAY),
        column("letzter Tag", last_day, Kind.DAY),
        column("Steuer", lambda row: "; ".join(taxes(row["tax"]))),
    ),
)
ITEMS = Listing(
    "Kostenposten",
    (
        column("Monat", "month"),
        column("Kostenstelle", "cost_centre"),
        column("Art", lambda row: COSTS[row["kind"]]),
        column("Stand", lambda row: STAGES[row["stage"]]),
        _euros("Betrag", "cents"),
        column("Anteil des Servicecenters", "share"),
        column("Vermerk", "note"),
    ),
)
ENTRY_LINES = Listing(
    "Buchungen",
    (
        column("Buchung", "id", Kind.COUNT),
        column("Tag", _day("booked_on"), Kind.DAY),
        column("Art", lambda row: ENTRIES[row["kind"]]),
        column("Text", "text"),
        column("Konto", "title"),
        column("Kontonummer", "account"),
        _euros("Betrag", "cents", "Soll ist positiv, Haben negativ."),
        column("Abrechnung", "settlement_id", Kind.COUNT),
    ),
)
CORRECTIONS = Listing(
    "Berichtigung früherer Abrechnungen",
    (
        column("Abrechnung", "settlement", Kind.COUNT),
        column("Partner", "name"),
        _euros("vorher", "before"),
        _euros("jetzt", "after"),
        _euros("Unterschied", "difference"),
    ),
)


def lists_of(report: Row, names: Mapping[str, str]) -> dict[str, tuple[Listing, list[Row]]]:
    """Every table of a settlement by its key in the template, with its rows."""
    sources = report["inputs"].get("sources", {})
    titles = {terms["id"]: terms["title"] for terms in sources.get("terms", ())}
    return {
        "parts": (PARTS, report["shares"]),
        "lines": (LINES, derivation(report, names)),
        "months": (MONTHS, sources.get("usage", [])),
        "inhabitants": (INHABITANTS, [_named(row, names) for row in sources.get("inhabitants", {}).values()]),
        "terms": (TERMS, sources.get("terms", [])),
        "agreements": (
            AGREEMENTS,
            [
                _named(row, names) | {"title": titles[row["terms"]], "last": last_day(row).isoformat()}
                for row in sources.get("agreements", ())
            ],
        ),
        "items": (ITEMS, report["cost_items"]),
        "corrections": (CORRECTIONS, corrections(report, names)),
        "entries": (
            ENTRY_LINES,
            [
                {**entry, **line, "settlement_id": report["id"], "title": account_title(line["account"], names)}
                for entry in report["entries"]
                for line in entry["lines"]
            ],
        ),
    }


def derivation(report: Row, names: Mapping[str, str]) -> list[Row]:
    """All lines of the derivation, with the terms they belong to; partner "": of all."""
    return [
        line
        | {
            "terms": group["terms"],
            "partner": line["partner"] or "",
            "name": names.get(line["partner"], line["partner"] or "alle zusammen"),
        }
        for group in report["result"].get("groups", ())
        for line in group["derivation"]
    ]


def corrections(report: Row, names: Mapping[str, str]) -> list[Row]:
    """What later corrections make of earlier settlements, by partner."""
    found = []
    for stored in report["inputs"].get("earlier", ()):
        restated = Restated.from_json(stored)
        for partner, before, after in restated.shares():
            found.append(
                {
                    "settlement": restated.settlement_id,
                    "name": names.get(partner, partner),
                    "before": before,
                    "after": after,
                    "difference": after - before,
                }
            )
    return found


def taxes(rules: list[Row]) -> list[str]:
    """A partner's tax treatment from which day on."""
    return [f"{TREATMENTS[rule['treatment']]} ab {date.fromisoformat(rule['from']):%d.%m.%Y}" for rule in rules]


def _named(row: Row, names: Mapping[str, str]) -> Row:
    return row | {"name": names.get(row["partner"], row["partner"])}


def _plain(values: Mapping[str, Any]) -> str:
    """Parameters as they are written, for who wants to check."""
    return "; ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
