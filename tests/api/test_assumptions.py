"""Assumptions over the interface: entered, shown, refused by field, taken out; the same as the pages enter."""

from __future__ import annotations

from typing import Any

import pytest

from wfm.core.db import transaction
from wfm.staffing.service import assumptions as assumed

from .conftest import Callers

ADDRESS = "/api/v1/staffing/assumptions"
FROM = {"valid_from": "2027-01-01"}
PARAMETERS = FROM | {"target": "115", "model": "A"}
TERMS = FROM | {"weekly_hours": 39}
LOSS = FROM | {"kind": "leave", "share": 0.14}
SKILLS = FROM | {"name": "Alle", "queues": ["burgdorf", "zentrale"]}


def test_from_entered_to_withdrawn(callers: Callers):
    leader = callers("supervisor")
    for kind, body in (("parameters", PARAMETERS), ("terms", TERMS), ("shrinkage", LOSS), ("skills", SKILLS)):
        entered = leader("POST", f"{ADDRESS}/{kind}", json=body)
        assert entered.status_code == 201, entered.text
        row = entered.json[kind][0]
        assert row | body == row
        assert row["valid_to"] is None
    later = leader("POST", f"{ADDRESS}/skills", json=SKILLS | {"valid_from": "2027-03-01", "cost_factor": 1.25})
    new, old = later.json["skills"]
    assert (new["cost_factor"], old["valid_to"]) == (1.25, "2027-02-28")
    with transaction() as session:
        [held] = [row for row in assumed.assumptions(session, "skills") if row.id == new["id"]]
        assert (held.queues, float(held.cost_factor)) == (["burgdorf", "zentrale"], 1.25)
    gone = leader("DELETE", f"{ADDRESS}/skills/{new['id']}")
    assert gone.status_code == 200
    assert gone.json["skills"] == [old | {"valid_to": None}]
    assert leader("DELETE", f"{ADDRESS}/skills/{new['id']}").status_code == 404
    assert leader("DELETE", f"{ADDRESS}/wishes/1").status_code == 404
    assert callers("finance").get(ADDRESS).json == leader.get(ADDRESS).json


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("parameters", PARAMETERS | {"queue": "keller"}, "queue"),
        ("parameters", PARAMETERS | {"target": "keins"}, "target"),
        ("parameters", PARAMETERS | {"model": "B"}, "model"),
        ("terms", TERMS | {"weekly_hours": 0}, "weekly_hours"),
        ("terms", TERMS | {"leaving_a_year": 1}, "leaving_a_year"),
        ("terms", TERMS | {"valid_to": "2026-12-31"}, "valid_to"),
        ("shrinkage", LOSS | {"share": 14}, "share"),
        ("shrinkage", LOSS | {"kind": "party"}, "kind"),
        ("skills", SKILLS | {"queues": []}, "queues"),
        ("skills", SKILLS | {"queues": ["burgdorf", "burgdorf"]}, "queues"),
        ("skills", SKILLS | {"wages": 1}, "wages"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(callers: Callers, kind: str, body: dict[str, Any], field: str):
    answer = callers("supervisor")("POST", f"{ADDRESS}/{kind}", json=body)
    assert (answer.status_code, field in answer.text) == (422, True), answer.text


def test_two_of_one_day_are_a_conflict(callers: Callers):
    leader = callers("supervisor")
    leader("POST", f"{ADDRESS}/terms", json=TERMS | {"valid_to": "2027-06-30"})
    assert leader("POST", f"{ADDRESS}/terms", json=TERMS | {"valid_from": "2027-06-01"}).status_code == 409
