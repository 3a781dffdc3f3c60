"""One's own account: password, and where one is signed in."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.models import LoginSession, Person
from wfm.accounts.service import people, sign_in, tokens
from wfm.core import fields
from wfm.core.clock import now, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.pages.people import SESSIONS
from wfm.web.shell import back_to, page

blp = Blueprint("account", __name__, url_prefix="/konto")


OWN_KEYS = Listing(
    "Eigene Schlüssel",
    (
        column("Wofür", "name"),
        column("angelegt", "created_at", Kind.MOMENT),
        column("gültig bis", "expires_at", Kind.MOMENT, "Leer: bis auf Weiteres."),
        column("zuletzt benutzt", "last_used_at", Kind.MOMENT),
        column("gesperrt seit", "revoked_at", Kind.MOMENT, "Leer: nicht gesperrt."),
    ),
)


class KeySchema(fields.Schema):
    """What a key of one's own is for, and until when."""

    name = fields.Line(max_length=100, required=True)
    expires = fields.Day()


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


@blp.get("/schluessel")
@access.signed_in
def keys() -> Response:
    """One's own keys, for what a person answers for at a terminal or by a program"""
    return _keys(Form())


@blp.post("/schluessel")
@access.signed_in
def create_key() -> AnyResponse:
    """A key of one's own; its secret is on the answer, and nowhere else"""
    typed = read_form(KeySchema)
    if not typed.errors:
        reader, _here = _reader()
        last_day = typed.data.get("expires")
        try:
            with transaction() as session:
                made, secret = tokens.create_own_token(
                    session,
                    reader.id,
                    name=typed.data["name"],
                    expires_at=None if last_day is None else start_of_day(last_day + timedelta(days=1)),
                    by=access.viewer().actor,
                )
            return page(
                "account/secret.html",
                token=made,
                secret=secret,
                way=[(_("Mein Konto"), url_for("account.overview")), (_("Eigene Schlüssel"), url_for("account.keys"))],
            )
        except WfmError as error:
            typed.refuse(error)
    return _keys(typed)


@blp.post("/schluessel/<int:token_id>/sperren")
@access.signed_in
def revoke_key(token_id: int) -> AnyResponse:
    """End a key of one's own, at once and for good"""
    reader, _here = _reader()
    with transaction() as session:
        if token_id not in {made.id for made in tokens.own_tokens(session, reader.id)}:
            raise NotFound("token.unknown", "Diesen Schlüssel gibt es nicht.")
        made = tokens.revoke_token(session, token_id, by=access.viewer().actor)
    return back_to("account.keys", notice=_("Der Schlüssel „%(name)s“ ist gesperrt.", name=made.name))


def _keys(form: Form) -> Response:
    reader, _here = _reader()
    with transaction() as session:
        made = tokens.own_tokens(session, reader.id)
    if wanted := OWN_KEYS.wanted():
        return OWN_KEYS.file(wanted, made)
    return page("account/keys.html", form.status, tokens=made, form=form, now=now())


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
