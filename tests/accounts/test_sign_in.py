"""Signing in: sessions, their end, and what slows guessing without locking anybody out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from wfm.accounts.models import Person
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.service import people, sign_in
from wfm.accounts.service.sign_in import Browser, TooManyTries
from wfm.core.db import transaction
from wfm.core.errors import WfmError

GOOD = "Pferd Batterie Heft"
HOME, ELSEWHERE = Browser("10.1.1.1", "Firefox"), Browser("10.9.9.9", "Firefox")
MORNING = datetime(2026, 9, 1, 6, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("database", "valkey")


@pytest.fixture(autouse=True)
def kern(database: str) -> Iterator[int]:
    # Tries are counted by quarters of an hour: none must end in the middle of a test.
    with time_machine.travel(MORNING, tick=False), transaction() as session:
        kern = people.add_person(
            session, login="kern", name="Vera Kern", role=Role.SUPERVISOR, password=GOOD, by="test"
        )[0]
    with time_machine.travel(MORNING, tick=False):
        yield kern.id


def enter(password: str = GOOD, browser: Browser = HOME, login: str = "kern") -> str:
    with transaction() as session:
        return sign_in.sign_in(session, login, password, browser)[1]


def who(secret: str) -> str:
    with transaction() as session:
        return sign_in.resume(session, secret).viewer.name


def test_in_and_out():
    secret = enter(login=" Kern ")
    assert who(secret) == "kern"
    with transaction() as session:
        sign_in.sign_out(session, sign_in.resume(session, secret).session.id)
    with pytest.raises(NotSignedIn):
        who(secret)


def test_the_secret_is_not_kept():
    secret = enter()
    with transaction() as session:
        kept = session.execute(text("SELECT to_jsonb(s) FROM login_session s")).scalar_one()
    assert secret not in str(kept)


@pytest.mark.parametrize(("login", "password"), [("kern", "falsch"), ("niemand", GOOD), ("", ""), ("kern", "")])
def test_whatever_does_not_fit_gets_the_same_words(login: str, password: str):
    with pytest.raises(NotSignedIn) as refused:
        enter(password, login=login)
    assert refused.value.message == "Anmeldename oder Passwort ist nicht richtig."


def test_an_idle_session_ends():
    with time_machine.travel(MORNING, tick=False) as clock:
        secret = enter()
        for _ in range(8):
            clock.shift(timedelta(minutes=59))
            assert who(secret) == "kern"
        clock.shift(timedelta(minutes=60))
        with pytest.raises(NotSignedIn):
            who(secret)


def test_no_session_outlives_twelve_hours():
    with time_machine.travel(MORNING, tick=False) as clock:
        secret = enter()
        for _ in range(23):
            clock.shift(timedelta(minutes=31))
            assert who(secret) == "kern"
        clock.shift(timedelta(minutes=8))
        with pytest.raises(NotSignedIn):
            who(secret)


def test_guessing_is_slowed():
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch")
    with pytest.raises(TooManyTries):
        enter(GOOD)
    with pytest.raises(TooManyTries):  # from another address, too: it is the account that is guessed at
        enter(GOOD, ELSEWHERE)


def test_nobody_can_lock_out_somebody_else():
    """Who has signed in here before gets in, whatever others try from elsewhere."""
    known = Browser(HOME.address, HOME.name, sign_in.mark_for("kern"))
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch", ELSEWHERE)
    with pytest.raises(TooManyTries):
        enter("falsch", ELSEWHERE)
    assert who(enter(GOOD, known)) == "kern"


def test_a_known_browser_is_slowed_by_itself():
    known = Browser(HOME.address, HOME.name, sign_in.mark_for("kern"))
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch", known)
    with pytest.raises(TooManyTries):
        enter(GOOD, known)
    assert who(enter(GOOD, ELSEWHERE)) == "kern"


@pytest.mark.parametrize("mark", ["", "x", "x.y", ".", "nonce." + "0" * 64])
def test_a_mark_can_t_be_made_up(mark: str):
    forged = Browser(ELSEWHERE.address, "", mark)
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch", forged)
    with pytest.raises(TooManyTries):
        enter("falsch", forged)


def test_a_mark_fits_its_login_only():
    other = Browser(ELSEWHERE.address, "", sign_in.mark_for("admin"))
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch", other)
    with pytest.raises(TooManyTries):
        enter("falsch", other)


def test_many_accounts_from_one_address_are_slowed():
    for number in range(50):
        with pytest.raises(NotSignedIn):
            enter("falsch", ELSEWHERE, f"name{number}")
    with pytest.raises(TooManyTries):
        enter(GOOD, ELSEWHERE)
    assert who(enter(GOOD, HOME)) == "kern"


def test_right_passwords_count_for_nothing():
    for _ in range(12):
        enter()
    assert who(enter()) == "kern"


def test_who_is_locked_out_stays_out(kern: int):
    secret = enter()
    with transaction() as session:
        people.add_person(session, login="admin", name="A", role=Role.ADMIN, password=GOOD, by="test")
        people.disable_person(session, kern, by="test")
    with pytest.raises(NotSignedIn):
        who(secret)
    with pytest.raises(NotSignedIn):
        enter()


def test_accounts_of_the_demonstration_stay_on_this_machine():
    with transaction() as session:
        people.add_person(
            session, login="demo", name="D", role=Role.ADMIN, password=GOOD, loopback_only=True, by="test"
        )
    with pytest.raises(NotSignedIn):
        enter(login="demo")
    assert who(enter(login="demo", browser=Browser("127.0.0.1"))) == "demo"


@pytest.mark.parametrize("marked", [False, True])
def test_many_tries_at_once_are_no_more_than_ten(monkeypatch: pytest.MonkeyPatch, marked: bool):
    """However many threads the web server has: passwords looked at are counted, not answers."""
    where = Browser(HOME.address, HOME.name, sign_in.mark_for("kern")) if marked else ELSEWHERE
    looked_at = []
    fits = people.password_fits

    def looking(person: Person | None, password: str) -> bool:
        looked_at.append(password)
        return fits(person, password)

    monkeypatch.setattr(sign_in, "password_fits", looking)
    together = threading.Barrier(30)

    def attempt(number: int) -> type[Exception]:
        together.wait()
        with pytest.raises(WfmError) as refused:
            enter(f"falsch {number}", where)
        return refused.type

    with ThreadPoolExecutor(30) as threads:
        found = list(threads.map(attempt, range(30)))
    assert len(looked_at) <= 10
    assert found.count(NotSignedIn) == len(looked_at)
    for _ in range(10 - len(looked_at)):
        with pytest.raises(NotSignedIn):
            enter("falsch", where)
    with pytest.raises(TooManyTries) as refused:
        enter(GOOD, where)
    assert 1 <= refused.value.details["retry_after"] <= 15 * 60


def test_who_is_refused_for_one_account_does_not_use_up_the_address():
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch", ELSEWHERE)
    for _ in range(60):
        with pytest.raises(TooManyTries):
            enter("falsch", ELSEWHERE)
    with pytest.raises(NotSignedIn):
        enter("falsch", ELSEWHERE, "somebody")


def test_signing_in_again_ends_the_session_that_browser_had():
    first = enter()
    second = enter(browser=Browser(HOME.address, HOME.name, session=first))
    with pytest.raises(NotSignedIn):
        who(first)
    assert who(second) == "kern"
    elsewhere = enter(browser=ELSEWHERE)
    assert (who(second), who(elsewhere)) == ("kern", "kern")


def test_a_wrong_password_ends_nothing():
    first = enter()
    with pytest.raises(NotSignedIn):
        enter("falsch", Browser(HOME.address, HOME.name, session=first))
    assert who(first) == "kern"


def test_a_browser_s_session_stands_in_no_log():
    assert "geheim" not in repr(Browser("10.1.1.1", session="geheim"))


def test_the_next_quarter_of_an_hour_begins_anew():
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            enter("falsch")
    with pytest.raises(TooManyTries) as refused:
        enter()
    wait = refused.value.details["retry_after"]
    with time_machine.travel(MORNING + timedelta(seconds=wait - 1), tick=False), pytest.raises(TooManyTries):
        enter()
    with time_machine.travel(MORNING + timedelta(seconds=wait), tick=False):
        assert who(enter()) == "kern"
