"""Parties: name, address, Leitweg-ID, bank account and booking data of the host and of partners."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.agreement_schemas import OfParty
from wfm.billing.models import Party
from wfm.billing.service import parties as service
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.directory.queries import partner_names
from wfm.reporting.formats.column import Column, Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page
from wfm.web.terms_preview import asked_for

blp = Blueprint("parties", __name__, url_prefix="/abrechnung/stellen")

LABELS: Mapping[str, str] = {
    "partner": N_("Partner"),
    "valid_from": N_("Erster Tag"),
    "valid_to": N_("Letzter Tag"),
    "name": N_("Name"),
    "street": N_("Straße"),
    "postcode": N_("Postleitzahl"),
    "town": N_("Ort"),
    "contact": N_("Kontaktstelle"),
    "telephone": N_("Rufnummer"),
    "email": N_("E-Mail"),
    "leitweg_id": N_("Leitweg-ID"),
    "vat_id": N_("Umsatzsteuer-Identifikationsnummer"),
    "tax_number": N_("Steuernummer"),
    "identifier": N_("Kennung (Kreditorennummer)"),
    "iban": N_("IBAN"),
    "bic": N_("BIC"),
    "own_partner": N_("Eigener Partner"),
    "series": N_("Nummernkreis der Belege"),
    "account": N_("Konto"),
    "product": N_("Produkt"),
    "cost_centre": N_("Kostenstelle"),
    "tax_code": N_("Steuerkennzeichen"),
}
HINTS: Mapping[str, str] = {
    "leitweg_id": N_("Vom Empfänger genannt, nie aus dem AGS gebildet: 04011000-1234512345-06"),
    "contact": N_("eine Stelle, keine Person"),
    "iban": N_("beim Träger: wohin gezahlt wird"),
    "own_partner": N_("beim Träger: welcher Partner er selbst ist; dieser bekommt keine Rechnung, nur die Abrechnung"),
    "series": N_("beim Träger: womit die Nummern beginnen, etwa SC für SC-2027-0001"),
}


def _read(name: str) -> Column:
    return column(LABELS[name], lambda party: party.details.get(name) or party.booking.get(name) or "")


PARTIES = Listing(
    "Stellen",
    (
        column("Partner", lambda party: party.partner or service.HOST),
        column("erster Tag", lambda party: party.valid.start, Kind.DAY),
        column("letzter Tag", lambda party: party.valid.last_day, Kind.DAY, "Leer: bis auf Weiteres."),
        *(_read(name) for name in (*service.DETAILS, *service.BOOKING)),
    ),
)


class PartyForm(OfParty):
    """A party as people write it: cells of a row of the file."""

    partner = fields.Line(max_length=20, required=True)
    valid_from = fields.Line(max_length=10, required=True)
    valid_to = fields.Line(max_length=10)
    name = fields.Line(max_length=200)
    street = fields.Line(max_length=200)
    postcode = fields.Line(max_length=10)
    town = fields.Line(max_length=100)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """How the host and partners appear on paper"""
    with transaction() as session:
        listed = service.all_parties(session)
        if wanted := PARTIES.wanted():
            return PARTIES.file(wanted, listed)
        names = partner_names(session)
    host = any(party.partner is None for party in listed)
    return page("billing/parties.html", listed=listed, names=names, host=host)


@blp.get("/neu")
@requires("settlement.write")
def new() -> Response:
    """Enter how somebody appears from a day on"""
    begun = dict.fromkeys(PartyForm._declared_fields, "") | {"valid_from": berlin_day(now()).isoformat()}
    begun |= asked_for(("partner",))
    return _show(Form(begun))


@blp.post("/neu")
@requires("settlement.write")
def add() -> AnyResponse:
    """Keep it; what held until then ends the day before"""
    form = read_form(PartyForm)
    if not form.errors:
        try:
            with transaction() as session:
                service.enter(session, form.values, by=viewer().actor)
            return back_to("parties.overview", notice=_("Die Stelle ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return _show(form)


@blp.get("/<int(max=9007199254740991):party_id>")
@requires("settlement.read")
def party(party_id: int) -> Response:
    """One entry"""
    with transaction() as session:
        found = service.find_party(session, party_id)
    return _show(Form(dict(zip(LABELS_IN_FILE, map(str, service.as_cells(found)), strict=True))), found)


@blp.post("/<int(max=9007199254740991):party_id>/streichen")
@requires("settlement.write")
def withdraw(party_id: int) -> AnyResponse:
    """Take out an entry that should never have been there"""
    with transaction() as session:
        service.withdraw(session, party_id, by=viewer().actor)
    return back_to("parties.overview", notice=_("Der Eintrag ist gestrichen."))


LABELS_IN_FILE = tuple(column.name for column in service.COLUMNS)


def _show(form: Form, known: Party | None = None) -> Response:
    with transaction() as session:
        names = partner_names(session)
    labels = {name: _(title) for name, title in LABELS.items()}
    return page(
        "billing/party.html",
        form.status,
        form=form,
        known=known,
        names=names,
        labels=labels,
        hints={name: _(hint) for name, hint in HINTS.items()},
        facts=[(labels[name], form.values.get(name) or "–") for name in LABELS],
    )
