"""From a cell of a report to the calls, their stays and the masked raw events."""

from __future__ import annotations

import pytest

from wfm.accounts.rules import pseudonym
from wfm.core.config import settings
from wfm.core.paging import write_cursor

from .conftest import BURGDORF, GARBSEN, Callers

SEPTEMBER = "/api/v1/calls?from=2026-09-01&to=2026-10-01"
ENTERED = "/api/v1/calls?start=2026-09-01T{}:00%2B02:00&end=2026-09-01T{}:00%2B02:00"


def found(callers: Callers, address: str, role: str = "supervisor") -> list[str]:
    response = callers(role).get(address)
    assert response.status_code == 200, response.text
    return [call["callid"] for call in response.json["items"]]


@pytest.mark.parametrize(
    ("address", "calls"),
    [
        (SEPTEMBER, ["a", "b"]),
        (f"{SEPTEMBER}&partner={BURGDORF}", ["a"]),
        (f"{SEPTEMBER}&partner={GARBSEN}", ["b"]),
        (f"{SEPTEMBER}&partner=none", []),
        (f"{SEPTEMBER}&service=none", ["a", "b"]),
        (f"{SEPTEMBER}&method=dialled_number", ["a", "b"]),
        (f"{SEPTEMBER}&method=queue", []),
        (f"{SEPTEMBER}&outcome=abandoned", ["b"]),
        (f"{SEPTEMBER}&queue=zentrale&outcome=answered", ["a"]),
        (f"{SEPTEMBER}&queue=nowhere", []),
        ("/api/v1/calls?from=2026-09-02&to=2026-10-01", []),
        (ENTERED.format("08:15", "09:00"), ["a"]),
        (ENTERED.format("08:15", "09:01"), ["a", "b"]),
        (ENTERED.format("08:16", "09:00"), []),
    ],
)
def test_a_cell_leads_to_its_calls(callers: Callers, address: str, calls: list[str]):
    assert found(callers, address) == calls


def test_a_municipality_finds_its_own_calls(callers: Callers):
    assert found(callers, SEPTEMBER, "municipality") == ["a"]
    assert callers("municipality").get(f"{SEPTEMBER}&partner=none").status_code == 404


def test_calls_come_in_pages(callers: Callers):
    first = callers("finance").get(f"{SEPTEMBER}&limit=1").json
    second = callers("finance").get(first["next"]).json
    assert [page["items"][0]["callid"] for page in (first, second)] == ["a", "b"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=2026-09-01",
        "from=2026-09-02&to=2026-09-01",
        "from=2026-01-01&to=2026-12-01",
        "start=2026-09-01T08:00:00%2B02:00",
        "start=2026-09-01T08:00:00&end=2026-09-01T09:00:00",
        "from=2026-09-01&to=2026-10-01&method=guess",
    ],
)
def test_the_search_has_an_end(callers: Callers, query: str):
    assert callers("supervisor").get(f"/api/v1/calls?{query}").status_code == 422


@pytest.mark.parametrize(
    "call_id", ["x", write_cursor(["main", "a"]), write_cursor(["main", "a", 9]), write_cursor([1, 2, 3])]
)
def test_what_is_no_call(callers: Callers, call_id: str):
    response = callers("supervisor").get(f"/api/v1/calls/{call_id}")
    assert (response.status_code, response.json["code"]) == (404, "call.unknown")


def test_a_call_has_its_stays_and_a_pseudonym(callers: Callers):
    (row,) = callers("supervisor").get(f"{SEPTEMBER}&partner={BURGDORF}").json["items"]
    call = callers("supervisor").get(f"/api/v1/calls/{row['id']}").json
    assert (call["callid"], call["talk_s"], call["answered"]) == ("a", 120, True)
    assert call["attribution"]["dialled"] == "495136898200"
    assert call["attribution"]["caller"] == "05136 ***"
    assert (call["attribution"]["partner"], call["attribution"]["confidence"]) == (BURGDORF, "firm")
    (stay,) = call["stays"]
    assert (stay["queue"], stay["outcome"], stay["wait_s"], stay["talk_s"]) == ("zentrale", "answered", 20, 120)
    assert stay["entered_at"] == "2026-09-01T08:15:00+02:00"
    assert stay["agent"] == pseudonym("Kern", "main|a|0", settings().secret)


def test_raw_events_are_masked_for_everybody(callers: Callers):
    (row,) = callers("admin").get(f"{SEPTEMBER}&partner={BURGDORF}").json["items"]
    response = callers("admin").get(f"/api/v1/calls/{row['id']}/events")
    for secret in ("Kern", "111222", "5136111"):
        assert secret not in response.text
    events = response.json["items"]
    assert [event["source"] for event in events] == ["acd"] * 3
    assert "05136 ***" in events[0]["line"]
    assert "call.offered" in events[0]["line"]
    assert pseudonym("Kern", "main|a|0", settings().secret) in events[1]["line"]
