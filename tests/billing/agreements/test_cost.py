"""Cost: amounts as people write them, files read once, shares applied exactly, the calculation over three years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from wfm.billing.rules.cost_cover import YearOfCost, cost_cover
from wfm.billing.rules.written import cents, month
from wfm.billing.service import cost_items as cost
from wfm.billing.service.cost import cost_of
from wfm.billing.service.files import import_file, plan_file
from wfm.core.errors import BadInput, RuleBroken
from wfm.core.intervals import Month
from wfm.directory.service.csv_file import write_table

JANUARY = Month(2026, 1).days
HEAD = "month;cost_centre;kind;stage;amount;note\n"
FILE = f"{HEAD}2026-01;1000;Personal;Plan;1.234,56;\n01.2026;1000;it;actual;1,000.10;\n2026-02;1000;staff;plan;-5;x\n"


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.234,56", 123_456),
        ("1,234.56", 123_456),
        ("1234,5", 123_450),
        ("-12", -1200),
        ("1.234.567", 123_456_700),
        ("1,234,567.89 €", 123_456_789),
        ("0,00", 0),
        ("10000000000", 10**12),
    ],
)
def test_amounts(written: str, amount: int):
    assert cents(written) == amount


@pytest.mark.parametrize(
    "written", ["1.234", "1,234", "12,345.6,7", "1.23.456", "zwölf", "1,005", "1e3", "10000000000000000", "--1"]
)
def test_amounts_that_are_none_or_could_mean_two_things(written: str):
    with pytest.raises(ValueError, match="„"):
        cents(written)


def test_months():
    assert {month(text) for text in ("2026-09", "09.2026", "9/2026", "2026-09-01", "01.09.2026")} == {date(2026, 9, 1)}
    for wrong in ("2026-13", "September", "26-09", "2026"):
        with pytest.raises(ValueError, match="kein Monat"):
            month(wrong)


@pytest.fixture
def centre(session: Session) -> Session:
    cost.keep_cost_centre(session, "1000", "Servicecenter", "111-07", Decimal(1), by="person:1")
    return session


def test_a_file_is_looked_at_and_then_read_once(centre: Session):
    plan = import_file(centre, cost.KIND, FILE, by="person:1", dry_run=True)
    assert [tuple(row) for row in cost.effect(centre, plan)] == [
        (Month(2026, 1), "actual", 0, 100_010),
        (Month(2026, 1), "plan", 0, 123_456),
        (Month(2026, 2), "plan", 0, -500),
    ]
    assert cost_of(centre, JANUARY, "plan").cents == 0
    import_file(centre, cost.KIND, FILE, by="person:1")
    again = import_file(centre, cost.KIND, FILE.replace("\n", "\r\n").encode("cp1252"), by="person:1")
    assert (again.added, again.unchanged) == ((), 3)
    assert cost_of(centre, JANUARY, "plan").cents == 123_456
    assert cost.effect(centre, plan)[1].there_cents == 123_456


def test_each_bad_row_is_named(centre: Session):
    rows = ("2026-01;2000;staff;plan;1;", "2026-1x;1000;staff;plan;1;", "2026-01;1000;wages;plan;1;")
    bad = HEAD + "\n".join((*rows, "2026-01;1000;it;plan;1.234;"))
    plan = import_file(centre, cost.KIND, bad, by="person:1")
    assert [(error.line, error.field) for error in plan.errors] == [
        (2, "cost_centre"),
        (3, "month"),
        (4, "kind"),
        (5, "amount"),
    ]
    assert cost_of(centre, JANUARY, "plan").items == ()


def test_a_correction_is_one_more_item_and_nothing_can_be_changed(centre: Session):
    row = {"month": "2026-01", "cost_centre": "1000", "kind": "staff", "stage": "actual"}
    for amount in ("100", "100", "-50"):
        cost.enter(centre, row | {"amount": amount}, by="person:1")
    found = cost_of(centre, JANUARY, "actual")
    assert (found.cents, len(found.items)) == (15_000, 3)
    with pytest.raises(BadInput, match="Ist 0"):
        cost.enter(centre, row | {"amount": "0"}, by="person:1")
    with pytest.raises(ProgrammingError, match="permission denied"):
        centre.execute(text("UPDATE cost_item SET cents = 1"))
    centre.rollback()


def test_shares_are_applied_exactly_and_rounded_once(centre: Session):
    cost.keep_cost_centre(centre, "2000", "Gebäude", "", Decimal("0.333333"), by="person:1")
    row = {"month": "2026-01", "cost_centre": "2000", "kind": "rooms", "stage": "plan"}
    for _ in range(3):  # 3 x 0.333333 ct = 0.999999 ct: 1 ct, not 3 x 0
        cost.enter(centre, row | {"amount": "0,01"}, by="person:1")
    assert cost_of(centre, JANUARY, "plan").cents == 1
    cost.keep_cost_centre(centre, "2000", "Gebäude", "", Decimal("0.5"), by="person:1")
    assert {item.share for item in cost_of(centre, JANUARY, "plan").items} == {Decimal("0.333333")}


def test_the_list_cannot_be_read_in_by_mistake(centre: Session):
    import_file(centre, cost.KIND, FILE, by="person:1")
    plan = plan_file(centre, cost.KIND, write_table(*cost.list_cost(centre)))
    assert [str(error).partition(" (")[0] for error in plan.errors] == ["Zeile 1, share: unbekannte Spalte"]


def test_cost_is_covered_over_the_period_as_a_whole():
    years = [
        YearOfCost(2026, 100_000, 110_000, 100_000),  # -10,000
        YearOfCost(2027, 100_000, 90_000, 103_000),  # +13,000
        YearOfCost(2028, 100_000, 100_000, 100_100, brought_forward_cents=100),  # 0
    ]
    cover = cost_cover(years)
    assert (cover.result_cents, cover.covered) == (3_000, False)
    assert cover.carried_forward == {2029: -1_000, 2030: -1_000, 2031: -1_000}
    assert cost_cover(years[:1], over=3).carried_forward == {2027: 3_334, 2028: 3_333, 2029: 3_333}
    assert cost_cover([YearOfCost(2026, 5, 5, 5)]).carried_forward == {}
    assert cost_cover([YearOfCost(2026, 5)]).result_cents is None


@pytest.mark.parametrize("years", [[], [2026, 2028], [2026, 2027, 2028, 2029]])
def test_a_calculation_has_one_to_three_years_in_a_row(years: list[int]):
    with pytest.raises(RuleBroken, match="1 bis 3 aufeinander folgende Jahre"):
        cost_cover([YearOfCost(year, 1) for year in years])
