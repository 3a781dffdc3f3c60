"""Single sign-on: to the provider and back, what its claims mean, and sign-out from there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.service import people, single_sign_on
from wfm.core import fields
from wfm.core.config import settings
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.directory.service import partner_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import ROLES, back_to, local_path, page

blp = Blueprint("single_sign_on", __name__)
COOKIE = "wfm_oidc"
MAPPINGS = Listing(
    "Zuordnungen der Einmalanmeldung",
    (
        column("Reihenfolge", "place", Kind.COUNT),
        column("Angabe", "claim"),
        column("Wert", "value"),
        column("Rolle", lambda row: ROLES[row.role]),
        column("Partner", "partner"),
    ),
)


class MappingSchema(fields.Schema):
    """What a claim means here."""

    claim = fields.Line(max_length=200, required=True)
    value = fields.Line(max_length=500, required=True)
    role = fields.Text(choices=tuple(str(role) for role in Role), required=True)
    partner = fields.Line(max_length=20, load_default=None)
    place = fields.Whole(at_least=1, at_most=999, load_default=100)


@blp.get("/anmelden/einmal")
@access.public
def begin() -> AnyResponse:
    """To the provider"""
    with transaction() as session:
        url, state = single_sign_on.begin(
            session, redirect_uri=_return_address(), next_path=local_path(request.args.get("next"))
        )
    answer = redirect(url, 303)
    age = int(single_sign_on.COMES_BACK_IN.total_seconds())
    # Lax, not strict: the browser comes back from another site.
    answer.set_cookie(COOKIE, state, max_age=age, secure=request.is_secure, httponly=True, samesite="Lax")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.get("/anmelden/einmal/zurueck")
@access.public
def finish() -> AnyResponse:
    """Back from the provider"""
    state = request.cookies.get(COOKIE, "")
    answer: Any
    try:
        with transaction() as session:
            attempt = single_sign_on.come_back(session, request.args, state)
        with transaction() as session:
            begun = single_sign_on.finish(
                session, attempt, request.args, redirect_uri=_return_address(), browser=access.browser()
            )
            login = people.get_person(session, begun[0].person_id).login if begun else ""
        if begun is None:
            raise NotSignedIn(
                "oidc.no_role", "Ihrem Konto ist hier keine Rolle zugeordnet: bitte an die Verwaltung wenden."
            )
        answer = redirect(local_path(attempt.next_path) or "/", 303)
        access.keep_session(answer, begun[1], login)
    except NotSignedIn as error:
        form = Form()
        form.refuse(error)
        answer = page("sign_in.html", 401, form=form, next=None, kept=[], kept_path=None, single_sign_on=True)
    answer.delete_cookie(COOKIE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blp.post("/anmelden/einmal/abgemeldet")
@access.public
def end() -> Response:
    """The provider tells that somebody has signed out there (Back-Channel Logout)"""
    with transaction() as session:
        single_sign_on.end_elsewhere(session, request.form.get("logout_token", ""))
    return Response(status=200, headers={"Cache-Control": "no-store"})


@blp.get("/verwaltung/einmalanmeldung")
@access.requires("settings.manage")
def mappings() -> Response:
    """What the provider's claims mean here"""
    return _show(Form())


@blp.post("/verwaltung/einmalanmeldung")
@access.requires("settings.manage")
def add() -> AnyResponse:
    """A further meaning of a claim"""
    typed = read_form(MappingSchema)
    if not typed.errors:
        try:
            with transaction() as session:
                data = {**typed.data, "role": Role(typed.data["role"])}
                if data["partner"] and data["partner"] not in partner_names(session):
                    typed.errors["partner"] = [_("Diesen Partner gibt es nicht.")]
                else:
                    single_sign_on.add_mapping(session, **data, by=access.viewer().actor)
                    return back_to("single_sign_on.mappings", notice=_("Die Zuordnung gilt ab der nächsten Anmeldung."))
        except WfmError as error:
            typed.refuse(error)
    return _show(typed)


@blp.post("/verwaltung/einmalanmeldung/<int:mapping_id>/entfernen")
@access.requires("settings.manage")
def remove(mapping_id: int) -> AnyResponse:
    """Take a meaning away"""
    with transaction() as session:
        single_sign_on.remove_mapping(session, mapping_id, by=access.viewer().actor)
    return back_to("single_sign_on.mappings", notice=_("Die Zuordnung ist entfernt."))


def _show(typed: Form) -> Response:
    with transaction() as session:
        rows, partners = single_sign_on.list_mappings(session), partner_names(session)
    if wanted := MAPPINGS.wanted():
        return MAPPINGS.file(wanted, rows)
    return page(
        "single_sign_on.html",
        typed.status,
        form=typed,
        rows=rows,
        partners=partners,
        roles=ROLES,
        role_choices=[(role, _(name)) for role, name in ROLES.items()],
        provider=settings().oidc,
        return_address=_return_address(),
        logout_address=url_for("single_sign_on.end", _external=True),
        sign_out_address=url_for("sign_in.form", _external=True),
    )


def _return_address() -> str:
    return url_for("single_sign_on.finish", _external=True)
