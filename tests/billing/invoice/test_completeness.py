"""What is missing is said before a document is written, by name, all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.billing.invoice.example import (
    BUYER,
    CALLS,
    EXEMPT,
    PAYMENT,
    SELLER,
    TAXED,
    YEAR,
    invoice,
)
from wfm.billing.formats import cii, zugferd
from wfm.billing.rules.completeness import problems
from wfm.billing.rules.invoice import Contact, ElectronicAddress, Kind, Line, Profile
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days

NO_CONTACT = replace(SELLER, contact=None)
BAD_ADDRESS = replace(BUYER, electronic_address=ElectronicAddress("EM", "rechnung@"))
BAD_LEITWEG = replace(BUYER, electronic_address=ElectronicAddress("0204", "04011000-12345-04"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"leitweg_id": ""}, "Leitweg-ID des Empfängers fehlt"),
        ({"leitweg_id": "04011000-12345-04"}, "Prüfziffern"),
        ({"number": " "}, "Rechnungsnummer fehlt"),
        ({"lines": ()}, "keine Position"),
        ({"kind": Kind.CORRECTION}, "zu welcher Rechnung"),
        ({"kind": Kind.CREDIT_NOTE}, "zu welcher Rechnung"),
        ({"reason": ""}, "Grund fehlt"),
        (TAXED | {"reason": "§ 2b"}, "haben keinen Grund"),
        ({"seller": replace(SELLER, identifier="")}, "Kreditorennummer"),
        (TAXED | {"seller": replace(SELLER, vat_id="", tax_number="")}, "Steuernummer oder"),
        (EXEMPT | {"seller": replace(SELLER, vat_id="", identifier="")}, "oder eine Kennung"),
        ({"seller": replace(SELLER, vat_id="DE123")}, "DE123 ist keine gültige Umsatzsteuer"),
        ({"seller": replace(SELLER, contact=Contact("A", "12", "a@b.example"))}, "Telefonnummer"),
        ({"seller": replace(SELLER, contact=Contact("A", "123", "a.example"))}, "E-Mail-Adresse der Ansprechstelle"),
        ({"buyer": replace(BUYER, name="")}, "Der Name des Rechnungsempfängers fehlt"),
        ({"buyer": replace(BUYER, address=replace(BUYER.address, city=""))}, "Postleitzahl, Ort und Land"),
        ({"buyer": BAD_ADDRESS}, "elektronische Adresse des Rechnungsempfängers"),
        ({"buyer": BAD_LEITWEG}, "Prüfziffern"),
        ({"payment": replace(PAYMENT, iban="DE89370400440532013001")}, "keine gültige IBAN"),
        ({"payment": replace(PAYMENT, iban=" ")}, "Die IBAN des Rechnungsstellers fehlt"),
        ({"payment": replace(PAYMENT, bic="X")}, "kein gültiger BIC"),
        ({"payment": replace(PAYMENT, due=None, terms="")}, "Wann ist zu zahlen?"),
        ({"lines": (replace(CALLS, name=""),)}, "Position 1 hat keine Bezeichnung"),
        ({"lines": (CALLS, replace(CALLS, net_cents=536789))}, "Position 2: 1234 mal 4.35 ist nicht"),
        (
            {"lines": (replace(CALLS, quantity=-CALLS.quantity, unit_price=-CALLS.unit_price),)},
            "Einzelpreis ist nie negativ",
        ),
        ({"lines": (replace(CALLS, days=Days(date(2026, 12, 31), date(2027, 2, 1))),)}, "nicht im Zeitraum"),
        ({"notes": ("gut", "schlecht\x00")}, "In notes.2 steht ein Zeichen"),
    ],
)
def test_each_by_name(changed: dict[str, Any], said: str):
    (problem,) = problems(invoice(**changed), Profile.XRECHNUNG)
    assert said in problem.text
    for write in (cii.write, zugferd.write):
        with pytest.raises(RuleBroken) as refused:
            write(invoice(**changed))
        assert (refused.value.code, refused.value.details["problems"]) == ("invoice.incomplete", [problem.text])


def test_all_at_once():
    found = list(problems(invoice(leitweg_id="", seller=NO_CONTACT, reason=""), Profile.XRECHNUNG))
    assert len(found) == 5


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"payment": replace(PAYMENT, iban="DE00")}, "seller"),
        ({"seller": NO_CONTACT}, "seller"),
        ({"leitweg_id": ""}, "buyer"),
        ({"buyer": replace(invoice().buyer, name="")}, "buyer"),
        ({"buyer": replace(invoice().buyer, name="x\x00")}, "buyer"),
        ({"reason": ""}, "agreement"),
        ({"lines": (replace(CALLS, name=""),)}, "document"),
    ],
)
def test_each_says_where_it_is_mended(changed: dict[str, Any], where: str):
    assert {problem.where for problem in problems(invoice(**changed), Profile.XRECHNUNG)} == {where}


def test_the_european_norm_asks_for_less():
    assert not list(problems(invoice(leitweg_id="", seller=NO_CONTACT), Profile.EN_16931))


def test_a_price_in_fractions_of_a_cent():
    line = Line("Minuten", Decimal("10.5"), CALLS.unit, Decimal("0.12345678"), 130, YEAR)
    assert not list(problems(invoice(lines=(line,)), Profile.XRECHNUNG))
