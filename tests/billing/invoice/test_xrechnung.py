"""What is written passes the official rules, and these rules do catch what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from facturx import xml_check_xsd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.invoice.conftest import Validate
from tests.billing.invoice.example import (
    BUYER,
    CALLS,
    CORRECTION,
    EXEMPT,
    PAYMENT,
    REGION,
    SELLER,
    TAXED,
    YEAR,
    invoice,
)
from wfm.billing.formats import cii
from wfm.billing.rules.invoice import Kind, Line, Profile, Treatment, Unit, cents
from wfm.core.intervals import Days

ONE_DAY = Days(date(2027, 2, 28), date(2027, 3, 1))
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "taxed": TAXED,
    "exempt": EXEMPT,
    "advances": TAXED | {"prepaid_cents": 1_000_000},
    "advances above what is owed": {"prepaid_cents": 2_000_000},
    "everything paid": {"prepaid_cents": 1_536_791},
    "correction": CORRECTION,
    "taxed correction": CORRECTION | TAXED,
    "credit note": CORRECTION | {"kind": Kind.CREDIT_NOTE, "lines": (CALLS,)},
    "to the Region": {"buyer": REGION},
    "one day": {"period": ONE_DAY, "lines": (replace(CALLS, days=ONE_DAY),)},
    "nothing": {"lines": (Line.lump_sum("Anteil", 0, YEAR),)},
    "two cents": TAXED | {"lines": (Line.lump_sum("Anteil", 1, YEAR), Line.lump_sum("Anteil", 1, YEAR))},
    "half a cent of tax": TAXED | {"lines": (Line.lump_sum("Anteil", 50, YEAR),)},
    "half a cent of tax back": CORRECTION | TAXED | {"lines": (Line.lump_sum("Anteil", -50, YEAR),)},
    "much": TAXED | {"lines": (Line.lump_sum("Anteil", 10**12, YEAR),)},
    "only terms": {"payment": replace(PAYMENT, due=None, bic="", account_name="", remittance="")},
    "only due": {"payment": replace(PAYMENT, terms="")},
    "buyer with numbers": TAXED | {"buyer": replace(BUYER, identifier="D-1", vat_id="DE136695976")},
    "no agreement, notes": {"agreement": "", "notes": ("Zeile 1\nZeile 2", "<b>&amp; „so“ ‰ 漢字</b>")},
    "a price for sixty": {
        "lines": (Line("Zeit", Decimal(61), Unit.SECOND, Decimal("1.215"), 124, YEAR, base_quantity=Decimal(60)),)
    },
    "every unit": {"lines": tuple(Line("x", Decimal(2), unit, Decimal("0.5"), 100, YEAR) for unit in Unit)},
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


def test_xrechnung_passes_all_rules(case: dict[str, Any], en16931: Validate, xrechnung: Validate):
    xml = cii.write(invoice(**case))
    assert (en16931(xml), xrechnung(xml)) == ([], [])
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert cii.write(invoice(**case)) == xml


def test_profile_en_16931_passes_its_rules(case: dict[str, Any], en16931: Validate, factur_x: Validate):
    bare = invoice(**(case | {"leitweg_id": "", "seller": replace(SELLER, contact=None)}))
    xml = cii.write(bare, Profile.EN_16931)
    assert en16931(xml) == []
    assert factur_x(xml) == ["PEPPOL-EN16931-R008"]  # a warning, of the empty delivery that the schema demands


AMOUNTS = st.decimals(0, 10**5, places=4)
QUANTITIES = st.decimals(-(10**5), 10**5, places=2)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(QUANTITIES, AMOUNTS), min_size=1, max_size=6), st.sampled_from(Treatment), st.integers(0, 10**8)
)
def test_any_amounts_add_up_for_the_official_rules(
    en16931: Validate, xrechnung: Validate, amounts: list[tuple[Decimal, Decimal]], treatment: Treatment, prepaid: int
):
    lines = tuple(
        Line("Anrufe", quantity, Unit.CALL, price, cents(quantity * price), YEAR) for quantity, price in amounts
    )
    reason = "" if treatment is Treatment.TAXED else "Beispiel"
    made = invoice(lines=lines, treatment=treatment, reason=reason, prepaid_cents=prepaid)
    xml = cii.write(made)
    assert (en16931(xml), xrechnung(xml)) == ([], [])


CATEGORY = "<ram:CategoryCode>O<"


@pytest.mark.parametrize(
    ("case", "old", "new", "rule"),
    [
        ({}, "<ram:BuyerReference>04011000-1234512345-06</ram:BuyerReference>", "", "BR-DE-15"),
        (TAXED, "<ram:CategoryCode>S<", CATEGORY, "BR-O-02"),
        ({}, CATEGORY, "<ram:CategoryCode>S<", "BR-S-01"),
        ({}, ">15367.91</ram:GrandTotal", ">15367.92</ram:GrandTotal", "BR-CO-15"),
        (TAXED, ">2919.90</ram:CalculatedAmount", ">2929.90</ram:CalculatedAmount", "BR-CO-17"),
        ({}, ">5367.90</ram:LineTotalAmount", ">5367.91</ram:LineTotalAmount", "BR-CO-10"),
        ({}, "<ram:TypeCode>380<", "<ram:TypeCode>384<", "BR-DE-26"),
        ({}, ">DE89370400440532013000<", ">DE89370400440532013001<", "BR-DE-19"),
        ({}, "+49 511 0000", "keine", "BR-DE-27"),
        ({}, ">20271231<", ">20261231<", "BR-30"),
        ({}, ' schemeID="FC"', ' schemeID="VA"', "BR-O-02"),
    ],
)
def test_the_rules_catch_what_is_wrong(
    case: dict[str, Any], old: str, new: str, rule: str, en16931: Validate, xrechnung: Validate
):
    """Only the first place changes: that of a line comes before that of the sum."""
    text = cii.write(invoice(**case)).decode()
    assert old in text
    wrong = text.replace(old, new, 1).encode()
    assert rule in {name.upper() for name in en16931(wrong) + xrechnung(wrong)}


def test_not_taxable_beside_taxed_is_caught(en16931: Validate):
    text = cii.write(invoice(**TAXED)).decode()
    end = "</ram:RateApplicablePercent>\n      </ram:ApplicableTradeTax>"
    assert text.count(end) == 1
    beside = (
        "<ram:ApplicableTradeTax><ram:CalculatedAmount>0</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
        "<ram:ExemptionReason>§ 2b</ram:ExemptionReason><ram:BasisAmount>0</ram:BasisAmount>"
        "<ram:CategoryCode>O</ram:CategoryCode></ram:ApplicableTradeTax>"
    )
    assert "BR-O-11" in en16931(text.replace(end, end + beside).encode())


def test_what_a_program_reads():
    root = ElementTree.fromstring(cii.write(invoice(**TAXED, prepaid_cents=1_000_000)))
    found: dict[str, list[str]] = {}
    for node in root.iter():
        found.setdefault(node.tag.rpartition("}")[2], []).append((node.text or "").strip())
    assert found["BuyerReference"] == ["04011000-1234512345-06"]
    assert found["GrandTotalAmount"] == ["18287.81"]
    assert found["TotalPrepaidAmount"] == ["10000.00"]
    assert found["DuePayableAmount"] == ["8287.81"]
    assert found["BilledQuantity"] == ["1234", "1"]
    assert "20271231" in found["DateTimeString"]  # the last day of a period that ends before 1 January
    assert "20280101" not in found["DateTimeString"]
    assert found["IBANID"] == ["DE89370400440532013000"]


def test_not_taxable_shows_no_vat_identifier():
    assert b"DE136695976" not in cii.write(invoice())
    assert b"DE136695976" in cii.write(invoice(**TAXED))
