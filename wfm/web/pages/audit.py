"""The audit trail: who saw or changed what, and when."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, request

from wfm.accounts import access
from wfm.accounts.audit_file import write_csv
from wfm.accounts.queries import Trail, audit_entries, audit_page, known_actions, names_of_actors, sealed_days
from wfm.accounts.rules.purposes import PURPOSES
from wfm.accounts.schemas import TrailArguments, trail_of
from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day
from wfm.core.db import transaction
from wfm.web.forms import Form, read_query
from wfm.web.shell import page

blp = Blueprint("audit", __name__, url_prefix="/verwaltung/protokoll")


@blp.get("")
@access.requires("audit.read")
def overview() -> Response:
    """Entries, newest first"""
    asked = read_query(TrailArguments)
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


@blp.get("/csv")
@access.requires("audit.read")
def download() -> Response:
    """The same entries, oldest first, as a file"""
    trail = _trail(read_query(TrailArguments))
    file = io.StringIO(newline="")
    with transaction() as session:
        write_csv(audit_entries(session, trail), file)
        record(session, access.viewer().actor, "audit.exported", object_kind="audit")
    response = Response(file.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="protokoll.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _trail(asked: Form) -> Trail:
    """What is asked for; of a question that can't be understood nothing is shown but the reason."""
    return Trail(action="") if asked.errors else trail_of(asked.data)


def _people(entries: list[Any]) -> set[str]:
    objects = {f"person:{entry.object_id}" for entry in entries if entry.object_kind == "person"}
    return objects | {entry.actor for entry in entries}
