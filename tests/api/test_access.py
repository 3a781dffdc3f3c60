"""Every route of the application x every role, and own or foreign partner. A route without a line here fails."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from wfm.accounts.access import guard, permission_of
from wfm.core.paging import write_cursor

from .conftest import BURGDORF, GARBSEN, Callers

CALL, FOREIGN_CALL = (write_cursor(["main", callid, 0]) for callid in "ab")
ROLES = ("nobody", "supervisor", "agent", "finance", "municipality", "admin")

# The status that each role gets; the municipality is Burgdorf.
RIGHTS = f"""
GET  /healthz                                                        200 200 200 200 200 200
GET  /readyz                                                         200 200 200 200 200 200
GET  /metrics                                                        401 403 403 403 403 200
GET  /api/v1/openapi.json                                            200 200 200 200 200 200
GET  /api/v1/docs                                                    200 200 200 200 200 200
GET  /api/v1/partners                                                401 200 200 200 200 200
GET  /api/v1/partners/{BURGDORF}                                     401 200 200 200 200 200
GET  /api/v1/queues                                                  401 200 200 200 200 200
GET  /api/v1/numbers                                                 401 200 200 200 200 200
GET  /api/v1/services                                                401 200 200 200 200 200
GET  /api/v1/targets                                                 401 200 200 200 200 200
GET  /api/v1/calendar?from=2026-09-01&to=2026-09-08                  401 200 200 200 200 200
GET  /api/v1/sources                                                 401 200 403 200 403 200
GET  /api/v1/quarantine                                              401 200 403 403 403 200
POST /api/v1/events                                                  401 403 403 403 403 415
GET  /api/v1/reports/usage?month=2026-09                             401 200 403 200 200 200
GET  /api/v1/reports/queues?from=2026-09-01&to=2026-09-02            401 200 200 403 403 200
GET  /api/v1/reports/completeness?month=2026-09                      401 200 403 200 403 200
GET  /api/v1/calls?from=2026-09-01&to=2026-10-01                     401 200 403 200 200 200
GET  /api/v1/calls/{CALL}                                            401 200 403 200 200 200
GET  /api/v1/calls/{CALL}/events                                     401 200 403 200 200 200
"""

# What a municipality gets of its own and of a foreign partner.
OWN_AND_FOREIGN = f"""
/api/v1/partners/{BURGDORF}                                          200
/api/v1/partners/{GARBSEN}                                           404
/api/v1/partners/REGION                                              404
/api/v1/partners/99999999                                            404
/api/v1/numbers?partner={BURGDORF}                                   200
/api/v1/numbers?partner={GARBSEN}                                    404
/api/v1/calendar?from=2026-09-01&to=2026-09-08&queue=burgdorf        200
/api/v1/calendar?from=2026-09-01&to=2026-09-08&queue=garbsen         404
/api/v1/calendar?from=2026-09-01&to=2026-09-08&queue=zentrale        404
/api/v1/reports/usage?month=2026-09&partner={BURGDORF}               200
/api/v1/reports/usage?month=2026-09&partner={GARBSEN}                404
/api/v1/calls?from=2026-09-01&to=2026-10-01&partner={BURGDORF}       200
/api/v1/calls?from=2026-09-01&to=2026-10-01&partner={GARBSEN}        404
/api/v1/calls/{CALL}                                                 200
/api/v1/calls/{FOREIGN_CALL}                                         404
/api/v1/calls/{CALL}/events                                          200
/api/v1/calls/{FOREIGN_CALL}/events                                  404
/api/v1/calls/{write_cursor(["main", "nobody", 0])}                       404
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("method", "address", "role", "status"),
    [
        (method, address, role, int(status))
        for method, address, *statuses in rows(RIGHTS)
        for role, status in zip(ROLES, statuses, strict=True)
    ],
)
def test_each_role_on_each_route(callers: Callers, valkey, method: str, address: str, role: str, status: int):
    response = callers(None if role == "nobody" else role)(method, address)
    assert response.status_code == status, response.text
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("address", "status"), [(address, int(status)) for address, status in rows(OWN_AND_FOREIGN)])
def test_a_municipality_sees_its_own_only(callers: Callers, address: str, status: int):
    assert callers("municipality").get(address).status_code == status


def test_every_route_has_its_line(app: Flask):
    routes = app.url_map.bind("localhost")
    listed = {routes.match(address.partition("?")[0], method)[0] for method, address, *_ in rows(RIGHTS)}
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


@pytest.mark.parametrize("role", ROLES[1:])
def test_scopes_narrow_a_role(callers: Callers, role: str):
    caller = callers(role, scopes=("directory.read",))
    assert caller.get("/api/v1/partners").status_code == 200
    for _, address, *_ in rows(RIGHTS):
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
