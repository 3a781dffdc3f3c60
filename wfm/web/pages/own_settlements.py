"""What a municipality sees of its settlements: its shares, the documents to them, and the way to object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.rules.kinds import KINDS as KIND_TITLES
from wfm.billing.rules.words import money
from wfm.billing.service import documents, settling
from wfm.billing.service.own_shares import own_shares
from wfm.billing.service.reading import undone
from wfm.billing.service.time_limits import objection_ends
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.pages.papers import KINDS, usage_address
from wfm.web.shell import back_to, page

blp = Blueprint("own_settlements", __name__, url_prefix="/abrechnung/eigene")

STATES: Mapping[str, str] = {
    "open": N_("offen"),
    "objected": N_("widersprochen"),
    "accepted": N_("Widerspruch anerkannt"),
    "rejected": N_("Widerspruch abgelehnt"),
    "final": N_("endgültig"),
}
SHARES = Listing(
    "Abrechnungen",
    (
        column("Nummer", lambda row: row[0].id, Kind.COUNT),
        column("Art", lambda row: KIND_TITLES[row[0].kind]),
        column("erster Tag", lambda row: row[0].period.start, Kind.DAY),
        column("letzter Tag", lambda row: row[0].period.last_day, Kind.DAY),
        column("Anteil in Cent", lambda row: row[1].cents, Kind.COUNT),
        column("zu zahlen in Cent", lambda row: row[1].due_cents, Kind.COUNT),
        column("fällig", lambda row: row[1].due_on, Kind.DAY),
        column("Stand", lambda row: STATES[row[1].state]),
    ),
)


class ObjectionForm(fields.Schema):
    reason = fields.Line(max_length=2000, required=True)


@blp.get("")
@requires("statements.read")
def overview() -> AnyResponse:
    """One's own settlements with their documents; who is nobody's partner sees all documents instead"""
    if viewer().partner is None:
        return back_to("paper_pages.overview")
    with transaction() as session:
        if wanted := SHARES.wanted():
            return SHARES.file(wanted, own_shares(session, viewer()))
        return _show(session, None, Form())


@blp.post("/<int(max=9007199254740991):settlement_id>/widerspruch")
@requires("statements.object")
def object_to(settlement_id: int) -> AnyResponse:
    """Object to a settlement while its period runs"""
    form = read_form(ObjectionForm)
    partner = viewer().partner
    if partner is None:
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")
    if not form.errors:
        try:
            with transaction() as session:
                settling.object_to(session, viewer(), settlement_id, partner, form.data["reason"])
            return back_to("own_settlements.overview", notice=_("Ihr Widerspruch ist eingegangen."))
        except WfmError as error:
            form.refuse(error)
    with transaction() as session:
        return _show(session, settlement_id, form)


def _show(session: Session, at: int | None, form: Form) -> Response:
    today = berlin_day(now())
    found, gone = list[dict[str, Any]](), set(session.scalars(undone()))
    for settlement, share in own_shares(session, viewer()):
        last = objection_ends(settlement, share.partner)
        state = N_("storniert") if settlement.id in gone else STATES[share.state]
        over = settlement.id in gone or settlement.state == "final" or share.objected_at is not None
        may = last is not None and today <= last and not over
        papers = documents.listed(session, viewer(), settlement_id=settlement.id, partner=share.partner)
        found.append(
            {"settlement": settlement, "share": share, "state": state, "last": last, "may": may, "papers": papers}
        )
    statements = [
        one for one in documents.listed(session, viewer(), kind="statement", void=False) if one.settlement_id is None
    ]
    return page(
        "billing/own.html",
        form.status,
        found=found,
        statements=statements,
        at=at,
        form=form,
        titles=KIND_TITLES,
        kinds=KINDS,
        number_of=documents.number_of,
        usage_address=usage_address,
        money=money,
    )
