"""Who may call a route: each says so itself, and a route that says nothing is closed.

The decision falls before arguments are read, so that a stranger learns nothing from how a request is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, g, request

from wfm.accounts import service
from wfm.accounts.rules import PERMISSIONS, NotSignedIn, Viewer
from wfm.core.db import transaction
from wfm.core.errors import NotAllowed
from wfm.core.web import Blueprint

PUBLIC = "public"

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[View], View]:
    """The route is for viewers with this permission."""
    assert permission in PERMISSIONS, permission
    return _marked(permission, [{"token": [permission]}])


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
    """What a route asks for: a permission, PUBLIC, or None for one that nobody may call."""
    return getattr(app.view_functions[endpoint], "permission", None)


def viewer() -> Viewer:
    """Whoever asks. Only in routes that require a permission."""
    asking: Viewer = g.viewer
    return asking


def guard(app: Flask) -> None:
    """Check every request before its route is entered. Signs in by token; sessions of people come beside it."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return  # no such address, or no such method: said next
        permission = permission_of(app, request.endpoint)
        if permission == PUBLIC:
            return
        g.viewer = _sign_in()
        structlog.contextvars.bind_contextvars(viewer=g.viewer.name)
        if permission is None:
            raise NotAllowed("access.closed", "Diese Adresse ist nicht freigegeben.")
        g.viewer.require(permission)


def _sign_in() -> Viewer:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn(
            "access.not_signed_in", "Dafür ist ein Zugangsschlüssel nötig (Kopfzeile „Authorization: Bearer wfm_…“)."
        )
    with transaction() as session:
        return service.authenticate(session, secret.strip())
