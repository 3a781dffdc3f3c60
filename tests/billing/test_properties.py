"""What holds of every variant whatever the keys: nothing lost, nobody's place matters, more usage never costs less."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from wfm.billing.rules.allocation import hamilton, in_order, instalments
from wfm.billing.rules.case import Case, Key, PartnerKeys
from wfm.billing.rules.periods import in_force, number_of_days, number_of_months
from wfm.billing.rules.shares import as_document
from wfm.billing.rules.unattributed import USAGE, Bears, host_bears, spread
from wfm.billing.rules.variants import VARIANTS, settle
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days
from wfm.core.rounding import half_up

PERIOD = Days(date(2028, 1, 1), date(2029, 1, 1))
NAMES = [f"032410{number:02d}" for number in range(1, 22)] + ["REGION"]
CENTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.fractions(0, 10**6, max_denominator=10**4), min_size=1)
PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "V0": st.just({}),
    "V1": st.fixed_dictionaries({"pro_rata": st.sampled_from(["days", "months"])}),
    "V2": st.fixed_dictionaries(
        {"price_per_call_cents": st.integers(0, 5_000), "ceiling_cents_per_inhabitant": st.integers(0, 500)}
    ),
    "V3": st.fixed_dictionaries(
        {"price_per_minute_cents": st.integers(0, 500), "unit": st.sampled_from(["second", "started_minute"])}
    ),
    "V4": st.fixed_dictionaries({"base_cents": st.integers(0, 10**9), "usage_cents": st.integers(0, 10**9)}),
    "V5": st.fixed_dictionaries({"plan_cents": st.integers(0, 10**9), "advances": st.integers(1, 12)}),
    "V6": st.just({"classes": [{"below": 15_000, "cents": 900_000}, {"below": 40_000, "cents": 2_200_000}],
                   "above_cents": 3_400_000}),
    "V7": st.builds(
        lambda inhabitants, calls, floor: {
            "weights": {"inhabitants": f"0.{inhabitants}", "calls": f"0.{calls}",
                        "handle_s": f"0.{100 - inhabitants - calls}"},
            "floor_cents": floor,
        },
        st.integers(10, 45), st.integers(10, 45), st.sampled_from([0, 1, 1_000, 50_000]),
    ),
}  # fmt: skip


@st.composite
def partner(draw: st.DrawFn, name: str) -> PartnerKeys:
    start = draw(st.none() | st.dates(PERIOD.start - timedelta(40), PERIOD.end - timedelta(40)))
    end = draw(st.none() | st.dates((start or PERIOD.start) + timedelta(39), PERIOD.end + timedelta(40)))
    if end and end <= PERIOD.start:
        end = None
    basis = draw(st.sampled_from(["weight", "amount_cents"])) if name == "REGION" else "inhabitants"
    keys = PartnerKeys(
        name,
        calls=draw(st.integers(0, 10**6)),
        handle_s=draw(st.integers(0, 10**8)),
        started_minutes=draw(st.integers(0, 10**7)),
        start=start if start is None or start < PERIOD.end else None,
        end=end,
    )
    return replace(keys, **{basis: draw(st.integers(1, 10**6))})


@st.composite
def cases(draw: st.DrawFn, *variants: str) -> Case:
    variant = draw(st.sampled_from(variants or tuple(VARIANTS)))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    partners = tuple(draw(partner(name)) for name in names)
    assume(all(in_force(PERIOD, keys.start, keys.end) for keys in partners))
    return Case(variant, PERIOD, draw(CENTS), partners, draw(PARAMETERS[variant]))


def shares_of(case: Case) -> dict[str, int]:
    try:
        return dict(settle(case).cents)
    except RuleBroken as refused:
        # Keys are there and parameters right: nothing but these can stand in the way.
        assume(
            refused.code
            not in ("settlement.no_usage", "settlement.no_weight", "settlement.amounts", "settlement.floor")
        )
        raise


@given(CENTS, WEIGHTS)
def test_parts_sum_to_the_whole_and_lie_within_a_cent_of_their_quota(total: int, weights: dict[str, Fraction]) -> None:
    assume(any(weights.values()))
    parts = hamilton(total, weights)
    assert sum(part.cents for part in parts.values()) == total
    assert all(abs(part.cents - part.quota) < 1 for part in parts.values())
    assert sum(part.quota for part in parts.values()) == total
    assert all(part.cents == 0 for name, part in parts.items() if not weights[name])


@given(st.integers(0, 10**6), WEIGHTS, st.data())
def test_a_part_never_falls_when_only_its_own_weight_grows(
    total: int, weights: dict[str, Fraction], data: st.DataObject
) -> None:
    assume(any(weights.values()))
    name = data.draw(st.sampled_from(sorted(weights)))
    more = {**weights, name: weights[name] + data.draw(st.fractions(0, 1_000, max_denominator=1_000))}
    assert hamilton(total, more)[name].cents >= hamilton(total, weights)[name].cents


def test_the_alabama_paradox_is_real() -> None:
    """What is not promised: a cent more to divide, and somebody pays one less."""
    weights = {"a": 6, "b": 6, "c": 2}
    assert [part.cents for part in hamilton(10, weights).values()] == [4, 4, 2]
    assert [part.cents for part in hamilton(11, weights).values()] == [5, 5, 1]


@given(cases())
def test_shares_and_remainder_are_the_total(case: Case) -> None:
    cents = shares_of(case)
    shares = settle(case)
    assert sum(cents.values()) + shares.remainder_cents == case.total_cents
    assert cents.keys() == {keys.partner for keys in case.partners}
    assert shares.derivation[-1].cents == shares.remainder_cents


@given(cases("V1", "V5", "V7"))
def test_full_cost_is_covered_to_the_cent(case: Case) -> None:
    assert sum(shares_of(case).values()) == case.total_cents


@given(cases("V4"))
def test_base_and_usage_are_divided_in_full(case: Case) -> None:
    assert sum(shares_of(case).values()) == case.parameters["base_cents"] + case.parameters["usage_cents"]


@given(cases(), st.randoms())
def test_the_order_of_partners_is_irrelevant_and_the_bytes_are_the_same(case: Case, chance: Any) -> None:
    shares_of(case)
    shuffled = list(case.partners)
    chance.shuffle(shuffled)
    documents = [json.dumps(as_document(settle(one))) for one in (case, replace(case, partners=tuple(shuffled)))]
    assert documents[0] == documents[1]
    assert list(settle(case).cents) == sorted((keys.partner for keys in case.partners), key=in_order)


@given(cases("V2", "V3", "V4", "V5", "V7"), st.data())
def test_more_usage_never_costs_less(case: Case, data: st.DataObject) -> None:
    """To the cent, except for V7 with a floor: what the floors take off the rest is rounded, too."""
    assume(case.total_cents >= 0)
    before = shares_of(case)
    name = data.draw(st.sampled_from(sorted(before)))
    more = tuple(
        replace(keys, calls=keys.calls + data.draw(st.integers(0, 1_000)),
                handle_s=keys.handle_s + data.draw(st.integers(0, 100_000)),
                started_minutes=keys.started_minutes + data.draw(st.integers(0, 5_000)))
        if keys.partner == name else keys
        for keys in case.partners
    )  # fmt: skip
    slack = 1 if case.parameters.get("floor_cents") else 0
    assert settle(replace(case, partners=more)).cents[name] >= before[name] - slack


@given(cases("V1", "V2", "V4", "V7"), st.data())
def test_more_inhabitants_never_cost_less(case: Case, data: st.DataObject) -> None:
    """V6 promises it only if its classes rise, which an agreement need not."""
    assume(case.total_cents >= 0)
    before = shares_of(case)
    names = sorted(before.keys() - {"REGION"})
    assume(names)
    name = data.draw(st.sampled_from(names))
    more = tuple(
        replace(keys, inhabitants=keys.inhabitants + data.draw(st.integers(0, 10_000)))
        if keys.partner == name and keys.inhabitants is not None else keys
        for keys in case.partners
    )  # fmt: skip
    slack = 1 if case.parameters.get("floor_cents") else 0
    assert settle(replace(case, partners=more)).cents[name] >= before[name] - slack


@given(cases("V7"), st.integers(1, 5))
def test_nobody_in_the_mix_is_below_the_floor(case: Case, part: int) -> None:
    """Floors near the mean, so that those above it in the first round fall below in the second."""
    floor = abs(case.total_cents) * part // (5 * len(case.partners))
    parameters = {**case.parameters, "floor_cents": floor}
    cents = shares_of(replace(case, total_cents=abs(case.total_cents), parameters=parameters))
    fixed = {keys.partner for keys in case.partners if keys.amount_cents is not None}
    assert all(cents[name] >= floor for name in cents.keys() - fixed)
    assert sum(cents.values()) == abs(case.total_cents)


@given(cases("V5"))
def test_advances_and_true_up_are_the_share(case: Case) -> None:
    cents = shares_of(case)
    shares = settle(case)
    advances, due = shares.of_step("advance"), shares.of_step("true_up")
    assert {name: advances[name] + due[name] for name in cents} == cents
    assert sum(advances.values()) == case.parameters["plan_cents"]


@given(CENTS, st.integers(1, 60))
def test_instalments_sum_to_the_whole_the_first_ones_take_the_odd_cents(total: int, times: int) -> None:
    parts = instalments(total, times)
    assert sum(parts) == total
    assert len(parts) == times
    assert sorted(map(abs, parts), reverse=True) == list(map(abs, parts))
    assert max(parts) - min(parts) <= 1


@given(st.fractions(-(10**9), 10**9, max_denominator=10**4))
def test_half_up(cents: Fraction) -> None:
    assert half_up(-cents) == -half_up(cents)
    assert abs(half_up(cents) - cents) <= Fraction(1, 2)
    whole = int(cents)
    assert half_up(abs(whole) + Fraction(1, 2)) == abs(whole) + 1


@given(st.dates(date(2026, 6, 1), date(2029, 6, 1)), st.dates(date(2026, 6, 1), date(2029, 6, 1)))
def test_days_and_months_of_two_that_follow_each_other_are_the_period(first: date, second: date) -> None:
    """Whoever takes over on the day that another leaves: no day and no month is counted twice or lost."""
    period = Days(date(2028, 1, 1), date(2029, 1, 1))
    for counted, whole in ((number_of_days, 366), (number_of_months, 12)):
        parts = [in_force(period, None, first), in_force(period, first, max(first, second)),
                 in_force(period, max(first, second), None)]  # fmt: skip
        assert sum(map(counted, parts)) == whole
        assert counted(period) == whole


@given(
    cases(), st.sampled_from([Bears.USAGE, Bears.INHABITANTS]), st.lists(st.integers(0, 10**5), min_size=3, max_size=3)
)
def test_unattributed_usage_is_spread_in_full(case: Case, bears: Bears, unattributed: list[int]) -> None:
    partners = tuple(
        replace(keys, amount_cents=None, weight=1) if keys.amount_cents else keys for keys in case.partners
    )
    assume(all(any(keys.usage(key) for keys in partners) for key in USAGE))
    found = spread(partners, dict(zip(USAGE, unattributed, strict=True)), bears, PERIOD)
    for key, number in zip(USAGE, unattributed, strict=True):
        before, after = (sum(keys.usage(key) for keys in those) for those in (partners, found.partners))
        assert after - before == number
        assert all(new.usage(key) >= old.usage(key) for old, new in zip(partners, found.partners, strict=True))


@given(st.integers(0, 10**12), st.integers(1, 10**9), st.integers(0, 10**9))
def test_the_host_bears_the_share_of_what_nobody_is_named_for(total: int, attributed: int, unattributed: int) -> None:
    exact = Fraction(total * unattributed, attributed + unattributed)
    assert abs(host_bears(total, attributed, unattributed) - exact) <= Fraction(1, 2)


def test_keys_are_what_usage_and_inhabitants_are() -> None:
    assert set(Key) == {Key.INHABITANTS, *USAGE}
