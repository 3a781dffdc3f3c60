"""Cover of cost: yields by year of service, what is the host's by agreement, carrying forward, and corrections later.

Prices bring 11,000,000 cents a year: 4,000 and 18,000 minutes at 5 euros. The year costs 13,200,000.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.billing.centre import (
    BURGDORF,
    FINANCE,
    LANGENHAGEN,
    MUNICIPALITY,
    NO_ADVANCES,
    WEDEMARK,
    agree,
    charge,
    charge_and_issue,
    close,
    correct,
    cost,
    terms,
)
from wfm.billing.models import Settlement
from wfm.billing.service import ledger, settling
from wfm.billing.service.cost import cost_of
from wfm.billing.service.cover import carry_forward, cover_until
from wfm.billing.service.drafting import draft_advance, draft_annual
from wfm.core.errors import Conflict, NotAllowed, RuleBroken
from wfm.core.intervals import Days, Month

COVERING = NO_ADVANCES | {"cost_covering": True}


def closed_year(session: Session, number: int) -> None:
    for month in range(1, 13):
        close(session, Month(number, month), {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000)})
        cost(session, Month(number, month), 1_000_000, "plan")
        cost(session, Month(number, month), 1_100_000)


def by_price(session: Session, **cycle: object) -> None:
    prices = terms(session, "V3", {"price_per_minute_cents": 500, "unit": "second"}, cycle=cycle)
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, prices, partner, date(2026, 1, 1))


def settle(session: Session, number: int) -> Settlement:
    return charge_and_issue(session, draft_annual(session, FINANCE, Days.of_year(number)))


def result(session: Session, last: int) -> int | None:
    cover = cover_until(session, last)
    assert cover is not None
    return cover.result_cents


def test_only_terms_that_say_so_carry_forward(session: Session):
    by_price(session, **NO_ADVANCES)
    closed_year(session, 2026)
    settle(session, 2026)
    assert cover_until(session, 2026) is None
    with pytest.raises(RuleBroken) as refused:
        carry_forward(session, FINANCE, 2026, 3)
    assert refused.value.code == "cost.not_covering"


def test_nobody_carries_what_it_has_not_agreed_to(session: Session):
    by_price(session, **COVERING)
    other = terms(session, "V3", {"price_per_minute_cents": 9, "unit": "second"}, name="ohne", cycle=NO_ADVANCES)
    agree(session, other, WEDEMARK, date(2026, 1, 1))
    closed_year(session, 2026)
    settle(session, 2026)
    assert cover_until(session, 2026) is None


def test_a_deficit_is_part_of_the_cost_of_the_years_after(session: Session):
    by_price(session, **COVERING)
    for number in (2026, 2027, 2028):
        closed_year(session, number)
    settle(session, 2026)
    settle(session, 2027)
    assert result(session, 2027) == -4_400_000
    period = carry_forward(session, FINANCE, 2027, 3)
    assert (period.first_year, period.carried) == (2026, {"2028": 1_466_667, "2029": 1_466_667, "2030": 1_466_666})
    assert [cost_of(session, Days.of_year(2028), stage).cents for stage in ("plan", "actual")] == [
        13_466_667,
        14_666_667,
    ]
    assert cost_of(session, Month(2028, 1).days, "plan").carried_cents == 122_223  # 1,466,667 / 12: three odd cents
    assert cost_of(session, Month(2028, 12).days, "plan").carried_cents == 122_222
    later = settle(session, 2028)
    assert later.result["cost_cents"] == 14_666_667
    assert ledger.balances(session)["cost"] == 0
    assert result(session, 2028) == 11_000_000 - 14_666_667


def test_what_divides_charges_it(session: Session):
    by_price(session, **COVERING)
    closed_year(session, 2026)
    closed_year(session, 2027)
    settle(session, 2026)
    carry_forward(session, FINANCE, 2026, 1)
    session.execute(text("UPDATE terms SET variant = 'V5', parameters = '{\"plan_cents\": 0}'"))
    session.expire_all()
    settlement = settle(session, 2027)
    assert sum(charge["share"] for charge in settlement.result["charges"]) == 13_200_000 + 2_200_000
    assert result(session, 2027) == 0


def test_corrections_of_a_period_carried_forward_are_taken_up_once_by_the_next(session: Session):
    by_price(session, **COVERING)
    for number in (2026, 2027, 2028, 2029):
        closed_year(session, number)
    settle(session, 2026)
    settle(session, 2027)
    carry_forward(session, FINANCE, 2027, 3)
    correct(session, date(2026, 5, 3), BURGDORF, 50, 60_000, booked_in=Month(2028, 2))  # 1,000 minutes
    settle(session, 2028)
    cover = cover_until(session, 2028)
    assert cover is not None
    assert [(each.year, each.brought_forward_cents, each.yield_cents) for each in cover.years] == [
        (2028, 1_466_667 - 500_000, 11_000_000)
    ]
    carry_forward(session, FINANCE, 2028, 1)
    settle(session, 2029)
    after = cover_until(session, 2029)
    assert after is not None
    assert after.years[0].brought_forward_cents == 1_466_667 + (13_200_000 + 966_667 - 11_000_000)


def test_what_the_next_settlement_will_charge_is_not_carried_forward_beside(session: Session):
    """Otherwise 2027 would be asked for the late 120,000 twice: as a correction of 2026 and as what 2026 left."""
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=COVERING)
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, umlage, partner, date(2026, 1, 1))
    for number in (2026, 2027, 2028):
        closed_year(session, number)
    settle(session, 2026)
    cost(session, Month(2026, 3), 120_000)
    with pytest.raises(RuleBroken, match="nächste Jahresabrechnung") as refused:
        carry_forward(session, FINANCE, 2026, 1)
    assert refused.value.code == "cost.cover_open"
    corrected = settle(session, 2027)
    assert sum(charge["due"] for charge in corrected.result["charges"]) == 13_200_000 + 120_000
    assert carry_forward(session, FINANCE, 2026, 1).carried == {}
    assert result(session, 2027) == 0


def test_a_period_is_carried_forward_once_and_when_it_is_final(session: Session):
    by_price(session, **COVERING)
    closed_year(session, 2026)
    closed_year(session, 2027)
    with pytest.raises(RuleBroken) as refused:
        carry_forward(session, FINANCE, 2026, 3)
    assert refused.value.code == "cost.cover_open"
    settlement = settle(session, 2026)
    with pytest.raises(NotAllowed):
        carry_forward(session, MUNICIPALITY, 2026, 3)
    with pytest.raises(RuleBroken):
        carry_forward(session, FINANCE, 2026, 4)
    carry_forward(session, FINANCE, 2026, 3)
    with pytest.raises(Conflict) as twice:
        carry_forward(session, FINANCE, 2026, 3)
    assert twice.value.code == "cost.carried"
    # Reversed: nobody knows what is left of it until it is settled anew.
    reversal = settling.reverse(session, FINANCE, settlement.id, "falsch gerechnet")
    charge(session, reversal)
    settle(session, 2027)
    assert result(session, 2027) is None
    settle(session, 2026)
    assert result(session, 2027) == 11_000_000 - 13_200_000 - 733_334


def test_the_pilot_and_calls_of_nobody_are_no_deficit(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=COVERING)
    pilot = terms(session, "V0", {}, name="Pilot", cycle=COVERING)
    agree(session, umlage, BURGDORF, date(2026, 1, 1))
    agree(session, pilot, WEDEMARK, date(2026, 1, 1))
    for month in range(1, 13):
        close(session, Month(2026, month), {BURGDORF: (10, 6_000), WEDEMARK: (10, 3_000), "": (2, 1_000)})
        cost(session, Month(2026, month), 100_000)
    settlement = settle(session, 2026)
    # A tenth is nobody's and the host's; of the rest Wedemark's third is the pilot's.
    assert [charge["share"] for charge in settlement.result["charges"]] == [720_000, 0]
    cover = cover_until(session, 2026)
    assert cover is not None
    assert (cover.years[0].borne_by_host_cents, cover.result_cents) == (480_000, 0)


def test_yields_belong_to_the_year_of_service_whenever_they_are_booked(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=COVERING)
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, umlage, partner, date(2026, 1, 1))
    closed_year(session, 2026)
    closed_year(session, 2027)
    settle(session, 2026)
    correct(session, date(2026, 5, 3), BURGDORF, 50, 60_000, booked_in=Month(2027, 2))
    cost(session, Month(2026, 11), 7)
    settle(session, 2027)
    cover = cover_until(session, 2027)
    assert cover is not None
    assert [each.yield_cents for each in cover.years] == [13_200_007, 13_200_000]
    assert cover.covered


def test_what_a_partner_may_pay_later_is_owed_and_no_deficit(session: Session):
    cycle = {"advances": 1, "due_days": ["02-15"], "true_up": "carry_over", "carry_over_years": 3}
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=cycle | {"cost_covering": True})
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, umlage, partner, date(2026, 1, 1))
    closed_year(session, 2026)
    charge_and_issue(session, draft_advance(session, FINANCE, 2026, 1))
    settlement = settle(session, 2026)
    assert sum(each["carried"] for each in settlement.result["charges"]) == 1_200_000
    assert result(session, 2026) == 0


def test_a_year_that_goes_on_has_no_result(session: Session):
    by_price(session, **COVERING)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000, "plan")
    cost(session, Month(2026, 1), 900)
    cover = cover_until(session, 2026)
    assert cover is not None
    assert (cover.years[0].cost_cents, cover.result_cents) == (12_000, None)


@pytest.mark.parametrize("change", ["UPDATE cost_cover SET result_cents = 0", "DELETE FROM cost_cover"])
def test_the_database_keeps_what_was_carried(session: Session, change: str):
    by_price(session, **COVERING)
    closed_year(session, 2026)
    settle(session, 2026)
    carry_forward(session, FINANCE, 2026, 3)
    session.execute(text("SET LOCAL ROLE wfm_app"))
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text(change))
