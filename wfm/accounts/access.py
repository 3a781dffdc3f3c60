"""Who may call a route: each says so itself, and a route that says nothing is closed.

Programs come with a token, people with the cookie of their session. The decision falls before arguments are read, so
that a stranger learns nothing from how a request is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from wfm.accounts import throttle
from wfm.accounts.models import LoginSession, Person
from wfm.accounts.rules import PERMISSIONS, SIGNED_IN, NotSignedIn, Viewer
from wfm.accounts.service import sign_in, tokens
from wfm.accounts.throttle import count_request
from wfm.core.db import transaction
from wfm.core.errors import NotAllowed
from wfm.core.web import Blueprint

PUBLIC = "public"
SAFE = ("GET", "HEAD", "OPTIONS")
#: Browsers bind a cookie of this name to this very host and to TLS.
COOKIE, SECURE_COOKIE = "wfm_session", "__Host-wfm_session"
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[View], View]:
    """The route is for viewers with this permission."""
    assert permission in PERMISSIONS, permission
    return _marked(permission, [{"token": [permission]}, {"session": [permission]}])


def signed_in(view: View) -> View:
    """The route is for every person who is signed in, and concerns their own account."""
    return _marked(SIGNED_IN, [{"session": []}])(view)


def public(view: View) -> View:
    """The route is for everybody."""
    return _marked(PUBLIC, [])(view)


def _marked(permission: str, security: list[dict[str, list[str]]]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        documented: Any = Blueprint.doc(security=security)(view)
        documented.permission = permission
        return documented

    return mark


def permission_of(app: Flask, endpoint: str) -> str | None:
    """What a route asks for: a permission, SIGNED_IN, PUBLIC, or None for one that nobody may call."""
    return getattr(app.view_functions[endpoint], "permission", None)


def viewer() -> Viewer:
    """Whoever asks. Only in routes that require a permission."""
    asking: Viewer = g.viewer
    return asking


def person() -> Person | None:
    """The person who is signed in, if anybody."""
    found: Person | None = g.get("person")
    return found


def login_session() -> LoginSession | None:
    """The session in which they are signed in, if anybody."""
    found: LoginSession | None = g.get("login_session")
    return found


def guard(app: Flask) -> None:
    """Check every request before its route is entered."""
    throttle.prepare(app)

    @app.before_request
    def check() -> None:
        permission = permission_of(app, request.endpoint) if request.endpoint else PUBLIC
        if permission == PUBLIC:  # or no such address, or no such method: said next, on a page of theirs
            _know_person()
            count_request(g.get("viewer"), permission, _cookie_value())
            return
        try:
            g.viewer, secret = _sign_in()
        except NotSignedIn:
            count_request(None, permission, None)  # keys that do not fit are counted, too
            raise
        count_request(g.viewer, permission, secret)
        _check_form()
        structlog.contextvars.bind_contextvars(viewer=g.viewer.actor)
        if permission is None:
            raise NotAllowed("access.closed", "Diese Adresse ist nicht freigegeben.")
        g.viewer.require(permission)


def keep_session(response: Response, secret: str, login: str) -> None:
    """Give the browser its session, and the mark by which its later tries are counted apart."""
    ways: dict[str, Any] = {"secure": request.is_secure, "httponly": True, "samesite": "Lax", "path": "/"}
    response.set_cookie(_cookie(), secret, **ways)
    age = int(sign_in.LONGEST.total_seconds()) * 2 * 180
    response.set_cookie("wfm_browser", sign_in.mark_for(login), max_age=age, **ways)


def forget_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(_cookie(), path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def browser() -> sign_in.Browser:
    """Where this request comes from."""
    return sign_in.Browser(
        request.remote_addr or "",
        request.headers.get("User-Agent", ""),
        mark=request.cookies.get("wfm_browser", ""),
        session=_cookie_value(),
    )


def check_origin() -> None:
    """Refuse what another site makes a browser send. Browsers say where a request began; a program says nothing."""
    if from_another_site():
        raise NotAllowed("access.foreign_origin", "Diese Anfrage kam von einer fremden Seite.")


def from_another_site() -> bool:
    """Whether the browser says that another site made it send this."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    return foreign or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _cookie() -> str:
    return SECURE_COOKIE if request.is_secure else COOKIE


def _cookie_value() -> str:
    return request.cookies.get(_cookie(), "")


def _sign_in() -> tuple[Viewer, str]:
    """Who asks, and the secret they bring."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (secret := secret.strip()):
        with transaction() as session:
            return tokens.authenticate(session, secret), secret
    if not (cookie := _cookie_value()) or scheme:
        raise NotSignedIn(
            "access.not_signed_in",
            "Dafür ist eine Anmeldung oder ein Zugangsschlüssel nötig (Kopfzeile „Authorization: Bearer wfm_…“).",
        )
    return _resume(cookie).viewer, cookie


def _check_form() -> None:
    """What a browser sends in a session must come from a page of ours."""
    kept = login_session()
    if kept is None or request.method in SAFE:
        return
    check_origin()
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), kept.csrf_token.encode()):
        raise NotAllowed("access.csrf", "Dieses Formular ist zu alt oder kam von woanders: bitte die Seite neu laden.")


def _resume(cookie: str) -> sign_in.SignedIn:
    with transaction() as session:
        found = sign_in.resume(session, cookie)
    g.person, g.login_session, g.viewer = found.person, found.session, found.viewer
    return found


def _know_person() -> None:
    """Where it makes no difference who asks: if somebody is signed in, the page shows it."""
    if not request.path.startswith("/api/") and (cookie := _cookie_value()):
        try:
            _resume(cookie)
        except NotSignedIn:
            return
