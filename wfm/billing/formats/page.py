"""What an invoice says to people, in German, as texts for the template `data/invoice.typ`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wfm.billing.rules.identifiers import iban_in_groups
from wfm.billing.rules.invoice import (
    UNIT_NAMES,
    Invoice,
    Kind,
    Line,
    Party,
    Treatment,
    Unit,
    totals,
)
from wfm.billing.rules.words import money
from wfm.core.intervals import Days
from wfm.reporting.formats import german

_TITLES = {Kind.INVOICE: "Rechnung", Kind.CORRECTION: "Rechnungskorrektur", Kind.CREDIT_NOTE: "Gutschrift"}
_VERBS = {
    Kind.INVOICE: "berechnen wir",
    Kind.CORRECTION: "berichtigen wir unsere Rechnung",
    Kind.CREDIT_NOTE: "schreiben wir gut",
}
_COLUMNS = ("Pos.", "Leistung", "Menge", "Einzelpreis", "Betrag")


def document_of(invoice: Invoice, attachment: str) -> Mapping[str, Any]:
    """All texts of the document; `attachment` is the name of the XML it carries."""
    seller, title = invoice.seller, f"{_TITLES[invoice.kind]} {invoice.number}"
    return {
        "title": title,
        "footer": f"{title} vom {german.day(invoice.issued)}",
        "attachment": attachment,
        "attachment_description": f"{title} als XML nach EN 16931",
        "sender": " · ".join((seller.name, seller.address.street, f"{seller.address.postcode} {seller.address.city}")),
        "recipient": _address(invoice.buyer),
        "facts": _facts(invoice),
        "about": f"Für Leistungen vom {_days(invoice.period)} {_VERBS[invoice.kind]}:",
        "preceding": _preceding(invoice),
        "columns": _COLUMNS,
        "lines": [_line(place, line, invoice) for place, line in enumerate(invoice.lines, 1)],
        "sum_columns": ("Summe", "Betrag"),
        "sums": _sums(invoice),
        "tax": [f"{invoice.reason}."] if invoice.reason else [],
        "payment_order": _payment_order(invoice),
        "payment": _payment(invoice),
        "notes": list(invoice.notes),
        "seller": {"name": seller.name, "address": _address(seller), "facts": _seller(invoice)},
    }


def _number(value: Decimal) -> str:
    """1.234,5 with the decimals it has."""
    return f"{value:,f}".translate(str.maketrans(",.", ".,"))


def _address(party: Party) -> list[str]:
    address = party.address
    country = [] if address.country == "DE" else [address.country]
    lines = [party.name, address.addition, address.street, f"{address.postcode} {address.city}", *country]
    return [line for line in lines if line]


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    facts = (
        ("Nummer", invoice.number),
        ("Datum", german.day(invoice.issued)),
        ("Leistungszeitraum", _days(invoice.period)),
        ("Leitweg-ID", invoice.leitweg_id),
        ("Vereinbarung", invoice.agreement),
        ("Ihre Kennung", invoice.buyer.identifier),
    )
    return [fact for fact in facts if fact[1]]


def _preceding(invoice: Invoice) -> str:
    if invoice.preceding is None:
        return ""
    before = f"{invoice.preceding.number} vom {german.day(invoice.preceding.issued)}"
    return f"Zur Rechnung {before}. Für die Umsatzsteuer gelten die Regeln am Tag der Leistung."


def _line(place: int, line: Line, invoice: Invoice) -> dict[str, Any]:
    notes = [line.description] if line.description else []
    if line.days != invoice.period:
        notes.append(_days(line.days))
    return {
        "place": str(place),
        "name": line.name,
        "notes": notes,
        "quantity": quantity_of(line),
        "price": price_of(line),
        "net": money(line.net_cents),
    }


def quantity_of(line: Line) -> str:
    """`240.000 Sekunden`, or `pauschal`."""
    return UNIT_NAMES[line.unit] if line.unit is Unit.LUMP_SUM else _amount(line.quantity, line.unit)


def price_of(line: Line) -> str:
    """`0,90 € je 60 Sekunden`; nothing of a lump sum."""
    if line.unit is Unit.LUMP_SUM:
        return ""
    price = f"{_number(line.unit_price)} €"
    return price if line.base_quantity == 1 else f"{price} je {_amount(line.base_quantity, line.unit)}"


def _amount(quantity: Decimal, unit: Unit) -> str:
    return f"{_number(quantity)} {UNIT_NAMES[unit]}"


def _sums(invoice: Invoice) -> list[dict[str, Any]]:
    sums = totals(invoice)
    taxed = invoice.treatment is Treatment.TAXED
    rows = [
        ("Summe der Positionen", sums.net, False),
        (f"Umsatzsteuer {invoice.treatment.rate} %" if taxed else "Umsatzsteuer", sums.tax, False),
        ("Gesamtbetrag", sums.gross, not sums.prepaid),
    ]
    if sums.prepaid:
        rows += [("abzüglich gezahlter Abschläge", -sums.prepaid, False), (_due_name(invoice), sums.due, True)]
    return [{"name": name, "value": money(value), "strong": strong} for name, value, strong in rows]


def _due_name(invoice: Invoice) -> str:
    return "Guthaben" if totals(invoice).due < 0 else "Zu zahlen"


def _payment_order(invoice: Invoice) -> str:
    due, by = totals(invoice).due, invoice.payment.due
    until = f" bis zum {german.day(by)}" if by else ""
    if due == 0:
        return "Es ist nichts zu zahlen."
    if (due < 0) == (invoice.kind is Kind.CREDIT_NOTE):
        return f"Bitte überweisen Sie {money(abs(due))}{until} auf dieses Konto:"
    if invoice.kind is Kind.CREDIT_NOTE:
        return f"Wir überweisen {money(abs(due))}{until} auf dieses Konto:"
    return f"Sie haben ein Guthaben von {money(abs(due))}. Unser Konto, zur Kenntnis:"


def _payment(invoice: Invoice) -> list[tuple[str, str]]:
    payment = invoice.payment
    facts = (
        ("Kontoinhaber", payment.account_name),
        ("IBAN", iban_in_groups(payment.iban)),
        ("BIC", payment.bic),
        ("Verwendungszweck", payment.remittance),
        ("Bedingungen", payment.terms),
    )
    return [fact for fact in facts if fact[1]]


def _seller(invoice: Invoice) -> list[tuple[str, str]]:
    seller, contact = invoice.seller, invoice.seller.contact
    facts = (
        ("Ansprechstelle", contact.name if contact else ""),
        ("Telefon", contact.telephone if contact else ""),
        ("E-Mail", contact.email if contact else ""),
        ("Steuernummer", seller.tax_number),
        ("USt-IdNr.", "" if invoice.treatment is Treatment.NOT_TAXABLE else seller.vat_id),
        ("Kennung bei Ihnen", seller.identifier),
    )
    return [fact for fact in facts if fact[1]]


def _days(days: Days) -> str:
    """01.01.2027 bis 31.12.2027"""
    return f"{german.day(days.start)} bis {german.day(days.last)}"
