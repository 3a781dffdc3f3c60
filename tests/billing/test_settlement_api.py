"""Settlements over the interface: drafted, checked, released by somebody else, objected to by a municipality."""

from __future__ import annotations

from datetime import date

import jsonschema_rs
import pytest
from flask import Flask

from tests.api.conftest import Callers, app, callers, empty
from tests.billing.centre import BURGDORF, LANGENHAGEN, agree, close, cost, parties, terms
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data

__all__ = ["app", "callers", "empty"]

API = "/api/v1"
YEAR = {"from": "2025-01-01", "to": "2026-01-01"}


@pytest.fixture
def ask(empty: Callers) -> Callers:
    """People of a role, signed in; their sessions work for the interface, too."""
    with transaction() as session:
        load_base_data(session)
        parties(session)
        umlage = terms(session, "V1", {})
        for partner in (BURGDORF, LANGENHAGEN):
            agree(session, umlage, partner, date(2025, 1, 1))
        for number in range(1, 13):
            close(session, Month(2025, number), {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000)})
            cost(session, Month(2025, number), 1_000)
    return lambda role, **grant: empty(role, page=True, **grant)


def test_the_life_of_a_settlement(ask: Callers, app: Flask):
    finance, supervisor, municipality = ask("finance"), ask("supervisor"), ask("municipality")
    made = finance("POST", f"{API}/settlements", json={"kind": "annual", **YEAR})
    assert made.status_code == 201, made.text
    number = made.json["id"]
    assert (made.json["state"], made.json["holds"], made.json["steps"]) == ("draft", True, ["check", "withdraw"])
    assert sum(part["share_cents"] for part in made.json["shares"]) == made.json["cost_cents"] == 12_000
    assert len(made.json["cost_items"]) == 12
    again = finance("POST", f"{API}/settlements", json={"kind": "annual", **YEAR})
    assert (again.status_code, again.json["code"]) == (409, "settlement.exists")

    one = f"{API}/settlements/{number}"
    assert supervisor("POST", f"{one}/steps", json={"step": "check"}).status_code == 403
    assert finance("POST", f"{one}/steps", json={"step": "check"}).json["state"] == "checked"
    refused = finance("POST", f"{one}/steps", json={"step": "release"})
    assert (refused.status_code, refused.json["code"]) == (403, "settlement.four_eyes")
    early = municipality("POST", f"{one}/objections", json={"partner": BURGDORF, "reason": "nein"})
    assert early.status_code == 404
    assert supervisor("POST", f"{one}/steps", json={"step": "release"}).json["entries"]
    assert finance("POST", f"{one}/steps", json={"step": "send"}).json["objection_until"]
    late = finance("POST", f"{one}/steps", json={"step": "withdraw"})
    assert (late.status_code, late.json["code"]) == (409, "settlement.state")

    foreign = municipality("POST", f"{one}/objections", json={"partner": LANGENHAGEN, "reason": "nein"})
    assert foreign.status_code == 404
    own = municipality("POST", f"{one}/objections", json={"partner": BURGDORF, "reason": "Zu viele Anrufe."})
    assert own.status_code == 201, own.text
    assert (own.json["state"], own.json["partner"]) == ("objected", BURGDORF)
    assert municipality.get(one).status_code == 403
    decision = {"partner": BURGDORF, "accepted": False, "reason": "Nachgezählt."}
    assert supervisor("POST", f"{one}/decisions", json=decision).json["state"] == "rejected"
    reversal = finance("POST", f"{one}/reversal", json={"reason": "falsch"})
    assert (reversal.status_code, reversal.json["reverses"]) == (201, number)
    assert [each["id"] for each in finance.get(f"{API}/settlements?year=2025").json] == [reversal.json["id"], number]
    assert finance.get(f"{API}/settlements?year=2024").json == []

    document = app.extensions["openapi"]()
    operation = document["paths"]["/api/v1/settlements/{number}"]["get"]
    shape = operation["responses"]["200"]["content"]["application/json"]["schema"]
    for each in (number, reversal.json["id"]):
        answer = finance.get(f"{API}/settlements/{each}").json
        jsonschema_rs.validator_for({**shape, "components": document["components"]}).validate(answer)

    ledger = finance.get(f"{API}/ledger?from=2025-01-01&to=2100-01-01").json
    assert ledger["sum_cents"] == 0 == sum(line["cents"] for line in ledger["lines"])
    assert finance.get(f"{API}/ledger?from=2025-01-02&to=2025-01-01").status_code == 422


def test_comparison_and_sensitivity(ask: Callers):
    query = "from=2025-01-01&to=2026-01-01"
    found = ask("supervisor").get(f"{API}/settlements/comparison?{query}").json
    assert (found["cost_cents"], found["stage"], found["open_months"]) == (12_000, "actual", [])
    assert [each["variant"] for each in found["candidates"] if each["example"]] == [f"V{n}" for n in range(1, 8)]
    other = ask("supervisor").get(f"{API}/settlements/comparison?{query}&cost_cents=500&first=V3").json
    assert (other["cost_cents"], other["stage"], other["first"]) == (500, "assumed", "V3")
    assert ask("supervisor").get(f"{API}/settlements/comparison?{query}&first=V9").status_code == 404
    wrong = ask("supervisor").get(f"{API}/settlements/comparison?from=2025-01-15&to=2025-03-01")
    assert (wrong.status_code, wrong.json["code"]) == (422, "settlement.period")
    found = ask("finance").get(f"{API}/settlements/sensitivity?{query}&partner={BURGDORF}").json
    for row in found["rows"]:
        own = [row["own"][step] for step in ("-30", "-20", "-10", "0", "10", "20", "30")]
        assert own == sorted(own)
