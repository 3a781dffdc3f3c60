"""The one call: properties that hold for any history, and coverage where the truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.choice import forecast
from wfm.forecasting.rules.forecast import Forecast
from wfm.forecasting.rules.history import History

MONDAY = date(2025, 1, 6)
SHAPE = np.concatenate([np.zeros(8), [1.0, 1.3, 1.2, 1.0, 0.7, 0.8, 0.9, 0.8, 0.6, 0.4], np.zeros(6)])
WEEK = np.array([1.4, 1.1, 1.0, 1.0, 0.9, np.nan, np.nan])


def simulated(days: int, mean: float = 20.0, sd: float = 0.08, seed: int = 1) -> History:
    """Open 8 to 18 on working days; days of one level wander a little, slots are Poisson."""
    rng = np.random.default_rng(seed)
    level = mean * WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, sd, days))
    rates = level[:, None] * np.where(SHAPE > 0, SHAPE, np.nan)
    return History(MONDAY, 60, np.where(np.isnan(rates), np.nan, rng.poisson(np.nan_to_num(rates)).astype(float)))


def ahead(known: History, days: int = 28) -> list[date]:
    return [known.last_day + timedelta(days=n) for n in range(1, days + 1)]


def said(known: History, calendar: Calendar | None = None) -> Forecast:
    return forecast(known, calendar or Calendar(), ahead(known))


@pytest.mark.parametrize("days", [1, 2, 5, 9, 20, 21, 40, 120])
@pytest.mark.parametrize("mean", [0.05, 1.0, 30.0, 3000.0])
def test_whatever_the_history(days: int, mean: float) -> None:
    result = said(simulated(days, mean))

    assert result.mean.shape == (28, 24)
    assert result.quantiles.shape == (4, 28, 24)
    assert np.isfinite(result.mean).all()
    assert np.isfinite(result.quantiles).all()
    assert (result.mean >= 0).all()
    assert (np.diff(result.quantiles, axis=0) >= 0).all()
    assert (np.diff(result.total_quantiles, axis=0) >= 0).all()
    np.testing.assert_allclose(result.totals, result.mean.sum(axis=1))
    counted = result.mean >= 3
    assert (result.quantiles[1][counted] <= result.mean[counted]).all()
    assert (result.mean[counted] <= result.quantiles[2][counted]).all()


def test_twice_the_calls_twice_the_forecast() -> None:
    known = simulated(100, 2000.0)
    doubled = History(MONDAY, 60, known.counts * 2)

    np.testing.assert_allclose(said(doubled).mean, 2 * said(known).mean, rtol=0.01)


def test_unknown_days_before_and_within_do_no_harm() -> None:
    known = simulated(100)
    longer = History(MONDAY - timedelta(days=14), 60, np.concatenate([np.full((14, 24), np.nan), known.counts]))
    gap = known.counts.copy()
    gap[40:47] = np.nan

    np.testing.assert_allclose(said(longer).totals, said(known).totals, rtol=0.02)
    np.testing.assert_allclose(said(History(MONDAY, 60, gap)).totals, said(known).totals, rtol=0.05)


def test_gaps_and_short_histories_are_told() -> None:
    known = simulated(100)
    gap = known.counts.copy()
    gap[42:44] = np.nan

    result = forecast(History(MONDAY, 60, gap), Calendar({MONDAY + timedelta(days=43): "Feiertag"}), ahead(known))
    short = said(simulated(9))

    assert [(one.kind, one.day) for one in result.treated if one.kind == "gap"] == [
        ("gap", MONDAY + timedelta(days=42))
    ]
    assert [(one.kind, one.seen) for one in short.treated] == [("short_history", 7.0)]
    assert (short.choice.method, short.choice.origins) == ("profile + mean of 8 weeks", 0)
    assert forecast(simulated(9), Calendar(), ahead(known), methods=()).choice.weights == {"profile": 1.0}


def test_half_a_day_known_tells_as_much_as_it_can() -> None:
    known = simulated(100, 200.0)
    half = known.counts.copy()
    half[-3, :13] = np.nan

    np.testing.assert_allclose(said(History(MONDAY, 60, half)).totals, said(known).totals, rtol=0.03)


def test_order_and_number_of_days_asked_for_do_not_matter() -> None:
    known = simulated(80)
    days = ahead(known)

    forwards, backwards = forecast(known, Calendar(), days), forecast(known, Calendar(), days[::-1])
    alone = forecast(known, Calendar(), days[9:10])

    np.testing.assert_allclose(forwards.mean, backwards.mean[::-1])
    np.testing.assert_allclose(alone.mean[0], forwards.mean[9])
    np.testing.assert_allclose(alone.quantiles[:, 0], forwards.quantiles[:, 9])


def test_eighteen_months_ahead() -> None:
    known = simulated(400)
    result = forecast(known, Calendar(), ahead(known, 548))

    working = result.totals > 0
    width = np.log(result.total_quantiles[2, working] / result.total_quantiles[1, working])
    assert result.totals[working].mean() == pytest.approx(
        np.nansum(known.counts, axis=1)[known.known_days].mean(), rel=0.1
    )
    assert width[-20:].mean() > width[:20].mean()


def test_closed_where_it_always_was_and_where_the_service_says_so() -> None:
    known = simulated(60)
    days = ahead(known)
    hours = np.zeros((28, 24), dtype=bool)
    hours[:, 9:12] = True

    usual, shorter = said(known), forecast(known, Calendar(), days, open_slots=hours)

    weekend = np.array([day.weekday() >= 5 for day in days])
    assert not usual.mean[weekend].any()
    assert not usual.mean[:, :8].any()
    assert not shorter.mean[~hours].any()
    np.testing.assert_allclose(shorter.mean[:, 9:12], usual.mean[:, 9:12])
    assert {one.kind for one in shorter.treated} == {"closed"}


def test_holidays_on_which_it_was_always_closed() -> None:
    known = simulated(100)
    counts = known.counts.copy()
    counts[16] = np.nan
    holidays = {MONDAY + timedelta(days=16): "Feiertag", MONDAY + timedelta(days=107): "Feiertag"}

    result = forecast(History(MONDAY, 60, counts), Calendar(holidays), ahead(known))

    assert result.totals[result.days.index(MONDAY + timedelta(days=107))] == 0
    assert result.totals[result.days.index(MONDAY + timedelta(days=108))] > 0


def test_draws_are_futures_of_that_mean_and_spread() -> None:
    known = simulated(200, 60.0)
    result = said(known)

    futures = result.draw(4000, np.random.default_rng(2))

    assert futures.shape == (4000, 28, 24)
    np.testing.assert_allclose(futures.mean(axis=0), result.mean, rtol=0.02, atol=0.05)
    open_days = result.totals > 0
    totals = futures.sum(axis=2)[:, open_days]
    low, high = result.total_quantiles[1, open_days], result.total_quantiles[2, open_days]
    assert ((low <= totals) & (totals <= high)).mean() == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("mean", [6.0, 60.0])
def test_intervals_hold_where_the_truth_is_known(mean: float) -> None:
    """40 centres, 28 days each: slots and days inside as often as promised. A centre's slots depend on each other
    through their days, so the days (800 of them) bound the chance: 3 standard errors of 800 draws."""
    inside = {80: [], 95: [], "day80": [], "day95": []}
    off = []
    for seed in range(40):
        whole = simulated(182 + 28, mean, seed=seed)
        result, came = said(whole.first(182)), whole.counts[182:]
        rated = ~np.isnan(came) & (result.mean >= 3)
        days = rated.any(axis=1)
        low95, low80, high80, high95 = result.quantiles
        inside[80].append(((low80 <= came) & (came <= high80))[rated].mean())
        inside[95].append(((low95 <= came) & (came <= high95))[rated].mean())
        totals, (low95, low80, high80, high95) = np.nansum(came, axis=1), result.total_quantiles
        inside["day80"].append(((low80 <= totals) & (totals <= high80))[days].mean())
        inside["day95"].append(((low95 <= totals) & (totals <= high95))[days].mean())
        off.append(np.where(rated, result.mean - came, 0).sum() / came[rated].sum())

    assert np.mean(inside[80]) == pytest.approx(0.80, abs=3 * np.sqrt(0.8 * 0.2 / 800))
    assert np.mean(inside[95]) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 800))
    assert np.mean(inside["day80"]) == pytest.approx(0.80, abs=3 * np.sqrt(0.8 * 0.2 / 800))
    assert np.mean(inside["day95"]) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 800))
    assert np.mean(off) == pytest.approx(0, abs=0.015)


def test_the_profile_wins_where_the_calendar_matters_and_its_errors_are_told() -> None:
    result = said(simulated(200, 60.0))

    assert result.choice.method.startswith("profile")
    assert result.choice.origins > 20
    assert (
        result.choice.errors["profile"]
        < result.choice.errors["mean of 8 weeks"]
        < result.choice.errors["seasonal naive"]
    )


def test_what_cannot_be_forecast() -> None:
    known = simulated(30)
    with pytest.raises(ValueError, match="does not lie after"):
        forecast(known, Calendar(), [known.last_day])
    with pytest.raises(ValueError, match="without a single count"):
        forecast(History(MONDAY, 60, np.full((3, 24), np.nan)), Calendar(), [date(2026, 1, 1)])


def test_a_series_of_zeros_is_honest() -> None:
    """Jeffreys: after n empty slots the next m bring nothing with probability (n / (n + m)) ** 0.5."""
    short = said(History(MONDAY, 1440, np.zeros((2, 1))))
    long = said(History(MONDAY, 1440, np.zeros((400, 1))))

    assert not short.mean.any()
    assert short.quantiles[3].max() == 2  # 0.816, 0.952, 0.984 for none, one, two calls at most
    assert short.quantiles[2].max() == 1
    assert long.quantiles.max() == 0
