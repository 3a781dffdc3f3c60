"""Rolling back-test: what each method would have said at many days of the past, and which one to trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wfm.forecasting.rules.accuracy import Measure, by_horizon, relative_rmse, wape
from wfm.forecasting.rules.forecast import Choice
from wfm.forecasting.rules.history import Floats, History
from wfm.forecasting.rules.intervals import COARSE
from wfm.forecasting.rules.methods import Fitted

HORIZON = 28
ORIGINS = 52
#: How far back origins lie at most, and what every one must have seen.
LONGEST = 400
SHORTEST = 14


def origins(days: int) -> list[int]:
    """After how many days the past is forecast: up to `ORIGINS`, spread over the latest part, on all weekdays."""
    first = max(SHORTEST, days // 3, days - LONGEST)
    step = max(1, -(-(days - first) // ORIGINS))
    return list(range(days - 1, first - 1, -(step + (step % 7 == 0))))[::-1]


def actuals(history: History, at: Sequence[int], horizon: int = HORIZON) -> Floats:
    """What came after each origin, `[origin, lead, slot]`, NaN beyond the end."""
    beyond = np.full((horizon, history.slots), np.nan)
    counts = np.concatenate([history.counts, beyond])
    return counts[np.asarray(at)[:, None] + np.arange(horizon)]


def measure_for(actual: Floats) -> Measure:
    """WAPE, but where counts are so small that it would reward saying 0, the root mean squared error over the mean."""
    known = actual[~np.isnan(actual)]
    return wape if len(known) and known.mean() >= COARSE else relative_rmse


def error(actual: Floats, expected: Floats, measure: Measure = wape) -> float:
    """One figure for a method: mean of its errors over the first day, the first week and four weeks."""
    errors = by_horizon(actual, expected, measure=measure)
    return float(np.mean(list(errors.values()))) if errors else float("nan")


@dataclass(frozen=True, slots=True)
class BackTest:
    """What came, and what the chosen mix of methods had said."""

    origins: tuple[int, ...]
    actual: Floats
    expected: Floats
    choice: Choice


def untested(weights: Mapping[str, float]) -> BackTest:
    """Methods taken without a past to judge them by."""
    nothing = np.empty((0, 0, 0))
    return BackTest((), nothing, nothing, Choice(" + ".join(weights), {}, 0, weights))


def back_test(history: History, fitted: Mapping[str, Fitted], fallback: str, at: Sequence[int]) -> BackTest:
    """Roll all methods over the past and choose. Where a method cannot tell, `fallback` speaks for it.

    Besides each method alone, pairs with the fallback stand for choice, weighted by the inverse of their squared
    errors: a mean of two forecasts is often better than both (Bates & Granger, 1969).
    """
    actual = actuals(history, at)
    base = fitted[fallback].rolling(at, HORIZON)
    said = {name: base if name == fallback else _filled(one.rolling(at, HORIZON), base) for name, one in fitted.items()}
    measure = measure_for(actual)
    errors = {name: error(actual, expected, measure) for name, expected in said.items()}
    mixes: dict[str, dict[str, float]] = {name: {name: 1.0} for name in said}
    for name in said:
        if name != fallback and errors[name] > 0 and errors[fallback] > 0:
            weight = errors[name] ** -2 / (errors[name] ** -2 + errors[fallback] ** -2)
            mix = f"{fallback} + {name}"
            mixes[mix] = {fallback: 1 - weight, name: weight}
            errors[mix] = error(actual, (1 - weight) * base + weight * said[name], measure)
    best = min(mixes, key=lambda mix: (np.nan_to_num(errors[mix], nan=np.inf), mix != fallback))
    expected = mixed(said, mixes[best])
    return BackTest(tuple(at), actual, expected, Choice(best, errors, len(at), mixes[best], measure.__name__))


def mixed(said: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted mean of what methods say."""
    return np.asarray(sum(weight * said[name] for name, weight in weights.items()))


def _filled(expected: Floats, base: Floats) -> Floats:
    return np.where(np.isnan(expected), base, expected)
