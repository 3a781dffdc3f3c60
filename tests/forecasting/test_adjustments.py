"""Layers of people: they scale and add inside their window, stack in order, and leave the snapshot alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from wfm.core.errors import BadInput
from wfm.forecasting.rules.adjustments import Read, put_on
from wfm.forecasting.rules.layers import Layer, check

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


def read() -> Read:
    calls = np.zeros((2, 96))
    calls[:, 32:36] = [1.0, 2.0, 3.0, 4.0]
    spread = np.array([0.5, 0.8, 1.2, 1.5])
    return Read((MONDAY, TUESDAY), calls, calls * spread[:, None, None], spread[:, None] * calls.sum(axis=1))


def test_a_factor_on_hours_of_a_day():
    found = put_on(read(), [Layer(MONDAY, MONDAY, 32, 34, "factor", 2.0)])
    assert found.calls[0, 32:36].tolist() == [2, 4, 3, 4]
    assert found.calls[1].tolist() == read().calls[1].tolist()
    assert found.quantiles[:, 0, 33].tolist() == pytest.approx([2.0, 3.2, 4.8, 6.0])
    assert found.total_quantiles[:, 0] == pytest.approx(np.array([0.5, 0.8, 1.2, 1.5]) * 13)


def test_calls_are_spread_as_the_forecast_is_and_never_fall_below_zero():
    more = put_on(read(), [Layer(MONDAY, TUESDAY, 0, 96, "calls", 20.0)])
    assert more.calls.sum(axis=1).tolist() == [30, 30]
    assert more.calls[0, 32:36] == pytest.approx([3, 6, 9, 12])
    fewer = put_on(read(), [Layer(MONDAY, MONDAY, 0, 96, "calls", -50.0)])
    assert fewer.calls[0].sum() == 0
    opened = put_on(read(), [Layer(MONDAY, MONDAY, 40, 44, "calls", 8.0)])
    assert opened.calls[0, 40:44].tolist() == [2, 2, 2, 2]


def test_layers_stack_in_the_order_in_which_they_were_made():
    doubled, ten_more = Layer(MONDAY, MONDAY, 0, 96, "factor", 2.0), Layer(MONDAY, MONDAY, 0, 96, "calls", 10.0)
    assert put_on(read(), [doubled, ten_more]).calls[0].sum() == pytest.approx(30)
    assert put_on(read(), [ten_more, doubled]).calls[0].sum() == pytest.approx(40)


def test_the_snapshot_stays_as_it_was():
    before = read()
    put_on(before, [Layer(MONDAY, TUESDAY, 0, 96, "factor", 3.0)])
    assert before.calls.tolist() == read().calls.tolist()
    assert before.quantiles.tolist() == read().quantiles.tolist()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("last_day", {"last_day": date(2026, 12, 6)}),
        ("last_day", {"last_day": date(2029, 12, 6)}),
        ("to_minute", {"from_minute": 600, "to_minute": 600}),
        ("from_minute", {"from_minute": 487}),
        ("value", {"value": -0.5}),
        ("value", {"value": 11.0}),
        ("value", {"kind": "calls", "value": 0.0}),
        ("reason", {"reason": "  "}),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(field: str, changes: dict):
    meant = {
        "first_day": MONDAY,
        "last_day": TUESDAY,
        "from_minute": 480,
        "to_minute": 720,
        "kind": "factor",
        "value": 1.2,
        "reason": "Bescheide",
    }
    check(**meant)
    with pytest.raises(BadInput) as refused:
        check(**{**meant, **changes})
    assert refused.value.details["field"] == field
