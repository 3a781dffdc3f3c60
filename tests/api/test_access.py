"""Every route of the application x every role, and own or foreign partner. A route without a line here fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from wfm.accounts.access import guard, permission_of
from wfm.core.paging import write_cursor

from .conftest import BURGDORF, GARBSEN, Callers

CALL, FOREIGN_CALL, NO_CALL = (write_cursor(["main", callid, 0]) for callid in ("a", "b", "nobody"))
ROLES = ("nobody", "supervisor", "agent", "finance", "municipality", "admin", "staff_council")

#: Beside this file: a table for each part of the application. Names in braces stand for what the tests' centre holds.
TABLES = Path(__file__).parent / "access"
NAMES = {"BURGDORF": BURGDORF, "GARBSEN": GARBSEN, "CALL": CALL, "FOREIGN_CALL": FOREIGN_CALL, "NO_CALL": NO_CALL}


def rows(pattern: str) -> list[list[str]]:
    lines = [line for file in sorted(TABLES.glob(pattern)) for line in file.read_text().splitlines()]
    return [line.format(**NAMES).split() for line in lines if line and not line.startswith("#")]


RIGHTS = [row for row in rows("*.txt") if len(row) > 2]
OWN_AND_FOREIGN = rows("*.own.txt")


def is_page(address: str) -> bool:
    return not address.startswith(("/api/", "/metrics"))


@pytest.mark.parametrize(
    ("method", "address", "role", "status"),
    [
        (method, address, role, int(status))
        for method, address, *statuses in RIGHTS
        for role, status in zip(ROLES, statuses, strict=True)
    ],
)
def test_each_role_on_each_route(callers: Callers, valkey, method: str, address: str, role: str, status: int):
    ask = callers(None if role == "nobody" else role, page=is_page(address))
    with ask(method, address) as response:
        assert response.status_code == status, response.text
        if status == 401 and not is_page(address):
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("address", "status"), [(address, int(status)) for address, status in OWN_AND_FOREIGN])
def test_a_municipality_sees_its_own_only(callers: Callers, address: str, status: int):
    assert callers("municipality", page=is_page(address)).get(address).status_code == status


def test_every_route_has_its_line(app: Flask):
    routes = app.url_map.bind("localhost")
    listed = {routes.match(address.partition("?")[0], method)[0] for method, address, *_ in RIGHTS}
    assert listed == {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_route_says_who_may_call_it(app: Flask):
    assert [rule.rule for rule in app.url_map.iter_rules() if permission_of(app, rule.endpoint) is None] == []


def test_a_route_that_says_nothing_is_closed(callers: Callers):
    from wfm.core import problems

    app = Flask("closed")
    app.get("/api/forgotten")(lambda: "secret")
    problems.register(app)
    guard(app)
    headers = {"Authorization": f"Bearer {callers('admin').token}"}
    client: FlaskClient = app.test_client()
    assert client.get("/api/forgotten").status_code == 401
    response = client.get("/api/forgotten", headers=headers)
    assert (response.status_code, response.json["code"]) == (403, "access.closed")


@pytest.mark.parametrize("role", ROLES[1:-1])  # the staff council has nothing to do with the directory
def test_scopes_narrow_a_role(callers: Callers, role: str):
    caller = callers(role, scopes=("directory.read",))
    assert caller.get("/api/v1/partners").status_code == 200
    for _, address, *_ in RIGHTS:
        if "reports" in address or "sources" in address:
            assert caller.get(address).status_code == 403


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic d2ZtOndmbQ==", "Bearer wfm_wrong", "Bearer ü"])
def test_what_is_no_token_is_refused(callers: Callers, value: str):
    response = callers(None).get("/api/v1/partners", headers={"Authorization": value})
    assert response.status_code == 401
    assert response.json["code"] in ("access.not_signed_in", "token.unknown")


def test_a_municipality_sees_no_sums_of_others(callers: Callers):
    report = callers("municipality").get("/api/v1/reports/usage?month=2026-09").json
    assert [row["partner"] for row in report["rows"]] == [BURGDORF]
    assert report["rows"][0]["calls"] == 1
    assert "total" not in report
    assert "unattributed" not in report
    assert report["attribution"] == report["rows"][0]["attribution"]
    assert all(gap.keys() == {"start", "end", "kind"} for gap in report["gaps"])


def test_a_municipality_sees_its_own_in_lists(callers: Callers):
    own = callers("municipality")
    assert [partner["key"] for partner in own.get("/api/v1/partners").json["items"]] == [BURGDORF]
    assert {number["partner"] for number in own.get("/api/v1/numbers").json["items"]} == {BURGDORF}
    assert [queue["name"] for queue in own.get("/api/v1/queues").json["items"]] == ["burgdorf"]
