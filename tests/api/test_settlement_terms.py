"""Terms, agreements, parties and cost over the interface: what is sent comes back, what is wrong is named."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from wfm.billing import agreement_schemas as ex

from .conftest import BURGDORF, Callers

ROOT = "/api/v1/settlement"


def test_from_a_draft_to_who_is_bound_by_it(callers: Callers, app: Flask):
    finance, leader = callers("finance"), callers("supervisor")
    made = finance("POST", f"{ROOT}/terms", json=ex.EXAMPLE_TERMS)
    assert made.status_code == 201, made.text
    assert (made.json["state"], made.json["version"]) == ("draft", 1)
    assert finance("POST", f"{ROOT}/terms", json=ex.EXAMPLE_TERMS).json["code"] == "terms.name"
    refused = finance("POST", f"{ROOT}/agreements", json=ex.NEW_AGREEMENT)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "terms")
    address = f"{ROOT}/terms/{made.json['id']}"
    assert finance("POST", f"{address}/agree").json["state"] == "agreed"
    assert finance("POST", f"{address}/agree").status_code == 422
    bound = finance("POST", f"{ROOT}/agreements", json=ex.NEW_AGREEMENT)
    assert bound.status_code == 201, bound.text
    assert bound.json | ex.NEW_AGREEMENT == bound.json
    assert leader.get(address).json["partners"] == [BURGDORF]
    assert [one["reference"] for one in leader.get(f"{ROOT}/agreements").json] == [ex.NEW_AGREEMENT["reference"]]
    document: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").json
    answer = document["paths"][f"{ROOT}/terms/{{terms_id}}"]["get"]["responses"]["200"]["content"]["application/json"]
    shape = {**answer["schema"], "components": document["components"]}
    jsonschema_rs.validator_for(shape, validate_formats=True).validate(leader.get(address).json)


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("terms", ex.EXAMPLE_TERMS | {"name": "B", "keys": {}}, "as_of"),
        ("terms", ex.EXAMPLE_TERMS | {"name": "B", "parameters": {"plan_cents": "1"}}, "parameters"),
        ("terms", ex.EXAMPLE_TERMS | {"name": "B", "cycle": ex.EXAMPLE_TERMS["cycle"] | {"due_days": 4}}, "due_days"),
        ("parties", ex.NEW_PARTY | {"leitweg_id": "04011000-12345-04"}, "leitweg_id"),
        ("cost", ex.NEW_ITEM | {"cost_centre": "none"}, "cost_centre"),
    ],
)
def test_a_refusal_names_its_field(callers: Callers, what: str, body: dict[str, Any], field: str):
    answer = callers("finance")("POST", f"{ROOT}/{what}", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field), answer.text


def test_a_party_is_shown_as_it_was_entered(callers: Callers):
    assert callers("finance")("POST", f"{ROOT}/parties", json=ex.NEW_PARTY).status_code == 204
    (party,) = callers("supervisor").get(f"{ROOT}/parties").json
    assert party["details"] | party["booking"] | {"partner": BURGDORF} == {
        name: value for name, value in ex.NEW_PARTY.items() if name != "valid_from"
    }
