"""How long callers of a queue would wait: their mean patience, from waits of which most ended by an answer.

Whoever was answered would have waited longer, nobody knows how long: that wait is *censored*. Leaving such calls out,
or taking the mean wait of those who gave up, makes callers look far less patient than they are.
Sources: A. Mandelbaum, S. Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue; L. Brown et al.
(2005), Statistical analysis of a telephone call center, JASA 100 (hazard by time waited).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from wfm.core.errors import BadInput

#: Waits in which the rate of giving up is compared, in seconds; the last band has no end.
BANDS = (0.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """Mean patience in seconds with its interval; None where nobody gave up: then only `low_s` says something."""

    mean_s: float | None
    low_s: float
    high_s: float  # infinite where nobody gave up
    abandoned: int
    waited_s: float  # of all calls, answered or not
    confidence: float


def mean_patience(waited_s: float, abandoned: int, confidence: float = 0.95) -> Patience:
    """Maximum likelihood for exponential patience: all the time that was waited / calls that gave up.

    `waited_s` sums the waits of all calls, however they ended. The interval is that of the likelihood ratio; with
    nobody giving up, the patience below which that would have had a chance of less than 1 - confidence.
    Raises BadInput for negative figures.
    """
    if not 0 <= waited_s < inf or abandoned < 0 or not 0 < confidence < 1:
        raise BadInput("staffing.value", "Wartezeit und Zahl der Abbrüche dürfen nicht negativ sein.", field="waited_s")
    if abandoned == 0:
        return Patience(None, waited_s / -log(1 - confidence), inf, 0, waited_s, confidence)
    deviance = NormalDist().inv_cdf((1 + confidence) / 2) ** 2 / (2 * abandoned)
    mean = waited_s / abandoned
    return Patience(mean, mean / _root(deviance, +1), mean / _root(deviance, -1), abandoned, waited_s, confidence)


def _root(deviance: float, side: int) -> float:
    """The u above (+1) or below 1 (-1) with u - 1 - ln u = deviance, by Newton's method on ln u."""
    at = side * (sqrt(2 * deviance) + deviance) if side > 0 else -(sqrt(2 * deviance) + deviance)
    for _ in range(60):
        u = np.exp(at)
        at -= (u - 1 - at - deviance) / (u - 1)
    return float(np.exp(at))


@dataclass(frozen=True, slots=True)
class Band:
    """Calls while they had waited from `from_s` to `to_s`: how long altogether, and how many gave up then."""

    from_s: float
    to_s: float
    waited_s: float
    abandoned: int

    @property
    def per_minute(self) -> float | None:
        """Of those still waiting, how many give up a minute; None where nobody waited so long."""
        return self.abandoned / self.waited_s * 60 if self.waited_s else None


@dataclass(frozen=True, slots=True)
class HazardCheck:
    """Whether callers give up at one rate however long they have waited, as Erlang A takes it.

    `p_value` is the chance of bands as unlike as these if they did; None with too little to tell.
    """

    bands: tuple[Band, ...]
    p_value: float | None

    @property
    def doubtful(self) -> bool:
        """Below 1 %: Erlang A is an approximation here; a simulation can take patience as it is."""
        return self.p_value is not None and self.p_value < 0.01


def check_hazard(waits_s: ArrayLike, gave_up: ArrayLike, bands: Sequence[float] = BANDS) -> HazardCheck:
    """Compare the rate of giving up by time waited with one rate for all, by the likelihood ratio.

    `waits_s` of all calls that waited, and whether each gave up. Bands that would hold fewer than 5 at the common rate
    join the next.
    """
    waits, gone = np.asarray(waits_s, np.float64), np.asarray(gave_up, bool)
    edges = [*bands, inf]
    split = [
        Band(
            low,
            high,
            float(np.clip(waits - low, 0, high - low).sum()),
            int((gone & (waits >= low) & (waits < high)).sum()),
        )
        for low, high in pairwise(edges)
    ]
    total = sum(band.waited_s for band in split)
    rate = gone.sum() / total if total else 0.0
    joined = _joined([(band.waited_s * rate, band.abandoned) for band in split])
    if len(joined) < 2:
        return HazardCheck(tuple(split), None)
    deviance = 2 * sum(count * log(count / expected) for expected, count in joined if count)
    return HazardCheck(tuple(split), _chi_square_tail(deviance, len(joined) - 1))


def _joined(cells: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Expected and counted, neighbours put together until at least 5 are expected in each."""
    result: list[tuple[float, int]] = []
    for expected, count in cells:
        if result and result[-1][0] < 5:
            expected, count = expected + result[-1][0], count + result[-1][1]
            result.pop()
        result.append((expected, count))
    if len(result) > 1 and result[-1][0] < 5:
        expected, count = result.pop()
        result[-1] = (result[-1][0] + expected, result[-1][1] + count)
    return result


def _chi_square_tail(value: float, freedom: int) -> float:
    """P(chi square > value), by Wilson and Hilferty (1931): two digits, enough for a warning."""
    spread = 2 / (9 * freedom)
    return 1 - NormalDist().cdf(((max(value, 0) / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread))
