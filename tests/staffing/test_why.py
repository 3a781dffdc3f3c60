"""From calls to paid heads and cents: shrinkage, cost, and the chain that explains a number."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.core.errors import BadInput
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.cost import cost_cents
from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.shrinkage import Kind, Loss, Shrinkage, Source, losses_from_times
from wfm.staffing.rules.why import Assumptions, Bound, why

USUAL = Shrinkage(
    (
        Loss(Kind.LEAVE, Decimal("0.12")),
        Loss(Kind.ILLNESS, Decimal("0.08")),
        Loss(Kind.TRAINING, Decimal("0.05")),
        Loss(Kind.BREAKS, Decimal("0.10")),
        Loss(Kind.MEETINGS, Decimal("0.05")),
    )
)


def test_shrinkage_by_hand() -> None:
    """Of 100 paid hours 80 are present, and of these 64 available."""
    assert (USUAL.external, USUAL.internal, USUAL.overall) == (Fraction(1, 5), Fraction(1, 5), Fraction(36, 100))
    assert USUAL.paid_heads(16) == 25
    assert USUAL.present_heads(16) == 20
    assert Shrinkage().paid_heads(14) == 14


def test_shrinkage_from_times_is_what_it_was() -> None:
    losses = losses_from_times(
        100 * 3600, {Kind.LEAVE: 12 * 3600, Kind.ILLNESS: 8 * 3600}, {Kind.BREAKS: 8 * 3600, Kind.MEETINGS: 8 * 3600}
    )
    assert [(loss.kind.value, loss.share) for loss in losses] == [
        ("leave", Decimal("0.12")),
        ("illness", Decimal("0.08")),
        ("breaks", Decimal("0.1")),
        ("meetings", Decimal("0.1")),
    ]
    assert {loss.source for loss in losses} == {Source.DATA}
    assert 1 - Shrinkage(tuple(losses)).overall == Fraction(64, 100)
    assert losses_from_times(3600, {Kind.LEAVE: 3600}, {Kind.BREAKS: 0})[0].share == 1  # nobody came: breaks of what?
    assert losses_from_times(0, {Kind.LEAVE: 0}, {}) == []


@pytest.mark.parametrize(
    "losses",
    [
        [(Kind.LEAVE, "-0.1")],
        [(Kind.LEAVE, "1")],
        [(Kind.LEAVE, "0.1"), (Kind.LEAVE, "0.1")],
        [(Kind.LEAVE, "0.6"), (Kind.ILLNESS, "0.4")],
        [(Kind.BREAKS, "0.5"), (Kind.MEETINGS, "0.5")],
    ],
)
def test_shrinkage_that_leaves_nothing(losses: list[tuple[Kind, str]]) -> None:
    with pytest.raises(BadInput):
        Shrinkage(tuple(Loss(kind, Decimal(share)) for kind, share in losses))
    with pytest.raises(BadInput):
        losses_from_times(10, {Kind.LEAVE: 11}, {})


def test_cents_by_hand() -> None:
    assert cost_cents(25, 1800, 3450) == 43_125
    assert cost_cents(Fraction(1, 3), 1800, 3450) == 575
    assert cost_cents(1, 1, 1800) == 1  # half a cent
    assert cost_cents(0, 1800, 3450) == 0
    with pytest.raises(BadInput):
        cost_cents(1, 1800, -1)


def test_why_twelve() -> None:
    """60 calls of 300 s in half an hour, callers' patience two minutes: docs/staffing.md has the same figures."""
    found = why(Assumptions(60, 300, 1800, Goal(0.8, 20), patience_s=120, shrinkage=USUAL, cents_per_paid_hour=3450))
    assert found.assumptions.load == 10
    assert found.bound_by is Bound.SERVICE_LEVEL
    assert found.one_less is not None
    outcomes = (found.one_less, found.required, found.one_more)
    assert [one.agents for one in outcomes] == [11, 12, 13]
    assert [one.meets_goal for one in outcomes] == [False, True, True]
    assert found.required.service_level == pytest.approx(0.818758862268)
    assert found.required.calls_in_time == pytest.approx(60 * 0.818758862268)
    assert found.required.calls_lost == pytest.approx(60 * 0.0722216659309)
    assert found.required.occupancy == pytest.approx(0.773148611724)
    assert found.required.paid_heads == Fraction(12 * 100, 64)
    assert found.required.cost_cents == 32_344  # 18.75 heads, half an hour, 34.50 EUR: 323.4375 EUR


@pytest.mark.parametrize(
    ("assumptions", "agents", "bound"),
    [
        (Assumptions(0, 300, 1800, Goal(0.8, 20), patience_s=120), 0, Bound.NO_CALLS),
        (Assumptions(0.01, 300, 1800, Goal(0.8, 20), patience_s=120), 1, Bound.SERVICE_LEVEL),
        (Assumptions(1, 300, 1800, Goal(0.1, 600, Variant.ABANDONED_MET), patience_s=1), 1, Bound.SOMEBODY),
        (Assumptions(60, 300, 1800, Goal(0.1, 20), model=Model.C), 11, Bound.STEADY_STATE),
        (Assumptions(60, 300, 1800, Goal(0.8, 20), model=Model.C), 14, Bound.SERVICE_LEVEL),
        (Assumptions(60, 300, 1800, Goal(0.8, 20, max_occupancy=0.7), patience_s=120), 14, Bound.OCCUPANCY),
        (Assumptions(60, 300, 1800, Goal(0.9, 0), model=Model.B), 13, Bound.SERVICE_LEVEL),
    ],
)
def test_what_binds(assumptions: Assumptions, agents: int, bound: Bound) -> None:
    found = why(assumptions)
    assert (found.required.agents, found.bound_by) == (agents, bound)
    assert found.required.meets_goal
    assert found.required.cost_cents is None
    if bound is not Bound.SOMEBODY and found.one_less is not None:
        assert not found.one_less.meets_goal


@given(calls=st.floats(0, 500), patience=st.floats(5, 3000), share=st.floats(0.05, 0.99), ceiling=st.floats(0.5, 1))
def test_the_number_meets_and_one_fewer_does_not(calls: float, patience: float, share: float, ceiling: float) -> None:
    found = why(Assumptions(calls, 240, 1800, Goal(share, 20, max_occupancy=ceiling), patience_s=patience))
    assert found.required.meets_goal
    assert found.one_more.meets_goal
    if found.one_less and found.bound_by is not Bound.SOMEBODY:
        assert not found.one_less.meets_goal
