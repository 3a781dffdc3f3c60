"""Hamilton's hand-checked table, ties, and unattributed usage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from wfm.billing.rules.allocation import hamilton
from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.periods import in_force, number_of_days, number_of_months
from wfm.billing.rules.unattributed import Bears, host_bears, spread
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days
from wfm.core.rounding import half_up

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
PARTNERS = (
    PartnerKeys("REGION", calls=0, handle_s=0, started_minutes=0, weight=0),
    PartnerKeys("03241010", inhabitants=300, calls=20, handle_s=4_000, started_minutes=80),
    PartnerKeys("03241003", inhabitants=100, calls=10, handle_s=1_000, started_minutes=20),
)

#: total, weights -> cents
TABLE = [
    (100, {"a": 1, "b": 1, "c": 1}, {"a": 34, "b": 33, "c": 33}),
    (2, {"REGION": 1, "03241001": 1, "99": 1}, {"03241001": 1, "99": 1, "REGION": 0}),
    (-100, {"c": 1, "b": 1, "a": 1}, {"a": -34, "b": -33, "c": -33}),
    (10, {"a": 0, "b": 3}, {"a": 0, "b": 10}),
    (0, {"a": 0, "b": 0}, {"a": 0, "b": 0}),
    (1, {"a": 1, "b": 2}, {"a": 0, "b": 1}),
    (7, {"a": 5, "b": 3, "c": 1}, {"a": 4, "b": 2, "c": 1}),  # 3 8/9, 2 3/9, 7/9: floors 3, 2, 0
]


@pytest.mark.parametrize(("total", "weights", "cents"), TABLE)
def test_hamilton(total: int, weights: dict[str, int], cents: dict[str, int]) -> None:
    found = {partner: part.cents for partner, part in hamilton(total, weights).items()}
    assert found == cents
    assert list(found) == list(cents)


def test_nothing_to_divide_by() -> None:
    with pytest.raises(RuleBroken) as error:
        hamilton(1_234_500, {"a": 0})
    assert error.value.code == "settlement.no_weight"
    assert error.value.message == "12.345,00 € lassen sich nicht teilen: Kein Partner hat ein Gewicht."


@pytest.mark.parametrize(
    ("cents", "rounded"), [("1/2", 1), ("3/2", 2), ("5/2", 3), ("-1/2", -1), ("49/100", 0), ("7", 7)]
)
def test_half_up(cents: str, rounded: int) -> None:
    assert half_up(Fraction(cents)) == rounded


#: from, to (exclusive), days, months whose first day is in force
FORCE = [
    (None, None, 365, 12),
    (date(2026, 9, 1), None, 122, 4),
    (date(2026, 9, 2), None, 121, 3),
    (None, date(2026, 9, 1), 243, 8),
    (None, date(2026, 9, 2), 244, 9),
    (date(2025, 3, 1), date(2028, 1, 1), 365, 12),
    (date(2026, 12, 31), None, 1, 0),
    (date(2027, 1, 1), None, 0, 0),
    (None, date(2026, 1, 1), 0, 0),
]


@pytest.mark.parametrize(("start", "end", "days", "months"), FORCE)
def test_in_force(start: date | None, end: date | None, days: int, months: int) -> None:
    found = in_force(YEAR, start, end)
    assert (number_of_days(found), number_of_months(found)) == (days, months)


def test_unattributed_in_proportion_to_usage() -> None:
    found = spread(PARTNERS, {Key.CALLS: 4, Key.HANDLE_S: 500, Key.STARTED_MINUTES: 0}, Bears.USAGE, YEAR)
    # 4 x 10/30 = 1.33, 4 x 20/30 = 2.67; seconds 100 and 400
    assert [(keys.partner, keys.calls, keys.handle_s, keys.started_minutes) for keys in found.partners] == [
        ("REGION", 0, 0, 0), ("03241010", 23, 4_400, 80), ("03241003", 11, 1_100, 20),
    ]  # fmt: skip
    assert [line.text for line in found.derivation][:2] == [
        "03241003: 10 calls + 1 von 4 nicht zugeordneten",
        "03241010: 20 calls + 3 von 4 nicht zugeordneten",
    ]


def test_unattributed_by_inhabitants_in_force() -> None:
    joined = (*PARTNERS[:2], replace(PARTNERS[2], start=date(2026, 7, 2)))
    found = spread(joined, {Key.CALLS: 100}, Bears.INHABITANTS, YEAR)
    # weights 300 x 365 and 100 x 183: 85.68 and 14.32
    assert [keys.calls for keys in found.partners] == [0, 106, 24]
    region = replace(PARTNERS[0], weight=None)
    with pytest.raises(RuleBroken, match="REGION hat keine eigenen Einwohner"):
        spread((region, *PARTNERS[1:]), {Key.CALLS: 100}, Bears.INHABITANTS, YEAR)


def test_unattributed_borne_by_the_host() -> None:
    assert spread(PARTNERS, {Key.CALLS: 4}, Bears.HOST, YEAR).partners == PARTNERS
    assert host_bears(10_000_000, 30, 10) == 2_500_000
    assert host_bears(1, 1, 1) == 1
    assert host_bears(100, 1, 0) == 0


def test_all_usage_unattributed_is_refused() -> None:
    nobody = tuple(replace(keys, calls=0) for keys in PARTNERS)
    with pytest.raises(RuleBroken) as error:
        spread(nobody, {Key.CALLS: 40}, Bears.USAGE, YEAR)
    assert error.value.code == "settlement.all_unattributed"
    with pytest.raises(RuleBroken, match="keinem Partner etwas zugeordnet"):
        host_bears(100, 0, 40)


def test_usage_that_is_not_known_cannot_be_added_to() -> None:
    with pytest.raises(RuleBroken, match="03241003: calls fehlt"):
        spread((*PARTNERS[:2], replace(PARTNERS[2], calls=None)), {Key.CALLS: 40}, Bears.USAGE, YEAR)
