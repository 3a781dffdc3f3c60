"""Who stands on a document: the host that sends it and the partner that gets it, from their entries as parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wfm.billing.models import Party
from wfm.billing.rules import invoice
from wfm.billing.rules.words import telephone
from wfm.billing.service.parties import HOST
from wfm.core.errors import RuleBroken, Sentence

#: Where entries are mended.
_PAGE = "/abrechnung/stellen"


def page_of(party: Party | None, partner: str | None) -> str:
    """Where the entry of a partner (None: the host) is mended, or made if there is none."""
    return f"{_PAGE}/{party.id}" if party else f"{_PAGE}/neu?partner={partner or HOST}"


def no_entry(name: str, day: date) -> Sentence:
    """That somebody who stands on a document has no entry on its day."""
    return Sentence(
        "Für %(name)s ist am %(day)s keine Stelle eingetragen: Name, Anschrift und Bankverbindung fehlen.",
        name=name,
        day=f"{day:%d.%m.%Y}",
    )


def buyer_of(known: Mapping[str | None, Party], partner: str) -> Party | None:
    """Who gets a partner's documents, of a day's entries; the host's own partner may have none beside the host's."""
    host = known.get(None)
    own = host is not None and host.details.get("own_partner") == partner
    return known.get(partner) or (host if own else None)


def host_details(known: Mapping[str | None, Party], day: date) -> Mapping[str, Any]:
    """The host's entry of those of a day. Raises RuleBroken("document.no_party")."""
    return _details(known.get(None), None, Sentence("den Träger"), day)


def buyer_details(known: Mapping[str | None, Party], partner: str, name: str, day: date) -> Mapping[str, Any]:
    """The entry of who gets a partner's documents. Raises RuleBroken("document.no_party") that names the partner."""
    return _details(buyer_of(known, partner), partner, name, day)


def as_seller(details: Mapping[str, Any]) -> invoice.Party:
    """The host as it sends an invoice. What its entry lacks stays empty, and `completeness` says so."""
    return _party(details, invoice.ElectronicAddress("EM", details.get("email", "")), _contact(details))


def as_buyer(details: Mapping[str, Any]) -> invoice.Party:
    """A partner as it gets one: under its Leitweg-ID, or by e-mail if it has none."""
    leitweg = details.get("leitweg_id", "")
    where = ("0204", leitweg) if leitweg else ("EM", details.get("email", ""))
    return _party(details, invoice.ElectronicAddress(*where), _contact(details) if details.get("contact") else None)


def _contact(details: Mapping[str, Any]) -> invoice.Contact:
    read = {name: str(details.get(name) or "") for name in ("contact", "telephone", "email")}
    return invoice.Contact(read["contact"], telephone(read["telephone"]), read["email"])


def _party(
    details: Mapping[str, Any], where: invoice.ElectronicAddress, contact: invoice.Contact | None
) -> invoice.Party:
    read = {name: str(details.get(name) or "") for name in _NAMES}
    return invoice.Party(
        name=read["name"],
        address=invoice.Address(read["street"], read["postcode"], read["town"]),
        electronic_address=where,
        contact=contact,
        identifier=read["identifier"],
        tax_number=read["tax_number"],
        vat_id=read["vat_id"],
    )


_NAMES = ("name", "street", "postcode", "town", "identifier", "tax_number", "vat_id")


def _details(found: Party | None, partner: str | None, name: str, day: date) -> Mapping[str, Any]:
    if found is None:
        raise RuleBroken("document.no_party", no_entry(name, day), partner=partner, mend=page_of(None, partner))
    return found.details
