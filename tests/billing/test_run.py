"""A period divided among groups under different terms, and what is not covered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.run import Group, Remainder, Run, as_result, as_stored, divide
from wfm.billing.rules.stored_run import from_stored
from wfm.billing.rules.unattributed import Bears
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
B, L, W = "03241003", "03241009", "03241019"
BURGDORF = PartnerKeys(B, inhabitants=31_051, calls=4_025, handle_s=1_204_337, started_minutes=21_000)
LANGENHAGEN = PartnerKeys(L, inhabitants=54_142, calls=21_480, handle_s=4_890_112, started_minutes=90_000)
WEDEMARK = PartnerKeys(W, inhabitants=29_803, calls=9_310, handle_s=2_377_905, started_minutes=41_000)


def by_inhabitants(*partners: PartnerKeys, **more: Any) -> Group:
    return Group("Umlage 1", "V1", {"pro_rata": "days"}, partners, **more)


def by_price(*partners: PartnerKeys, cents: int = 420, **more: Any) -> Group:
    parameters = {"price_per_call_cents": cents, "ceiling_cents_per_inhabitant": 1_000}
    return Group("Preis 1", "V2", parameters, partners, **more)


def test_prices_come_first_and_the_rest_is_divided():
    divided = divide(Run(YEAR, 10_000_000, (by_inhabitants(LANGENHAGEN, WEDEMARK), by_price(BURGDORF))))
    # 4,025 calls at 4.20; 8,309,500 ct left, by 54,142 and 29,803 of 83,945 inhabitants
    assert divided.cents == {B: 1_690_500, L: 5_359_378, W: 2_950_122}
    assert divided.remainder_cents == 0


def test_the_rest_of_prices_is_the_host_s():
    divided = divide(Run(YEAR, 10_000_000, (by_price(BURGDORF),)))
    assert (divided.cents, divided.remainder_cents) == ({B: 1_690_500}, 8_309_500)


def test_what_prices_bring_beyond_the_cost_is_not_paid_out_to_others():
    divided = divide(Run(YEAR, 1_000_000, (by_inhabitants(LANGENHAGEN, WEDEMARK), by_price(BURGDORF))))
    assert divided.cents == {B: 1_690_500, L: 0, W: 0}
    assert divided.remainder_cents == -690_500


def test_two_allocations_are_refused():
    with pytest.raises(RuleBroken, match="zwei Umlagen") as refused:
        divide(Run(YEAR, 1, (by_inhabitants(BURGDORF), by_inhabitants(WEDEMARK))))
    assert refused.value.code == "settlement.two_allocations"


@pytest.mark.parametrize("labels", ["AB", "BA"])
def test_who_pays_a_price_pays_it_whoever_takes_the_rest(labels: str):
    true_up = replace(by_price(BURGDORF, remainder=Remainder.SHARES), label=labels[0])
    plain = replace(by_price(WEDEMARK), label=labels[1])
    groups = sorted((true_up, plain), key=lambda group: group.label)
    divided = divide(Run(YEAR, 10_000_000, tuple(groups)))
    assert divided.cents == {B: 10_000_000 - 9_310 * 420, W: 9_310 * 420}


def test_a_true_up_of_prices_is_an_allocation_too():
    true_up = by_price(BURGDORF, remainder=Remainder.SHARES)
    for other in (by_inhabitants(WEDEMARK), by_price(WEDEMARK, remainder=Remainder.INHABITANTS)):
        with pytest.raises(RuleBroken) as refused:
            divide(Run(YEAR, 10_000_000, (true_up, other)))
        assert refused.value.code == "settlement.two_allocations"


def test_a_partner_that_changes_terms_within_the_period_owes_both():
    half = date(2026, 7, 1)
    first = PartnerKeys(B, inhabitants=31_051, calls=2_000, handle_s=1, started_minutes=1, end=half)
    second = PartnerKeys(B, inhabitants=31_051, calls=2_025, handle_s=1, started_minutes=1, start=half)
    divided = divide(Run(YEAR, 2_000_000, (by_price(first), by_inhabitants(second))))
    assert divided.cents == {B: 2_000_000}
    assert divided.groups[0][1].cents == {B: 840_000}


@pytest.mark.parametrize(
    ("variant", "parameters", "kept"),
    [
        ("V5", {"plan_cents": 0, "advances": 1}, 2_500_000),  # a quarter of the seconds
        ("V4", {"base_cents": 4_000_000, "usage_cents": 6_000_000}, 1_500_000),
        ("V7", {"weights": {"inhabitants": "0.30", "calls": "0.50", "handle_s": "0.20"}}, 2_166_667),  # 1/3 of calls
        ("V1", {"pro_rata": "days"}, 0),
    ],
)
def test_what_the_host_bears_for_calls_of_nobody(variant: str, parameters: dict[str, Any], kept: int):
    partner = PartnerKeys(B, inhabitants=10, calls=200, handle_s=300, started_minutes=5)
    nobody = {Key.CALLS: 100, Key.HANDLE_S: 100, Key.STARTED_MINUTES: 2}
    divided = divide(Run(YEAR, 10_000_000, (Group("x", variant, parameters, (partner,), nobody),)))
    assert divided.remainder_cents == kept


def test_an_agreed_true_up_covers_the_cost_to_the_cent():
    for remainder in (Remainder.SHARES, Remainder.INHABITANTS):
        divided = divide(Run(YEAR, 9_999_999, (by_price(BURGDORF, WEDEMARK, cents=100, remainder=remainder),)))
        assert divided.remainder_cents == 0
        assert sum(divided.cents.values()) == 9_999_999
    surplus = divide(Run(YEAR, 1_000, (by_price(BURGDORF, WEDEMARK, cents=100, remainder=Remainder.SHARES),)))
    assert sum(surplus.cents.values()) == 1_000


def test_the_host_pays_for_those_in_the_pilot():
    free = Group("Pilot", "V0", {}, (WEDEMARK,))
    usage = Group("Umlage", "V5", {"plan_cents": 0, "advances": 1}, (BURGDORF, LANGENHAGEN), pilot=(WEDEMARK,))
    divided = divide(Run(YEAR, 10_000_000, (free, usage)))
    # as the three would divide it (domain.md 6.4, V5)
    assert divided.cents == {B: 1_421_490, L: 5_771_846, W: 0}
    assert divided.remainder_cents == 2_806_664


keys = st.builds(
    PartnerKeys,
    st.just(""),
    inhabitants=st.integers(1, 600_000),
    calls=st.integers(1, 50_000),
    handle_s=st.integers(1, 10**7),
    started_minutes=st.integers(1, 10**6),
)


@given(
    st.integers(-(10**12), 10**12),
    st.lists(keys, min_size=2, max_size=8),
    st.sampled_from(Bears),
    st.sampled_from(Remainder),
    st.integers(0, 10_000),
)
def test_nothing_is_lost_and_the_same_run_gives_the_same_bytes(
    cost: int, partners: list[PartnerKeys], bears: Bears, remainder: Remainder, nobody: int
):
    named = [replace(each, partner=f"0324100{number}") for number, each in enumerate(partners)]
    unattributed = {Key.CALLS: nobody, Key.HANDLE_S: nobody * 200}
    run = Run(
        YEAR,
        cost,
        (
            by_price(*named[:1], bears=Bears.HOST, remainder=Remainder.HOST),
            Group("rest", "V5", {"plan_cents": 5, "advances": 4}, tuple(named[1:]), unattributed, bears, remainder),
        ),
    )
    divided = divide(run)
    assert sum(divided.cents.values()) + divided.remainder_cents == cost
    if bears is not Bears.HOST:
        over = min(0, cost - sum(divided.groups[0][1].cents.values())) if cost >= 0 else 0
        assert divided.remainder_cents == over
    kept = json.loads(json.dumps(as_stored(run)))
    assert json.dumps(as_result(divide(from_stored(kept)))) == json.dumps(as_result(divided))
