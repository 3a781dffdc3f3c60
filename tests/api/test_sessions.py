"""Sessions in browsers: what forms must bring, where nobody is led, and what becomes of an interrupted form."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.core.db import transaction

from .conftest import Caller, Callers, signed_in

PASSWORD = "Pferd Batterie Heft"
OURS = {"Origin": "http://localhost"}
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def client(app: Flask, empty: Callers, valkey) -> FlaskClient:
    with transaction() as session:
        people.add_person(session, login="kern", name="Vera Kern", role=Role.ADMIN, password=PASSWORD, by="test")
    return app.test_client()


def enter(client: FlaskClient, password: str = PASSWORD, **more: str):
    return client.post("/anmelden", data={"login": "kern", "password": password, **more}, headers=OURS)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found
    return found[1]


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('<form class="wfm-form"') :]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {html.unescape(name): html.unescape(value) for name, value in pairs}


def test_the_cookie_says_nothing_and_goes_nowhere(client: FlaskClient):
    answer = enter(client)
    assert answer.status_code == 303
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("wfm_session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "kern" not in cookie


def test_over_tls_the_cookie_is_bound_to_the_host(client: FlaskClient):
    answer = client.post(
        "/anmelden",
        data={"login": "kern", "password": PASSWORD},
        headers={"Origin": "https://localhost"},
        base_url="https://localhost",
    )
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if "wfm_session" in line]
    assert cookie.startswith("__Host-wfm_session=")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", "this host only"


def test_what_browsers_are_told_of_tls_is_what_is_configured(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    assert "Strict-Transport-Security" not in client.get("/anmelden").headers
    monkeypatch.setenv("WFM_HSTS", "max-age=600; includeSubDomains")
    answer = client.get("/anmelden", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=600; includeSubDomains"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/anmelden", "/sprache", "/konto/passwort", "/abmelden"])
def test_forms_of_other_sites_are_refused(client: FlaskClient, headers: dict[str, str], path: str):
    enter(client)
    token = csrf_of(client.get("/konto").text)
    answer = client.post(path, data={"login": "kern", "password": PASSWORD, "csrf": token}, headers=headers)
    assert answer.status_code == 403
    assert client.get("/konto").status_code == 200


@pytest.mark.parametrize("token", ["", "falsch", "ü", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_form_without_its_value_is_refused(client: FlaskClient, token):
    enter(client)
    assert client.post("/abmelden", data={"csrf": token}, headers=OURS).status_code == 403
    assert client.get("/konto").status_code == 200


def test_another_session_s_value_is_refused(app: Flask, client: FlaskClient):
    enter(client)
    other: Caller = signed_in(app, "supervisor")
    assert client.post("/abmelden", data={"csrf": other.csrf}, headers=OURS).status_code == 403


def test_a_token_needs_no_form(callers: Callers, app: Flask):
    """Programs have no cookies that another site could use."""
    assert callers("admin").send(source="acd").status_code in (202, 422)


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/konto\r\nSet-Cookie: a=b",
        "/\tkonto",
        "http:///konto",
        "",
    ],
)
def test_nobody_is_led_away(client: FlaskClient, path: str):
    answer = enter(client, next=path)
    assert answer.headers["Location"] == "/"
    assert "a=b" not in str(answer.headers)
    assert client.get("/anmelden", query_string={"next": path}).headers["Location"] == "/"
    moved = client.post("/sprache", data={"language": "en", "next": path}, headers=OURS)
    assert moved.headers["Location"] == "/"


def test_one_comes_back_to_where_one_was(client: FlaskClient):
    asked = client.get("/konto/passwort?a=b")
    assert asked.status_code == 303
    assert asked.headers["Location"] == "/anmelden?next=/konto/passwort?a%3Db"
    assert enter(client, next="/konto/passwort?a=b").headers["Location"] == "/konto/passwort?a=b"


def test_what_was_typed_outlives_the_session(client: FlaskClient):
    """A form sent after the session has ended: sign in, look at it, send it; nothing is lost."""
    enter(client)
    form = {"claim": "groups", "value": "<b>Ä & ö</b>", "role": "finance", "place": "7"}
    token = csrf_of(client.get("/verwaltung/einmalanmeldung").text)
    with transaction() as session:
        session.execute(text("UPDATE login_session SET seen_at = seen_at - :idle"), {"idle": timedelta(hours=2)})
    asked = client.post("/verwaltung/einmalanmeldung", data={**form, "csrf": token}, headers=OURS)
    assert asked.status_code == 401
    kept = hidden(asked.text)
    assert kept["kept.value"] == form["value"]
    assert "kept.csrf" not in kept
    wrong = enter(client, "falsch", **kept)
    assert hidden(wrong.text)["kept.value"] == form["value"]
    again = enter(client, **kept)
    assert again.status_code == 200
    assert 'action="/verwaltung/einmalanmeldung"' in again.text
    assert client.post("/verwaltung/einmalanmeldung", data=hidden(again.text), headers=OURS).status_code == 303
    with transaction() as session:
        assert session.execute(text("SELECT claim, value, role, place FROM oidc_mapping")).one() == (
            "groups",
            form["value"],
            "finance",
            7,
        )


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_what_another_site_typed_is_not_kept(client: FlaskClient, headers: dict[str, str]):
    """The browser sends it without our cookie: whoever signs in next must not be offered to send it as theirs."""
    answer = client.post("/verwaltung/konten/7", data={"role": "admin", "name": "Mallory"}, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/anmelden")
    assert "Mallory" not in answer.text


@pytest.mark.parametrize(("size", "kind"), [(5_500_000, "application/x-www-form-urlencoded"), (600_000, MULTIPART)])
def test_what_is_too_large_to_be_kept_is_refused(client: FlaskClient, size: int, kind: str):
    field = b'--x\r\nContent-Disposition: form-data; name="number"\r\n\r\n%b\r\n--x--\r\n'
    answer = client.post("/verzeichnis/einlesen", data=field % (b"0" * size), content_type=kind)
    assert (answer.status_code, "Die Anfrage ist zu groß." in answer.text) == (413, True)


def test_a_password_is_never_kept(client: FlaskClient):
    asked = client.post("/konto/passwort", data={"old": "geheim1", "password": "geheim2", "again": "geheim3"})
    assert asked.status_code == 401
    assert "geheim" not in asked.text


def test_a_first_password_is_changed_before_anything_else(client: FlaskClient):
    with transaction() as session:
        made = people.reset_password(session, 1, by="test")
    answer = enter(client, made)
    assert answer.headers["Location"] == "/konto/passwort"
    assert client.get("/").headers["Location"] == "/konto/passwort"
    assert client.get("/api/v1/partners").status_code == 403
    page = client.get("/konto/passwort")
    form = {"csrf": csrf_of(page.text), "old": made, "password": "kurz", "again": "kurz"}
    refused = client.post("/konto/passwort", data=form, headers=OURS)
    assert refused.status_code == 422
    assert "mindestens 12" in refused.text
    form |= {"password": PASSWORD, "again": PASSWORD}
    assert client.post("/konto/passwort", data=form, headers=OURS).status_code == 303
    assert client.get("/").status_code == 200


def test_a_session_elsewhere_can_be_ended_and_a_stranger_s_can_not(app: Flask, client: FlaskClient):
    enter(client)
    elsewhere = app.test_client()
    enter(elsewhere)
    stranger = signed_in(app, "supervisor")
    page = client.get("/konto").text
    (number,) = re.findall(r"/konto/sitzungen/(\d+)/beenden", page)
    assert stranger("POST", f"/konto/sitzungen/{number}/beenden").status_code == 404
    assert elsewhere.get("/konto").status_code == 200
    client.post(f"/konto/sitzungen/{number}/beenden", data={"csrf": csrf_of(page)}, headers=OURS)
    assert elsewhere.get("/konto").status_code == 303
    assert "Die Sitzung ist beendet." in client.get("/konto").text
    assert "Die Sitzung ist beendet." not in client.get("/konto").text


def test_signing_in_again_leaves_no_session_open(client: FlaskClient):
    enter(client)
    first = client.get_cookie("wfm_session").value
    enter(client)
    client.set_cookie("wfm_session", first)
    assert client.get("/konto").status_code == 303


@pytest.mark.parametrize(
    ("shown", "back"),
    [
        ("http://localhost/nutzung/dateien?month=2026-09", "/anmelden?next=/nutzung/dateien?month%3D2026-09"),
        ("http://evil.example/konto", "/anmelden"),
        ("javascript:alert(1)", "/anmelden"),
        ("", "/anmelden"),
    ],
)
def test_part_of_a_page_sends_the_whole_page_to_the_sign_in(client: FlaskClient, shown: str, back: str):
    """What a page renews by itself must not put the sign-in into its middle."""
    headers = {"HX-Request": "true", "HX-Current-URL": shown}
    for answer in (client.get("/konto", headers=headers), client.post("/konto/passwort", headers=headers)):
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == back
        assert answer.text == ""


def test_signing_out_leaves_nothing(client: FlaskClient):
    enter(client)
    answer = client.post("/abmelden", data={"csrf": csrf_of(client.get("/konto").text)}, headers=OURS)
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert client.get("/konto").status_code == 303


def test_pages_are_kept_by_nobody_and_scripts_need_a_nonce_of_theirs(client: FlaskClient):
    first, second = client.get("/anmelden"), client.get("/anmelden")
    assert first.headers["Cache-Control"] == "no-store"
    policy = first.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy != second.headers["Content-Security-Policy"]
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', first.text))
    assert f"'nonce-{nonce}'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", first.text)


def test_tries_are_answered_429(client: FlaskClient):
    with time_machine.travel(datetime(2026, 9, 1, 8, tzinfo=UTC), tick=False):  # within one quarter of an hour
        for _ in range(10):
            assert enter(client, "falsch").status_code == 401
        answer = enter(client)
    assert answer.status_code == 429
    assert "Viertelstunde" in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60


def test_where_tries_can_t_be_counted_nobody_gets_in(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("WFM_REDIS_URL", f"unix://{tmp_path}/nobody?db=0")
    answer = enter(client)
    assert answer.status_code == 503
    assert "bitte gleich noch einmal" in answer.text
    assert client.get("/konto").status_code == 303


def test_another_language_stays(client: FlaskClient):
    enter(client)
    client.post("/sprache", data={"language": "en", "csrf": csrf_of(client.get("/konto").text)}, headers=OURS)
    assert '<html lang="en">' in client.get("/konto").text
    client.post("/sprache", data={"language": "tlh", "csrf": csrf_of(client.get("/konto").text)}, headers=OURS)
    assert '<html lang="en">' in client.get("/konto").text
