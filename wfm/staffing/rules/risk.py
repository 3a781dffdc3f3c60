"""Staffing as risk: how likely is it that an interval meets its target with so many agents?

Two things are uncertain. The forecast: how many calls come, and how long they take. And chance in the queue: even with
calls and handling time as forecast, the service level of half an hour is not that of the long run.

Given load and handling time, the balance of an interval (each call answered in time is worth 1 - share, each one
missed -share, as the variant counts them) has a mean and a variance that follow from Erlang A's states: the variance is
that of a reward on a birth-and-death process, by its Poisson equation, so that calls close to each other share their
fate. The goal is met when the balance is not negative. Over the forecast that is averaged at a few points.

Approximations, within 0.05 of a simulation (tests/staffing/test_risk.py): missed calls come in bursts, so they are
taken to be gamma distributed with that variance; the interval starts in its steady state and is long against a handling
time; what a call meets depends on the state it finds, not on who leaves after it. An interval without calls counts as
met. The occupancy ceiling of the goal is one of the long run and not looked at here.
Sources: S. Asmussen (2003), Applied probability and queues, ch. VI (Poisson equation); the wait behind i callers: its
e^(-wait / patience) is beta distributed with parameters agents * patience / aht and i + 1 (Mandelbaum, Zeltyn 2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wfm.core.errors import BadInput
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.erlang_b import Floats
from wfm.staffing.rules.goal import Goal

_NORMAL = NormalDist()
#: Points at which the forecast of calls and of handling times is looked at, as normal scores with weights.
_CALLS = np.polynomial.hermite_e.hermegauss(9)
_TIMES = np.polynomial.hermite_e.hermegauss(3)
_QUANTILES = (0.025, 0.1, 0.9, 0.975)
_MOST_STATES = 20_000


@dataclass(frozen=True, slots=True)
class Expected:
    """An interval as forecast: calls with their mean and quantiles 2.5, 10, 90 and 97.5 %, and the handling time.

    `aht_spread` is the standard deviation of the mean handling time, as a share of it.
    """

    seconds: float
    calls: float
    quantiles: tuple[float, float, float, float]
    aht_s: float
    aht_spread: float = 0.0


def chance_to_meet(expected: Expected, goal: Goal, patience_s: float, agents: int) -> float:
    """The probability that the interval meets its goal with so many agents."""
    if not (expected.calls >= 0 and expected.aht_s > 0 and 0 < patience_s < np.inf):
        raise BadInput("staffing.value", "Anrufe, Zeiten oder Ziel sind nicht möglich.", field="expected")
    if expected.calls == 0:
        return 1.0
    calls, aht, weight = _points(expected)
    if agents < 1:
        return float(weight @ np.exp(-calls))
    balance, missed, variance = (
        figure * expected.seconds for figure in _balance(calls / expected.seconds, aht, goal, patience_s, agents)
    )
    met = _gamma_cdf(missed + balance, missed, variance)
    nobody = np.exp(-calls)
    return float(weight @ (nobody + (1 - nobody) * met))


def agents_for_risk(expected: Expected, goal: Goal, patience_s: float, risk: float) -> int:
    """The smallest number of agents whose chance to miss the goal is at most `risk` (0.2: four intervals of five)."""
    if not 0 < risk < 1:
        raise BadInput("staffing.value", "Das Risiko muss zwischen 0 und 1 liegen.", field="risk")
    if expected.calls == 0:
        return 0
    low, high = 0, max(1, round(expected.calls * expected.aht_s / expected.seconds))
    while chance_to_meet(expected, goal, patience_s, high) < 1 - risk:
        low, high = high, high + max(2, round(sqrt(high)))
    while high - low > 1:
        middle = (low + high) // 2
        met = chance_to_meet(expected, goal, patience_s, middle) >= 1 - risk
        low, high = (low, middle) if met else (middle, high)
    return high


def _points(expected: Expected) -> tuple[Floats, Floats, Floats]:
    """Calls, handling times and weights of the points that stand for the forecast.

    The forecast's quantiles are those of counts. What a count varies by itself about its mean (Poisson) is chance in
    the queue and not looked at twice: the quantiles are drawn in by as much.
    """
    low, ten, ninety, high = expected.quantiles
    spread = (ninety - ten) / (2 * _NORMAL.inv_cdf(0.9))
    drawn_in = sqrt(max(0.0, 1 - expected.calls / spread**2)) if spread > 0 else 0.0
    scores = np.array([_NORMAL.inv_cdf(share) for share in _QUANTILES])
    away = (np.array([low, ten, ninety, high]) - expected.calls) * drawn_in
    at, weight = _CALLS[0], _CALLS[1] / _CALLS[1].sum()
    slope = (away[3] - away[2]) / (scores[3] - scores[2]), (away[1] - away[0]) / (scores[1] - scores[0])
    off = np.interp(at, [*scores[:2], 0, *scores[2:]], [*away[:2], (away[1] + away[2]) / 2, *away[2:]])
    off += np.maximum(at - scores[3], 0) * slope[0] + np.minimum(at - scores[0], 0) * slope[1]
    calls = np.maximum(expected.calls + off, 0)
    mean = weight @ calls
    calls *= expected.calls / mean if mean > 0 else 1
    log_spread = sqrt(np.log1p(expected.aht_spread**2))
    times = expected.aht_s * np.exp(_TIMES[0] * log_spread - log_spread**2 / 2)
    both = np.meshgrid(np.maximum(calls, 1e-9), times, indexing="ij")
    return both[0].ravel(), both[1].ravel(), np.outer(weight, _TIMES[1] / _TIMES[1].sum()).ravel()


def _gamma_cdf(at: Floats, mean: Floats, variance: Floats) -> Floats:
    """P(a gamma variable of this mean and variance <= at), by Wilson and Hilferty (1931); 1 where it is always 0."""
    with np.errstate(all="ignore"):
        shape = mean**2 / variance
        score = 3 * np.sqrt(shape) * (np.cbrt(np.maximum(at, 0) / mean) - 1 + 1 / (9 * shape))
    return np.array([_NORMAL.cdf(one) for one in np.nan_to_num(score, nan=np.inf)])


def _balance(rate: Floats, aht: Floats, goal: Goal, patience: float, agents: int) -> tuple[Floats, Floats, Floats]:
    """Balance, missed calls, and variance of the balance a second, for each row of calls a second and handling time."""
    load = rate * aht
    calm = load + np.maximum(load - agents, 0) * patience / aht + 12 * np.sqrt(load * np.maximum(1, patience / aht))
    states = min(agents + int(calm.max()) + 40, _MOST_STATES)
    share = _states(rate, aht, patience, agents, states)
    reward, square, missed = _rewards(aht, goal, patience, agents, states)
    mean = (share * reward).sum(axis=1)
    flow = _flow(share, reward - mean[:, None])
    ahead = np.divide(-flow, share, out=np.zeros_like(flow), where=share > 0)
    # A call's worth, and what its coming changes for those after it; leaving changes it back.
    variance = (share * (square + 2 * reward * ahead + 2 * ahead**2)).sum(axis=1)
    return rate * mean, rate * (share * missed).sum(axis=1), rate * variance


def _states(rate: Floats, aht: Floats, patience: float, agents: int, states: int) -> Floats:
    """How often each row has 0, 1, 2, ... calls in service and waiting."""
    calls = np.arange(1, states)
    leaving = np.minimum(calls, agents) / aht[:, None] + np.maximum(calls - agents, 0) / patience
    logs = np.zeros((len(rate), states))
    logs[:, 1:] = np.cumsum(np.log(rate[:, None] / leaving), axis=1)
    share: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return share


def _flow(share: Floats, excess: Floats) -> Floats:
    """Sums of share * excess up to each state; from the far side beyond the middle, where rounding would show."""
    parts = share * excess
    up = np.cumsum(parts, axis=1)
    down = np.concatenate([np.cumsum(parts[:, :0:-1], axis=1)[:, ::-1], np.zeros((len(parts), 1))], axis=1)
    beyond: NDArray[np.bool_] = np.cumsum(share, axis=1) > 0.5
    return np.where(beyond, -down, up)


def _rewards(aht: Floats, goal: Goal, patience: float, agents: int, states: int) -> tuple[Floats, Floats, Floats]:
    """Mean and mean square of a call's worth, and the chance that it is missed, by the state it finds."""
    x, t = agents * patience / aht[:, None], goal.within_s / patience
    there, gone = np.exp(-t), -np.expm1(-t)
    behind = np.arange(states - agents)  # waiting calls that it finds before itself
    longer = _still_waiting(x, there, gone, behind)
    answered = x / (x + behind + 1)
    answered_late = answered * _still_waiting(x + 1, there, gone, behind)
    answered_in_time = answered - answered_late
    abandoned_late = np.maximum(there * longer - answered_late, 0)
    abandoned_in_time = np.maximum(1 - there * longer - answered_in_time, 0)
    share = goal.share
    worth = {
        Variant.OFFERED: (1 - share, -share, -share, -share),
        Variant.ANSWERED: (1 - share, -share, 0.0, 0.0),
        Variant.EXCL_ABANDONED_WITHIN: (1 - share, -share, 0.0, -share),
        Variant.ABANDONED_MET: (1 - share, -share, 1 - share, -share),
    }[goal.variant]
    fates = (answered_in_time, answered_late, abandoned_in_time, abandoned_late)
    reward, square, missed = (np.full((len(aht), states), all_free) for all_free in (1 - share, (1 - share) ** 2, 0.0))
    reward[:, agents:] = sum(value * fate for value, fate in zip(worth, fates, strict=True))
    square[:, agents:] = sum(value**2 * fate for value, fate in zip(worth, fates, strict=True))
    missed[:, agents:] = sum(fate for value, fate in zip(worth, fates, strict=True) if value < 0)
    return reward, square, missed


def _still_waiting(x: Floats, there: float, gone: float, behind: NDArray[np.int64]) -> Floats:
    """P(offered wait > threshold) behind so many: an incomplete beta function as a sum of positive terms."""
    with np.errstate(divide="ignore", invalid="ignore"):  # at 0, where no step leads to
        logs = np.log(gone * (x + behind - 1) / np.maximum(behind, 1))
    logs[:, :1] = x * np.log(there)
    result: Floats = np.minimum(np.cumsum(np.exp(np.cumsum(logs, axis=1)), axis=1), 1)
    return result
