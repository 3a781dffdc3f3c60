"""The page of a month: figures counted by hand, comparison, links that lead to just those calls, one's own only."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import BURGDORF, GARBSEN, Ask

MONTH = "/nutzung?month=2026-09"


def tables(html: str) -> dict[str, list[list[str]]]:
    """Caption -> rows of texts, as somebody reads them."""
    found = {}
    for caption, body in re.findall(r"<caption[^>]*>(.*?)</caption>(.*?)</table>", html, re.DOTALL):
        rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)[1:]
        found[text(caption)] = [
            [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows
        ]
    return found


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_table_is_that_of_the_hand(ask: Ask):
    rows = {row[0]: row[1:] for row in tables(ask("supervisor").get(MONTH).text)["Nutzung je Partner"]}
    assert len(rows) == 24  # 22 partners, nobody, total
    #                        calls answered refused stays answered abandoned otherwise ASA talk AHT 115 hannover
    assert rows["Burgdorf"] == ["6", "5", "0", "6", "5", "1", "0", "20,0 s", "0:07:30", "90,0 s", "83,3 %", "83,3 %"]
    assert rows["Uetze"] == ["0", "0", "0", "0", "0", "0", "0", "–", "0:00:00", "–", "–", "–"]
    assert rows["nicht zugeordnet"][:7] == ["2", "0", "0", "2", "0", "2", "0"]
    assert rows["Gesamt"] == ["34", "26", "0", "34", "26", "8", "0", "20,0 s", "0:39:00", "90,0 s", "76,5 %", "76,5 %"]


def test_comparison_with_the_month_before_and_a_year_before(ask: Ask):
    rows = {row[0]: row[1:] for row in tables(ask("finance").get(MONTH).text)["Anrufe je Partner im Vergleich"]}
    assert rows["Burgdorf"] == ["6", "3", "+ 3 (+ 100,0 %)", "2", "+ 4 (+ 200,0 %)"]
    assert rows["Garbsen"] == ["5", "0", "+ 5", "1", "+ 4 (+ 400,0 %)"]  # nothing to divide by
    assert rows["Gesamt"] == ["34", "7", "+ 27 (+ 385,7 %)", "3", "+ 31 (+ 1.033,3 %)"]
    rows = {
        row[0]: row[1:]
        for row in tables(ask("finance").get("/nutzung?month=2026-08").text)["Anrufe je Partner im Vergleich"]
    }
    assert rows["Burgdorf"] == ["3", "–", "–", "–", "–"]  # no calls of anybody in July and a year before


def test_shares_of_calls_and_inhabitants(ask: Ask):
    rows = {row[0]: row[1:] for row in tables(ask("finance").get(MONTH).text)["Anteile je Partner"]}
    assert rows["Burgdorf"][0] == "18,8 %"  # 6 of 32
    assert rows["Region Hannover"] == ["0,0 %", "–", "–"]
    assert sum(float(row[1].replace(",", ".").removesuffix(" %")) for row in rows.values() if row[1] != "–") == (
        pytest.approx(100, abs=1.1)
    )


def test_what_is_nobodys_and_why(ask: Ask):
    found = tables(ask("supervisor").get(MONTH).text)
    assert found["Zuordnung der Anrufe"] == [
        ["gewählte Nummer", "fest", "32", "94,1 %"],
        ["Vorwahl des Anrufers", "nur vermutet", "1", "2,9 %"],
        ["unbekannt", "keine", "1", "2,9 %"],
    ]
    assert found["Vermutlich von"] == [["Burgdorf", "1", "0:00:00"]]


@pytest.mark.parametrize(
    ("role", "address"), [("supervisor", MONTH), ("municipality", MONTH), ("finance", "/nutzung/jahr?year=2026")]
)
def test_every_count_leads_to_just_those_calls(ask: Ask, role: str, address: str):
    reader = ask(role)
    links = re.findall(r'<a [^>]*href="(/anrufe\?[^"]+)">([\d.]+)<', reader.get(address).text)
    assert len(links) > 8
    for link, count in {(unescape(link), count) for link, count in links}:
        query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        end = date.fromisoformat(query["to"]) + timedelta(days=1)  # a page names the last day
        answer = reader.get("/api/v1/calls", query_string=query | {"to": end.isoformat(), "limit": "500"})
        assert (len(answer.json["items"]), answer.json["next"]) == (int(count), None), link
        assert reader.get(link).status_code == 200


def test_a_municipality_sees_its_own_page(ask: Ask):
    page = ask("municipality").get(MONTH).text
    assert "Burgdorf: Nutzung September 2026" in page
    assert not re.search("Garbsen|Langenhagen|Sehnde|Lehrte|nicht zugeordnet", page)
    found = tables(page)
    assert found["Kennzahlen im Vergleich"][0] == ["Anrufe", "6", "3", "+ 3 (+ 100,0 %)", "2", "+ 4 (+ 200,0 %)"]
    assert found["Anrufe je Monat"][-2:] == [
        ["August 2026", "3", "–", "–"],
        ["September 2026", "6", "2", "+ 4 (+ 200,0 %)"],
    ]
    assert found["Rufnummern"] == [["49511999003", "01.01.2025", "auf Weiteres"]]


def test_all_partners_together_only_where_nothing_of_one_can_be_reckoned(ask: Ask):
    own = ask("municipality")
    #                                                  6 partners: 32 calls, 26 answered
    assert tables(own.get(MONTH).text)["Burgdorf neben allen Partnern zusammen"] == [
        ["alle Leistungen", "6", "32", "83,3 %", "81,2 %", "0:01:30", "0:01:30"]
    ]
    august = own.get("/nutzung?month=2026-08").text  # two partners: one would know the other's
    assert "Nicht gezeigt, weil zu wenige" in august
    assert "Burgdorf neben allen" not in august
    year = own.get("/api/v1/reports/usage-year?year=2026").json["together"]
    assert [month and month["calls"] for month in year["months"]] == [None] * 8 + [32] + [None] * 3
    assert year["year"] is None  # less September it would be August
    assert own.get("/api/v1/reports/usage?month=2026-08").json["together"] is None


def test_a_running_month_is_not_told_of_all_together(ask: Ask, app):
    import time_machine

    with time_machine.travel("2026-09-30 12:00+02:00", tick=False):
        own = ask("municipality")
        assert own.get("/api/v1/reports/usage?month=2026-09").json["together"] is None
        assert own.get("/api/v1/reports/usage-year?year=2026").json["together"]["months"][8] is None
        assert "Erst nach Monatsende" in own.get(MONTH).text


def test_the_page_begins_with_the_last_month_that_has_ended(ask: Ask):
    assert "Nutzung September 2026" in ask("finance").get("/nutzung").text
    assert "Nutzung August 2026" in ask("finance").get("/nutzung?month=2026-08").text


def test_a_month_without_calls(ask: Ask):
    for address in ("/nutzung?month=2020-01", f"/nutzung/{GARBSEN}?month=2020-01"):
        page = ask("finance").get(address)
        assert page.status_code == 200
        assert "In diesem Monat gab es keine Anrufe." in page.text


def test_service_levels_by_the_definition_that_is_chosen(ask: Ask):
    page = ask("finance").get(f"{MONTH}&definition=hannover").text
    assert '<option value="hannover" selected>' in page
    assert f"partner={BURGDORF}" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("month=2026-13", 422),
        ("month=1999-01", 422),
        ("month=%00", 422),
        ("month=2026-09'--", 422),
        ("definition=" + "x" * 101, 422),
        ("definition=a%0Ab", 422),
        ("definition=unheard-of", 404),
    ],
)
def test_a_malformed_address_is_refused(ask: Ask, query: str, status: int):
    assert ask("finance").get(f"/nutzung?{query}").status_code == status
    assert ask("municipality").get(f"/nutzung?{query}").status_code == status
