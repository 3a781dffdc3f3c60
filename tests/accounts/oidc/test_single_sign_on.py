"""Single sign-on against a certified provider: in, out, and what must not work."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select, text

from wfm.accounts.models import LoginSession, OidcLogin, OidcMapping, Person
from wfm.accounts.rules import Role
from wfm.accounts.service import leaving, people
from wfm.core.clock import now
from wfm.core.db import transaction

from .conftest import Provider

SignIn = Callable[..., requests.Response]


def person_of(login: str) -> Person | None:
    with transaction() as session:
        return people.find_person(session, login)


def open_sessions() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM login_session WHERE ended_at IS NULL")) or 0


def test_a_first_sign_in_makes_an_account(sign_in: SignIn, server: str, browser: requests.Session):
    answer = sign_in("kern")
    assert answer.status_code == 200, answer.text
    assert answer.url == f"{server}/konto"
    assert "Vera Kern" in answer.text
    person = person_of("kern")
    assert person is not None
    assert (person.role, person.partner, person.password_hash) == (Role.SUPERVISOR, None, None)
    assert person.subject is not None
    assert person.subject.endswith(" kern")


def test_the_second_one_is_the_same_person(sign_in: SignIn, browser: requests.Session):
    sign_in("kern")
    browser.cookies.clear()
    sign_in("kern")
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM person WHERE login LIKE '%kern%'")) == 1


def test_a_claim_inside_an_object_gives_a_partner(sign_in: SignIn):
    assert sign_in("burg").status_code == 200
    person = person_of("burg")
    assert person is not None
    assert (person.role, person.partner) == (Role.MUNICIPALITY, "03241003")


def test_without_a_role_there_is_no_access(sign_in: SignIn, server: str):
    answer = sign_in("fremd")
    assert answer.status_code == 401
    assert "keine Rolle zugeordnet" in answer.text
    assert person_of("fremd") is None


def test_a_local_account_of_the_same_name_is_not_taken_over(sign_in: SignIn):
    with transaction() as session:
        local, _ = people.add_person(session, login="lokal", name="Lokal", role=Role.ADMIN, by="test")
    assert sign_in("doppelt").status_code == 200
    with transaction() as session:
        found = session.scalars(select(Person).where(Person.subject.like("% doppelt"))).one()
        assert found.id != local.id
        assert found.role == Role.SUPERVISOR


def test_a_changed_mapping_changes_the_role_and_ends_old_sessions(sign_in: SignIn, browser: requests.Session):
    sign_in("kern")
    with transaction() as session:
        mapping = session.scalars(select(OidcMapping).where(OidcMapping.value == "wfm-supervisor")).one()
        mapping.role = Role.FINANCE
    try:
        with requests.Session() as other:
            other.cookies.update(browser.cookies)
            browser.cookies.clear()
            assert "Finanzen" in sign_in("kern").text
            assert other.get(sign_in("kern").url, allow_redirects=False, timeout=10).status_code == 303
    finally:
        with transaction() as session:
            session.get(OidcMapping, mapping.id).role = Role.SUPERVISOR


def test_who_is_locked_out_here_stays_out(sign_in: SignIn, browser: requests.Session):
    sign_in("kern")
    with transaction() as session:
        found = people.find_person(session, "kern")
        assert found is not None
        people.disable_person(session, found.id, by="test")
    try:
        browser.cookies.clear()
        assert sign_in("kern").status_code == 401
    finally:
        with transaction() as session:
            people.enable_person(session, found.id, by="test")


def test_the_provider_may_refuse(sign_in: SignIn):
    answer = sign_in("refuse")
    assert answer.status_code == 401
    assert "access_denied" in answer.text


def test_the_request_has_pkce_state_and_nonce(server: str, provider: Provider, browser: requests.Session):
    asked = browser.get(f"{server}/anmelden/einmal", allow_redirects=False, timeout=10)
    sent = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert len(sent["code_challenge"][0]) == 43
    assert len(sent["state"][0]) >= 43
    assert len(sent["nonce"][0]) >= 43
    assert sent["redirect_uri"] == [f"{server}/anmelden/einmal/zurueck"]


def start(server: str, provider: Provider, browser: requests.Session) -> str:
    """Go to the provider and stop at the very last step: the address to which it sends the browser back."""
    provider.next_is("kern")
    answer = browser.get(f"{server}/anmelden/einmal", allow_redirects=False, timeout=10)
    for _ in range(12):
        where = answer.headers["Location"]
        if where.startswith(f"{server}/anmelden/einmal/zurueck"):
            return where
        answer = browser.get(requests.compat.urljoin(answer.url, where), allow_redirects=False, timeout=10)
    raise AssertionError("the provider does not send the browser back")


def test_another_browser_can_t_use_the_answer(server: str, provider: Provider, browser: requests.Session):
    """Login CSRF: an attacker's answer in a victim's browser."""
    back = start(server, provider, browser)
    answer = requests.get(back, timeout=10)
    assert answer.status_code == 401
    assert "nicht in diesem Browser begonnen" in answer.text


def test_an_answer_counts_once(server: str, provider: Provider, browser: requests.Session):
    back = start(server, provider, browser)
    state = browser.cookies.get("wfm_oidc")
    assert browser.get(back, timeout=10).status_code == 200
    again = requests.get(back, cookies={"wfm_oidc": state or ""}, timeout=10)
    assert again.status_code == 401
    assert "abgelaufen" in again.text


@pytest.mark.parametrize("change", ["code", "state", "iss"])
def test_a_tampered_answer_is_refused(server: str, provider: Provider, browser: requests.Session, change: str):
    back = re.sub(rf"([?&]{change}=)[^&]+", r"\1http%3A%2F%2Fevil.example", start(server, provider, browser))
    assert browser.get(back, timeout=10).status_code == 401
    with transaction() as session:
        assert (
            session.scalar(text("SELECT count(*) FROM login_session WHERE ended_at IS NULL AND person_id IS NULL")) == 0
        )


def test_an_attempt_that_took_too_long_is_over(server: str, provider: Provider, browser: requests.Session):
    back = start(server, provider, browser)
    with transaction() as session:
        session.execute(text("UPDATE oidc_login SET begun_at = begun_at - interval '11 minutes'"))
    assert browser.get(back, timeout=10).status_code == 401


def test_old_attempts_are_cleared(server: str, provider: Provider, browser: requests.Session):
    with transaction() as session:
        session.execute(text("UPDATE oidc_login SET begun_at = begun_at - interval '1 day'"))
    browser.get(f"{server}/anmelden/einmal", allow_redirects=False, timeout=10)
    with transaction() as session:
        assert session.query(OidcLogin).count() == 1


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away(sign_in: SignIn, server: str, path: str):
    assert urlsplit(sign_in("kern", path).url).netloc == urlsplit(server).netloc


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def test_signing_out_here_signs_out_there(sign_in: SignIn, server: str, provider: Provider, browser: requests.Session):
    shown = sign_in("kern")
    answer = browser.post(f"{server}/abmelden", data={"csrf": csrf_of(shown.text)}, timeout=10)
    there = re.search(r'content="0; url=([^"]+)"', answer.text)
    assert there
    address = there[1].replace("&amp;", "&")
    assert address.startswith(f"{provider.address}/session/end?")
    asked = browser.get(address, timeout=10)  # the provider asks whether it may
    assert asked.status_code == 200
    assert browser.get(f"{server}/konto", allow_redirects=False, timeout=10).status_code == 303


def test_signing_out_there_signs_out_here(sign_in: SignIn, server: str, provider: Provider, browser: requests.Session):
    sign_in("kern")
    with transaction() as session:
        kept = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert kept is not None
    asked = browser.get(f"{provider.address}/session/end", params={"id_token_hint": kept.id_token}, timeout=10)
    form = dict(re.findall(r'name="(xsrf)" value="([^"]+)"', asked.text)) | {"logout": "yes"}
    browser.post(f"{provider.address}/session/end/confirm", data=form, timeout=10)
    with transaction() as session:
        assert session.get(LoginSession, kept.id).ended_at is not None
    assert browser.get(f"{server}/konto", allow_redirects=False, timeout=10).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJrZXJuIn0."])
def test_no_stranger_can_sign_people_out(sign_in: SignIn, server: str, token: str):
    sign_in("kern")
    before = open_sessions()
    assert (
        requests.post(f"{server}/anmelden/einmal/abgemeldet", data={"logout_token": token}, timeout=10).status_code
        == 422
    )
    assert open_sessions() == before


def test_an_id_token_is_no_logout_token(sign_in: SignIn, server: str):
    sign_in("kern")
    with transaction() as session:
        token = session.scalar(select(LoginSession.id_token).order_by(LoginSession.id.desc()))
    answer = requests.post(f"{server}/anmelden/einmal/abgemeldet", data={"logout_token": token}, timeout=10)
    assert answer.status_code == 422


def test_new_keys_of_the_provider_are_fetched(sign_in: SignIn, browser: requests.Session, monkeypatch):
    from joserfc.jwk import KeySet, RSAKey

    from wfm.accounts.service import oidc_provider

    stale = KeySet([RSAKey.generate_key(2048, {"kid": "old"})])
    fetched: list[str] = []

    def keys(address: str, when: int) -> KeySet:
        fetched.append(address)
        return stale if len(fetched) == 1 else real(address, when)

    real = oidc_provider._keys
    keys.cache_clear = real.cache_clear  # type: ignore[attr-defined]
    monkeypatch.setattr(oidc_provider, "_keys", keys)
    assert sign_in("kern").status_code == 200
    assert len(fetched) >= 2


def test_the_lock_holds_when_the_account_has_no_name_any_more(sign_in: SignIn, browser: requests.Session):
    """Else whoever was locked out would only have to wait until their name is deleted."""
    sign_in("burg")
    found = person_of("burg")
    assert found is not None
    with transaction() as session:
        people.disable_person(session, found.id, by="test")
    with transaction() as session:
        assert leaving.take_names(session, now() + timedelta(seconds=1)) == 1
    with transaction() as session:
        row = str(session.execute(text("SELECT to_jsonb(p) FROM person p WHERE id = :id"), {"id": found.id}).scalar())
    assert "burg" not in row.lower()
    browser.cookies.clear()
    try:
        assert sign_in("burg").status_code == 401
    finally:
        with transaction() as session:
            session.delete(session.get(Person, found.id))
