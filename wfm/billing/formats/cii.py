"""An invoice as XML in the syntax CII (UN/CEFACT D16B): XRechnung 3.0, and what a ZUGFeRD document carries."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wfm.billing.rules import identifiers
from wfm.billing.rules.completeness import check
from wfm.billing.rules.invoice import Invoice, Line, Party, Profile, Treatment, euro, totals
from wfm.core.intervals import Days

if TYPE_CHECKING:
    from drafthorse.models.document import Document

#: BT-24.
SPECIFICATIONS = {
    Profile.XRECHNUNG: "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
    Profile.EN_16931: "urn:cen.eu:en16931:2017",
}
#: BT-23.
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_SEPA_CREDIT_TRANSFER = "58"


def write(invoice: Invoice, profile: Profile = Profile.XRECHNUNG) -> bytes:
    """The XML, which follows the schema of EN 16931. The same invoice gives the same bytes.

    Raises RuleBroken("invoice.incomplete") if the profile demands something that is not there.
    """
    check(invoice, profile)
    from drafthorse.models.document import Document

    document = Document()
    document.context.business_parameter.id = _PROCESS
    document.context.guideline_parameter.id = SPECIFICATIONS[profile]
    _header(document, invoice)
    for place, line in enumerate(invoice.lines, 1):
        document.trade.items.add(_item(place, line, invoice.treatment))
    _agreement(document.trade.agreement, invoice)
    _settlement(document.trade.settlement, invoice)
    xml = document.serialize(schema="FACTUR-X_EN16931")
    assert isinstance(xml, bytes)
    return xml


def _header(document: Document, invoice: Invoice) -> None:
    from drafthorse.models.note import IncludedNote

    document.header.id = invoice.number
    document.header.type_code = invoice.kind.value
    document.header.issue_date_time = invoice.issued
    for text in invoice.notes:
        note = IncludedNote()
        note.content = text
        document.header.notes.add(note)


def _agreement(agreement: Any, invoice: Invoice) -> None:
    show_vat_ids = invoice.treatment is not Treatment.NOT_TAXABLE
    if invoice.leitweg_id:
        agreement.buyer_reference = identifiers.leitweg_id(invoice.leitweg_id)
    _party(agreement.seller, invoice.seller, show_vat_ids)
    if invoice.seller.tax_number:
        _registration(agreement.seller, "FC", invoice.seller.tax_number)
    _party(agreement.buyer, invoice.buyer, show_vat_ids)
    if invoice.agreement:
        agreement.contract.issuer_assigned_id = invoice.agreement


def _party(node: Any, party: Party, show_vat_id: bool) -> None:
    node.name = party.name
    if party.identifier:
        node.id = party.identifier
    if party.contact:
        node.contact.person_name = party.contact.name
        node.contact.telephone.number = party.contact.telephone
        node.contact.email.address = party.contact.email
    address = party.address
    node.address.postcode = address.postcode
    node.address.line_one = address.street
    node.address.line_two = address.addition
    node.address.city_name = address.city
    node.address.country_id = address.country
    node.electronic_address.uri_ID = (party.electronic_address.scheme, party.electronic_address.value)
    if show_vat_id and party.vat_id:
        _registration(node, "VA", identifiers.vat_id(party.vat_id))


def _registration(node: Any, scheme: str, number: str) -> None:
    from drafthorse.models.party import TaxRegistration

    registration = TaxRegistration()
    registration.id = (scheme, number)
    node.tax_registrations.add(registration)


def _item(place: int, line: Line, treatment: Treatment) -> Any:
    from drafthorse.models.tradelines import LineItem

    item = LineItem()
    item.document.line_id = str(place)
    item.product.name = line.name
    item.product.description = line.description
    item.agreement.net.amount = _plain(line.unit_price)
    if line.base_quantity != 1:  # PEPPOL-EN16931-R130: in the unit of what is billed
        item.agreement.net.basis_quantity = (_plain(line.base_quantity), line.unit.value)
    item.delivery.billed_quantity = (_plain(line.quantity), line.unit.value)
    item.settlement.trade_tax.type_code = "VAT"
    item.settlement.trade_tax.category_code = treatment.value
    if treatment is not Treatment.NOT_TAXABLE:  # BR-O-05
        item.settlement.trade_tax.rate_applicable_percent = treatment.rate
    _period(item.settlement.period, line.days)
    item.settlement.monetary_summation.total_amount = euro(line.net_cents)
    return item


def _settlement(settlement: Any, invoice: Invoice) -> None:
    settlement.currency_code = "EUR"
    if invoice.payment.remittance:
        settlement.payment_reference = invoice.payment.remittance
    _means(settlement, invoice)
    _tax(settlement, invoice)
    _period(settlement.period, invoice.period)
    _terms(settlement, invoice)
    sums = totals(invoice)
    shown = settlement.monetary_summation
    shown.line_total = euro(sums.net)
    shown.tax_basis_total = euro(sums.net)
    shown.tax_total = (euro(sums.tax), "EUR")
    shown.grand_total = euro(sums.gross)
    shown.prepaid_total = euro(sums.prepaid)
    shown.due_amount = euro(sums.due)
    if invoice.preceding:
        settlement.invoice_referenced_document.issuer_assigned_id = invoice.preceding.number
        settlement.invoice_referenced_document.issue_date_time = invoice.preceding.issued


def _means(settlement: Any, invoice: Invoice) -> None:
    from drafthorse.models.payment import PaymentMeans

    means = PaymentMeans()
    means.type_code = _SEPA_CREDIT_TRANSFER
    means.payee_account.iban = identifiers.iban(invoice.payment.iban)
    if invoice.payment.account_name:
        means.payee_account.account_name = invoice.payment.account_name
    if invoice.payment.bic:
        means.payee_institution.bic = identifiers.bic(invoice.payment.bic)
    settlement.payment_means.add(means)


def _tax(settlement: Any, invoice: Invoice) -> None:
    from drafthorse.models.accounting import ApplicableTradeTax

    sums, treatment = totals(invoice), invoice.treatment
    tax = ApplicableTradeTax()
    tax.calculated_amount = euro(sums.tax)
    tax.type_code = "VAT"
    tax.basis_amount = euro(sums.net)
    tax.category_code = treatment.value
    if treatment is not Treatment.TAXED:
        tax.exemption_reason = invoice.reason
    tax.rate_applicable_percent = treatment.rate  # BR-DE-14: not taxable is 0 here, and nothing in a line
    settlement.trade_tax.add(tax)


def _terms(settlement: Any, invoice: Invoice) -> None:
    from drafthorse.models.payment import PaymentTerms

    payment = invoice.payment
    if not payment.terms and payment.due is None:
        return
    terms = PaymentTerms()
    if payment.terms:
        terms.description = payment.terms
    if payment.due:
        terms.due = payment.due
    settlement.terms.add(terms)


def _period(node: Any, days: Days) -> None:
    node.start = days.start
    node.end = days.last  # BT-74 names the last day, not the end


def _plain(number: Decimal) -> str:
    """A number without an exponent."""
    return f"{number:f}"
