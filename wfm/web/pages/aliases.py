"""Names of agents: what a telephone system calls a person. Whoever opens the list is noted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.service import audit
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.paging import fetch_page
from wfm.core.web import page_body
from wfm.directory import service
from wfm.directory.models import AgentAlias
from wfm.directory.queries import seen
from wfm.web.changes import as_typed, keep_entry
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import DAYS, Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("aliases", __name__, url_prefix="/verzeichnis/namen")

ALIASES = Listing(
    "Namen der Anlage",
    (column("Name der Anlage", "alias"), column("Telefonanlage", "system"), column("Person", "agent"), *DAYS),
)


class AliasSchema(fields.Schema):
    """What a telephone system calls a person, and the one name used here."""

    system = fields.Line(max_length=100)
    alias = fields.Line(max_length=255, required=True)
    agent = fields.Line(max_length=255, required=True)
    valid_from = fields.Line(max_length=20, required=True)
    valid_to = fields.Line(max_length=20)


class CursorSchema(fields.Schema):
    """Where a long list goes on."""

    cursor = fields.Line(max_length=1000)


@blp.get("")
@requires("directory.write")
def overview() -> Response:
    """All names, by telephone system"""
    chosen = read_query(CursorSchema)
    columns = (AgentAlias.system, AgentAlias.alias, AgentAlias.id, AgentAlias.agent, AgentAlias.valid)
    with transaction() as session:
        audit.record(session, viewer().actor, "aliases.read", object_kind="agent_alias", fields=["alias", "agent"])
        if wanted := ALIASES.wanted():
            every = session.execute(select(*columns).order_by(*columns[:3])).mappings()
            return ALIASES.file(wanted, map(seen.shown, every))
        found = fetch_page(session, select(*columns), columns[:3], cursor=chosen.data.get("cursor"))
    rows = [seen.shown(row._mapping) for row in found.items]
    return page("directory/aliases.html", rows=rows, next=page_body(found)["next"])


@blp.get("/neu")
@requires("directory.write")
def new() -> Response:
    """Enter a name"""
    return page("directory/alias.html", form=Form(), entry=None)


@blp.post("/neu")
@requires("directory.write")
def add() -> AnyResponse:
    """Keep a new name"""
    return _keep(None)


@blp.get("/<int:entry_id>")
@requires("directory.write")
def entry(entry_id: int) -> Response:
    """Correct a name, end it, or take it out"""
    with transaction() as session:
        found: Any = service.find_entry(session, "aliases", entry_id)
        audit.record(session, viewer().actor, "aliases.read", object_kind="agent_alias", object_id=entry_id)
    return page("directory/alias.html", form=Form(as_typed(found, "system", "alias", "agent")), entry=found)


@blp.post("/<int:entry_id>")
@requires("directory.write")
def save(entry_id: int) -> AnyResponse:
    """Keep what is corrected"""
    with transaction() as session:
        found = service.find_entry(session, "aliases", entry_id)
    return _keep(found)


@blp.post("/<int:entry_id>/loeschen")
@requires("directory.write")
def withdraw(entry_id: int) -> AnyResponse:
    """Take out a name that should never have been there"""
    with transaction() as session:
        service.withdraw(session, "aliases", entry_id, by=viewer().actor)
    return back_to("aliases.overview", notice=_("Der Eintrag ist gelöscht."))


def _keep(found: Any) -> AnyResponse:
    form = read_form(AliasSchema)
    if keep_entry("aliases", found, form, "system", "alias") is None:
        return page("directory/alias.html", form.status, form=form, entry=found)
    return back_to("aliases.overview", notice=_("Der Name ist eingetragen."))
