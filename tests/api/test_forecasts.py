"""Forecasts over the interface: asked for, planned around, adjusted; every refusal names its field."""

from __future__ import annotations

from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import text

from wfm.core.db import transaction
from wfm.directory.rules.dated import Validity
from wfm.directory.service import run_import
from wfm.forecasting.service import runs
from wfm.staffing.service.assumptions import assume

from .conftest import Callers

EVENT = {"kind": "mailing", "title": "Bescheide", "first_day": "2027-01-11", "last_day": "2027-01-15", "factor": 1.25}
LAYER = {"queue": "burgdorf", "first_day": "2026-12-07", "last_day": "2026-12-09", "kind": "factor", "value": 1.1,
         "reason": "Bescheide"}  # fmt: skip

HOURS = "weekday,opens,closes,valid_from\nMo,08:00,10:00,2026-01-01\nDi,08:00,10:00,2026-01-01\n"
TODAY = "2026-10-26T09%3A00%3A00%2B01%3A00"
#: What some routes have to be asked with.
QUERIES = {
    "today": f"?queue=zentrale&at={TODAY}",
    "requirement": "?from=2026-10-26&to=2026-11-02",
    "comparison": "?from=2026-10-26&to=2026-11-02",
    "group": "?group=Alle&at=2026-10-26T08:10:00%2B01:00",
    "why": "?queue=zentrale&at=2026-10-26T08:10:00%2B01:00",
}
#: The calls of the small centre again on each of the next sixty days.
LATER = """INSERT INTO {table} SELECT (jsonb_populate_record(f, jsonb_build_object('day', f.day + n{more}))).*
           FROM {table} f, generate_series(1, 60) n"""


def test_an_event_from_entered_to_taken_out(callers: Callers):
    leader = callers("supervisor")
    entered = leader("POST", "/api/v1/forecasts/events", json=EVENT)
    assert entered.status_code == 201, entered.text
    assert entered.json | EVENT == entered.json
    address = f"/api/v1/forecasts/events/{entered.json['id']}"
    assert leader.get(f"{address}/effect").json["occurrences"] == 0
    changed = leader("PUT", address, json=EVENT | {"factor": None})
    assert (changed.status_code, changed.json["factor"]) == (200, None)
    listed = leader.get("/api/v1/forecasts/events").json["items"]
    assert [item["title"] for item in listed] == ["Bescheide"]
    assert leader("DELETE", f"/api/v1/forecasts/events/{listed[0]['id']}").status_code == 200
    assert leader("DELETE", f"/api/v1/forecasts/events/{listed[0]['id']}").status_code == 404
    assert leader("DELETE", f"/api/v1/forecasts/events/{10**30}").status_code == 404


def test_a_layer_from_made_to_taken_back(callers: Callers):
    leader = callers("supervisor")
    made = leader("POST", "/api/v1/forecasts/adjustments", json=LAYER)
    assert made.status_code == 201, made.text
    address = f"/api/v1/forecasts/adjustments/{made.json['id']}"
    assert (made.json["made_by"], made.json["taken_back_by"]) == ("token:supervisor", None)
    back = leader("DELETE", address)
    assert (back.status_code, back.json["taken_back_by"]) == (200, "token:supervisor")
    assert leader("DELETE", address).status_code == 409
    listed = leader.get("/api/v1/forecasts/adjustments?queue=burgdorf").json["items"]
    assert [item["taken_back_at"] is None for item in listed] == [False]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("adjustments", LAYER | {"reason": ""}),
        ("adjustments", LAYER | {"value": 99}),
        ("adjustments", LAYER | {"value": "NaN"}),
        ("adjustments", LAYER | {"value": 1.00001}),
        ("adjustments", LAYER | {"last_day": "2026-12-01"}),
        ("adjustments", LAYER | {"from_minute": 7}),
        ("events", EVENT | {"kind": "party"}),
        ("events", EVENT | {"factor": -1}),
        ("events", EVENT | {"queue": "keller"}),
        ("events", EVENT | {"last_day": "2027-01-01"}),
        ("", {"from": "2026-12-01", "to": "2026-12-01"}),
        ("", {"from": "2026-12-01", "to": "2029-12-01"}),
        ("", {"from": "gestern"}),
    ],
)
def test_what_cannot_be_meant_is_refused(callers: Callers, address: str, body: dict[str, Any]):
    response = callers("supervisor")("POST", f"/api/v1/forecasts/{address}".rstrip("/"), json=body)
    assert response.status_code == 422, response.text
    assert response.content_type.startswith("application/problem+json")


def test_a_snapshot_is_read_in_every_format(callers: Callers):
    with transaction() as session:
        run_import(
            session, "hours", "weekday,opens,closes,valid_from\nMo,08:00,10:00,2026-01-01\nDi,08:00,10:00,2026-01-01\n"
        )
        for table in ("fact_interval", "fact_day"):
            session.execute(text(LATER.format(table=table, more=", 'starts_at', f.starts_at + n * interval '1 day'"
                                              if table == "fact_interval" else "")))  # fmt: skip
        session.execute(text("UPDATE stream SET last_at = '2026-10-31 12:00+01'"))
        run = runs.make_run(session, by="test", first=date(2026, 10, 26), end=date(2026, 12, 1)).id
    leader, town = callers("supervisor"), callers("municipality")
    assert leader.get("/api/v1/forecasts").json["items"][0]["id"] == run
    kinds = {series["kind"] for series in leader.get(f"/api/v1/forecasts/{run}").json["series"]}
    assert kinds == {"centre", "queue"}
    answer = leader.get("/api/v1/forecasts/intervals?interval=day")
    assert answer.json["id"] == run
    assert leader.get("/api/v1/forecasts/intervals?interval=day", headers={"If-None-Match": answer.headers["ETag"]})\
        .status_code == 304  # fmt: skip
    document = leader.get("/api/v1/openapi.json").json
    event = leader("POST", "/api/v1/forecasts/events", json=EVENT).json["id"]
    asked = {"from": "2026-10-26", "to": "2026-12-01"}
    wish = leader("POST", "/api/v1/forecasts", json=asked).json["id"]
    leader("POST", "/api/v1/forecasts/adjustments", json=LAYER)
    leader("POST", "/api/v1/staffing/plans", json={"name": "Doppelt", "changes": {"volume": 2}})
    with transaction() as session:
        terms = {"weekly_hours": 39, "cents_per_hour": 4500, "hiring_months": 4, "posts": 2, "leaving_a_year": 0}
        skills = {"queues": ["zentrale", "burgdorf"], "cost_factor": 1}
        assume(session, "skills", "Alle", Validity(date(2026, 1, 1)), skills, by="test")
        assume(session, "terms", None, Validity(date(2026, 1, 1)), terms, by="test")
    for path, members in document["paths"].items():
        if "get" in members and path.startswith(("/api/v1/forecasts", "/api/v1/staffing")):
            query = QUERIES.get(path.rpartition("/")[2], "")
            shown = leader.get(path.format(run=run, event=event, wish=wish) + query)
            assert shown.status_code == 200, shown.text
            schema = members["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            shape = {**schema, "components": document["components"]}
            jsonschema_rs.validator_for(shape, validate_formats=True).validate(shown.json)
    for form, begin in (("csv", b"\xef\xbb\xbfzeilenart"), ("xlsx", b"PK")):
        for address in ("intervals", "partners", "errors"):
            assert leader.get(f"/api/v1/forecasts/{address}?format={form}").data.startswith(begin)
    for address in (
        "requirement?from=2026-10-26&to=2026-11-02&",
        "comparison?from=2026-10-26&to=2026-11-02&plans=1&",
        "capacity?",
    ):
        for form, begin in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
            assert leader.get(f"/api/v1/staffing/{address}format={form}").data.startswith(begin)
    assert leader.get("/api/v1/staffing/requirement?from=2026-10-26&to=2026-11-02").json["groups"]["rows"]
    assert {row["partner"] for row in town.get("/api/v1/forecasts/partners").json["rows"]} <= {"03241003"}
    for address in ("", f"/{run}", "/intervals", "/errors", "/today?queue=burgdorf", "/events", "/adjustments"):
        assert town.get(f"/api/v1/forecasts{address}").status_code == 403
