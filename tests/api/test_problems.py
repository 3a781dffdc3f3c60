"""Every kind of error under /api/ is problem+json with a code, a German detail and the fields at fault."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from wfm.core import problems, web
from wfm.core.errors import Conflict, RuleBroken, ServerTrouble

from .conftest import Callers, event

BATCH = "application/cloudevents-batch+json"
EVENTS = "/api/v1/events?source=acd"

CASES = {
    "no address": ("GET", "/api/v1/nothing", {}, 404, "address.unknown"),
    "NUL in the address": ("GET", "/api/v1/partners/a%00b", {}, 404, "address.unknown"),
    "unknown partner": ("GET", "/api/v1/partners/99999999", {}, 404, "partner.unknown"),
    "no method": ("DELETE", "/api/v1/partners", {}, 405, "method.not_allowed"),
    "no content type": ("POST", EVENTS, {"data": "[]"}, 415, "request.content_type"),
    "other content type": ("POST", EVENTS, {"data": "a", "content_type": "text/csv"}, 415, "request.content_type"),
    "no JSON": ("POST", EVENTS, {"data": "{", "content_type": BATCH}, 422, "events.not_json"),
    "too large": ("POST", EVENTS, {"data": b" " * 5_500_000, "content_type": BATCH}, 413, "request.too_large"),
    "no month": ("GET", "/api/v1/reports/usage", {}, 422, "request.invalid"),
    "bad month": ("GET", "/api/v1/reports/usage?month=2026-13", {}, 422, "request.invalid"),
    "unknown argument": ("GET", "/api/v1/partners?limitt=3", {}, 422, "request.invalid"),
    "limit": ("GET", "/api/v1/partners?limit=1_000", {}, 422, "request.invalid"),
    "cursor": ("GET", "/api/v1/partners?cursor=abc", {}, 422, "cursor.invalid"),
    "range": ("GET", "/api/v1/calendar?from=2026-09-02&to=2026-09-01", {}, 422, "calendar.range"),
}


@pytest.mark.parametrize(("method", "address", "sent", "status", "code"), CASES.values(), ids=CASES)
def test_every_kind_of_error(callers: Callers, method: str, address: str, sent: dict, status: int, code: str):
    response = callers("admin")(method, address, **sent)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    body = response.json
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["detail"].endswith((".", ")"))
    assert body["request_id"] == response.headers["X-Request-ID"]
    if status == 405:
        assert "GET" in response.headers["Allow"]


def test_a_name_that_is_not_ours_is_answered_by_nobody(callers: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WFM_HOSTS", "wfm.example, localhost")
    for host, status in (("localhost", 200), ("WFM.example:8080", 200), ("evil.example", 421), ("localhost.evil", 421)):
        assert callers(None).get("/anmelden", headers={"Host": host}).status_code == status
    assert callers(None).get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("/api/v1/reports/usage", [("query", "month", "Diese Angabe fehlt.")]),
        ("/api/v1/partners?limit=a", [("query", "limit", "Hier wird eine ganze Zahl erwartet.")]),
        ("/api/v1/partners?limit=501", [("query", "limit", "Möglich ist 1 bis 500.")]),
        ("/api/v1/partners?n=1", [("query", "n", "Dieses Feld gibt es nicht.")]),
        (
            "/api/v1/calendar?from=2026-W01-1&to=x",
            [("query", name, "Hier wird ein Tag erwartet (JJJJ-MM-TT).") for name in ("from", "to")],
        ),
        ("/api/v1/quarantine?state=lost", [("query", "state", "Möglich sind: open, read, accepted, dropped.")]),
        ("/api/v1/partners?cursor=%00", [("query", "cursor", "Steuerzeichen sind hier nicht erlaubt.")]),
    ],
)
def test_fields_at_fault_are_named_in_german(callers: Callers, address: str, errors: list[tuple[str, str, str]]):
    told = callers("admin").get(address).json["errors"]
    assert sorted((error["in"], error["field"], error["message"]) for error in told) == sorted(errors)


def test_a_malformed_event_is_named(callers: Callers):
    response = callers("admin").send(
        event(90, "call.offered"), {**event(91, "call.offered"), "time": "gestern"}, source="acd"
    )
    assert response.status_code == 422
    assert [error["field"] for error in response.json["errors"]] == ["events[1].time"]


@pytest.fixture
def broken() -> Flask:
    """An application whose routes go wrong in all ways."""
    app = Flask("broken")
    web.prepare(app)
    problems.register(app)
    ways = {
        "conflict": Conflict("token.taken", "Den Namen gibt es schon.", name="a"),
        "rule": RuleBroken("shift.overlaps", "Die Schichten überschneiden sich.", field="start", other=7),
        "servers": ServerTrouble("servers.away", "Der Server antwortet nicht."),
        "database": OperationalError("SELECT 'secret'", {}, Exception("gone")),
        "often": TooManyRequests(retry_after=7),
        "bug": ZeroDivisionError("secret"),
    }

    def fail(way: str) -> None:
        raise ways[way]

    app.add_url_rule("/api/<way>", view_func=fail, endpoint="fail")
    app.add_url_rule("/page/<way>", view_func=fail, endpoint="page")
    return app


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("conflict", 409, "token.taken"),
        ("rule", 422, "shift.overlaps"),
        ("servers", 503, "servers.away"),
        ("database", 503, "servers.away"),
        ("often", 429, "request.too_many"),
        ("bug", 500, "internal"),
    ],
)
def test_errors_of_the_inside(broken: Flask, way: str, status: int, code: str):
    response = broken.test_client().get(f"/api/{way}")
    assert (response.status_code, response.json["code"]) == (status, code)
    assert "secret" not in response.text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_details_go_to_programs(broken: Flask):
    client = broken.test_client()
    assert client.get("/api/conflict").json["details"] == {"name": "a"}
    rule = client.get("/api/rule").json
    assert rule["errors"] == [{"field": "start", "message": "Die Schichten überschneiden sich."}]
    assert rule["details"] == {"other": 7}
    assert client.get("/api/often").headers["Retry-After"] == "7"
    assert client.get("/api/database").headers["Retry-After"] == "5"


def test_outside_the_interface_people_get_text(broken: Flask):
    response = broken.test_client().get("/page/rule")
    assert (response.status_code, response.mimetype) == (422, "text/plain")
    assert response.text == "Die Schichten überschneiden sich.\n"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("4f1c2a7e-9d", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("short", False),
        ("a b c d e", False),
        ("ä" * 9, False),
    ],
)
def test_request_ids(broken: Flask, given: str, kept: bool):
    told = broken.test_client().get("/api/bug", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (told == given) is kept
    assert 8 <= len(told) <= 64


def test_headers_protect(callers: Callers):
    response = callers("admin").get("/api/v1/partners")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Strict-Transport-Security" not in response.headers
    secure = callers("admin").get("/api/v1/partners", base_url="https://localhost")
    assert "max-age=" in secure.headers["Strict-Transport-Security"]


def test_a_known_answer_is_not_sent_again(callers: Callers):
    caller = callers("admin")
    first = caller.get("/api/v1/partners")
    etag = first.headers["ETag"]
    assert not etag.startswith("W/")
    again = caller.get("/api/v1/partners", headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert caller.get("/api/v1/partners?limit=1", headers={"If-None-Match": etag}).status_code == 200
    assert json.loads(first.data)["items"]
