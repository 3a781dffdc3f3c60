"""Sums of a document in cents: a table reckoned by hand, and what holds for any lines."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.invoice.example import TAXED, YEAR, invoice
from wfm.billing.rules.invoice import Line, Totals, cents, euro, totals

SUMS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ((100_00,), Totals(100_00, 19_00, 119_00, 0, 119_00)),
        ((2,), Totals(2, 0, 2, 0, 2)),  # 0.38 cents
        ((3,), Totals(3, 1, 4, 0, 4)),  # 0.57
        ((50,), Totals(50, 10, 60, 0, 60)),  # 9.5: half up
        ((-50,), Totals(-50, -10, -60, 0, -60)),
        ((1, 1), Totals(2, 0, 2, 0, 2)),
        ((2, 2), Totals(4, 1, 5, 0, 5)),  # 0.76: by line it would be nothing
        ((0,), Totals(0, 0, 0, 0, 0)),
        ((10**12,), Totals(10**12, 19 * 10**10, 119 * 10**10, 0, 119 * 10**10)),
    ],
)
def test_tax_is_rounded_once_half_up(net: tuple[int, ...], expected: Totals):
    lines = tuple(Line.lump_sum("Anteil", amount, YEAR) for amount in net)
    assert totals(invoice(**TAXED, lines=lines)) == expected


def test_advances_may_exceed_what_is_owed():
    assert totals(invoice(prepaid_cents=2_000_000)) == Totals(1_536_791, 0, 1_536_791, 2_000_000, -463_209)


@given(st.lists(SUMS, min_size=1, max_size=20), SUMS, st.randoms())
def test_any_lines(net: list[int], prepaid: int, chance):
    taxed = invoice(**TAXED, lines=tuple(Line.lump_sum("x", amount, YEAR) for amount in net), prepaid_cents=prepaid)
    found = totals(taxed)
    assert found.net == sum(net)
    assert found.gross == found.net + found.tax
    assert found.due + prepaid == found.gross
    assert abs(found.tax - Fraction(found.net * 19, 100)) <= Fraction(1, 2)
    shuffled = list(taxed.lines)
    chance.shuffle(shuffled)
    assert totals(replace(taxed, lines=tuple(shuffled))) == found
    back = replace(taxed, lines=tuple(Line.lump_sum("x", -amount, YEAR) for amount in net), prepaid_cents=-prepaid)
    assert totals(back) == Totals(-found.net, -found.tax, -found.gross, -prepaid, -found.due)


@given(SUMS)
def test_cents_and_euro_are_the_same_amount(amount: int):
    assert cents(euro(amount)) == amount
    assert str(euro(amount))[-3] == "."
    assert "E" not in f"{euro(amount)}"


def test_half_a_cent():
    assert [cents(Decimal(text)) for text in ("0.005", "0.0049", "-0.005", "-0.0049", "1.015")] == [1, 0, -1, 0, 102]
