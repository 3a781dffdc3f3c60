"""Dialled numbers: whose they are, and since when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.paging import fetch_page
from wfm.core.web import page_body
from wfm.directory import service
from wfm.directory.models import DialledNumber, Partner
from wfm.directory.queries import seen
from wfm.web.changes import as_typed, keep_entry, work_off
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import DAYS, Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("numbers", __name__, url_prefix="/verzeichnis/rufnummern")

NUMBERS = Listing("Rufnummern", (column("Rufnummer", "number"), column("Partner", "name"), *DAYS))


class FilterSchema(fields.Schema):
    """Which numbers to show."""

    partner = fields.Line(max_length=20)
    tag = fields.Day()
    nummer = fields.Line(max_length=40)
    cursor = fields.Line(max_length=1000)


class NumberSchema(fields.Schema):
    """A number and whose it is from one day to another."""

    number = fields.Line(max_length=40, required=True)
    partner = fields.Line(max_length=20, required=True)
    valid_from = fields.Line(max_length=20, required=True)
    valid_to = fields.Line(max_length=20)


@blp.get("")
@requires("directory.read")
def overview() -> Response:
    """Numbers of all partners, or of one, on a day"""
    chosen = read_query(FilterSchema)
    day, text = chosen.data.get("tag"), chosen.data.get("nummer")
    with transaction() as session:
        partners = [(row.key, row.name) for row in session.execute(seen.partners(viewer()).order_by(Partner.key))]
        statement = seen.numbers(viewer(), partner=chosen.data.get("partner"), on=day, text=text)
        order = [DialledNumber.number, DialledNumber.id]
        names = dict(partners)
        if wanted := NUMBERS.wanted(chosen):
            every = session.execute(statement.order_by(*order)).mappings()
            return NUMBERS.file(wanted, [seen.shown(row) | {"name": names[row["partner"]]} for row in every])
        found = fetch_page(session, statement, order, cursor=chosen.data.get("cursor"))
    body = page_body(found)
    rows = [seen.shown(row._mapping) | {"name": names[row.partner]} for row in found.items]
    return page("directory/numbers.html", chosen.status, rows=rows, next=body["next"], chosen=chosen, partners=partners)


@blp.get("/neu")
@requires("directory.write")
def new() -> Response:
    """Enter a number"""
    values = {"number": request.args.get("nummer", ""), "valid_from": str(berlin_day(now()))}
    return _show(Form(values), None)


@blp.post("/neu")
@requires("directory.write")
def add() -> AnyResponse:
    """Keep a new number; one that was somebody else's moves"""
    return _keep(None)


@blp.get("/<int:entry_id>")
@requires("directory.write")
def entry(entry_id: int) -> Response:
    """Correct a number, end it, or take it out"""
    found = _find(entry_id)
    return _show(Form(as_typed(found, "number", "partner")), found)


@blp.post("/<int:entry_id>")
@requires("directory.write")
def save(entry_id: int) -> AnyResponse:
    """Keep what is corrected"""
    return _keep(_find(entry_id))


@blp.post("/<int:entry_id>/loeschen")
@requires("directory.write")
def withdraw(entry_id: int) -> AnyResponse:
    """Take out an entry that should never have been there"""
    with transaction() as session:
        told = work_off(session, service.withdraw(session, "numbers", entry_id, by=viewer().actor))
    return back_to("numbers.overview", notice=f"{_('Der Eintrag ist gelöscht.')} {told}".strip())


def _keep(found: Any) -> AnyResponse:
    form = read_form(NumberSchema)
    told = keep_entry("numbers", found, form, "number")
    if told is None:
        return _show(form, found)
    return back_to("numbers.overview", notice=f"{_('Die Rufnummer ist eingetragen.')} {told}".strip())


def _find(entry_id: int) -> Any:
    with transaction() as session:
        return service.find_entry(session, "numbers", entry_id)


def _show(form: Form, found: DialledNumber | None) -> Response:
    with transaction() as session:
        partners = list(service.partner_names(session).items())
    return page("directory/number.html", form.status, form=form, entry=found, partners=partners)
