"""What all pages have: the frame with menu and person, the policy that keeps foreign scripts out, pages for errors."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from flask import Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import CSRF_FIELD, SAFE, from_another_site, login_session, person
from wfm.accounts.rules import ROLE_TITLES, Viewer
from wfm.core.errors import NotAllowed
from wfm.core.problems import WORDS
from wfm.web import language
from wfm.web.forms import Form
from wfm.web.lists import refuse_unknown
from wfm.web.navigation import navigation

#: The product's name above every page.
TITLE = "Servicecenter Region Hannover"
NOTICE = "wfm_notice"
#: What somebody with a first password may do before it is changed.
BEFORE_CHANGE = (
    "account.password",
    "account.change_password",
    "sign_in.leave",
    "sign_in.choose_language",
    "web.static",
)
ROLES = ROLE_TITLES
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page in its frame, as this reader sees it. Not kept by anybody: the next reader may be another one.

    Raises NotFound where a file was asked for: the page would have answered with it if it had one.
    """
    if status < 400:
        refuse_unknown()
    reader: Viewer | None = g.get("viewer")
    session = login_session()
    nonce = secrets.token_urlsafe(16)
    html = render_template(
        template,
        title=TITLE,
        viewer=reader,
        person=person(),
        role=ROLES[reader.role] if reader else None,
        csrf_token=session.csrf_token if session else "",
        navigation=navigation(reader) if reader else [],
        language=language.language(),
        languages=language.LANGUAGES,
        nonce=nonce,
        notice=unquote(request.cookies.get(NOTICE, "")),
        **values,
    )
    response = Response(html, status, content_type="text/html; charset=utf-8")
    if NOTICE in request.cookies:
        response.delete_cookie(NOTICE)
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["Cache-Control"] = "no-store"
    # With "no-referrer" browsers would not say where a form was sent from, and every form would look foreign.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def local_path(path: str | None) -> str | None:
    """The path, if it leads to a page of ours and nowhere else."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return None
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else None


def back_to(endpoint: str, *, notice: str = "", **values: Any) -> AnyResponse:
    """After a change: the page that shows it, by GET, so that a reload changes nothing again, with a word of what was
    done above it."""
    response = redirect(url_for(endpoint, **values), 303)
    if notice:
        response.set_cookie(NOTICE, quote(notice), max_age=60, secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def problem_page(
    status: int, code: str, detail: str, errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str]
) -> Response:
    """What people see of an error. Nobody signed in: the way to sign in, with what was typed kept."""
    if status == 401:
        return _sign_in_first()
    response = page("problem.html", status, number=status, code=code, detail=detail, errors=errors)
    response.headers.extend(headers)
    return response


def _sign_in_first() -> Response:
    path = request.full_path.rstrip("?")
    response: Any
    if request.headers.get("HX-Request") == "true":
        # Part of a page that renews itself: the whole page goes to the sign-in, and comes back to where it was.
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        where = local_path(urlunsplit(("", "", shown.path, shown.query, ""))) if shown.netloc == request.host else None
        headers = {"HX-Redirect": url_for("sign_in.form", next=where), "Cache-Control": "no-store"}
        return Response(status=401, headers=headers)
    # What another site sends comes without our cookie (SameSite), whoever is signed in: it must not wait here, typed by
    # nobody, for a person who takes it for their own.
    foreign = request.method not in SAFE and from_another_site()
    if request.method in SAFE or foreign:
        response = redirect(url_for("sign_in.form", next=None if foreign else path), 303)
        response.headers["Cache-Control"] = "no-store"
        return response
    try:
        # A form with a password is typed again: its fields must not stand in a page.
        fields = [] if "password" in request.form else request.form.items(multi=True)
    except HTTPException as error:  # too large, or torn off: nobody has read it before
        status = error.code or 400
        return problem_page(status, *WORDS[status], [], {})
    kept = [(name, value) for name, value in fields if name != CSRF_FIELD]
    return page("sign_in.html", 401, kept=kept, kept_path=path, next=None, form=Form())


def prepare(app: Flask) -> None:
    """Let errors outside the API be pages, and first passwords be changed before anything else."""
    language.prepare(app)
    app.extensions["problem_page"] = problem_page

    @app.before_request
    def change_first_password() -> AnyResponse | None:
        reader = person()
        if reader is None or not reader.must_change_password or request.endpoint in BEFORE_CHANGE:
            return None
        if request.path.startswith("/api/"):
            raise NotAllowed("password.change_first", "Zuerst das Passwort ändern.")
        return redirect(url_for("account.password"), 303)
