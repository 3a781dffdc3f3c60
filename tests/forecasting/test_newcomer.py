"""A new partner: wide at first, narrower as its own calls come, and honest on the way."""

from __future__ import annotations

import numpy as np
import pytest

from wfm.forecasting.rules.newcomer import (
    PROFILE_SD,
    Rate,
    day_dispersion,
    forecast_days,
    rate_of_comparable,
    with_calls,
    with_profile,
)


def test_comparable_partners_by_hand():
    """Rates 0.001, 0.002, 0.003 a person and day over much exposure: mean 0.002, standard deviation a half of it."""
    rate = rate_of_comparable([10_000, 20_000, 30_000], [1e7, 1e7, 1e7])
    assert rate is not None
    assert rate.mean == pytest.approx(0.002)
    assert rate.sd == pytest.approx(0.5 * np.sqrt(4 / 3), rel=1e-2)
    assert rate_of_comparable([], []) is None
    assert rate_of_comparable([0, 0], [1e6, 1e6]) is None


def test_a_profile_pulls_towards_itself_and_narrows():
    known = Rate(4.0, 0.002)
    both = with_profile(known, 0.001)
    assert 0.001 < both.mean < 0.002
    assert both.sd < min(known.sd, PROFILE_SD * 1.05)
    alone = with_profile(None, 0.001)
    assert (alone.mean, alone.sd) == (0.001, pytest.approx(np.sqrt(np.expm1(PROFILE_SD**2))))


def test_own_calls_narrow_and_in_the_end_decide():
    rate, exposure = Rate(4.0, 0.002), 30_000.0
    widths, means = [rate.sd], [rate.mean]
    for days in (5, 20, 60, 250):
        found = with_calls(rate, 0.003 * exposure * days, exposure * days, 2.0)
        widths.append(found.sd)
        means.append(found.mean)
    assert widths == sorted(widths, reverse=True)
    assert means == sorted(means)
    assert means[-1] == pytest.approx(0.003, rel=0.01)
    assert with_calls(rate, 300, 1e5, 5.0).sd > with_calls(rate, 300, 1e5, 1.0).sd


def test_intervals_of_new_partners_hold():
    """Partners whose rates differ as a gamma law: forecast each from twelve others and, later, from its own 20 days."""
    rng = np.random.default_rng(20261125)
    inside = {"before": [0, 0], "after": [0, 0]}
    for _ in range(400):
        rates = 0.002 * rng.gamma(1 / 0.16, 0.16, 13)
        people = rng.integers(10_000, 50_000, 13)
        year = [rng.poisson(rate * n * 250) for rate, n in zip(rates, people, strict=True)]
        prior = rate_of_comparable(year[1:], people[1:] * 250.0)
        assert prior is not None
        days = rng.poisson(rates[0] * people[0], 21)
        for name, rate in (
            ("before", prior),
            ("after", with_calls(prior, float(days[:20].sum()), float(people[0]) * 20, 1.0)),
        ):
            _, quantiles = forecast_days(rate, float(people[0]), np.ones(1), 1.0)
            inside[name][0] += int(quantiles[1, 0] <= days[20] <= quantiles[2, 0])
            inside[name][1] += 1
    for name, (held, tried) in inside.items():
        assert 0.74 <= held / tried <= 0.88, name


def test_days_that_differ_are_seen():
    rng = np.random.default_rng(1)
    assert day_dispersion(rng.poisson(50, 300).astype(float)) == pytest.approx(1.0, abs=0.2)
    assert day_dispersion(rng.poisson(50 * rng.gamma(10, 0.1, 300)).astype(float)) > 4
    assert day_dispersion(np.array([3.0, 4.0])) == 3.0
