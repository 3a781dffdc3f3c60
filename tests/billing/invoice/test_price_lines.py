"""A share under a price as lines: their quantities and prices are those of the derivation, their sum is the share."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.test_properties import PERIOD, cases
from tests.billing.test_run import BURGDORF, LANGENHAGEN, B, by_inhabitants, by_price
from tests.billing.worked import EXAMPLES
from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.invoice import Line, Unit
from wfm.billing.rules.price_lines import price_lines
from wfm.billing.rules.run import Group, Remainder, Run, as_result, divide
from wfm.billing.rules.stored_invoice import _line
from wfm.billing.rules.unattributed import Bears
from wfm.core.intervals import Days

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
L, W = "03241010", "03241019"


def told(lines: list[Line]) -> list[tuple[str, str, str, str, str, int]]:
    return [
        (line.name, str(line.quantity), line.unit.value, str(line.unit_price), str(line.base_quantity), line.net_cents)
        for line in lines
    ]


def example(name: str) -> dict[str, Any]:
    """A worked example as a period would have it: one group."""
    result = json.loads((EXAMPLES / f"{name}.result.json").read_text())
    variant = json.loads((EXAMPLES / f"{name}.json").read_text())["variant"]
    return {"groups": [result | {"variant": variant}]}


@pytest.mark.parametrize(
    ("name", "partner", "lines"),
    [
        ("v2-price-per-call", B, [("Anrufe", "250", "C62", "4.20", "1", 105_000)]),
        (
            "v2-price-per-call",
            L,
            [
                ("Anrufe", "1200", "C62", "4.20", "1", 504_000),
                ("Kappung auf den Höchstbetrag", "-1", "LS", "2874.32", "1", -287_432),
            ],
        ),
        ("v3-four-calls-by-seconds", B, [("Bearbeitungszeit", "600", "SEC", "1.21", "60", 1_210)]),
        ("v3-four-calls-by-started-minutes", B, [("Begonnene Minuten", "11", "MIN", "1.21", "1", 1_331)]),
        ("v6-size-classes", L, [("Festbetrag der Größenklasse", "1", "LS", "34000.00", "1", 3_400_000)]),
        # 22.000 EUR for 122 of 365 days: 7.353,42
        ("v6-joined", B, [("Festbetrag der Größenklasse", "122", "DAY", "22000.00", "365", 735_342)]),
    ],
)
def test_worked_examples(name: str, partner: str, lines: list[Any]):
    assert told(price_lines(example(name), partner, YEAR)) == lines


def test_a_fixed_amount_in_the_place_of_a_fee():
    region = BURGDORF.__class__("REGION", amount_cents=1_000_000, start=date(2026, 7, 1))
    classes = {"classes": [{"below": 15_000, "cents": 900_000}], "above_cents": 3_400_000}
    result = as_result(divide(Run(YEAR, 0, (Group("Klassen", "V6", classes, (BURGDORF, region)),))))
    # 10.000 EUR for 184 of 365 days: 5.041,0959
    assert told(price_lines(result, "REGION", YEAR)) == [
        ("Vereinbarter fester Betrag", "184", "DAY", "10000.00", "365", 504_110)
    ]


def test_what_is_nobodys_is_in_the_quantity_as_it_was_counted():
    group = by_price(BURGDORF, LANGENHAGEN, unattributed={Key.CALLS: 10}, bears=Bears.USAGE)
    (line, *_) = price_lines(as_result(divide(Run(YEAR, 0, (group,)))), B, YEAR)
    # 4,025 and 21,480 calls: of ten 1.58 and 8.42, by largest remainder two and eight
    assert (line.quantity, line.description) == (4_027, "davon 2 nicht zugeordnet, verteilt wie vereinbart")


@pytest.mark.parametrize(
    "groups",
    [
        (by_inhabitants(BURGDORF),),
        (by_price(BURGDORF, remainder=Remainder.SHARES),),
        (by_price(BURGDORF), Group("Preis 2", "V2", by_price().parameters, (BURGDORF,))),
    ],
    ids=["another variant", "a true-up", "two groups"],
)
def test_what_is_made_of_anything_else_has_no_such_lines(groups: tuple[Group, ...]):
    assert price_lines(as_result(divide(Run(YEAR, 10_000_000, groups))), B, YEAR) == []


@given(st.data())
def test_the_lines_sum_to_the_share_and_each_is_its_product(data: st.DataObject):
    drawn: Case = data.draw(cases("V2", "V3", "V6"))
    price = data.draw(st.decimals(0, 5_000, places=3))
    more = {name: str(price) for name in ("price_per_call_cents", "price_per_minute_cents") if name in drawn.parameters}
    nobody = dict.fromkeys((Key.CALLS, Key.HANDLE_S, Key.STARTED_MINUTES), data.draw(st.integers(0, 1_000)))
    bears = data.draw(st.sampled_from(list(Bears)))
    if bears is Bears.USAGE and not all(any(each.usage(key) for each in drawn.partners) for key in nobody):
        bears = Bears.HOST
    if bears is Bears.INHABITANTS and any(each.size is None for each in drawn.partners):
        bears = Bears.HOST
    group = Group("Preis", drawn.variant, {**drawn.parameters, **more}, drawn.partners, nobody, bears)
    result = json.loads(json.dumps(as_result(divide(Run(PERIOD, 0, (group,))))))
    for share in result["shares"]:
        lines = price_lines(result, share["partner"], PERIOD)
        assert lines
        assert sum(line.net_cents for line in lines) == share["cents"]
        assert all(line.product_cents == line.net_cents and line.unit_price >= 0 for line in lines)


def test_a_line_kept_before_prices_had_a_base_is_for_one():
    stored = {
        "name": "x", "quantity": "2", "unit": "C62", "unit_price": "0.50", "net_cents": 100, "description": "",
        "days": {"from": "2026-01-01", "to": "2027-01-01"},
    }  # fmt: skip
    assert _line(stored) == Line("x", Decimal(2), Unit.CALL, Decimal("0.50"), 100, YEAR)
