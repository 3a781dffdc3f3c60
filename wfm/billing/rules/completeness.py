"""Is everything there that a document needs? Asked before it is written, so that nobody reads the validator's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from string import digits
from typing import Any, cast

from wfm.billing.rules import identifiers
from wfm.billing.rules.invoice import (
    ElectronicAddress,
    Invoice,
    Kind,
    Line,
    Party,
    Profile,
    Treatment,
    totals,
)
from wfm.core.errors import RuleBroken, Sentence

#: One @, behind it names with dots between them (BR-DE-28).
_EMAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
#: XML 1.0 has no such characters.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Where(StrEnum):
    """Where a problem is mended."""

    SELLER = "seller"
    BUYER = "buyer"
    AGREEMENT = "agreement"
    DOCUMENT = "document"
    """Nowhere but in what the document is made of."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is missing or wrong, in a sentence."""

    where: Where
    text: Sentence


#: Fields of an invoice that stand in an entry or an agreement.
_OF_FIELD: Mapping[str, Where] = {
    "seller": Where.SELLER,
    "payment": Where.SELLER,
    "buyer": Where.BUYER,
    "leitweg_id": Where.BUYER,
    "agreement": Where.AGREEMENT,
    "reason": Where.AGREEMENT,
}


def check(invoice: Invoice, profile: Profile) -> None:
    """Raises RuleBroken("invoice.incomplete") with everything that is missing or wrong, in the order of the document.

    The sentence is the first problem; `details["problems"]` has all of them.
    """
    found = [problem.text for problem in problems(invoice, profile)]
    if found:
        raise RuleBroken("invoice.incomplete", found[0], problems=found)


def problems(invoice: Invoice, profile: Profile) -> Iterator[Problem]:
    """What keeps the invoice from being a document of this profile, by the rules named beside each question."""
    yield from _characters(invoice)
    yield from _heading(invoice, profile)
    yield from _of(Where.SELLER, _party(invoice.seller, Sentence("des Rechnungsstellers")))
    yield from _of(Where.BUYER, _party(invoice.buyer, Sentence("des Rechnungsempfängers")))
    if profile is Profile.XRECHNUNG:
        yield from _of(Where.SELLER, _contact(invoice.seller))
    yield from _tax(invoice)
    yield from _payment(invoice)
    for place, line in enumerate(invoice.lines, 1):
        yield from _of(Where.DOCUMENT, _line(place, line, invoice))


def _of(where: Where, texts: Iterable[Sentence]) -> Iterator[Problem]:
    return (Problem(where, text) for text in texts)


def _characters(invoice: Invoice) -> Iterator[Problem]:
    for name, text in _texts(invoice, ""):
        if _NO_XML.search(text):
            where = _OF_FIELD.get(name.partition(".")[0], Where.DOCUMENT)
            yield Problem(
                where, Sentence("In %(field)s steht ein Zeichen, das kein Dokument enthalten darf.", field=name)
            )


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """All texts of the invoice with the names of their fields, `lines.2.name`."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for place, part in enumerate(value, 1):
            yield from _texts(part, f"{name}.{place}")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{name}.{field.name}".lstrip("."))


def _heading(invoice: Invoice, profile: Profile) -> Iterator[Problem]:
    if not invoice.number.strip():
        yield Problem(Where.DOCUMENT, Sentence("Die Rechnungsnummer fehlt."))  # BR-02
    if not invoice.lines:
        yield Problem(Where.DOCUMENT, Sentence("Die Rechnung hat keine Position."))  # BR-16
    if invoice.leitweg_id:
        yield from _of(Where.BUYER, _wrong(identifiers.leitweg_id, invoice.leitweg_id))
    elif profile is Profile.XRECHNUNG:  # BR-DE-15
        yield Problem(Where.BUYER, Sentence("Die Leitweg-ID des Empfängers fehlt; eine XRechnung braucht sie."))
    if invoice.kind is not Kind.INVOICE and invoice.preceding is None:  # BR-DE-26; UStDV s. 31(5)
        text = Sentence("Eine Korrektur oder Gutschrift muss sagen, zu welcher Rechnung sie gehört.")
        yield Problem(Where.DOCUMENT, text)


def _party(party: Party, whose: Sentence) -> Iterator[Sentence]:
    if not party.name.strip():
        yield Sentence("Der Name %(whose)s fehlt.", whose=whose)  # BR-06, BR-07
    address = party.address
    if not (address.postcode.strip() and address.city.strip() and address.country.strip()):  # BR-DE-3, -4, -8, -9
        yield Sentence("Zur Anschrift %(whose)s gehören Postleitzahl, Ort und Land.", whose=whose)
    yield from _electronic_address(party.electronic_address, whose)


def _electronic_address(address: ElectronicAddress, whose: Sentence) -> Iterator[Sentence]:
    if address.scheme == "0204":
        yield from _wrong(identifiers.leitweg_id, address.value)
    elif address.scheme != "EM" or not _EMAIL.fullmatch(address.value):  # PEPPOL-EN16931-R010, -R020
        yield Sentence("Die elektronische Adresse %(whose)s ist weder E-Mail-Adresse noch Leitweg-ID.", whose=whose)


def _contact(seller: Party) -> Iterator[Sentence]:
    contact = seller.contact
    if contact is None or not contact.name.strip():
        yield Sentence("Der Name der Ansprechstelle des Rechnungsstellers fehlt.")  # BR-DE-2, -5
    if contact is None or sum(sign in digits for sign in contact.telephone) < 3:
        yield Sentence("Die Telefonnummer der Ansprechstelle fehlt oder hat weniger als drei Ziffern.")  # BR-DE-6, -27
    if contact is None or not _EMAIL.fullmatch(contact.email):
        yield Sentence("Die E-Mail-Adresse der Ansprechstelle fehlt oder ist keine.")  # BR-DE-7, -28


def _tax(invoice: Invoice) -> Iterator[Problem]:
    for where, party in ((Where.SELLER, invoice.seller), (Where.BUYER, invoice.buyer)):
        if party.vat_id:
            yield from _of(where, _wrong(identifiers.vat_id, party.vat_id))
    if invoice.treatment is Treatment.TAXED:
        if invoice.reason:  # BR-S-10
            text = Sentence("Steuerpflichtige Leistungen haben keinen Grund, warum keine Steuer anfällt.")
            yield Problem(Where.AGREEMENT, text)
    elif not invoice.reason.strip():  # BR-O-10, BR-E-10
        yield Problem(Where.AGREEMENT, Sentence("Der Grund fehlt, warum keine Umsatzsteuer anfällt."))
    yield from _of(Where.SELLER, _known_to_the_tax_office(invoice))


def _known_to_the_tax_office(invoice: Invoice) -> Iterator[Sentence]:
    seller = invoice.seller
    if invoice.treatment is Treatment.NOT_TAXABLE:
        if not seller.identifier.strip():  # BR-CO-26, and BR-O-2 forbids the VAT identifier
            yield Sentence(
                "Nicht steuerbar: Der Rechnungssteller braucht eine Kennung beim Empfänger, etwa die Kreditorennummer."
            )
    elif not (seller.vat_id or seller.tax_number):  # BR-S-02, BR-E-02
        yield Sentence("Der Rechnungssteller braucht eine Steuernummer oder Umsatzsteuer-Identifikationsnummer.")
    elif not (seller.vat_id or seller.identifier):  # BR-CO-26
        yield Sentence("Der Rechnungssteller braucht eine Umsatzsteuer-Identifikationsnummer oder eine Kennung.")


def _payment(invoice: Invoice) -> Iterator[Problem]:
    payment = invoice.payment
    if payment.iban.strip():
        yield from _of(Where.SELLER, _wrong(identifiers.iban, payment.iban))
    else:  # BR-50, BR-DE-23
        yield Problem(Where.SELLER, Sentence("Die IBAN des Rechnungsstellers fehlt."))
    if payment.bic:
        yield from _of(Where.SELLER, _wrong(identifiers.bic, payment.bic))
    if totals(invoice).due > 0 and payment.due is None and not payment.terms.strip():  # BR-CO-25
        yield Problem(Where.AGREEMENT, Sentence("Wann ist zu zahlen? Es fehlen Fälligkeit und Zahlungsbedingungen."))


def _line(place: int, line: Line, invoice: Invoice) -> Iterator[Sentence]:
    if not line.name.strip():
        yield Sentence("Position %(place)s hat keine Bezeichnung.", place=place)  # BR-25
    if line.unit_price < 0:
        yield Sentence(
            "Position %(place)s: Ein Einzelpreis ist nie negativ, wohl aber die Menge.", place=place
        )  # BR-27
    if line.net_cents != line.product_cents:
        yield Sentence(
            "Position %(place)s: %(quantity)s mal %(price)s ist nicht der Betrag der Position.",
            place=place,
            quantity=line.quantity,
            price=line.unit_price,
        )
    if not (invoice.period.start <= line.days.start and line.days.end <= invoice.period.end):
        yield Sentence("Position %(place)s liegt nicht im Zeitraum der Rechnung.", place=place)  # PEPPOL R110, R111


def _wrong(rule: Callable[[str], str], text: str) -> Iterator[Sentence]:
    try:
        rule(text)
    except RuleBroken as error:
        yield cast(Sentence, error.message)
