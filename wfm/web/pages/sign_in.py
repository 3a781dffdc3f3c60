"""Signing in and out, and the choice of a language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.service import people, sign_in, single_sign_on
from wfm.core import fields
from wfm.core.config import settings
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.web import language
from wfm.web.forms import Form, read_form
from wfm.web.shell import back_to, local_path, page

blp = Blueprint("sign_in", __name__)
YEAR = 365 * 24 * 3600
#: Names of hidden fields in which an interrupted form waits for its author to sign in.
KEPT, KEPT_PATH = "kept.", "kept_path"


class SignInSchema(fields.Schema):
    """Name and password."""

    login = fields.Line(max_length=100, required=True)
    password = fields.Text(required=True)


@blp.get("/anmelden")
@access.public
def form() -> AnyResponse:
    """Where people sign in"""
    if access.person():
        return redirect(local_path(request.args.get("next")) or "/", 303)
    return _show(Form())


@blp.post("/anmelden")
@access.public
def enter() -> AnyResponse:
    """Sign in, and go on where one was"""
    access.check_origin()
    typed = read_form(SignInSchema, as_typed=("password",))
    if typed.errors:
        return _show(typed)
    try:
        with transaction() as session:
            begun, secret = sign_in.sign_in(session, typed.data["login"], typed.data["password"], access.browser())
    except WfmError as error:
        typed.refuse(error)
        refused = _show(typed, error.http_status)
        if wait := error.details.get("retry_after"):
            refused.headers["Retry-After"] = str(wait)
        return refused
    with transaction() as session:
        person = people.get_person(session, begun.person_id)
    answer: Any
    if path := local_path(request.form.get(KEPT_PATH)):
        answer = page("sign_in_again.html", kept=_kept(), kept_path=path, csrf_token_of_new=begun.csrf_token)
    else:
        next_ = local_path(request.form.get("next")) or "/"
        answer = redirect(url_for("account.password") if person.must_change_password else next_, 303)
    answer.headers["Cache-Control"] = "no-store"
    access.keep_session(answer, secret, person.login)
    return answer


@blp.post("/abmelden")
@access.signed_in
def leave() -> AnyResponse:
    """Sign out here"""
    kept = access.login_session()
    assert kept is not None
    with transaction() as session:
        sign_in.sign_out(session, kept.id)
    answer: Any
    if there := single_sign_on.end_there(kept, back_to=url_for("sign_in.form", _external=True)):
        # By a page, since a form's answer must not lead to another host (`form-action 'self'`).
        answer = page("signed_out.html", there=there)
    else:
        answer = back_to("sign_in.form")
    access.forget_session(answer)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blp.post("/sprache")
@access.public
def choose_language() -> AnyResponse:
    """Choose the language, in the account if there is one, else in this browser"""
    access.check_origin()
    chosen = request.form.get("language", "")
    answer = redirect(local_path(request.form.get("next")) or "/", 303)
    if chosen in language.LANGUAGES:
        if reader := access.person():
            with transaction() as session:
                people.change_person(session, reader.id, language=chosen, by=f"person:{reader.id}")
        answer.set_cookie(
            language.COOKIE, chosen, max_age=YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return answer


def _kept() -> list[tuple[str, str]]:
    fields_ = request.form.items(multi=True)
    return [(name.removeprefix(KEPT), value) for name, value in fields_ if name.startswith(KEPT)]


def _show(typed: Form, status: int | None = None) -> Response:
    return page(
        "sign_in.html",
        status or typed.status,
        form=typed,
        next=local_path(request.values.get("next")),
        kept=_kept(),
        kept_path=local_path(request.form.get(KEPT_PATH)),
        single_sign_on=settings().oidc is not None,
    )
