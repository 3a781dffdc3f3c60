"""A month's usage as a document to keep and to pass on: PDF/UA-1 (tagged, for everybody) and PDF/A-2a (for archives).

The same columns and rows as in every other format. All values go to Typst as JSON and are shown as the text they are;
nothing of a report is ever put into the template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from wfm.core.clock import BERLIN, now
from wfm.core.pdf import cut, typeset
from wfm.reporting.formats import columns as c
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, Row
from wfm.reporting.formats.columns import VARIANTS
from wfm.reporting.formats.layout import SIMULATED, Layout
from wfm.reporting.formats.usage_year import TOGETHER

#: Longer lists of gaps stand on the page of the month.
GAPS_SHOWN = 30
#: Longer texts are cut.
LONGEST = 400
_MAIN = (
    *c.by_name("anrufe", "anrufe_angenommen", "anrufe_abgewiesen", "angeboten", "angenommen", "aufgelegt"),
    c.OTHERWISE,
    *c.by_name("mittlere_wartezeit_s", "gespraech_s", "mittlere_bearbeitungszeit_s"),
)
_KEYS = c.by_name("anrufe", "anrufe_angenommen", "mittlere_wartezeit_s", "gespraech_s", "mittlere_bearbeitungszeit_s")
_HIDDEN = "nicht gezeigt"


def write(report: Mapping[str, Any], layout: Layout) -> bytes:
    """The document of a usage report; `layout` is that report as all formats lay it out."""
    data = files("wfm.reporting").joinpath("data")
    template = b"".join(data.joinpath(name).read_bytes() for name in ("figures.typ", "usage.typ"))
    return typeset(template, _document(report, layout), longest=LONGEST)


def _document(report: Mapping[str, Any], layout: Layout) -> Row:
    alone = report["rows"][0] if "total" not in report else None
    columns = (*_MAIN, *c.named_levels(report["definitions"]))
    month = german.month(report["month"])
    closed = report["state"] == "closed"
    state = (
        "abgeschlossen: die Zahlen ändern sich nicht mehr" if closed else "offen: die Zahlen können sich noch ändern"
    )
    return {
        "title": f"Nutzung {month}" + (f": {alone['name']}" if alone else ""),
        "subtitle": f"Servicelevel nach: {report['definition']['label']}. Erstellt am {german.day(now())}.",
        "keywords": ["Nutzung", month, "Servicecenter"],
        "footer": f"{month}, Stand {german.moment(now())}, {'abgeschlossen' if closed else 'offen'}",
        "simulated": SIMULATED if report["generated"] else "",
        "complete": report["complete"],
        "status": layout.status,
        "gaps": _gaps(layout.gaps or ()),
        "month_state": f"Der Monat ist {state}.",
        "keys": _keys(alone or report["total"], columns),
        "chart": _chart(report, alone),
        "tables": _tables(report, layout, columns, alone),
        "remarks": layout.remarks,
        "facts": _facts(layout),
        "definitions": _definitions(columns, layout),
    }


def _keys(row: Row, columns: Sequence[Column]) -> list[dict[str, str]]:
    levels = [column for column in columns if column.kind is Kind.SHARE]
    return [{"title": column.title, "value": _cell(column, row)} for column in (*_KEYS, *levels)][:8]


def _chart(report: Mapping[str, Any], alone: Row | None) -> Row | None:
    """Who uses how much; of one partner, its services."""
    parts = alone["by_service"] if alone else report["rows"]
    total = sum(row["calls"] for row in parts)
    ordered = sorted((row for row in parts if row["calls"]), key=lambda row: -row["calls"])[:22]
    if not ordered:
        return None
    bars = [
        {
            "name": cut(row["name"], 40),
            "share": row["calls"] / ordered[0]["calls"],
            "text": f"{german.count(row['calls'])} ({german.percent(row['calls'] / total)})",
        }
        for row in ordered
    ]
    title = "Anrufe je Leistung und ihr Anteil" if alone else "Anrufe je Partner und ihr Anteil an den zugeordneten"
    told = "; ".join(f"{bar['name']}: {bar['text']}" for bar in bars)
    return {"title": title, "alt": f"Balkendiagramm. {title}: {told}.", "bars": bars}


def _tables(report: Mapping[str, Any], layout: Layout, columns: Sequence[Column], alone: Row | None) -> list[Row]:
    sheets = {sheet.name: sheet for sheet in layout.sheets}
    usage = sheets["Nutzung"]
    found = [_table("Nutzung" if alone else "Nutzung je Partner", (c.NAME, *columns), usage.rows, usage.total)]
    services = sheets["Leistungen"].rows
    if any(row["service"] for row in services):
        names = (c.SERVICE_NAME,) if alone else (c.NAME, c.SERVICE_NAME)
        found.append(_table("Nutzung je Leistung", (*names, *columns), services))
    attribution = sheets["Zuordnung"]
    rows = [row for row in attribution.rows if "partner" in row] if alone else attribution.rows
    found.append(_table("Wie Anrufe zugeordnet wurden", attribution.columns[1:], rows))
    if "Nicht zugeordnet" in sheets:
        note = "Vermutet nach der Vorwahl des Anrufers; diese Anrufe zählen bei keinem Partner."
        nobody = sheets["Nicht zugeordnet"]
        found.append(_table("Nicht zugeordnete Anrufe", (c.LIKELY, *_MAIN[:2]), nobody.rows, nobody.total, note=note))
    if "Korrekturen" in sheets:
        note = (
            "Was nach dem Abschluss eines Monats gefunden wird, ändert ihn nicht, sondern wird mit dem nächsten "
            "abgeschlossen. Diese Zeilen sind in keiner Summe darüber enthalten."
        )
        corrected = sheets["Korrekturen"]
        found.append(_table("Korrekturen früherer Monate", corrected.columns[1:], corrected.rows, note=note))
    if alone:
        found.append(_together(report))
    return found


def _together(report: Mapping[str, Any]) -> Row:
    note = (
        "Summen über alle Partner, nur wenn sich aus ihnen keine Zahl eines einzelnen erschließen lässt und der Monat "
        "vorbei ist."
    )
    columns = c.by_name("anrufe", "anrufe_angenommen", "gespraech_s", "begonnene_minuten")
    shared = report["together"] or dict.fromkeys(("calls", "calls_answered", "talk_s", "started_minutes"))
    row = {"name": TOGETHER if report["together"] else f"{TOGETHER}: {_HIDDEN}, weil zu wenige", **shared}
    return _table("Alle Partner zusammen", (c.NAME, *columns), [row], note=note)


def _table(
    title: str, columns: Sequence[Column], rows: Sequence[Row], total: Row | None = None, *, note: str = ""
) -> Row:
    return {
        "title": title,
        "note": note,
        "size": 7.5 if len(columns) > 10 else 9,
        "columns": [
            {
                "title": column.title.replace("-\n", "").replace("\n", " "),
                "numeric": column.kind is not Kind.TEXT,
                "wide": len(columns) > 10 and place == 0,
            }
            for place, column in enumerate(columns)
        ],
        "rows": [[_cell(column, row) for column in columns] for row in rows],
        "total": None if total is None else [_cell(column, total) for column in columns],
    }


def _facts(layout: Layout) -> Row:
    """What the report says of itself, and which definitions of service level there are."""
    rows = [list(fact) for fact in layout.facts]
    for one in layout.definitions:
        meaning = f"{one['label']}: mindestens {german.percent(one['share'])} nach {VARIANTS[one['variant']]}"
        since = german.iso_day(one["valid_from"])
        rows.append([f"SL {one['name']}", f"{meaning} mit T = {one['seconds']} s, gültig ab {since}"])
    return _plain(("Angabe", "Wert"), rows)


def _definitions(columns: Sequence[Column], layout: Layout) -> Row:
    return _plain(("Spalte", "Bedeutung und Formel"), [[one.title, layout.meaning(one)] for one in columns])


def _plain(titles: tuple[str, str], rows: list[list[str]]) -> Row:
    columns = [{"title": title, "numeric": False, "wide": place == 1} for place, title in enumerate(titles)]
    return {"title": "", "note": "", "size": 9, "columns": columns, "rows": rows, "total": None}


def _cell(column: Column, row: Row) -> str:
    value = column.read(row)
    match column.kind:
        case _ if value is None:
            return "–"
        case Kind.COUNT:
            return german.count(value)
        case Kind.DURATION:
            return german.duration(value)
        case Kind.SECONDS | Kind.MEAN:
            return f"{german.decimal(value, 1 if column.kind is Kind.MEAN else 0)} s"
        case Kind.SHARE:
            return german.percent(value)
        case Kind.MONTH:
            return german.month(f"{value.astimezone(BERLIN):%Y-%m}")
        case _:
            return str(value)


def _gaps(gaps: Sequence[str]) -> list[str]:
    return list(gaps) if len(gaps) <= GAPS_SHOWN else [*gaps[:GAPS_SHOWN], f"und {len(gaps) - GAPS_SHOWN} weitere."]
