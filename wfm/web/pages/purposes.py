"""Purposes, and agreements with the staff council that open the past of persons."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.models import StaffAgreement
from wfm.accounts.queries import names_of_actors
from wfm.accounts.rules.purposes import PURPOSES, SCOPES, Persons
from wfm.accounts.service import agreements
from wfm.accounts.service.settings import get_setting
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("purposes", __name__, url_prefix="/verwaltung/zwecke")

PERSONS = {
    Persons.NAMED: N_("einzelne Personen, mit Namen"),
    Persons.GROUPS: N_("nur Gruppen"),
    Persons.NONE: N_("keine Personen"),
}

USES = Listing(
    "Zwecke",
    (
        column("Zweck", "title"),
        column("Was er zeigt", "text"),
        column("Personen", lambda purpose: PERSONS[purpose.persons]),
        column("Zeitraum", "age"),
        column("Genauigkeit", "grain"),
        column("Recht", "permission"),
    ),
)
AGREEMENTS = Listing(
    "Vereinbarungen",
    (
        column("Fundstelle", "reference"),
        column("Umfang", lambda one: SCOPES[one["scope"]][0]),
        column("Personen", "agents", meaning="Leer: alle, die Anrufe annehmen."),
        column("erster Tag", "first_day", Kind.DAY),
        column("letzter Tag", "last_day", Kind.DAY),
        column("Grund", "reason"),
        column("vorgeschlagen von", "proposed_by"),
        column("vorgeschlagen", "proposed_at", Kind.MOMENT),
        column("unterzeichnet von", "signed_by"),
        column("unterzeichnet", "signed_at", Kind.MOMENT),
        column("beendet von", "ended_by"),
        column("beendet", "ended_at", Kind.MOMENT),
    ),
)


class ProposalSchema(fields.Schema):
    """An agreement as it is proposed; no names: everybody who takes calls."""

    reference = fields.Line(max_length=200, required=True)
    scope = fields.Text(choices=tuple(SCOPES), required=True)
    reason = fields.Line(max_length=1000, required=True)
    first_day = fields.Day(required=True)
    last_day = fields.Day(required=True)
    agents = fields.Line(max_length=2000)


@blp.get("")
@access.requires("settings.read")
def overview() -> Response:
    """What figures are looked at for, and what has been agreed on with the staff council"""
    return _show(Form())


@blp.post("")
@access.requires("agreements.propose")
def propose() -> AnyResponse:
    """Ask the staff council for an agreement"""
    typed = read_form(ProposalSchema)
    if not typed.errors:
        names = [name for part in re.split("[,;]", typed.data.pop("agents", "")) if (name := part.strip())]
        try:
            with transaction() as session:
                agreements.propose_agreement(session, access.viewer(), **typed.data, agents=names)
            return back_to("purposes.overview", notice=_("Der Vorschlag liegt dem Personalrat vor."))
        except WfmError as error:
            typed.refuse(error)
    return _show(typed)


@blp.post("/<int:agreement_id>/unterzeichnen")
@access.requires("agreements.sign")
def sign(agreement_id: int) -> AnyResponse:
    """Sign for the staff council: from now on it opens what it says"""
    with transaction() as session:
        agreements.sign_agreement(session, access.viewer(), agreement_id)
    return back_to("purposes.overview", notice=_("Die Vereinbarung ist unterzeichnet."))


@blp.post("/<int:agreement_id>/beenden")
@access.requires("settings.read")
def end(agreement_id: int) -> AnyResponse:
    """End an agreement, or a proposal, at once; either side may"""
    with transaction() as session:
        agreements.end_agreement(session, access.viewer(), agreement_id)
    return back_to("purposes.overview", notice=_("Die Vereinbarung ist beendet: sie öffnet nichts mehr."))


def _show(form: Form) -> Response:
    with transaction() as session:
        listed = agreements.list_agreements(session)
        names = names_of_actors(
            session, (who for one in listed for who in (one.proposed_by, one.signed_by, one.ended_by))
        )
        if wanted := USES.wanted():
            return USES.file(wanted, PURPOSES.values())
        if wanted := AGREEMENTS.wanted():
            return AGREEMENTS.file(wanted, named(session, listed))
        limits = {key: get_setting(session, key) for key in ("smallest_group", "largest_share")}
    return page(
        "administration/purposes.html",
        form.status,
        purposes=PURPOSES,
        persons=PERSONS,
        scopes=SCOPES,
        agreements=listed,
        as_rule=agreements.as_rule,
        names=names,
        limits=limits,
        today=berlin_day(now()),
        form=form,
    )


def named(session: Session, listed: Iterable[StaffAgreement]) -> list[dict[str, object]]:
    """Agreements whose people have names instead of numbers, for a file."""
    rows = [{key.name: getattr(one, key.name) for key in StaffAgreement.__table__.columns} for one in listed]
    who = ("proposed_by", "signed_by", "ended_by")
    names = names_of_actors(session, (row[actor] for row in rows for actor in who))
    return [row | {actor: names.get(str(row[actor]), row[actor]) for actor in who} for row in rows]
