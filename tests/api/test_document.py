"""The OpenAPI document: valid in its structure, complete, and true to what routes answer."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from wfm.accounts.access import PUBLIC, permission_of
from wfm.app import create_app
from wfm.core.paging import write_cursor

from .conftest import BURGDORF, Callers

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    return app.test_client().get("/api/v1/openapi.json").json


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, members in document["paths"].items()
        for method, operation in members.items()
        if method in METHODS
    ]


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def test_it_is_openapi_3_1(document: dict[str, Any]):
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert {"title", "version"} <= document["info"].keys()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_first_asked_for_by_many_at_once_it_is_the_same_for_all():
    fresh = create_app()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: fresh.test_client().get("/api/v1/openapi.json"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["paths"]


def test_every_reference_leads_somewhere(document: dict[str, Any]):
    found = references(document)
    assert found
    for reference in found:
        assert resolved(document, {"$ref": reference})


def test_every_schema_is_a_json_schema(document: dict[str, Any]):
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.validator_for({**schema, "components": document["components"]})


def test_every_route_of_the_interface_is_in_it(app: Flask, document: dict[str, Any]):
    routes = {
        re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and permission_of(app, rule.endpoint) != PUBLIC
    }
    assert routes == set(document["paths"])


def test_every_operation_is_complete(app: Flask, document: dict[str, Any]):
    for path, method, operation in operations(document):
        assert operation["summary"], path
        assert operation["security"] == [{way: [permission(app, path, method)]} for way in ("token", "session")], path
        assert {"401", "403", "404"} <= operation["responses"].keys(), path
        for status, response in operation["responses"].items():
            response = resolved(document, response)
            assert response["description"], path
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]
        for parameter in operation.get("parameters", []):
            assert {"name", "in", "schema"} <= resolved(document, parameter).keys(), path


def permission(app: Flask, path: str, method: str) -> str | None:
    endpoint, _ = app.url_map.bind("localhost").match(re.sub(r"{\w+}", "1", path), method.upper())
    return permission_of(app, endpoint)


def test_every_operation_has_examples_of_its_own_shape(document: dict[str, Any]):
    for path, _, operation in operations(document):
        bodies = [response.get("content", {}) for response in operation["responses"].values() if "$ref" not in response]
        bodies.append(operation.get("requestBody", {}).get("content", {}))
        examples = [content for body in bodies for content in body.values()]
        assert examples, path
        for content in examples:
            if content["schema"].get("format") == "binary":
                continue  # a spreadsheet is no text that a document could show
            schema = {**content["schema"], "components": document["components"]}
            jsonschema_rs.validator_for(schema, validate_formats=True).validate(content["example"])


def test_the_page_shows_it_and_loads_nothing(app: Flask, document: dict[str, Any]):
    response = app.test_client().get("/api/v1/docs")
    assert response.mimetype == "text/html"
    for path, method, _ in operations(document):
        assert f"{method.upper()} {path}" in response.text
    assert not re.search(r"<script|src=|href=\"(?!#|/)|@import|url\(", response.text)
    assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]


#: What there must be something of first: tested beside it.
ELSEWHERE = (
    *("/api/v1/forecasts/", "/api/v1/staffing/", "/api/v1/settlement/terms/"),
    *("/api/v1/settlements/{", "/api/v1/documents/", "/api/v1/exports/"),
)


def test_answers_are_as_documented(callers: Callers, document: dict[str, Any]):
    addresses = {
        "/api/v1/reports/usage": "?month=2026-09",
        "/api/v1/reports/usage-year": "?year=2026",
        "/api/v1/reports/queues": "?from=2026-09-01&to=2026-09-02",
        "/api/v1/reports/completeness": "?month=2026-09",
        "/api/v1/calendar": "?from=2026-09-01&to=2026-09-03",
        "/api/v1/calls": "?from=2026-09-01&to=2026-10-01",
        "/api/v1/calls/{call_id}": "",
        "/api/v1/calls/{call_id}/events": "",
        "/api/v1/partners/{key}": "",
        "/api/v1/settlement/cost": "?year=2026",
        "/api/v1/settlement/cost/cover": "?year=2026",
        "/api/v1/settlements/comparison": "?from=2026-09-01&to=2026-10-01&cost_cents=100000",
        "/api/v1/settlements/sensitivity": f"?from=2026-09-01&to=2026-10-01&cost_cents=100000&partner={BURGDORF}",
        "/api/v1/ledger": "?from=2026-01-01&to=2027-01-01",
    }
    for path, method, operation in operations(document):
        if method != "get" or path.startswith(ELSEWHERE):
            continue
        named = {"call_id": write_cursor(["main", "a", 0]), "key": BURGDORF, "partner": BURGDORF, "month": "2026-09"}
        address = path.format(**named) + addresses.get(path, "")
        answer = callers("admin").get(address).json
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        shape = {**schema, "components": document["components"]}
        jsonschema_rs.validator_for(shape, validate_formats=True).validate(answer)
