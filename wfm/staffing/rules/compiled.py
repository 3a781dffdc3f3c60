"""The searches of `required` compiled by numba (extra `fast`): the same formulas a row at a time, the same answers.

Importing this needs numba.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp, expm1, floor, isinf, log, sqrt
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit

from wfm.staffing.rules.erlang_a_series import ANSWERED, EXACT, EXCL_ABANDONED_WITHIN, OFFERED, ROUGH
from wfm.staffing.rules.erlang_b import BEGIN, Floats, Whole

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
#: Rows that climb side by side.
_ABREAST = 32


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Machine code for a function, kept on disk for the next process."""
    return cast(Callable[Parameters, Result], njit(cache=True, error_model="numpy")(function))


@compiled
def climb_abreast(load: Floats, agents: int, inverse: Floats) -> None:
    """Fill in 1 / B of some rows of like load at a number of agents that is not far above the load of any.

    Side by side, since a processor then does several at once.
    """
    first = max(floor(min(load.min(), agents) - BEGIN * sqrt(load.max()) - 2), 0)
    per_call = np.empty(_ABREAST)
    for row in range(_ABREAST):
        a = load[min(row, len(load) - 1)]
        per_call[row] = 1 / a
        inverse[row] = a / (a - first) if first > 0 else 1.0
    for n in range(first + 1, agents + 1):
        for row in range(_ABREAST):
            inverse[row] = 1 + inverse[row] * (n * per_call[row])


@compiled
def climb(load: float, first: int, inverse: float, agents: int) -> float:
    """As `erlang_b.climb`."""
    per_call = 1 / load
    for n in range(first + 1, agents + 1):
        inverse = 1 + inverse * (n * per_call)
    return inverse


@compiled
def series(x: float, y: float, z: float, rest: float) -> tuple[float, float]:
    """M(x, y) / x and M(x, z) / x, as in `erlang_a_series`."""
    divisor = x
    of_y, of_z, term_y, term_z = 1.0, 1.0, 1.0, 1.0
    left = -1.0
    while left <= 0 or term_y * y > rest * of_y * left:
        divisor += 1
        inverse = 1 / divisor
        term_y *= y * inverse
        term_z *= z * inverse
        of_y += term_y
        of_z += term_z
        left = divisor + 1 - y
    return of_y / x, of_z / x


@compiled
def levels(
    a: float, aht: float, threshold: float, patience: float, n: int, at_once: float, variant: int, rest: float
) -> tuple[float, float]:
    scale = patience / aht
    x, y, t = n * scale, a * scale, threshold / patience
    if isinf(at_once):
        return 1.0, a / n
    there = exp(-t)
    z = y * there
    beyond = exp(-y * expm1(-t) - x * t)
    at_all, late = series(x + 1, y, z, rest)
    answered = at_once + x * at_all
    met = answered - x * beyond * there * late
    still = there * beyond * (1 + z * late)
    every = at_once + 1 + y * at_all
    if variant == OFFERED:
        service = met / every
    elif variant == ANSWERED:
        service = met / answered
    elif variant == EXCL_ABANDONED_WITHIN:
        service = met / (met + still)
    else:
        service = 1 - still / every
    return service, a / n * (answered / every)


@compiled
def to_spare(
    a: float,
    aht: float,
    threshold: float,
    patience: float,
    n: int,
    below: float,
    share: float,
    ceiling: float,
    variant: int,
) -> float:
    at_once = below * n / a
    service, occupancy = levels(a, aht, threshold, patience, n, at_once, variant, ROUGH)
    if abs(service - share) < 10 * ROUGH or abs(occupancy - ceiling) < 10 * ROUGH:
        service, occupancy = levels(a, aht, threshold, patience, n, at_once, variant, EXACT)
    met = service >= share and occupancy <= ceiling
    if not 0 < service < 1:
        return 1e6 if met else -1e6
    agents = log(service * (1 - share) / ((1 - service) * share)) * sqrt(a) / 1.7
    return max(agents, 0.0) if met else min(agents, -1.0)


@compiled
def climb_c(load: Floats, first: Whole, missed: Floats, per_agent: Floats) -> Whole:
    """As in `required`, but rows that climb side by side begin at the lowest number with which one of them may."""
    agents = np.empty(len(load), np.int64)
    a, least, bar, growth = np.empty(_ABREAST), np.empty(_ABREAST), np.empty(_ABREAST), np.empty(_ABREAST)
    inverse, found = np.empty(_ABREAST), np.empty(_ABREAST)
    for start in range(0, len(load), _ABREAST):
        end = min(start + _ABREAST, len(load))
        for k in range(_ABREAST):
            row = min(start + k, end - 1)
            a[k], least[k], bar[k], growth[k] = load[row], first[row], missed[row], per_agent[row]
        n = least.min()
        climb_abreast(a, int(n), inverse)
        found[:] = n
        pending = _ABREAST
        while pending:
            pending = 0
            for k in range(_ABREAST):
                short = n < least[k] or n > bar[k] * (inverse[k] * (n - a[k]) + a[k])
                found[k] += short
                pending += short
            n += 1
            for k in range(_ABREAST):
                inverse[k] = 1 + inverse[k] * (n / a[k])
                bar[k] *= growth[k] if n > least[k] else 1.0
        for row in range(start, end):
            agents[row] = found[row - start]
    return agents


@compiled
def erlang_a(
    load: Floats,
    aht: Floats,
    threshold: Floats,
    patience: Floats,
    guess: Whole,
    share: Floats,
    ceiling: Floats,
    variant: int,
) -> Whole:
    agents = np.empty(len(load), np.int64)
    inverses = np.empty(_ABREAST)
    for row in range(len(load)):
        if row % _ABREAST == 0:
            beside = load[row : row + _ABREAST]
            together = floor(beside.min())
            climb_abreast(beside, together, inverses)
        a = load[row]
        too_few, enough, probe, least = 0, -1, max(guess[row], 1), 1
        near = max(guess[row] - 4, 0)  # most rows ask for no fewer: the climb to there is made once
        inverse = climb(a, together, inverses[row % _ABREAST], near) if near >= together else 1.0
        while enough != too_few + 1:
            if probe > near >= together:
                below = climb(a, near, inverse, probe - 1)
            else:
                below = climb(a, 0, 1.0, probe - 1)
            lead = to_spare(a, aht[row], threshold[row], patience[row], probe, below, share[row], ceiling[row], variant)
            if lead >= 0:
                enough, step = probe, -max(floor(lead), least)
            else:
                too_few, step = probe, max(ceil(-lead), least)
            probe += step
            if enough >= 0 and not too_few < probe < enough:
                probe = (too_few + enough) // 2
            least *= 2
        agents[row] = enough
    return agents
