"""The page of a year: figures by hand, at most five statements, the same figures in every format."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from .conftest import BURGDORF, GARBSEN, Ask
from .test_month import tables

YEAR = "/nutzung/jahr?year=2026"
API = "/api/v1/reports/usage-year?year=2026"


def test_twelve_months_and_22_partners_take_five_statements(ask: Ask, statements: list[str]):
    reader = ask("supervisor")
    reader.get(YEAR)
    statements.clear()
    rows = tables(reader.get(YEAR).text)["Anrufe je Monat"]
    assert (len(rows), {len(row) for row in rows}) == (24, {16})
    assert 3 <= len(statements) <= 5, statements


@pytest.mark.parametrize("role", ["supervisor", "agent", "finance", "municipality", "admin", "staff_council"])
def test_the_first_page_takes_one_statement_a_question(ask: Ask, statements: list[str], role: str):
    reader = ask(role)
    statements.clear()
    assert reader.get("/").status_code == 200
    # Whoever settles is told, too, what waits for a second person.
    assert 2 <= len(statements) <= (6 if role in ("supervisor", "finance", "admin") else 5), statements


def test_the_figures_are_those_of_the_hand(ask: Ask):
    rows = {row[0]: row[1:] for row in tables(ask("finance").get(YEAR).text)["Anrufe je Monat"]}
    assert rows["Burgdorf"] == ["–"] * 7 + ["3", "6"] + ["–"] * 3 + ["9", "–", "–"]
    assert rows["Gesamt"] == ["–"] * 7 + ["7", "34"] + ["–"] * 3 + ["41", "–", "–"]
    talk = {row[0]: row[1:] for row in tables(ask("finance").get(f"{YEAR}&figure=talk_s").text)["Gespräch je Monat"]}
    assert talk["Burgdorf"][7:9] == ["0:03:00", "0:07:30"]
    minutes = tables(ask("finance").get(f"{YEAR}&figure=started_minutes").text)["Begonnene Minuten je Monat"]
    assert next(row for row in minutes if row[0] == "Burgdorf")[9] == "10"  # 5 calls of 90 s


def test_a_year_is_compared_over_the_same_months(ask: Ask):
    report = ask("finance").get("/api/v1/reports/usage-year?year=2025").json
    burgdorf = next(row for row in report["rows"] if row["partner"] == BURGDORF)
    assert burgdorf["months"][8]["calls"] == burgdorf["year"]["calls"] == 2
    assert burgdorf["year_before"] is None
    report = ask("finance").get(API).json
    assert report["total"]["year_before"] is None  # August 2025 is missing: no comparison of one month with two


def test_a_municipality_sees_its_own_year(ask: Ask):
    own = ask("municipality")
    rows = tables(own.get(YEAR).text)["Anrufe je Monat"]
    assert [row[0] for row in rows] == ["Burgdorf", "alle Partner zusammen"]
    assert rows[1][8:10] == ["nicht gezeigt", "32"]
    assert rows[1][13] == "nicht gezeigt"
    report = own.get(API).json
    assert report.keys().isdisjoint({"total", "unattributed"})
    assert [row["partner"] for row in report["rows"]] == [BURGDORF]
    assert own.get(f"{API}&partner={GARBSEN}").status_code == 404
    assert ask("finance").get(f"{API}&partner=99999999").status_code == 404


@pytest.mark.parametrize("role", ["finance", "municipality"])
def test_every_format_has_the_same_figures(ask: Ask, role: str):
    report = ask(role).get(API).json
    answer = ask(role).get(f"{API}&format=csv")
    whose = f"-{BURGDORF}" if role == "municipality" else ""
    assert answer.headers["Content-Disposition"] == f"attachment; filename=nutzung-2026{whose}.csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    told = {(row["partner"], row["monat"]): int(row["anrufe"]) for row in rows if row["partner"]}
    assert told == {
        (row["partner"], f"{month['month']}-01"): figures["calls"]
        for row in report["rows"]
        for month, figures in zip(report["months"], row["months"], strict=True)
        if figures
    }
    assert {(row["vollstaendig"], row["simuliert"]) for row in rows} == {("ja", "nein")}
    book = zipfile.ZipFile(io.BytesIO(ask(role).get(f"{API}&format=xlsx").data))
    assert book.testzip() is None


@pytest.mark.parametrize("query", ["year=abc", "year=1999", "year=2101", "year=2026&figure=refused", "partner=a%00b"])
def test_a_malformed_address_is_refused(ask: Ask, query: str):
    assert ask("finance").get(f"/nutzung/jahr?{query}").status_code == 422
