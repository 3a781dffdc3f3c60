"""Sums agree to the thousandth, and intervals of small counts hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.hierarchy import (
    Share,
    common_correlation,
    count_cdf,
    count_quantiles,
    deal_out,
    part_quantiles,
    randomised_pit,
    shares,
    sum_quantiles,
)


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=20),
    st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=30),
)
def test_parts_always_sum_to_the_whole(totals: list[int], weights: list[float]):
    dealt = deal_out(np.array(totals), weights)
    assert dealt.sum(axis=0).tolist() == totals
    assert (dealt >= 0).all()
    exact = np.array(weights)[:, None] / sum(weights) * np.array(totals)
    assert (np.abs(dealt - exact) < 1 + 1e-3).all()


def test_largest_remainders_by_hand():
    """7 in shares of 3:2:2 of 7 is exact; 10 gives 4.29, 2.86, 2.86: the two larger remainders get the odd ones."""
    assert deal_out(np.array([7, 10]), [3, 2, 2]).tolist() == [[3, 4], [2, 3], [2, 3]]


def test_shares_sum_to_one_and_follow_what_is_recent():
    days = np.arange(400)
    falling = np.where(days < 300, 10.0, 0.0)
    rising = np.where(days < 300, 0.0, 10.0)
    found = shares({"falling": falling, "rising": rising})
    assert sum(share.share for share in found.values()) == pytest.approx(1, abs=1e-12)
    assert found["rising"].share > 0.4 > 100 / 400
    assert shares({}) == {}
    assert shares({"nobody": np.zeros(10)}) == {}


def test_poisson_and_negative_binomial_against_their_formulas():
    poisson = count_cdf(2.5, 2.5)
    assert poisson[3] == pytest.approx(sum(math.exp(-2.5) * 2.5**n / math.factorial(n) for n in range(4)), rel=1e-12)
    # size 2, mean 3: P(0) = (2 / 5)^2
    assert count_cdf(3.0, 3 + 9 / 2)[0] == pytest.approx(0.16, rel=1e-12)
    assert count_quantiles(np.array(0.0), np.array(0.0), LEVELS).tolist() == [0, 0, 0, 0]


def test_quantiles_are_the_smallest_counts_that_reach_their_level():
    for mean, variance in ((0.2, 0.2), (2.5, 6.0), (40.0, 90.0), (900.0, 9_000.0)):
        cdf = count_cdf(mean, variance)
        for level, found in zip(LEVELS, count_quantiles(np.array(mean), np.array(variance), LEVELS), strict=True):
            assert cdf[int(found)] >= level
            assert found == 0 or cdf[int(found) - 1] < level


def test_small_parts_hold_by_randomised_pit():
    """Parts of 0.3 to 8 calls a day out of a total that strays: R5 asks for the coverage of the PIT, 80 % 0.77-0.83
    and 95 % 0.93-0.97, where counts are too coarse for intervals."""
    rng = np.random.default_rng(20261125)
    pits = []
    for share in (0.003, 0.02, 0.08):
        for _ in range(1500):
            total = rng.poisson(100 * rng.lognormal(-0.01125, 0.15))
            count = rng.binomial(total, min(share * rng.gamma(1 / 0.04, 0.04), 1))
            mean = 100 * share
            variance = mean + mean**2 * (math.expm1(0.15**2) + 0.2**2)
            pits.append(randomised_pit(int(count), mean, variance, float(rng.random())))
    found = np.array(pits)
    assert 0.77 <= np.mean((found >= 0.1) & (found <= 0.9)) <= 0.83
    assert 0.93 <= np.mean((found >= 0.025) & (found <= 0.975)) <= 0.97


def test_a_part_whose_share_strays_gets_wider_intervals():
    mean, sd = np.array([50.0]), np.array([0.1])
    steady, straying = part_quantiles(mean, Share(0.1, 0.0), sd), part_quantiles(mean, Share(0.1, 0.4), sd)
    assert straying[0] < steady[0] < 50 < steady[3] < straying[3]


def test_how_far_a_share_strays_is_told_from_chance():
    rng = np.random.default_rng(7)
    totals = rng.poisson(400, 500)
    steady = rng.binomial(totals, 0.1).astype(float)
    straying = rng.binomial(totals, np.clip(0.1 * rng.gamma(1 / 0.09, 0.09, 500), 0, 1)).astype(float)
    assert shares({"a": steady, "b": totals - steady})["a"].sd < 0.08
    assert shares({"a": straying, "b": totals - straying})["a"].sd == pytest.approx(0.3, abs=0.06)


def test_sums_are_wider_the_more_their_parts_go_together():
    means = np.full((4, 1), 100.0)
    low, high = means - 20, means + 20
    alone, together = (sum_quantiles(means, high, low, correlation)[:, 0] for correlation in (0.0, 1.0))
    assert together[1] == pytest.approx(400 - 80, abs=6)
    assert alone[1] == pytest.approx(400 - 40, abs=4)


def test_queues_that_go_together_are_found():
    rng = np.random.default_rng(3)
    common, own = rng.normal(0, 0.2, 365), rng.normal(0, 0.1, (3, 365))
    assert common_correlation(100 * np.exp(common + own)) == pytest.approx(0.8, abs=0.06)
    assert common_correlation(100 * np.exp(own)) < 0.1
    assert common_correlation(np.full((2, 10), np.nan)) == 0
