"""Signing in and out: sessions of people in browsers.

Guessing is slowed per account and per address of the network. A browser in which somebody has signed in before keeps
a mark and is counted by itself: who tries wrong passwords for an account from elsewhere slows themselves down, and
never the person whose account it is (OWASP, "device cookies"). A try counts before its password is looked
at, so that many at the same moment are no more than one after the other.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from wfm.accounts.models import LoginSession, Person
from wfm.accounts.rules import NotSignedIn, Role, Viewer
from wfm.accounts.service.audit import record
from wfm.accounts.service.people import find_person, get_person, password_fits
from wfm.accounts.service.tokens import digest
from wfm.core import counting
from wfm.core.clock import now
from wfm.core.config import settings
from wfm.core.counting import Count
from wfm.core.errors import NotFound, ServerTrouble, WfmError

#: Without a click for so long, or since sign-in: then a session is over.
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
#: When a session was last seen is told to the minute: not every request has to write.
SEEN_EVERY = timedelta(minutes=1)
#: Wrong passwords for one account from unknown browsers together, from one known browser, and from one address.
TRIES_PER_ACCOUNT, TRIES_PER_BROWSER, TRIES_PER_ADDRESS = 10, 10, 50
TRIES_WITHIN_S = 15 * 60
LOOPBACK = ("127.0.0.1", "::1")


class TooManyTries(WfmError):
    """Too many wrong passwords: wait."""

    http_status = 429


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of where a sign-in comes from: address, name of the program, mark of an earlier sign-in, and the
    secret of the session it has, which ends when another one begins."""

    address: str
    name: str = ""
    mark: str = ""
    session: str = field(default="", repr=False)


class _Tries(NamedTuple):
    """What tries are counted by, and how many may be wrong."""

    key: str
    most: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, in which session."""

    viewer: Viewer
    person: Person
    session: LoginSession


def sign_in(session: Session, login: str, password: str, browser: Browser) -> tuple[LoginSession, str]:
    """Begin a session and return its secret for the cookie. The same words for whatever does not fit.

    Raises NotSignedIn; before anything is checked TooManyTries, or ServerTrouble where tries can't be counted.
    """
    from redis import RedisError

    try:
        return _sign_in(session, login.strip().lower(), password, browser)
    except RedisError as error:
        message = "Anmelden geht gerade nicht, weil ein Dienst fehlt: bitte gleich noch einmal versuchen."
        raise ServerTrouble("sign_in.no_counter", message) from error


def _sign_in(session: Session, login: str, password: str, browser: Browser) -> tuple[LoginSession, str]:
    counted = _count_try(login, browser)
    person = find_person(session, login)
    fits = password_fits(person, password)
    if person is None or not fits or person.disabled_at is not None or _from_elsewhere(person, browser):
        raise NotSignedIn("sign_in.wrong", "Anmeldename oder Passwort ist nicht richtig.")
    for one in counted:  # a right password was no try
        counting.take_back(one)
    return begin_session(session, person, browser, method="password")


def _count_try(login: str, browser: Browser) -> list[Count]:
    """Count a try before anything is looked at; raises TooManyTries.

    Who is refused already is not counted further: somebody who goes on trying one account from an address must not
    keep others from signing in there.
    """
    tries = _tries_of(login, browser)
    found = [counting.peek(key, most, TRIES_WITHIN_S) for key, most in tries]
    if all(one.number < one.most for one in found):
        found = [counting.count(key, most, TRIES_WITHIN_S) for key, most in tries]
        if not any(one.too_many for one in found):
            return found
    message = "Zu viele Versuche mit falschem Passwort: bitte in einer Viertelstunde noch einmal."
    raise TooManyTries("sign_in.too_many", message, retry_after=found[0].ends_in_s)


def begin_session(
    session: Session,
    person: Person,
    browser: Browser,
    *,
    method: str,
    oidc_session: str | None = None,
    id_token: str | None = None,
) -> tuple[LoginSession, str]:
    """A session of somebody who has proved who they are, and its secret, which is shown this once.

    The one that this browser had until now ends, whosever it was: its cookie is replaced, so nobody could end it there.
    """
    end_session_of(session, browser)
    secret = secrets.token_urlsafe(32)
    begun = LoginSession(
        secret_hash=digest(secret),
        person_id=person.id,
        csrf_token=secrets.token_urlsafe(32),
        method=method,
        browser=browser.name[:200],
        begun_at=now(),
        seen_at=now(),
        ends_at=now() + LONGEST,
        oidc_session=oidc_session,
        id_token=id_token,
    )
    session.add(begun)
    session.flush()
    record(session, f"person:{person.id}", "session.begun", object_kind="login_session", object_id=begun.id)
    return begun, secret


def resume(session: Session, secret: str) -> SignedIn:
    """Whose session this is; raises NotSignedIn for one that is over, or of somebody locked out."""
    found = session.execute(
        select(LoginSession, Person)
        .join(Person, Person.id == LoginSession.person_id)
        .where(LoginSession.secret_hash == digest(secret))
    ).one_or_none()
    if found is None:
        raise NotSignedIn("session.unknown", "Bitte anmelden.")
    kept, person = found
    at = now()
    if kept.ended_at is not None or person.disabled_at is not None or at >= min(kept.ends_at, kept.seen_at + IDLE):
        raise NotSignedIn("session.over", "Die Sitzung ist abgelaufen: bitte noch einmal anmelden.")
    if at - kept.seen_at >= SEEN_EVERY:
        session.execute(update(LoginSession).where(LoginSession.id == kept.id).values(seen_at=at))
    return SignedIn(viewer_of(person), person, kept)


def viewer_of(person: Person) -> Viewer:
    """What a person may see."""
    return Viewer(person.login, Role(person.role), person.partner, person_id=person.id, agent=person.agent)


def sign_out(session: Session, session_id: int) -> LoginSession:
    """End a session, for good; ending it again changes nothing."""
    kept = session.get(LoginSession, session_id, with_for_update=True)
    if kept is None:
        raise NotFound("session.unknown", "Diese Sitzung gibt es nicht.")
    if kept.ended_at is None:
        kept.ended_at = now()
        record(session, f"person:{kept.person_id}", "session.ended", object_kind="login_session", object_id=kept.id)
    return kept


def end_session_of(session: Session, browser: Browser) -> None:
    """End the session that a browser has, if it has one."""
    if browser.session:
        kept = session.scalar(select(LoginSession.id).where(LoginSession.secret_hash == digest(browser.session)))
        if kept is not None:
            sign_out(session, kept)


def open_sessions(session: Session, person_id: int) -> Sequence[LoginSession]:
    """Where a person is signed in now, newest first."""
    get_person(session, person_id)
    at = now()
    kept = select(LoginSession).where(
        LoginSession.person_id == person_id,
        LoginSession.ended_at.is_(None),
        LoginSession.ends_at > at,
        LoginSession.seen_at > at - IDLE,
    )
    return session.scalars(kept.order_by(LoginSession.id.desc())).all()


def mark_for(login: str) -> str:
    """The mark that a browser keeps after a sign-in: it can't be forged, and fits this login only."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_signed(login, nonce)}"


def _tries_of(login: str, browser: Browser) -> list[_Tries]:
    nonce, _, signature = browser.mark.partition(".")
    if nonce and hmac.compare_digest(signature.encode(), _signed(login, nonce).encode()):
        return [_Tries(f"sign-in-browser/{nonce}", TRIES_PER_BROWSER)]
    hidden = digest(login).hex()  # what was typed may be a password
    return [
        _Tries(f"sign-in-account/{hidden}", TRIES_PER_ACCOUNT),
        _Tries(f"sign-in-address/{browser.address}", TRIES_PER_ADDRESS),
    ]


def _signed(login: str, nonce: str) -> str:
    return hmac.new(settings().secret, f"browser|{login}|{nonce}".encode(), "sha256").hexdigest()


def _from_elsewhere(person: Person, browser: Browser) -> bool:
    return person.loopback_only and browser.address not in LOOPBACK
