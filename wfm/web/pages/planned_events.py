"""Planned events: entered, corrected and taken out, read in from a file, and what earlier ones did."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, WfmError
from wfm.core.paging import fetch_page
from wfm.core.web import PageArguments
from wfm.directory.queries import partner_names, queue_labels
from wfm.directory.service.csv_file import write_table
from wfm.forecasting import service as forecasting
from wfm.forecasting.models import PlannedEvent
from wfm.forecasting.rules.event_kinds import KINDS
from wfm.forecasting.service import events
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import gettext as _
from wfm.web.language import number
from wfm.web.lists import Listing, column
from wfm.web.pages.imports import PLANNED, SHOWN, TakeSchema
from wfm.web.shell import back_to, page

blp = Blueprint("planned_events", __name__, url_prefix="/planung/ereignisse")

EVENTS = Listing(
    "Geplante Ereignisse",
    (
        column("Art", lambda event: KINDS[event.kind]),
        column("Titel", "title"),
        column("erster Tag", "first_day", Kind.DAY),
        column("letzter Tag", "last_day", Kind.DAY),
        column("Partner", "partner"),
        column("Warteschlange", "queue"),
        column("Faktor", lambda event: None if event.factor is None else float(event.factor), Kind.DECIMAL),
        column("Quelle", "source"),
    ),
)
EARLIER = Listing(
    "Frühere Ereignisse",
    (
        column("Titel", "title"),
        column("erster Tag", "first_day", Kind.DAY),
        column("letzter Tag", "last_day", Kind.DAY),
    ),
)


class EventForm(fields.Schema):
    """An event as people write it: cells of a row of the file."""

    kind = fields.Text(choices=tuple(KINDS), required=True)
    title = fields.Line(max_length=200, required=True)
    first_day = fields.Line(max_length=10, required=True)
    last_day = fields.Line(max_length=10)
    partner = fields.Line(max_length=20)
    queue = fields.Line(max_length=100)
    factor = fields.Line(max_length=10)
    source = fields.Line(max_length=500)


@blp.get("")
@requires("forecast.read")
def overview() -> Response:
    """Planned events by first day"""
    asked = read_query(PageArguments)
    with transaction() as session:
        if wanted := EVENTS.wanted():
            ordered = select(PlannedEvent).order_by(PlannedEvent.first_day, PlannedEvent.id)
            return EVENTS.file(wanted, session.scalars(ordered).all())
        order = [PlannedEvent.first_day, PlannedEvent.id]
        listed = fetch_page(
            session, select(*PlannedEvent.__table__.columns), order, cursor=asked.data.get("cursor"), limit=100
        )
        partners, queues = partner_names(session), queue_labels(session)
    return page("forecast/events.html", listed=listed, kinds=KINDS, partners=partners, queues=queues)


@blp.get("/liste.csv")
@requires("forecast.read")
def file() -> Response:
    """All events in the form of the file that can be read in"""
    with transaction() as session:
        columns, rows = events.list_events(session)
    response = Response(write_table(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="ereignisse.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.get("/neu")
@requires("forecast.write")
def new() -> Response:
    """Plan an event"""
    return _show(Form())


@blp.post("/neu")
@requires("forecast.write")
def add() -> AnyResponse:
    """Keep an event; one of the same kind, title and first day is corrected"""
    return _keep(None)


@blp.get("/<int:event_id>")
@requires("forecast.read")
def event(event_id: int) -> Response:
    """One event, and what earlier ones of its title or kind did"""
    with transaction() as session:
        found = events.find_event(session, event_id)
    values = {name: str(getattr(found, name) or "") for name in EventForm._declared_fields}
    values["factor"] = "" if found.factor is None else f"{found.factor.normalize():f}".replace(".", ",")
    return _show(Form(values), event_id)


@blp.post("/<int:event_id>")
@requires("forecast.write")
def correct(event_id: int) -> AnyResponse:
    """Let an event stand for this one"""
    return _keep(event_id)


@blp.post("/<int:event_id>/loeschen")
@requires("forecast.write")
def withdraw(event_id: int) -> AnyResponse:
    """Take an event out"""
    with transaction() as session:
        events.withdraw_event(session, event_id, by=viewer().actor)
    return back_to("planned_events.overview", notice=_("Das Ereignis ist gestrichen."))


@blp.get("/einlesen")
@requires("forecast.write")
def form() -> Response:
    """Where a file of events is sent in"""
    return page("forecast/events_import.html", form=Form(), columns=events.COLUMNS)


@blp.post("/einlesen")
@requires("forecast.write")
def send() -> AnyResponse:
    """Keep a file, and go to what it would change"""
    typed, sent = Form(), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise BadInput("upload.missing", "Bitte eine Datei wählen.", field="file")
        with transaction() as session:
            draft = events.keep_file(session, sent.filename, sent.read(), by=viewer().actor)
        return back_to("planned_events.draft", draft_id=draft.id)
    except WfmError as error:
        typed.refuse(error)
    return page("forecast/events_import.html", 422, form=typed, columns=events.COLUMNS)


@blp.get("/einlesen/<int:draft_id>")
@requires("forecast.write")
def draft(draft_id: int) -> Response:
    """What a file would add and change now, and what is wrong with which row"""
    for listing, part in PLANNED.items():
        if wanted := listing.wanted():
            with transaction() as session:
                found = events.find_file(session, draft_id, by=viewer().actor)
                plan = events.plan_events(session, found.content)
            return listing.file(wanted, getattr(plan, part))
    return _show_plan(draft_id)


@blp.post("/einlesen/<int:draft_id>")
@requires("forecast.write")
def take(draft_id: int) -> AnyResponse:
    """Carry out what was shown, exactly that or nothing"""
    typed = read_form(TakeSchema)
    try:
        with transaction() as session:
            plan = events.take_file(session, draft_id, typed.data.get("fingerprint", ""), by=viewer().actor)
    except (Conflict, BadInput) as error:
        return _show_plan(draft_id, error)
    counts = {"added": number(len(plan.added)), "changed": number(len(plan.changed))}
    return back_to("planned_events.overview", notice=_("Übernommen: %(added)s neu, %(changed)s geändert.", **counts))


def _keep(event_id: int | None) -> AnyResponse:
    typed = read_form(EventForm)
    if not typed.errors:
        try:
            with transaction() as session:
                kept = events.enter_event(session, typed.values, by=viewer().actor, replaces=event_id)
            return back_to("planned_events.event", event_id=kept.id, notice=_("Das Ereignis ist eingetragen."))
        except WfmError as error:
            if error.http_status == 404:
                raise
            typed.refuse(error)
    return _show(typed, event_id)


def _show(typed: Form, event_id: int | None = None) -> Response:
    with transaction() as session:
        partners, queues = partner_names(session), queue_labels(session)
        effect = None if event_id is None else forecasting.effects.effect_of(session, event_id)
        before = [] if event_id is None else _before(session, event_id)
    if wanted := EARLIER.wanted():
        return EARLIER.file(wanted, before)
    return page(
        "forecast/event.html",
        typed.status,
        form=typed,
        event_id=event_id,
        effect=effect,
        before=before,
        kinds=[(kind, _(title)) for kind, title in KINDS.items()],
        partners=partners,
        queues=queues,
    )


def _before(session: Session, event_id: int) -> list[PlannedEvent]:
    everything = session.scalars(select(PlannedEvent).order_by(PlannedEvent.first_day)).all()
    return events.earlier(everything, events.find_event(session, event_id))


def _show_plan(draft_id: int, error: WfmError | None = None) -> Response:
    with transaction() as session:
        found = events.find_file(session, draft_id, by=viewer().actor)
        plan = events.plan_events(session, found.content)
    return page(
        "directory/plan.html",
        error.http_status if error else 200,
        draft=found,
        plan=plan,
        error=error,
        kind=_("Geplante Ereignisse"),
        shown=SHOWN,
        came_from=(_("Geplante Ereignisse"), url_for("planned_events.overview")),
        address=url_for("planned_events.draft", draft_id=draft_id),
        send_another=url_for("planned_events.form"),
        discard=url_for("planned_events.form"),
        nothing_new=_("Alles ist schon so geplant."),
    )
