"""Means over many days with what chance leaves open, and the band in which single days lie.

A rate's mean is the ratio of sums over all days (`estimate_ratio`): the share of *calls*, in which a busy day weighs
more, as in every report of facts. The mean over days of the day's own rate is given beside it; it is greater where busy
days are bad days.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt, tan
from statistics import NormalDist
from typing import Literal

import numpy as np

from wfm.staffing.rules.simulation.scenario import Floats
from wfm.staffing.rules.simulation.simulate import Simulation
from wfm.staffing.rules.simulation.tables import OF_AGENTS, OF_CALLS

COUNTS = OF_CALLS[:7]


@dataclass(frozen=True)
class Ratio:
    """A rate from sums: names of primitives that are added, or taken away where they begin with a minus."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    kind: Literal["share", "time"] = "share"


OF_QUEUES = {
    "sl_offered": Ratio(("answered_within",), ("offered",)),
    "sl_answered": Ratio(("answered_within",), ("answered",)),
    "sl_excl_abandoned_within": Ratio(("answered_within",), ("offered", "-abandoned_within")),
    "sl_abandoned_met": Ratio(("answered_within", "abandoned_within"), ("offered",)),
    "abandonment_rate": Ratio(("abandoned",), ("offered",)),
    "asa_answered_s": Ratio(("wait_answered_s",), ("answered",), "time"),
    "asa_all_s": Ratio(("wait_answered_s", "wait_abandoned_s"), ("answered", "abandoned"), "time"),
    "callback_wait_s": Ratio(("wait_called_back_s",), ("called_back",), "time"),
}
OCCUPANCY = Ratio(("busy_s",), ("busy_s", "idle_s"))


@dataclass(frozen=True)
class Estimate:
    """Of one figure, arrays of one shape; NaN where nothing can be said.

    `mean` with the 95 % interval `lo95` to `hi95` for the mean of endlessly many days; `mean_of_days`, and `p10` to
    `p90`, in which four of five single days lie.
    """

    mean: Floats
    lo95: Floats
    hi95: Floats
    mean_of_days: Floats
    p10: Floats
    p90: Floats


def queue_figures(simulation: Simulation) -> dict[str, Estimate]:
    """Every figure of calls, shaped queues + 1 (the last: all) by intervals + 1 (the last: the day)."""
    sums = _with_totals(simulation.calls)
    by_name = {name: sums[:, index] for index, name in enumerate(OF_CALLS)}
    figures = {name: estimate_count(by_name[name]) for name in COUNTS}
    return figures | {name: _rate(ratio, by_name) for name, ratio in OF_QUEUES.items()}


def group_figures(simulation: Simulation) -> dict[str, Estimate]:
    """Occupancy, shaped groups + 1 by intervals + 1."""
    sums = _with_totals(simulation.agents)
    return {"occupancy": _rate(OCCUPANCY, {name: sums[:, index] for index, name in enumerate(OF_AGENTS)})}


def estimate_count(days: Floats) -> Estimate:
    """Mean of a count by day (first axis).

    The interval is the score interval of a count whose variance is a multiple of its mean, which holds for rare events
    too, where mean plus minus a multiple of its error would be far too short.
    """
    number = len(days)
    mean = days.mean(axis=0)
    if number == 1:
        return _single(days[0])
    spread = np.divide(days.var(axis=0, ddof=1), mean, out=np.ones_like(mean), where=mean > 0)
    middle = t_quantile(number - 1) ** 2 * spread / (2 * number)
    reach = np.sqrt(2 * middle * mean + middle**2)
    lo95 = np.maximum(mean + middle - reach, 0)
    return Estimate(mean, lo95, mean + middle + reach, mean, *_band(days))


def estimate_ratio(above: Floats, below: Floats, kind: Literal["share", "time"]) -> Estimate:
    """Ratio of sums over days (first axis), with the error of the ratio estimator: Cochran (1977), section 6.3.

    A share's interval is Wilson's with the number of calls that would be as telling if calls were independent (Korn &
    Graubard 1998): never beyond 0 and 1, and open above 0 where nothing was seen yet.
    """
    number = len(above)
    below_sum = below.sum(axis=0)
    known = below_sum > 0
    mean = np.divide(above.sum(axis=0), below_sum, out=np.full_like(below_sum, np.nan), where=known)
    by_day = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    if number == 1:
        return _single(by_day[0])
    residuals = ((above - mean * below) ** 2).sum(axis=0)
    variance = residuals * number / (number - 1) / np.where(known, below_sum, np.nan) ** 2
    t = t_quantile(number - 1)
    if kind == "share":
        lo95, hi95 = _wilson(mean, variance, below_sum, t)
    else:
        lo95, hi95 = np.maximum(mean - t * np.sqrt(variance), 0), mean + t * np.sqrt(variance)
    days = (by_day == by_day).sum(axis=0)
    mean_of_days = np.divide(np.nansum(by_day, axis=0), days, out=np.full_like(mean, np.nan), where=days > 0)
    return Estimate(mean, lo95, hi95, mean_of_days, *_band(by_day))


def t_quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t: exact for 1 and 2 degrees of freedom, else by Fisher & Cornish's expansion
    (1960), which is right to 0.004 at 3 and to 0.0002 from 6 on."""
    if freedom == 1:
        return tan(pi * 0.475)
    if freedom == 2:
        return 0.95 * sqrt(2 / (1 - 0.95**2))
    z = NormalDist().inv_cdf(0.975)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    value: float = z + sum(term / freedom**power for power, term in enumerate(terms, 1))
    return value


def _wilson(share: Floats, variance: Floats, calls: Floats, t: float) -> tuple[Floats, Floats]:
    telling = np.divide(share * (1 - share), variance, out=calls.astype(np.float64), where=variance > 0)
    telling = np.maximum(np.minimum(telling, calls), 1e-9)
    middle = (share + t**2 / (2 * telling)) / (1 + t**2 / telling)
    reach = t / (1 + t**2 / telling) * np.sqrt(share * (1 - share) / telling + t**2 / (4 * telling**2))
    lo95, hi95 = np.clip(middle - reach, 0, share), np.clip(middle + reach, share, 1)
    return lo95, hi95


def _rate(ratio: Ratio, sums: dict[str, Floats]) -> Estimate:
    return estimate_ratio(_total(ratio.above, sums), _total(ratio.below, sums), ratio.kind)


def _total(names: tuple[str, ...], sums: dict[str, Floats]) -> Floats:
    parts = [-sums[name[1:]] if name.startswith("-") else sums[name] for name in names]
    total: Floats = np.add.reduce(parts)
    return total


def _with_totals(sums: Floats) -> Floats:
    """With a last row for all and a last column for the day."""
    with_all = np.concatenate([sums, sums.sum(axis=2, keepdims=True)], axis=2)
    return np.concatenate([with_all, with_all.sum(axis=3, keepdims=True)], axis=3)


def _band(by_day: Floats) -> tuple[Floats, Floats]:
    """10 % and 90 % of the days that have the figure."""
    days = np.sort(by_day, axis=0)  # NaN comes last
    last = np.maximum((days == days).sum(axis=0) - 1, 0)

    def at(share: float) -> Floats:
        place = share * last
        low = place.astype(np.int64)
        below = np.take_along_axis(days, low[None], axis=0)[0]
        above = np.take_along_axis(days, np.minimum(low + 1, last)[None], axis=0)[0]
        found: Floats = below + (place - low) * (above - below)
        return found

    return at(0.1), at(0.9)


def _single(day: Floats) -> Estimate:
    """One day tells nothing of how others would have been."""
    unknown = np.full_like(day, np.nan)
    return Estimate(day, unknown, unknown, day, unknown, unknown)
