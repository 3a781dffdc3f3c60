"""What the telephone system names and the directory does not know: each with a form beside it that says what it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.service import audit
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Days
from wfm.directory import service
from wfm.directory.models import Service
from wfm.reporting.formats.column import Kind
from wfm.reporting.unmapped import unmapped_agents, unmapped_report
from wfm.web.changes import work_off
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("mapping", __name__, url_prefix="/zuordnen")

#: So far back is looked for what nobody has mapped.
LOOKED_BACK = timedelta(days=365)
KINDS = {
    "number": N_("Rufnummern"),
    "queue": N_("Warteschlangen"),
    "service": N_("Wörter für Leistungen"),
    "agent": N_("Namen von Personen"),
}
#: So many of each kind are shown, most often first: who has mapped them sees the rest.
SHOWN = 50

UNKNOWN = Listing(
    "Ohne Zuordnung",
    (
        column("Name der Anlage", "name"),
        column("Telefonanlage", lambda row: row.get("system")),
        column("Anrufe", lambda row: row.get("count"), Kind.COUNT, "Bei Namen von Personen steht hier nichts."),
        column("zuerst", lambda row: _as_day(row["first"]), Kind.DAY),
        column("zuletzt", lambda row: _as_day(row["last"]), Kind.DAY),
    ),
)


class NumberSchema(fields.Schema):
    """Whose a number is, and since when."""

    number = fields.Line(max_length=40, required=True)
    partner = fields.Line(max_length=20, required=True)
    valid_from = fields.Line(max_length=20, required=True)


class QueueSchema(fields.Schema):
    """What a queue is called, and whom it serves if it is one partner only."""

    queue = fields.Line(max_length=200, required=True)
    label = fields.Line(max_length=200, required=True)
    partner = fields.Line(max_length=20)
    valid_from = fields.Line(max_length=20)


class TagSchema(fields.Schema):
    """Which service a word stands for."""

    tag = fields.Line(max_length=100, required=True)
    leika_key = fields.Line(max_length=30, required=True)


class AgentSchema(fields.Schema):
    """Which person a name of the telephone system is."""

    system = fields.Line(max_length=100, required=True)
    alias = fields.Line(max_length=255, required=True)
    agent = fields.Line(max_length=255, required=True)
    valid_from = fields.Line(max_length=20, required=True)


@blp.get("")
@requires("directory.write")
def overview() -> Response:
    """What is not mapped, one kind at a time, by how often it occurs"""
    return _show(request.args.get("art", ""), Form())


@blp.post("/rufnummer")
@requires("directory.write")
def number() -> AnyResponse:
    """Say whose a number is"""
    return _enter("number", "numbers", read_form(NumberSchema))


@blp.post("/warteschlange")
@requires("directory.write")
def queue() -> AnyResponse:
    """Say what a queue is"""
    form = read_form(QueueSchema)
    row = dict(form.values)
    if not row["partner"]:
        row["valid_from"] = ""  # the day beside it says since when it is that partner's
    return _enter("queue", "queues", form, row)


@blp.post("/wort")
@requires("directory.write")
def tag() -> AnyResponse:
    """Say which service a word stands for"""
    form = read_form(TagSchema)
    with transaction() as session:
        known = session.get(Service, form.values["leika_key"]) if not form.errors else None
    if known is None and not form.errors:
        form.errors["leika_key"] = [_("Diese Leistung gibt es nicht.")]
    return _enter("service", "services", form, {**form.values, "name": known.name if known else ""})


@blp.post("/name")
@requires("directory.write")
def agent() -> AnyResponse:
    """Say which person a name is"""
    return _enter("agent", "aliases", read_form(AgentSchema))


def _enter(kind: str, list_: str, form: Form, row: dict[str, str] | None = None) -> AnyResponse:
    if not form.errors:
        try:
            with transaction() as session:
                told = work_off(session, service.enter(session, list_, [row or form.values], by=viewer().actor))
            return back_to("mapping.overview", art=kind, notice=f"{_('Zugeordnet.')} {told}".strip())
        except WfmError as error:
            form.refuse(error)
    return _show(kind, form)


def _show(kind: str, form: Form) -> Response:
    """The page of one kind; `form`, if it was refused, belongs to the entry that it names."""
    today = berlin_day(now())
    days = Days(today - LOOKED_BACK, today + timedelta(days=1))
    with transaction() as session:
        pending = service.pending_changes(session)
        # What was just mapped stays unknown to its calls until the worker has derived them.
        mapped = {("service" if change.kind == "tag" else change.kind, change.key) for change in pending}
        rows = [row for row in unmapped_report(session, days)["rows"] if (row["kind"], row["name"]) not in mapped]
        found = {name: [row for row in rows if row["kind"] == name] for name in KINDS}
        found["agent"] = unmapped_agents(session, days)
        kind = kind if kind in KINDS else next((name for name in KINDS if found[name]), "number")
        if kind == "agent" and found["agent"]:
            audit.record(session, viewer().actor, "aliases.read", object_kind="agent_alias", fields=["alias"])
        if wanted := UNKNOWN.wanted():
            return UNKNOWN.file(wanted, found[kind])
        return page(
            "sources/mapping.html",
            form.status,
            kind=kind,
            form=form,
            rows=found[kind],
            tabs=[
                {
                    "title": f"{_(title)} ({len(found[name])})",
                    "url": url_for("mapping.overview", art=name),
                    "current": name == kind,
                }
                for name, title in KINDS.items()
            ],
            shown=SHOWN,
            partners=list(service.partner_names(session).items()),
            services=_free_services(session) if kind == "service" else [],
            first=days.start,
            pending=len(pending),
        )


def _as_day(day: date | str) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


def _free_services(session: Session) -> list[tuple[str, Any]]:
    """Services that no word stands for yet."""
    free = select(Service.leika_key, Service.name).where(Service.tag.is_(None)).order_by(Service.name).limit(500)
    return [(row.leika_key, row.name) for row in session.execute(free)]
