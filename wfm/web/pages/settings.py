"""What is set here: roles and their rights, values that people agree on."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.queries import names_of_actors
from wfm.accounts.rules import GRANTED, PERMISSIONS, Role
from wfm.accounts.rules.settings import SETTINGS
from wfm.accounts.service import settings as service
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import ROLES, back_to, page

blp = Blueprint("settings", __name__, url_prefix="/verwaltung")


def _granted(role: Role, right: tuple[str, str]) -> bool:
    return right[0] in GRANTED[role]


RIGHTS = Listing(
    "Rollen und Rechte",
    (
        column("Recht", lambda right: right[0]),
        column("Was es erlaubt", lambda right: right[1]),
        *(column(title, partial(_granted, role)) for role, title in ROLES.items()),
    ),
)


class ValueSchema(fields.Schema):
    """The new value of one setting."""

    value = fields.Whole(required=True)


@blp.get("/rollen")
@access.requires("settings.read")
def roles() -> Response:
    """Which role may do what: from the very data that decides"""
    if wanted := RIGHTS.wanted():
        return RIGHTS.file(wanted, PERMISSIONS.items())
    return page("administration/roles.html", permissions=PERMISSIONS, granted=GRANTED, roles=ROLES)


@blp.get("/einstellungen")
@access.requires("settings.read")
def values() -> Response:
    """What is set, within which limits, and who set it"""
    return _values(Form())


@blp.post("/einstellungen/<key>")
@access.requires("settings.manage")
def change(key: str) -> AnyResponse:
    """Set a value"""
    if key not in SETTINGS:
        raise NotFound("setting.unknown", "Diese Einstellung gibt es nicht.")
    typed = read_form(ValueSchema)
    if not typed.errors:
        try:
            with transaction() as session:
                service.set_setting(session, key, typed.data["value"], by=access.viewer().actor)
            return back_to("settings.values", notice=_("Die Einstellung ist geändert."))
        except WfmError as error:
            typed.refuse(error)
    # The field of each setting has the setting's name.
    messages = [text for found in typed.errors.values() for text in found]
    return _values(Form({key: request.form.get("value", "")}, {}, {key: messages}))


def _values(form: Form) -> Response:
    with transaction() as session:
        found = {key: service.get_setting(session, key) for key in SETTINGS}
        changed = service.changed_settings(session)
        names = names_of_actors(session, (setting.changed_by for setting in changed.values()))
    return page(
        "administration/settings.html",
        form.status,
        declared=SETTINGS,
        values=found,
        changed=changed,
        names=names,
        form=form,
    )
