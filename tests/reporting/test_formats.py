"""All formats show the same figures, and say the same of themselves."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from copy import deepcopy
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN
from wfm.core.intervals import Days, Month
from wfm.reporting.completeness import KINDS, completeness_report
from wfm.reporting.formats import german, render
from wfm.reporting.queries import definition, queue_report, usage_report

CAPTURE_DAY = Days(date(2026, 6, 9), date(2026, 6, 10))
JUNE = Month(2026, 6)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

#: Column in CSV and, as its title, in XLSX -> where JSON has it.
SUMS = {
    "angeboten": ("Angeboten", "offered"),
    "angenommen": ("Angenommen", "answered"),
    "aufgelegt": ("Aufgelegt", "abandoned"),
    "verlassen_zeit": ("Zeit abgelaufen", "left.timeout"),
    "verlassen_taste": ("Per Taste verlassen", "left.key"),
    "verlassen_leer": ("Niemand angemeldet", "left.empty"),
    "verlassen_entnommen": ("Entnommen", "left.withdrawn"),
    "verloren": ("Verloren", "lost"),
    "offen": ("Offen", "open"),
    "abgewiesen": ("Abgewiesen", "refused"),
    "angenommen_in_frist": ("Angenommen in Frist", "answered_within"),
    "aufgelegt_in_frist": ("Aufgelegt in Frist", "abandoned_within"),
    "wartezeit_angenommen_s": ("Wartezeit der Angenommenen", "wait_s_answered"),
    "wartezeit_aufgelegt_s": ("Wartezeit der Aufgelegten", "wait_s_abandoned"),
    "wartezeit_unbekannt_angenommen": ("Wartezeit unbekannt, angenommen", "wait_unknown.answered"),
    "wartezeit_unbekannt_sonst": ("Wartezeit unbekannt, sonst", "wait_unknown.unanswered"),
    "gespraech_s": ("Gespräch", "talk_s"),
    "gespraech_unbekannt": ("Gespräch unbekannt", "talk_unknown"),
    "nachbearbeitung_s": ("Nachbearbeitung", "wrapup_s"),
}
CALLS = {
    "anrufe": ("Anrufe", "calls"),
    "anrufe_angenommen": ("Anrufe angenommen", "calls_answered"),
    "anrufe_abgewiesen": ("Anrufe abgewiesen", "calls_refused"),
    "begonnene_minuten": ("Begonnene Minuten", "started_minutes"),
}
LEVELS = {
    "sl_angeboten": ("SL der Angebotenen", "service_level.offered"),
    "sl_angenommen": ("SL der Angenommenen", "service_level.answered"),
    "sl_ohne_aufgelegte_in_frist": ("SL ohne in Frist Aufgelegte", "service_level.excl_abandoned_within"),
    "sl_aufgelegte_erfuellt": ("SL mit in Frist Aufgelegten", "service_level.abandoned_met"),
    "sl_hannover": ("SL hannover", "service_levels.hannover"),
}


@pytest.fixture
def queues(session: Session) -> dict[str, Any]:
    return queue_report(session, CAPTURE_DAY, "30", definition(session, CAPTURE_DAY.start))


@pytest.fixture
def usage(session: Session) -> dict[str, Any]:
    return usage_report(session, JUNE, definition(session, JUNE.first))


def read_csv(report: dict[str, Any]) -> list[dict[str, str]]:
    content = render(report, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def read_xlsx(report: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Sheets as lists of rows, of texts and numbers; the titles are the row above the data."""
    with zipfile.ZipFile(io.BytesIO(render(report, "xlsx"))) as book:
        names = [
            sheet.get("name") for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]
        sheets = {}
        for number, name in enumerate(names, 1):
            page = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            sheets[name] = [[_cell(cell) for cell in row] for row in page.iter(f"{MAIN}row")]
    return sheets


def _cell(cell: ElementTree.Element) -> str | float | None:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.find(f"{MAIN}v")
    return None if value is None else float(value.text)


def table_of(rows: list[list[Any]]) -> list[dict[str, Any]]:
    titles, *data = rows[2:]
    return [dict(zip(titles, row, strict=True)) for row in data]


def at(row: dict[str, Any], path: str) -> Any:
    for key in path.split("."):
        row = row[key]
    return row


def number(text: str) -> float:
    return float(text.replace(",", "."))


def as_json(value: float, name: str) -> int:
    """Durations are days in a spreadsheet."""
    return round(value * 86_400) if name.endswith("_s") else round(value)


@pytest.mark.parametrize("step", ["15", "30", "60", "day", "month"])
def test_queue_sums_in_csv_and_xlsx_are_those_of_json(session: Session, step: str):
    report = queue_report(session, CAPTURE_DAY, step, definition(session, CAPTURE_DAY.start))
    *lines, last = read_csv(report)
    *rows, total = table_of(read_xlsx(report)["Warteschlangen"])
    assert len(lines) == len(rows) == len(report["rows"]) > 0
    assert (last["zeilenart"], total["Warteschlange"]) == ("summe", "Gesamt")
    for name, (title, path) in SUMS.items():
        wanted = [at(row, path) for row in report["rows"]]
        assert [int(line[name]) for line in lines] == wanted, name
        assert [as_json(row[title], name) for row in rows] == wanted, name
        assert int(last[name]) == as_json(total[title], name) == at(report["total"], path) == sum(wanted), name
    assert [line["warteschlange"] for line in lines] == [row["Warteschlange"] for row in rows]
    check_levels(last, total, report["total"])


def check_levels(line: dict[str, str], row: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, (title, path) in LEVELS.items():
        assert number(line[name]) == pytest.approx(at(wanted, path), abs=1e-6), name
        assert row[title] == pytest.approx(at(wanted, path)), name


def test_usage_sums_in_csv_and_xlsx_are_those_of_json(usage: dict[str, Any]):
    *lines, last = read_csv(usage)
    sheets = read_xlsx(usage)
    *rows, total = table_of(sheets["Nutzung"])
    wanted_rows = [*usage["rows"], usage["unattributed"]]
    for name, (title, path) in (CALLS | SUMS).items():
        wanted = [at(row, path) for row in wanted_rows]
        assert [int(line[name]) for line in lines] == wanted, name
        assert [as_json(row[title], name) for row in rows] == wanted, name
        assert int(last[name]) == as_json(total[title], name) == at(usage["total"], path) == sum(wanted), name
    assert (lines[-1]["zeilenart"], rows[-1]["Partner"]) == ("nicht zugeordnet", "nicht zugeordnet")
    check_levels(last, total, usage["total"])

    *likely, nobody = table_of(sheets["Nicht zugeordnet"])
    assert [(row["Schlüssel"], row["Anrufe"]) for row in likely] == [
        (row["partner"], row["calls"]) for row in usage["unattributed"]["likely"]
    ]
    assert nobody["Anrufe"] == usage["unattributed"]["calls"]
    services = table_of(sheets["Leistungen"])
    assert sum(row["Anrufe"] for row in services) == sum(row["calls"] for row in usage["rows"])
    assert ("Hannover", "Anmeldung der Eheschließung", 25) in [
        (row["Partner"], row["Leistung"], row["Anrufe"]) for row in services
    ]
    methods = table_of(sheets["Zuordnung"])
    assert sum(row["Anrufe"] for row in methods if row["Partner"] == "Gesamt") == usage["total"]["calls"]


def test_json_is_the_report_itself(usage: dict[str, Any]):
    text = render(usage, "json").decode()
    assert json.loads(text) == usage
    assert "Neustadt am Rübenberge" in text


def test_figures_known_by_hand(usage: dict[str, Any]):
    """From the capture's truth: 300 callers, 305 stays, 217 answered, 5:32:46 of talk."""
    last = read_csv(usage)[-1]
    assert [last[name] for name in ("anrufe", "angeboten", "angenommen", "aufgelegt")] == ["300", "305", "217", "77"]
    assert (last["gespraech_s"], last["mittlere_wartezeit_s"]) == ("19966", "14,400922")
    table = render(usage, "table").decode()
    assert re.search(r"Gesamt +300 +208 +9 +305 +217 +77 +11 +14,4 s +5:32:46 +63,9 % +66,9 %", table)
    assert re.search(r"nicht zugeordnet +49 ", table)
    assert "Ohne Anrufe: Barsinghausen," in table
    assert "vermutlich (nie abgerechnet): Neustadt am Rübenberge 2, Sehnde 2, Uetze 1," in table


@pytest.mark.parametrize("factor", [1, 100])
def test_tables_fit_a_terminal(queues: dict[str, Any], usage: dict[str, Any], session: Session, factor: int):
    for report in (queues, usage, completeness_report(session, CAPTURE_DAY)):
        large = json.loads(json.dumps(report), parse_int=lambda digits: int(digits) * factor)
        large["generated"] = True
        if "definition" in large:
            large["definitions"][0]["name"] = large["definition"]["name"] = "Ein langer Name"
        for line in render(large, "table").decode().splitlines():
            assert len(line) <= 120, line


def test_an_incomplete_simulated_report_says_so_everywhere(queues: dict[str, Any]):
    gap = {"source": "pbx", "start": "2026-06-09T10:15:00+02:00", "end": None, "kind": "unreadable", "count": 2}
    gaps = [gap | {"text": "2 Zeilen sind nicht lesbar (Quarantäne)"}] * 9
    report = queues | {"complete": False, "gaps": gaps, "generated": True}
    table = render(report, "table").decode()
    assert "*** ENTHÄLT SIMULIERTE ANRUFE" in table
    assert "NICHT VOLLSTÄNDIG: 9 Lücken." in table
    assert "  09.06.26 10:15 bis auf Weiteres: pbx: 2 Zeilen sind nicht lesbar (Quarantäne)\n" in table
    assert "  und 1 weitere" in table
    for line in read_csv(report):
        assert (line["vollstaendig"], line["luecken"], line["simuliert"]) == ("nein", "9", "ja")
        assert (line["definition"], line["definition_version"], line["schwelle_s"]) == ("115", "1", "30")
    sheets = read_xlsx(report)
    for rows in sheets.values():
        assert rows[1][0] == "ENTHÄLT SIMULIERTE ANRUFE: keine echten Zahlen. NICHT VOLLSTÄNDIG: 9 Lücken."
    explained = [row[:2] for row in sheets["Definitionen"]]
    assert ["Name und Version", "115, Version 1"] in explained
    assert sum(label == "Lücke" for label, *_ in explained if label) == 9


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_told_only_the_kind_of_a_gap_reads_german(usage: dict[str, Any], kind: str):
    gap = {"start": "2026-06-09T10:15:00+02:00", "end": None, "kind": kind}
    table = render(usage | {"complete": False, "gaps": [gap]}, "table").decode()
    assert kind not in table.rpartition("NICHT VOLLSTÄNDIG: 1 Lücke.")[2]


def test_every_column_is_explained(queues: dict[str, Any], usage: dict[str, Any]):
    for report in (queues, usage):
        sheets = read_xlsx(report)
        definitions = sheets.pop("Definitionen")
        head = next(place for place, row in enumerate(definitions) if row[:1] == ["Spalte"])
        explained = {row[0]: row[1] for row in definitions[head + 1 :]}
        for rows in sheets.values():
            assert set(rows[2]) <= set(explained)
        assert all(explained.values())
        assert "höchstens 30 s" in explained["Angenommen in Frist"]
        assert "A_T / O, T = 60 s" in explained["SL hannover"]


def test_a_sheet_is_ready_to_filter_and_to_print(queues: dict[str, Any]):
    with zipfile.ZipFile(io.BytesIO(render(queues, "xlsx"))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    last_row = 3 + len(queues["rows"])
    assert 'state="frozen"' in page
    assert re.search(rf'<autoFilter ref="A3:[A-Z]+{last_row}"', page)
    assert 'orientation="landscape"' in page
    assert "[h]:mm:ss" in styles
    assert "dd.mm.yyyy hh:mm" in styles


def test_times_are_times(queues: dict[str, Any]):
    first = read_csv(queues)[0]
    assert (first["beginn"], first["ende"], first["utc_versatz"]) == (
        "2026-06-09 09:00",
        "2026-06-09 09:30",
        "UTC+02:00",
    )
    row = table_of(read_xlsx(queues)["Warteschlangen"])[0]
    assert (row["Beginn"] - (date(2026, 6, 9) - date(1899, 12, 30)).days) * 24 == pytest.approx(9)


def test_the_hour_that_comes_twice_is_told_apart(queues: dict[str, Any]):
    row = queues["rows"][0]
    first = row | {"start": "2026-10-25T02:30:00+02:00", "end": "2026-10-25T02:00:00+01:00"}
    second = row | {"start": "2026-10-25T02:30:00+01:00", "end": "2026-10-25T03:00:00+01:00"}
    report = queues | {"rows": [first, second]}
    assert [line["utc_versatz"] for line in read_csv(report)[:2]] == ["UTC+02:00", "UTC+01:00"]
    table = render(report, "table").decode()
    assert "25.10.26 02:30A" in table
    assert "25.10.26 02:30B" in table


def test_names_from_a_telephone_system_do_no_harm(queues: dict[str, Any]):
    report = deepcopy(queues)
    report["rows"][0]["queue"] = "=HYPERLINK(1)"
    report["rows"][1]["queue"] = 'a\x1b[2J;\n"b\x07'
    lines = read_csv(report)
    assert lines[0]["warteschlange"] == "'=HYPERLINK(1)"
    assert lines[1]["warteschlange"] == report["rows"][1]["queue"]
    assert "\x1b" not in render(report, "table").decode()
    with zipfile.ZipFile(io.BytesIO(render(report, "xlsx"))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    ElementTree.fromstring(page)


def test_a_municipality_gets_its_own_row_only(session: Session):
    report = usage_report(session, JUNE, definition(session, JUNE.first), partner="03241003")
    report["gaps"] = [{"start": "2026-06-09T10:15:00+02:00", "end": None, "kind": "missing"}]
    (line,) = read_csv(report)
    assert (line["name"], line["anrufe"]) == ("Burgdorf", "55")
    assert list(read_xlsx(report)) == ["Nutzung", "Leistungen", "Zuordnung", "Definitionen"]
    assert "nicht zugeordnet" not in render(report, "table").decode()


def test_a_month_without_calls(session: Session):
    report = usage_report(session, Month(2026, 1), definition(session, date(2026, 1, 1)))
    last = read_csv(report)[-1]
    assert (last["anrufe"], last["sl_angeboten"], last["laengste_wartezeit_s"]) == ("0", "", "")
    assert "Keine Daten in diesem Zeitraum." in render(report, "table").decode()


def test_a_threshold_without_a_name(session: Session):
    report = queue_report(session, CAPTURE_DAY, "day", definition(session, CAPTURE_DAY.start, threshold=37))
    assert {line["definition"] for line in read_csv(report)} == {""}
    assert read_csv(report)[-1]["schwelle_s"] == "37"
    assert "Service-Level (SL): 37 s." in render(report, "table").decode()


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1_234, "1.234"), (1_234_567, "1.234.567"), (-5_000, "-5.000")]
)
def test_counts_in_german(value: int, text: str):
    assert german.count(value) == text


def test_other_figures_in_german():
    assert german.percent(0.6393) == "63,9 %"
    assert german.duration(19_966) == "5:32:46"
    assert german.duration(400_000) == "111:06:40"
    assert german.moment(datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN)) == "29.03.26 03:00"
    assert german.month("2026-09") == "September 2026"
