"""An invoice to vary: documentation values only, none belongs to anybody."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from wfm.billing.rules.invoice import (
    Address,
    Contact,
    ElectronicAddress,
    Invoice,
    Kind,
    Line,
    Party,
    Payment,
    Preceding,
    Treatment,
    Unit,
)
from wfm.core.intervals import Days

LEITWEG = "04011000-1234512345-06"
IBAN = "DE89370400440532013000"
YEAR = Days(date(2027, 1, 1), date(2028, 1, 1))
NOT_TAXABLE = "Nicht steuerbare Leistung nach § 2b UStG"

SELLER = Party(
    name="Beispielstadt, Servicecenter",
    address=Address("Musterplatz 1", "12345", "Beispielstadt", "Rathaus, Zimmer 5"),
    electronic_address=ElectronicAddress("EM", "rechnung@servicecenter.example"),
    contact=Contact("Abrechnung Servicecenter", "+49 511 0000", "abrechnung@servicecenter.example"),
    identifier="K-4711",
    tax_number="00/000/00000",
    vat_id="DE136695976",
)
BUYER = Party(
    name="Gemeinde Müsterßen an der Örtze",
    address=Address("Am Markt 2", "12346", "Müsterßen"),
    electronic_address=ElectronicAddress("0204", LEITWEG),
)
PAYMENT = Payment(
    iban=IBAN,
    account_name="Beispielstadt, Stadtkasse",
    bic="COBADEFFXXX",
    remittance="R-2027-0001",
    due=date(2028, 4, 30),
    terms="Zahlbar bis 30.04.2028 ohne Abzug",
)
CALLS = Line("Anrufe, angenommen", Decimal(1234), Unit.CALL, Decimal("4.35"), 536790, YEAR, "Januar bis Dezember 2027")


def invoice(**changed: Any) -> Invoice:
    """A plain annual invoice, not taxable; `changed` fields differ."""
    plain: dict[str, Any] = {
        "number": "R-2027-0001",
        "kind": Kind.INVOICE,
        "issued": date(2028, 3, 31),
        "period": YEAR,
        "seller": SELLER,
        "buyer": BUYER,
        "payment": PAYMENT,
        "lines": (CALLS, Line.lump_sum("Grundbetrag", 1000001, YEAR)),
        "treatment": Treatment.NOT_TAXABLE,
        "reason": NOT_TAXABLE,
        "leitweg_id": LEITWEG,
        "agreement": "ÖRV 2026-03",
    }
    return Invoice(**(plain | changed))


TAXED: dict[str, Any] = {"treatment": Treatment.TAXED, "reason": ""}
EXEMPT: dict[str, Any] = {"treatment": Treatment.EXEMPT, "reason": "Steuerfrei nach § 4 UStG (Beispiel)"}
CORRECTION: dict[str, Any] = {
    "number": "R-2027-0002",
    "kind": Kind.CORRECTION,
    "preceding": Preceding("R-2027-0001", date(2028, 3, 31)),
    "lines": (
        Line("Anrufe, angenommen: Korrektur", Decimal(-34), Unit.CALL, Decimal("4.35"), -14790, YEAR),
        Line.lump_sum("Gutschrift nach Einwendung vom 15.04.2028", -250, YEAR),
    ),
}
REGION = Party(
    name="Region Hannover, Der Regionspräsident, Fachbereich mit einem sehr langen Namen für Zusammenarbeit, "
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenangelegenheiten und übergreifende Aufgaben",
    address=Address("Beispielstraße 20", "12345", "Hannover", "Haus 3 <Eingang & Hof>"),
    electronic_address=ElectronicAddress("EM", "rechnungen@region.example"),
)
