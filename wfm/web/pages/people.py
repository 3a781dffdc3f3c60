"""Accounts of people: adding, changing, locking out, new passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.models import Person
from wfm.accounts.rules import Role
from wfm.accounts.service import people, sign_in
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.paging import fetch_page
from wfm.directory.queries import partner_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import ROLES, back_to, page

blp = Blueprint("people", __name__, url_prefix="/verwaltung/konten")

ACCOUNTS = Listing(
    "Konten",
    (
        column("Anmeldename", "login"),
        column("Name", "name"),
        column("Rolle", lambda row: ROLES[row["role"]]),
        column("Partner", "partner_name"),
        column("Name als Agent", "agent"),
        column("gesperrt seit", "disabled_at", Kind.MOMENT, "Leer: frei."),
    ),
)
SESSIONS = Listing(
    "Offene Sitzungen",
    (
        column("angemeldet", "begun_at", Kind.MOMENT),
        column("zuletzt gesehen", "seen_at", Kind.MOMENT),
        column("Browser", "browser"),
    ),
)
_SHOWN = (Person.id, Person.login, Person.name, Person.role, Person.partner, Person.agent, Person.disabled_at)


class ChangeSchema(fields.Schema):
    """What an administrator says of a person."""

    name = fields.Line(max_length=200, required=True)
    role = fields.Text(required=True, choices=tuple(Role))
    partner = fields.Line(max_length=20)
    agent = fields.Line(max_length=100)


class NewSchema(ChangeSchema):
    """The same of somebody new."""

    login = fields.Line(max_length=100, required=True)


@blp.get("")
@access.requires("people.manage")
def overview() -> Response:
    """Everybody who has an account"""
    return _list(Form())


@blp.post("")
@access.requires("people.manage")
def add() -> AnyResponse:
    """Add somebody; the first password is on the answer, and nowhere else"""
    typed = read_form(NewSchema)
    if not typed.errors:
        values = {"partner": None, "agent": None, **typed.data, "role": Role(typed.data["role"])}
        try:
            with transaction() as session:
                person, password = people.add_person(session, **values, by=access.viewer().actor)
            return page("administration/password.html", of=person, password=password)
        except WfmError as error:
            typed.refuse(error)
    return _list(typed)


@blp.get("/<int:person_id>")
@access.requires("people.manage")
def person(person_id: int) -> Response:
    """One account: what it may, and where it is signed in"""
    with transaction() as session:
        found = people.get_person(session, person_id)
        if form := SESSIONS.wanted():
            return SESSIONS.file(form, sign_in.open_sessions(session, person_id))
        return _one(session, found, Form({name: getattr(found, name) or "" for name in ChangeSchema._declared_fields}))


@blp.post("/<int:person_id>")
@access.requires("people.manage")
def change(person_id: int) -> AnyResponse:
    """Change an account; a new role signs the person out"""
    typed = read_form(ChangeSchema)
    if not typed.errors:
        values = {"partner": None, "agent": None, **typed.data, "role": Role(typed.data["role"])}
        try:
            with transaction() as session:
                people.change_person(session, person_id, **values, by=access.viewer().actor)
            return back_to("people.person", person_id=person_id, notice=_("Das Konto ist geändert."))
        except WfmError as error:
            typed.refuse(error)
    with transaction() as session:
        return _one(session, people.get_person(session, person_id), typed)


@blp.post("/<int:person_id>/sperren")
@access.requires("people.manage")
def disable(person_id: int) -> AnyResponse:
    """Lock an account out, at once"""
    return _do(people.disable_person, person_id, _("Das Konto ist gesperrt."))


@blp.post("/<int:person_id>/entsperren")
@access.requires("people.manage")
def enable(person_id: int) -> AnyResponse:
    """Let an account in again"""
    return _do(people.enable_person, person_id, _("Das Konto ist wieder frei."))


@blp.post("/<int:person_id>/abmelden")
@access.requires("people.manage")
def sign_out(person_id: int) -> AnyResponse:
    """End all sessions of an account"""
    return _do(people.sign_out_everywhere, person_id, _("Alle Sitzungen des Kontos sind beendet."))


@blp.post("/<int:person_id>/passwort")
@access.requires("people.manage")
def reset_password(person_id: int) -> Response:
    """A new first password, which is on the answer, and nowhere else"""
    with transaction() as session:
        password = people.reset_password(session, person_id, by=access.viewer().actor)
        found = people.get_person(session, person_id)
    return page("administration/password.html", of=found, password=password)


def _do(what: Callable[..., Person], person_id: int, notice: str) -> AnyResponse:
    """A change that may be refused: then the account's page says why."""
    try:
        with transaction() as session:
            what(session, person_id, by=access.viewer().actor)
        return back_to("people.person", person_id=person_id, notice=notice)
    except WfmError as error:
        with transaction() as session:
            found = people.get_person(session, person_id)
            typed = Form({name: getattr(found, name) or "" for name in ChangeSchema._declared_fields})
            typed.refuse(error)
            return _one(session, found, typed)


def _list(form: Form) -> Response:
    statement: Any = select(*_SHOWN)
    if (role := request.args.get("role")) in set(Role):
        statement = statement.where(Person.role == role)
    if words := request.args.get("suche", "").strip()[:100].replace("\0", ""):
        found_in = Person.login.icontains(words, autoescape=True) | Person.name.icontains(words, autoescape=True)
        statement = statement.where(found_in)
    with transaction() as session:
        partners = partner_names(session)
        if wanted := ACCOUNTS.wanted():
            rows = session.execute(statement.order_by(Person.login)).mappings()
            return ACCOUNTS.file(wanted, [{**row, "partner_name": partners.get(row["partner"])} for row in rows])
        listed = fetch_page(session, statement, [Person.login], cursor=request.args.get("cursor"))
    return page(
        "administration/people.html", form.status, listed=listed, form=form, partners=partners, roles=ROLES, words=words
    )


def _one(session: Session, found: Person, form: Form) -> Response:
    return page(
        "administration/person.html",
        form.status,
        of=found,
        form=form,
        partners=partner_names(session),
        roles=ROLES,
        sessions=sign_in.open_sessions(session, found.id),
    )
