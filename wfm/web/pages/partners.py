"""Partners: who takes part and since when, how many people live there, their numbers and queues."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.directory import service
from wfm.directory.models import DialledNumber, Partner, Queue, QueuePartner
from wfm.directory.queries import seen
from wfm.reporting.formats.column import Kind
from wfm.web import timeline
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import day as day_text
from wfm.web.language import gettext as _
from wfm.web.lists import DAYS, Listing, column, wanted_file
from wfm.web.shell import back_to, page

blp = Blueprint("partners", __name__, url_prefix="/verzeichnis/partner")
Item = dict[str, Any]

#: How a partner takes part.
STATUS = {"pilot": N_("Pilot"), "full": N_("Vollmitglied"), "left": N_("ausgetreten")}

PARTNERS = Listing(
    "Partner",
    (
        column("Schlüssel", "key"),
        column("Partner", "name"),
        column("Mitgliedschaft", "current", meaning="Wie der Partner heute teilnimmt."),
        column("Einwohner", lambda row: (row["newest"] or {}).get("inhabitants"), Kind.COUNT, "Die neueste Zählung."),
        column("Stichtag", lambda row: (row["newest"] or {}).get("as_of"), Kind.DAY),
        column("Grundlage", lambda row: (row["newest"] or {}).get("basis")),
        column("Quelle", lambda row: (row["newest"] or {}).get("source")),
        column("Vorwahlen", "area_codes"),
    ),
)
MEMBERSHIP = Listing("Mitgliedschaft", (column("Teilnahme", lambda row: STATUS[row["status"]]), *DAYS))
NUMBERS = Listing("Rufnummern", (column("Rufnummer", "number"), *DAYS))
QUEUES = Listing("Warteschlangen", (column("Warteschlange", "label"), column("Name der Anlage", "queue"), *DAYS))
INHABITANTS = Listing(
    "Einwohner",
    (
        column("Stichtag", "as_of", Kind.DAY),
        column("Einwohner", "inhabitants", Kind.COUNT),
        column("Grundlage", "basis"),
        column("Quelle", "source"),
    ),
)


class MembershipSchema(fields.Schema):
    """From when to when a partner takes part, and how."""

    status = fields.Text(required=True, choices=tuple(STATUS))
    valid_from = fields.Line(max_length=20, required=True)
    valid_to = fields.Line(max_length=20)


class InhabitantsSchema(fields.Schema):
    """A count of inhabitants."""

    inhabitants = fields.Line(max_length=12, required=True)
    as_of = fields.Line(max_length=20, required=True)
    basis = fields.Line(max_length=100)
    source = fields.Line(max_length=200)


@blp.get("")
@requires("directory.read")
def overview() -> Response:
    """All partners, with membership and inhabitants"""
    with transaction() as session:
        statement = seen.partners(viewer()).order_by(Partner.key)
        items = [seen.shown(row) for row in session.execute(statement).mappings()]
        seen.add_details(session, items)
    for item in items:
        phases = _phases(item)
        item["line"] = (
            timeline.small(_("Mitgliedschaft %(name)s", name=item["name"]), phases, _today()) if phases else ""
        )
        item["newest"] = item["inhabitants"][-1] if item["inhabitants"] else None
        item["current"] = next((phase.name for phase in phases if _holds(phase)), None)
    if wanted := PARTNERS.wanted():
        return PARTNERS.file(wanted, items)
    return page("directory/partners.html", partners=items)


@blp.get("/<string(maxlength=40):key>")
@requires("directory.read")
def partner(key: str) -> Response:
    """One partner: numbers, queues, membership, inhabitants"""
    with transaction() as session:
        item = seen.find_partner(session, viewer(), key)
        numbers = session.execute(seen.numbers(viewer(), partner=key).order_by(DialledNumber.number, DialledNumber.id))
        served = seen.served(viewer()).add_columns(Queue.label).join(Queue, Queue.name == QueuePartner.queue)
        queues = session.execute(served.where(QueuePartner.partner == key)).mappings().all()
        lists = {
            MEMBERSHIP: item["membership"],
            NUMBERS: [seen.shown(row) for row in numbers.mappings()],
            QUEUES: [seen.shown(row) for row in queues],
            INHABITANTS: item["inhabitants"],
        }
        if (file := wanted_file(lists.items())) is not None:
            return file
        return page(
            "directory/partner.html",
            partner=item,
            numbers=lists[NUMBERS],
            queues=lists[QUEUES],
            statuses=STATUS,
            line=timeline.wide(_("Mitgliedschaft"), _phases(item), _today(), _("heute"))
            if item["membership"]
            else None,
        )


@blp.get("/<string(maxlength=40):key>/mitgliedschaft")
@requires("directory.write")
def membership(key: str) -> Response:
    """Add or correct a time of membership"""
    with transaction() as session:
        item = seen.find_partner(session, viewer(), key)
    form = Form({"status": "full", "valid_from": "", "valid_to": ""})
    if entry := _entry(item):
        form.values = {name: str(entry[name] or "") for name in form.values}
    return _show_membership(item, form, entry)


@blp.post("/<string(maxlength=40):key>/mitgliedschaft")
@requires("directory.write")
def save_membership(key: str) -> AnyResponse:
    """Keep a time of membership, or take it out"""
    form = read_form(MembershipSchema)
    with transaction() as session:
        item = seen.find_partner(session, viewer(), key)
    entry = _entry(item)
    if entry and "withdraw" in request.form:
        with transaction() as session:
            service.withdraw(session, "partners", entry["id"], by=viewer().actor)
        return back_to("partners.partner", key=key, notice=_("Der Zeitraum ist gelöscht."))
    if not form.errors:
        row = {"key": key, "name": item["name"], "kind": item["kind"], **form.values}
        try:
            with transaction() as session:
                _keep(session, row, entry)
            return back_to("partners.partner", key=key, notice=_("Die Mitgliedschaft ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return _show_membership(item, form, entry)


def _keep(session: Session, row: dict[str, str], entry: Item | None) -> None:
    if entry:
        service.correct(session, "partners", entry["id"], row, by=viewer().actor)
    else:
        service.enter(session, "partners", [row], by=viewer().actor)


@blp.get("/<string(maxlength=40):key>/einwohner")
@requires("directory.write")
def inhabitants(key: str) -> Response:
    """Add or correct a count of inhabitants"""
    with transaction() as session:
        item = seen.find_partner(session, viewer(), key)
    return page("directory/inhabitants.html", partner=item, form=Form())


@blp.post("/<string(maxlength=40):key>/einwohner")
@requires("directory.write")
def save_inhabitants(key: str) -> AnyResponse:
    """Keep a count of inhabitants; one of the same day and basis is corrected"""
    form = read_form(InhabitantsSchema)
    with transaction() as session:
        item = seen.find_partner(session, viewer(), key)
    if not form.errors:
        row = {"key": key, "name": item["name"], "kind": item["kind"], **form.values}
        try:
            with transaction() as session:
                service.enter(session, "partners", [row], by=viewer().actor)
            return back_to("partners.partner", key=key, notice=_("Die Einwohnerzahl ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return page("directory/inhabitants.html", form.status, partner=item, form=form)


def _entry(item: Item) -> Item | None:
    """The time of membership that the address names; raises NotFound for one of another partner."""
    wanted = request.args.get("eintrag")
    if wanted is None:
        return None
    for entry in item["membership"]:
        if str(entry["id"]) == wanted:
            return dict(entry)
    raise NotFound("directory.entry_unknown", "Diesen Eintrag gibt es nicht (mehr).")


def _show_membership(item: Item, form: Form, entry: Item | None) -> Response:
    statuses = [(key, _(word)) for key, word in STATUS.items()]
    return page("directory/membership.html", form.status, partner=item, form=form, entry=entry, statuses=statuses)


def _phases(item: Item) -> list[timeline.Phase]:
    return [
        timeline.Phase(
            entry["status"],
            _(STATUS[entry["status"]]),
            entry["valid_from"],
            entry["valid_to"] and entry["valid_to"] + timedelta(days=1),
            f"{_(STATUS[entry['status']])} {_('ab')} {day_text(entry['valid_from'])}",
        )
        for entry in item["membership"]
    ]


def _holds(phase: timeline.Phase) -> bool:
    return phase.start <= _today() and (phase.end is None or _today() < phase.end)


def _today() -> Any:
    return berlin_day(now())
