"""Keys for programs: making them, and ending them for good."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.rules import GRANTED, PERMISSIONS, Role
from wfm.accounts.service import tokens
from wfm.core import fields
from wfm.core.clock import now, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.directory.queries import partner_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import ROLES, back_to, page

blp = Blueprint("tokens", __name__, url_prefix="/verwaltung/schluessel")

KEYS = Listing(
    "Zugangsschlüssel",
    (
        column("Wofür", "name"),
        column("Rolle", lambda made: ROLES[made.role]),
        column("Partner", "partner"),
        column("Rechte", "scopes", meaning="Leer: alle der Rolle."),
        column("Quelle", "source"),
        column("angelegt", "created_at", Kind.MOMENT),
        column("gültig bis", "expires_at", Kind.MOMENT, "Leer: bis auf Weiteres."),
        column("zuletzt benutzt", "last_used_at", Kind.MOMENT),
        column("gesperrt seit", "revoked_at", Kind.MOMENT, "Leer: nicht gesperrt."),
    ),
)


class TokenSchema(fields.Schema):
    """What a new key may do, and until when."""

    name = fields.Line(max_length=100, required=True)
    role = fields.Text(required=True, choices=tuple(Role))
    partner = fields.Line(max_length=20)
    scopes = fields.ListOf(fields.Text(choices=tuple(PERMISSIONS)))
    source = fields.Line(max_length=100)
    expires = fields.Day()


@blp.get("")
@access.requires("tokens.manage")
def overview() -> Response:
    """Every key there ever was"""
    return _list(Form())


@blp.post("")
@access.requires("tokens.manage")
def create() -> AnyResponse:
    """A new key; its secret is on the answer, and nowhere else"""
    typed = read_form(TokenSchema)
    if not typed.errors:
        values = dict(typed.data)
        last_day = values.pop("expires", None)
        try:
            with transaction() as session:
                made, secret = tokens.create_token(
                    session,
                    **{**values, "role": Role(values["role"])},
                    expires_at=None if last_day is None else start_of_day(last_day + timedelta(days=1)),
                    by=access.viewer().actor,
                )
            return page(
                "account/secret.html",
                token=made,
                secret=secret,
                way=[(_("Zugangsschlüssel"), url_for("tokens.overview"))],
            )
        except WfmError as error:
            typed.refuse(error)
    return _list(typed)


@blp.post("/<int:token_id>/sperren")
@access.requires("tokens.manage")
def revoke(token_id: int) -> AnyResponse:
    """End a key, at once and for good"""
    with transaction() as session:
        made = tokens.revoke_token(session, token_id, by=access.viewer().actor)
    return back_to("tokens.overview", notice=_("Der Schlüssel „%(name)s“ ist gesperrt.", name=made.name))


def _list(form: Form) -> Response:
    with transaction() as session:
        made = tokens.list_tokens(session)
        if wanted := KEYS.wanted():
            return KEYS.file(wanted, made)
        return page(
            "administration/tokens.html",
            form.status,
            tokens=made,
            form=form,
            partners=partner_names(session),
            roles=ROLES,
            scopes=[(name, f"{name}: {_(text)}") for name, text in PERMISSIONS.items()],
            granted=GRANTED,
            now=now(),
        )
