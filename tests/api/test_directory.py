"""The directory over the interface: pages, details, calendar."""

from __future__ import annotations

import pytest

from .conftest import BURGDORF, Callers


@pytest.mark.parametrize(
    "path", ["partners?limit=7", "numbers?limit=1", "queues?limit=2", "services?limit=3", "targets?limit=1"]
)
def test_pages_give_every_row_once(callers: Callers, path: str):
    caller = callers("admin")
    whole = caller.get(f"/api/v1/{path.partition('?')[0]}?limit=500").json
    assert whole["next"] is None
    found, address = [], f"/api/v1/{path}"
    while address:
        page = caller.get(address).json
        found += page["items"]
        address = page["next"]
    assert found == whole["items"]


def test_there_are_22_partners(callers: Callers):
    items = callers("finance").get("/api/v1/partners").json["items"]
    assert len(items) == 22
    assert {item["kind"] for item in items} == {"municipality", "region"}


def test_a_partner_has_its_details(callers: Callers):
    partner = callers("finance").get(f"/api/v1/partners/{BURGDORF}").json
    assert (partner["key"], partner["name"], partner["ags"]) == (BURGDORF, "Burgdorf", BURGDORF)
    assert "05136" in partner["area_codes"]
    assert partner["inhabitants"][0]["inhabitants"] > 30_000


def test_numbers_say_how_long_they_hold(callers: Callers):
    numbers = callers("finance").get(f"/api/v1/numbers?partner={BURGDORF}").json["items"]
    assert [(number["number"], number["valid_from"], number["valid_to"]) for number in numbers] == [
        ("495136898200", "2026-01-01", None),
        ("495136898300", "2026-01-01", "2026-06-30"),
    ]


def test_queues_say_whom_they_serve(callers: Callers):
    queues = {queue["name"]: queue for queue in callers("agent").get("/api/v1/queues").json["items"]}
    assert [served["partner"] for served in queues["burgdorf"]["partners"]] == [BURGDORF]
    assert queues["zentrale"]["partners"] == []
    assert queues["zentrale"]["wrapup_s"] == 30


def test_the_calendar_knows_holidays(callers: Callers):
    days = callers("agent").get("/api/v1/calendar?from=2026-10-30&to=2026-11-01").json["days"]
    assert [day["day"] for day in days] == ["2026-10-30", "2026-10-31"]
    assert (days[1]["periods"], days[1]["reason"]) == ([], "Reformationstag")
