"""The audit trail: who saw or changed what, and when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from wfm.accounts import access
from wfm.accounts.audit_file import HEADS, texts
from wfm.accounts.queries import Trail, audit_entries, audit_page, known_actions, names_of_actors, sealed_days
from wfm.accounts.rules.purposes import PURPOSES
from wfm.accounts.schemas import TrailArguments, trail_of
from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day
from wfm.core.db import transaction
from wfm.web.forms import Form, read_query
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("audit", __name__, url_prefix="/verwaltung/protokoll")

ENTRIES = Listing("Protokoll", tuple(column(title, name) for name, title in HEADS.items()))


@blp.get("")
@access.requires("audit.read")
def overview() -> Response:
    """Entries, newest first"""
    asked = read_query(TrailArguments)
    if wanted := ENTRIES.wanted(asked):
        return _download(_trail(asked), wanted)
    with transaction() as session:
        listed = audit_page(session, _trail(asked), cursor=request.args.get("cursor"))
        names = names_of_actors(session, _people(listed.items))
        seals = sealed_days(session, {berlin_day(entry.at) for entry in listed.items})
        actions = known_actions(session)
    return page(
        "administration/audit.html",
        asked.status,
        listed=listed,
        names=names,
        seals=seals,
        actions=actions,
        asked=asked,
        purposes=PURPOSES,
        berlin_day=berlin_day,
    )


def _download(trail: Trail, form: str) -> Response:
    """The same entries, oldest first, as a file. That somebody took them is an entry of its own."""
    with transaction() as session:
        entries = (dict(zip(HEADS, texts(entry), strict=True)) for entry in audit_entries(session, trail))
        file = ENTRIES.file(form, entries)
        record(session, access.viewer().actor, "audit.exported", object_kind="audit")
    return file


def _trail(asked: Form) -> Trail:
    """What is asked for; of a question that can't be understood nothing is shown but the reason."""
    return Trail(action="") if asked.errors else trail_of(asked.data)


def _people(entries: list[Any]) -> set[str]:
    objects = {f"person:{entry.object_id}" for entry in entries if entry.object_kind == "person"}
    return objects | {entry.actor for entry in entries}
