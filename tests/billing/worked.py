"""The worked examples, to the cent: a file of docs/examples/settlement -> shares in its partners' order, remainder.

Computed apart from the product (by hand and a script of fractions), for Burgdorf, Langenhagen and Wedemark.
"""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "docs/examples/settlement"
COST = 10_000_000
WORKED: dict[str, tuple[tuple[int, ...], int]] = {
    "v0-pilot": ((0, 0, 0), COST),
    "v1-inhabitants": ((2_700_181, 4_708_164, 2_591_655), 0),
    "v1-joined-by-days": ((1_100_327, 5_740_021, 3_159_652), 0),
    "v1-joined-by-months": ((1_097_651, 5_741_747, 3_160_602), 0),
    "v1-region-with-weight": ((2_300_142, 4_010_637, 2_207_695, 1_481_526), 0),
    "v1-region-with-amount": ((2_295_154, 4_001_939, 2_202_907, 1_500_000), 0),
    "v2-price-per-call": ((105_000, 216_568, 119_212), COST - 440_780),
    "v3-price-per-minute": ((152_131, 2_499_981), COST - 2_652_112),
    "v3-four-calls-by-seconds": ((1_210,), 121),
    "v3-four-calls-by-started-minutes": ((1_331,), 0),
    "v4-two-part": ((1_932_966, 5_346_374, 2_720_660), 0),
    "v5-by-usage": ((1_421_490, 5_771_846, 2_806_664), 0),
    "v6-size-classes": ((2_200_000, 3_400_000, 2_200_000), 2_200_000),
    "v6-joined": ((735_342, 3_400_000, 2_200_000), COST - 6_335_342),
    "v7-mix": ((1_672_408, 5_651_695, 2_675_897), 0),
    "v7-mix-with-floor": ((1_950_000, 5_463_302, 2_586_698), 0),
}
