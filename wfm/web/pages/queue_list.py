"""Queues and services: what the telephone system calls them, and what they are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import or_, select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.core.paging import fetch_page
from wfm.core.web import page_body
from wfm.directory import service
from wfm.directory.models import Queue, QueuePartner, Service
from wfm.directory.queries import seen
from wfm.directory.rules.dated import Validity
from wfm.reporting.formats.column import Kind
from wfm.web.changes import work_off
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.lists import DAYS, Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("queue_list", __name__, url_prefix="/verzeichnis")

QUEUES = Listing(
    "Warteschlangen",
    (
        column("Warteschlange", "label"),
        column("Name der Anlage", "name"),
        column("beschrieben", "mapped"),
        column("Nachbearbeitung in Sekunden", "wrapup_s", Kind.COUNT),
        column("nur für", "partners", meaning="Leer: für alle."),
    ),
)
SERVED = Listing("Wem sie dient", (column("Partner", "partner"), *DAYS))
SERVICES = Listing(
    "Leistungen",
    (
        column("LeiKa-Schlüssel", "leika_key"),
        column("Leistung", "name"),
        column("Rang", "rank", Kind.COUNT),
        column("Wort der Anlage", "tag"),
        column("Quelle", "source"),
    ),
)


class QueueSchema(fields.Schema):
    """A queue's label, wrap-up time and, if it serves one partner only, that partner."""

    label = fields.Line(max_length=200, required=True)
    wrapup_s = fields.Line(max_length=6)
    partner = fields.Line(max_length=20)
    valid_from = fields.Line(max_length=20)
    valid_to = fields.Line(max_length=20)


class ServiceFilterSchema(fields.Schema):
    """Which services to show."""

    suche = fields.Line(max_length=100)
    cursor = fields.Line(max_length=1000)


class ServiceSchema(fields.Schema):
    """A service by its LeiKa key, and the word that stands for it."""

    leika_key = fields.Line(max_length=30, required=True)
    name = fields.Line(max_length=300, required=True)
    tag = fields.Line(max_length=100)


@blp.get("/warteschlangen")
@requires("directory.read")
def overview() -> Response:
    """Queues with label, wrap-up time, and whom they serve"""
    with transaction() as session:
        rows = [dict(row) for row in session.execute(seen.queues(viewer()).order_by(Queue.name)).mappings()]
        served = seen.grouped(session, seen.served(viewer()), "queue")
        names = service.partner_names(session)
    if wanted := QUEUES.wanted():
        return QUEUES.file(wanted, [row | {"partners": _ties(served[row["name"]], names)} for row in rows])
    return page("directory/queues.html", queues=rows, served=served, names=names)


@blp.get("/warteschlangen/bearbeiten")
@requires("directory.write")
def queue() -> Response:
    """Describe a queue, and say whom it serves"""
    found, served = _queue()
    if wanted := SERVED.wanted():
        return SERVED.file(wanted, served)
    values = {"label": found.label, "wrapup_s": "" if found.wrapup_s is None else str(found.wrapup_s)}
    return _show_queue(found, served, Form(values))


@blp.post("/warteschlangen/bearbeiten")
@requires("directory.write")
def save_queue() -> AnyResponse:
    """Keep what a queue is"""
    found, served = _queue()
    form = read_form(QueueSchema)
    if not form.errors:
        row = {"queue": found.name, **form.values}
        try:
            with transaction() as session:
                told = work_off(session, service.enter(session, "queues", [row], by=viewer().actor))
            return back_to("queue_list.overview", notice=f"{_('Die Warteschlange ist beschrieben.')} {told}".strip())
        except WfmError as error:
            form.refuse(error)
    return _show_queue(found, served, form)


@blp.post("/warteschlangen/partner/<int:entry_id>/loeschen")
@requires("directory.write")
def withdraw(entry_id: int) -> AnyResponse:
    """Take out a tie to a partner that should never have been there"""
    with transaction() as session:
        told = work_off(session, service.withdraw(session, "queues", entry_id, by=viewer().actor))
    return back_to("queue_list.overview", notice=f"{_('Der Eintrag ist gelöscht.')} {told}".strip())


@blp.get("/leistungen")
@requires("directory.read")
def services() -> Response:
    """Services by LeiKa key, or with some words in them"""
    chosen = read_query(ServiceFilterSchema)
    statement = select(Service.leika_key, Service.name, Service.rank, Service.tag, Service.source)
    if text := chosen.data.get("suche"):
        found_in = (Service.name, Service.tag, Service.leika_key)
        statement = statement.where(or_(*(column.icontains(text, autoescape=True) for column in found_in)))
    with transaction() as session:
        if wanted := SERVICES.wanted(chosen):
            return SERVICES.file(wanted, session.execute(statement.order_by(Service.leika_key)).mappings())
        found = fetch_page(session, statement, [Service.leika_key], cursor=chosen.data.get("cursor"))
    rows = [row._mapping for row in found.items]
    return page("directory/services.html", chosen.status, rows=rows, next=page_body(found)["next"], chosen=chosen)


@blp.get("/leistungen/bearbeiten")
@requires("directory.write")
def service_form() -> Response:
    """Enter a service, or correct one"""
    form = Form()
    if key := request.args.get("schluessel"):
        with transaction() as session:
            found = session.get(Service, key)
        if found is None:
            raise NotFound("service.unknown", "Diese Leistung gibt es nicht.")
        form.values = {"leika_key": found.leika_key, "name": found.name, "tag": found.tag or ""}
    return page("directory/service.html", form=form)


@blp.post("/leistungen/bearbeiten")
@requires("directory.write")
def save_service() -> AnyResponse:
    """Keep a service"""
    form = read_form(ServiceSchema)
    if not form.errors:
        try:
            with transaction() as session:
                told = work_off(session, service.enter(session, "services", [form.values], by=viewer().actor))
            return back_to("queue_list.services", notice=f"{_('Die Leistung ist eingetragen.')} {told}".strip())
        except WfmError as error:
            form.refuse(error)
    return page("directory/service.html", form.status, form=form)


def _ties(served: list[dict[str, Any]], names: dict[str, str]) -> list[str]:
    """Whom a queue serves, in words."""
    return [f"{names[tie['partner']]} ({Validity.of(tie['valid_from'], tie['valid_to'])})" for tie in served]


def _queue() -> tuple[Queue, list[dict[str, Any]]]:
    name = request.args.get("name", "")
    with transaction() as session:
        found = None if "\0" in name else session.get(Queue, name)
        if found is None:
            raise NotFound("queue.unknown", "Diese Warteschlange gibt es nicht.")
        served = session.execute(seen.served(viewer()).where(QueuePartner.queue == name)).mappings()
        return found, [seen.shown(row) for row in served]


def _show_queue(found: Queue, served: list[dict[str, Any]], form: Form) -> Response:
    with transaction() as session:
        partners = service.partner_names(session)
    return page("directory/queue.html", form.status, queue=found, served=served, form=form, partners=partners)
