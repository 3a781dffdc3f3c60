"""Signing in and out: sessions of people in browsers.

Guessing is slowed per account and per address of the network. A browser in which somebody has signed in before keeps
a mark and is counted by itself: who tries wrong passwords for an account from elsewhere slows themselves down, and
never the person whose account it is (OWASP, "device cookies").
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from wfm.accounts.models import LoginSession, Person
from wfm.accounts.rules import NotSignedIn, Role, Viewer
from wfm.accounts.service.audit import record
from wfm.accounts.service.people import find_person, get_person, password_fits
from wfm.accounts.service.tokens import digest
from wfm.core import embedded
from wfm.core.clock import now
from wfm.core.config import settings
from wfm.core.errors import NotFound, ServerTrouble, WfmError

if TYPE_CHECKING:  # read at the first sign-in: a start waits for no library that it does not use
    from limits import RateLimitItem
    from limits.strategies import FixedWindowRateLimiter

#: Without a click for so long, or since sign-in: then a session is over.
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
#: When a session was last seen is told to the minute: not every request has to write.
SEEN_EVERY = timedelta(minutes=1)
#: Wrong passwords for one account from unknown browsers together, from one known browser, and from one address.
TRIES_PER_ACCOUNT = "10/15minutes"
TRIES_PER_BROWSER = "10/15minutes"
TRIES_PER_ADDRESS = "50/15minutes"
LOOPBACK = ("127.0.0.1", "::1")


class TooManyTries(WfmError):
    """Too many wrong passwords: wait."""

    http_status = 429


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of where a sign-in comes from: address, name of the program, mark of an earlier sign-in."""

    address: str
    name: str = ""
    mark: str = ""


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
    tries = _limits_for(login, browser)
    limiter = _limiter(embedded.redis_url())
    if not all(limiter.test(limit, *keys) for limit, *keys in tries):
        raise TooManyTries(
            "sign_in.too_many", "Zu viele Versuche mit falschem Passwort: bitte in einer Viertelstunde noch einmal."
        )
    person = find_person(session, login)
    fits = password_fits(person, password)
    if person is None or not fits or person.disabled_at is not None or _from_elsewhere(person, browser):
        for limit, *keys in tries:
            limiter.hit(limit, *keys)
        raise NotSignedIn("sign_in.wrong", "Anmeldename oder Passwort ist nicht richtig.")
    return begin_session(session, person, browser, method="password")


def begin_session(
    session: Session,
    person: Person,
    browser: Browser,
    *,
    method: str,
    oidc_session: str | None = None,
    id_token: str | None = None,
) -> tuple[LoginSession, str]:
    """A session of somebody who has proved who they are, and its secret, which is shown this once."""
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


def _limits_for(login: str, browser: Browser) -> list[tuple[RateLimitItem, str, str]]:
    from limits import parse

    nonce, _, signature = browser.mark.partition(".")
    if nonce and hmac.compare_digest(signature.encode(), _signed(login, nonce).encode()):
        return [(parse(TRIES_PER_BROWSER), "sign-in-browser", nonce)]
    hidden = digest(f"{login}").hex()  # what was typed may be a password
    return [
        (parse(TRIES_PER_ACCOUNT), "sign-in-account", hidden),
        (parse(TRIES_PER_ADDRESS), "sign-in-address", browser.address),
    ]


def _signed(login: str, nonce: str) -> str:
    return hmac.new(settings().secret, f"browser|{login}|{nonce}".encode(), "sha256").hexdigest()


def _from_elsewhere(person: Person, browser: Browser) -> bool:
    return person.loopback_only and browser.address not in LOOPBACK


@cache
def _limiter(redis_url: str) -> FixedWindowRateLimiter:
    from limits.storage import storage_from_string
    from limits.strategies import FixedWindowRateLimiter

    address = redis_url.replace("unix://", "redis+unix://", 1)
    return FixedWindowRateLimiter(storage_from_string(address, socket_timeout=5, socket_connect_timeout=5))
