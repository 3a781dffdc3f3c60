"""Worked examples of every variant, to the cent: those of the agreement's annex, and what surrounds them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from wfm.billing.rules.case import Case, PartnerKeys
from wfm.billing.rules.variants import settle
from wfm.core.intervals import Days

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
B, L, W = "03241003", "03241009", "03241019"
INHABITANTS = {B: 31_051, L: 54_142, W: 29_803}
SECONDS = {B: 1_204_337, L: 4_890_112, W: 2_377_905}
C = 10_000_000
FIRST_SEPTEMBER = date(2026, 9, 1)


def case(variant: str, parameters: dict[str, Any], total: int = C, **keys: dict[str, Any]) -> Case:
    partners = tuple(
        PartnerKeys(one, inhabitants=INHABITANTS[one], **{name: of.get(one) for name, of in keys.items()})
        for one in (B, L, W)
    )
    return Case(variant, YEAR, total, partners, parameters)


JOINED = {"start": {B: FIRST_SEPTEMBER}}
FEW_CALLS = {"calls": {B: 250, L: 1_200, W: 610}}
CALLS = {"calls": {B: 4_025, L: 21_480, W: 9_310}}
HANDLING = {"handle_s": SECONDS}
PRICE = {"price_per_call_cents": 420, "ceiling_cents_per_inhabitant": 4}
CLASSES = {
    "classes": [
        {"below": 15_000, "cents": 900_000},
        {"below": 25_000, "cents": 1_500_000},
        {"below": 40_000, "cents": 2_200_000},
    ],
    "above_cents": 3_400_000,
}
MIX = {"weights": {"inhabitants": "0.30", "calls": "0.50", "handle_s": "0.20"}}
#: case, cents of Burgdorf, Langenhagen, Wedemark, remainder
WORKED = {
    "V0": (case("V0", {}), 0, 0, 0, C),
    "V1": (case("V1", {"pro_rata": "days"}), 2_700_181, 4_708_164, 2_591_655, 0),
    "V1 joined, days": (case("V1", {"pro_rata": "days"}, **JOINED), 1_100_327, 5_740_021, 3_159_652, 0),
    "V1 joined, months": (case("V1", {"pro_rata": "months"}, **JOINED), 1_097_651, 5_741_747, 3_160_602, 0),
    "V2": (case("V2", PRICE, **FEW_CALLS), 105_000, 216_568, 119_212, C - 440_780),
    "V3": (
        case("V3", {"price_per_minute_cents": 121, "unit": "second"},
             handle_s={B: 75_437, L: 1_239_660, W: 0}),
        152_131, 2_499_981, 0, C - 2_652_112,
    ),
    "V3 four calls, by seconds": (
        case("V3", {"price_per_minute_cents": 121, "unit": "second"}, 1_331, handle_s={B: 600, L: 0, W: 0}),
        1_210, 0, 0, 121,
    ),
    "V3 four calls, started minutes": (
        case("V3", {"price_per_minute_cents": 121, "unit": "started_minute"}, 1_331,
             started_minutes={B: 11, L: 0, W: 0}),
        1_331, 0, 0, 0,
    ),
    "V4": (
        case("V4", {"base_cents": 4_000_000, "usage_cents": 6_000_000}, **HANDLING),
        1_932_966, 5_346_374, 2_720_660, 0,
    ),
    "V5": (case("V5", {"plan_cents": 9_600_000, "advances": 4}, **HANDLING), 1_421_490, 5_771_846, 2_806_664, 0),
    "V6": (case("V6", CLASSES), 2_200_000, 3_400_000, 2_200_000, 2_200_000),
    "V6 joined": (case("V6", CLASSES, **JOINED), 735_342, 3_400_000, 2_200_000, C - 6_335_342),
    "V7": (case("V7", MIX, **CALLS, **HANDLING), 1_672_408, 5_651_695, 2_675_897, 0),
    "V7 floor": (
        case("V7", {**MIX, "floor_cents": 1_950_000}, **CALLS, **HANDLING),
        1_950_000, 5_463_302, 2_586_698, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_worked_examples(name: str) -> None:
    given, *cents, remainder = WORKED[name]
    shares = settle(given)
    assert list(shares.cents.values()) == cents
    assert shares.remainder_cents == remainder
    assert list(shares.cents) == [B, L, W]
