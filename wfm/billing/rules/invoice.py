"""An invoice as EN 16931 sees it, reduced to what a joint centre bills: one currency, one tax treatment, one account.

Numbers such as BT-10 are the business terms of EN 16931-1; the rules named BR-* are those of its validation artefacts,
BR-DE-* those of XRechnung 3.0.2. Money is integer cents, periods are half-open (BT-74 names the last day, not the end).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from wfm.core.intervals import Days
from wfm.core.rounding import half_up

#: Per cent, UStG s. 12(1).
STANDARD_RATE = 19


class Profile(StrEnum):
    """Which set of rules a document promises to keep; the value is its name in ZUGFeRD."""

    #: What public buyers in Germany may demand; needs a Leitweg-ID.
    XRECHNUNG = "XRECHNUNG"
    #: The European norm alone.
    EN_16931 = "EN 16931"


class Kind(StrEnum):
    """What the document is (UNTDID 1001, BT-3)."""

    INVOICE = "380"
    #: Takes the place of an invoice, or of a part of it: its amounts may be negative.
    CORRECTION = "384"
    #: Positive amounts that the seller owes the buyer.
    CREDIT_NOTE = "381"


class Treatment(StrEnum):
    """How value added tax sees a service (UNCL 5305, BT-151)."""

    #: Not taxable, UStG s. 2b. A document with this category must have no other, and no VAT identifier (BR-O-*).
    NOT_TAXABLE = "O"
    EXEMPT = "E"
    TAXED = "S"

    @property
    def rate(self) -> int:
        """Per cent."""
        return STANDARD_RATE if self is Treatment.TAXED else 0


class Unit(StrEnum):
    """What is counted (UN/ECE recommendation 20, BT-130)."""

    CALL = "C62"
    SECOND = "SEC"
    MINUTE = "MIN"
    HOUR = "HUR"
    DAY = "DAY"
    MONTH = "MON"
    YEAR = "ANN"
    INHABITANT = "IE"
    LUMP_SUM = "LS"


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8."""

    street: str
    postcode: str
    city: str
    addition: str = ""
    country: str = "DE"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask: name (BT-41), telephone (BT-42), e-mail (BT-43). XRechnung demands all three of the seller."""

    name: str
    telephone: str
    email: str


@dataclass(frozen=True, slots=True)
class ElectronicAddress:
    """Where documents arrive (BT-34, BT-49): scheme `EM` for e-mail, `0204` for a Leitweg-ID."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4) or buyer (BG-7).

    `identifier` is how the other side knows the seller (creditor number, BT-29; the buyer's: BT-46). The seller needs
    it where no VAT identifier may be shown (BR-CO-26). `vat_id` (BT-31, BT-48) stays unwritten where not taxable.
    """

    name: str
    address: Address
    electronic_address: ElectronicAddress
    contact: Contact | None = None
    identifier: str = ""
    tax_number: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """SEPA credit transfer (BG-16): account, what to write on the transfer (BT-83), due date (BT-9), terms (BT-20).

    The account is that of whoever gets the money: of the seller, in a credit note of the buyer.
    """

    iban: str
    account_name: str
    bic: str = ""
    remittance: str = ""
    due: date | None = None
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing billed (BG-25).

    `unit_price` in euro with up to 8 places, never negative (BR-27); what is given back has a negative `quantity`. The
    price is for `base_quantity` of the unit (BT-149, BT-150): for 60 seconds. `net_cents` is quantity times price
    divided by it, rounded half up.
    """

    name: str
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    net_cents: int
    days: Days
    description: str = ""
    base_quantity: Decimal = Decimal(1)

    @property
    def product_cents(self) -> int:
        """What quantity and price come to."""
        return half_up(Fraction(self.quantity) * Fraction(self.unit_price) * 100 / Fraction(self.base_quantity))

    @classmethod
    def lump_sum(cls, name: str, net_cents: int, days: Days, description: str = "") -> Line:
        """A sum that is not a quantity times a price: a share of cost, a base fee."""
        quantity = Decimal(-1 if net_cents < 0 else 1)
        return cls(name, quantity, Unit.LUMP_SUM, euro(abs(net_cents)), net_cents, days, description)


@dataclass(frozen=True, slots=True)
class Preceding:
    """The invoice that a correction is about (BG-3)."""

    number: str
    issued: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """A whole document. All lines have the one `treatment`; `reason` says why no tax is due (BT-120, for O and E).

    `leitweg_id` (BT-10) may be empty in a ZUGFeRD document of the profile EN 16931, never in an XRechnung (BR-DE-15).
    `prepaid_cents` are the advances paid, with their tax (BT-113).
    """

    number: str
    kind: Kind
    issued: date
    period: Days
    seller: Party
    buyer: Party
    payment: Payment
    lines: tuple[Line, ...]
    treatment: Treatment
    reason: str = ""
    leitweg_id: str = ""
    prepaid_cents: int = 0
    preceding: Preceding | None = None
    agreement: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22 in cents: net (BT-106, BT-109), tax (BT-110), gross (BT-112), prepaid (BT-113), due (BT-115)."""

    net: int
    tax: int
    gross: int
    prepaid: int
    due: int


def totals(invoice: Invoice) -> Totals:
    """The sums of a document: BR-CO-10, -13, -14, -15, -16, -17. Tax is rounded once, on the sum of all lines."""
    net = sum(line.net_cents for line in invoice.lines)
    tax = cents(euro(net) * invoice.treatment.rate / 100)
    return Totals(net, tax, net + tax, invoice.prepaid_cents, net + tax - invoice.prepaid_cents)


def cents(amount: Decimal) -> int:
    """Euro to cents, half up."""
    return half_up(Fraction(amount) * 100)


def euro(amount: int) -> Decimal:
    """Cents as euro with two decimals."""
    return Decimal(amount).scaleb(-2)


#: How documents call what is counted.
UNIT_NAMES: Mapping[Unit, str] = {
    Unit.CALL: "Anrufe",
    Unit.SECOND: "Sekunden",
    Unit.MINUTE: "Minuten",
    Unit.HOUR: "Stunden",
    Unit.DAY: "Tage",
    Unit.MONTH: "Monate",
    Unit.YEAR: "Jahre",
    Unit.INHABITANT: "Einwohner",
    Unit.LUMP_SUM: "pauschal",
}
