"""Calls: found by the cell of a figure, paged, one's own only; one call with why, course and masked lines."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import text

from wfm.core.db import transaction
from wfm.reporting.call_address import call_id

from .conftest import BURGDORF, GARBSEN, Ask
from .test_month import tables

SEPTEMBER = "/anrufe?from=2026-09-01&to=2026-09-30"


def one_call(partner: str | None, answered: bool = True) -> str:
    with transaction() as session:
        query = """SELECT 'main' AS system, callid, nth FROM call WHERE partner IS NOT DISTINCT FROM :partner
                   AND answered = :answered AND day >= '2026-09-01' ORDER BY day LIMIT 1"""
        found = session.execute(text(query), {"partner": partner, "answered": answered}).mappings().one()
    return call_id(found)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("", 34),
        (f"&partner={BURGDORF}", 6),
        (f"&partner={BURGDORF}&result=answered", 5),
        (f"&partner={BURGDORF}&outcome=abandoned", 1),
        (f"&partner={BURGDORF}&outcome=otherwise", 0),
        ("&partner=none", 2),
        (f"&partner=none&likely={BURGDORF}", 1),
        ("&method=unknown", 1),
        ("&queue=zentrale&outcome=offered", 34),
        ("&service=none", 34),
        ("&service=99115005104000", 0),
    ],
)
def test_a_cell_of_a_report_gives_its_calls(ask: Ask, cell: str, count: int):
    page = ask("supervisor").get(SEPTEMBER + cell).text
    assert len(tables(page).get("Anrufe", [])) == count
    assert ("Keine Anrufe gefunden" in page) == (count == 0)


def test_the_last_day_counts_as_people_read_it(ask: Ask):
    """„Letzter Tag“ is shown and counted; the interface, half-open, has the same calls a day further."""
    reader = ask("supervisor")
    day = reader.get("/anrufe?from=2026-09-30&to=2026-09-30")
    assert day.status_code == 200
    assert "Letzter Tag" in day.text
    assert "bis vor" not in day.text
    exports = [unescape(url) for url in re.findall(r'href="(/api/v1/[^"]+format=json)"', day.text)]
    assert [re.search("from=(.{10}).*to=(.{10})", url).groups() for url in exports] == [("2026-09-30", "2026-10-01")]
    assert len(tables(day.text).get("Anrufe", [])) == len(reader.get(exports[0]).json["items"])


def test_pages_follow_each_other(ask: Ask):
    reader, address, seen = ask("finance"), f"{SEPTEMBER}&limit=10", []
    while address:
        page = reader.get(address).text
        seen += re.findall(r'href="(/anrufe/[^"?]+)"', page)
        following = re.search(r'href="([^"]+cursor=[^"]+)"', page)
        address = unescape(following[1]) + "&limit=10" if following else ""
    assert len(seen) == len(set(seen)) == 34


def test_without_a_choice_it_shows_the_last_days(ask: Ask):
    page = ask("finance").get("/anrufe")
    assert (page.status_code, len(tables(page.text)["Anrufe"])) == (200, 2)  # those of 28 and 29 September


def test_a_municipality_finds_only_its_own(ask: Ask):
    own = ask("municipality")
    page = own.get(SEPTEMBER).text
    assert {row[1] for row in tables(page)["Anrufe"]} == {"Burgdorf"}
    assert not re.search("Garbsen|Langenhagen", page)
    assert own.get(f"{SEPTEMBER}&partner={GARBSEN}").status_code == 404
    assert own.get(f"/anrufe/{one_call(BURGDORF)}").status_code == 200
    for foreign in (one_call(GARBSEN), one_call(None, answered=False)):
        assert own.get(f"/anrufe/{foreign}").status_code == 404


def test_a_call_with_why_course_and_lines(ask: Ask):
    page = ask("supervisor").get(f"/anrufe/{one_call(BURGDORF)}").text
    assert "Die gewählte Rufnummer gehört diesem Partner." in page
    stay = tables(page)["Aufenthalte in Warteschlangen"][0]
    assert [stay[place] for place in (0, 1, 3, 4, 5, 7)] == [
        "1",
        "zentrale",
        "angenommen",
        "0:00:20",
        "0:01:30",
        "Anrufer",
    ]
    assert "zentrale ab 08:10:00: angenommen, Wartezeit 0:00:20, Gespräch 0:01:30" in unescape(page)
    lines = [row[-1] for row in tables(page)["Rohereignisse"]]
    assert "Die Rufnummer ist noch gespeichert; gezeigt wird sie nie." in page
    assert [line.split("|")[4] for line in lines] == ["DID", "ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
    assert "1234567" not in page
    assert "Kern" not in page.replace("kern", "")  # the agent is a pseudonym


def test_lines_are_shown_to_whom_may_see_them(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    from wfm.accounts import rules

    monkeypatch.setattr(rules, "GRANTED", {**rules.GRANTED, rules.Role.FINANCE: frozenset({"calls.read"})})
    page = ask("finance").get(f"/anrufe/{one_call(BURGDORF)}")
    assert (page.status_code, "Rohereignisse" in page.text) == (200, False)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-13-01&to=2026-09-30", "from"),
        ("from=2026-10-01&to=2026-09-30", "to"),
        ("from=2026-01-01&to=2026-09-30", "to"),
        ("from=2026-09-01", "to"),
        ("from=2026-09-01&to=2026-09-30&result=maybe", "result"),
        ("from=2026-09-01&to=2026-09-30&method=%3Cb%3E", "method"),
        ("from=2026-09-01&to=2026-09-30&service=a%00b", "service"),
        ("from=2026-09-01&to=2026-09-30&service=" + "9" * 21, "service"),
    ],
)
def test_a_wrong_choice_is_told_at_its_field(ask: Ask, query: str, field: str):
    page = ask("supervisor").get(f"/anrufe?{query}")
    assert page.status_code == 422
    assert f'id="field-{field}-error"' in page.text
    assert "Anrufe gefunden" in page.text


@pytest.mark.parametrize("query", ["cursor=abc", "cursor=" + "x" * 1001, "start=2026-09-01T00:00&end=2026-09-02T00:00"])
def test_other_nonsense_is_refused(ask: Ask, query: str):
    assert ask("supervisor").get(f"{SEPTEMBER}&{query}").status_code == 422


@pytest.mark.parametrize("key", ["x", "WyJtYWluIl0", "%00", "a" * 400])
def test_an_address_that_is_no_calls(ask: Ask, key: str):
    assert ask("supervisor").get(f"/anrufe/{key}").status_code == 404
