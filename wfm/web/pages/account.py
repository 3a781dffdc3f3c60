"""One's own account: password, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.models import LoginSession, Person
from wfm.accounts.service import people, sign_in
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.pages.people import SESSIONS
from wfm.web.shell import back_to, page

blp = Blueprint("account", __name__, url_prefix="/konto")


class PasswordSchema(fields.Schema):
    """The old password and the new one, twice."""

    old = fields.Text(required=True)
    password = fields.Text(required=True)
    again = fields.Text(required=True)


@blp.get("")
@access.signed_in
def overview() -> Response:
    """Who one is here, and where one is signed in"""
    reader, here = _reader()
    with transaction() as session:
        sessions = sign_in.open_sessions(session, reader.id)
        if wanted := SESSIONS.wanted():
            return SESSIONS.file(wanted, sessions)
        return page("account/overview.html", sessions=sessions, here=here.id)


@blp.post("/sitzungen/<int:session_id>/beenden")
@access.signed_in
def end_session(session_id: int) -> AnyResponse:
    """Sign out in another browser"""
    reader, _here = _reader()
    with transaction() as session:
        if session_id not in {kept.id for kept in sign_in.open_sessions(session, reader.id)}:
            raise NotFound("session.unknown", "Diese Sitzung gibt es nicht.")
        sign_in.sign_out(session, session_id)
    return back_to("account.overview", notice=_("Die Sitzung ist beendet."))


@blp.get("/passwort")
@access.signed_in
def password() -> Response:
    """Where one changes one's password"""
    return page("account/password.html", form=Form())


@blp.post("/passwort")
@access.signed_in
def change_password() -> AnyResponse:
    """Change one's password; ends one's sessions elsewhere"""
    reader, here = _reader()
    typed = read_form(PasswordSchema, as_typed=("old", "password", "again"))
    if not typed.errors and typed.data["password"] != typed.data["again"]:
        typed.errors["again"] = [_("Das ist nicht dasselbe wie das neue Passwort.")]
    if not typed.errors:
        try:
            with transaction() as session:
                people.change_own_password(
                    session, reader.id, old=typed.data["old"], new=typed.data["password"], keep_session=here.id
                )
            return back_to("account.overview", notice=_("Das Passwort ist geändert."))
        except WfmError as error:
            typed.refuse(error)
    return page("account/password.html", typed.status, form=typed)


def _reader() -> tuple[Person, LoginSession]:
    reader, here = access.person(), access.login_session()
    assert reader is not None
    assert here is not None
    return reader, here
