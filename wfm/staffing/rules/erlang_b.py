"""Erlang B: how many of the calls that find no free agent are lost. The other two formulas begin with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

#: How many standard deviations below the load the recursion begins: what was before weighs less than e^-40.
BEGIN = 9.0


def inverse_blocking(load: Floats, agents: Whole) -> Floats:
    """1 / B(agents, load) for each row, `load` in Erlang and above 0; infinite where B is below 1e-308.

    B(n, a) = (a^n / n!) / (1 + a + ... + a^n / n!), reckoned upwards by 1/B(n) = 1 + n/a * 1/B(n-1): only sums and
    products of positive numbers, so a tiny B is as exact as a large one. Far below the load the recursion forgets where
    it began, hence it begins nine standard deviations below and not at 0.
    Source: A. K. Erlang (1917); the recursion: D. L. Jagerman (1974), Bell System Technical Journal 53.
    """
    first = np.maximum(np.floor(np.minimum(load, agents) - BEGIN * np.sqrt(load) - 2), 0)
    begin = np.where(first > 0, load / np.where(first > 0, load - first, 1), 1.0)
    steps = agents - first.astype(np.int64)
    order = np.argsort(-steps, kind="stable")  # the longest way first: rows at work are a prefix
    at_work = np.searchsorted(-steps[order], -np.arange(1, steps.max(initial=0) + 1), side="right")
    climbing, k, per_call = begin[order], first[order], 1 / load[order]
    with np.errstate(over="ignore"):
        for count in at_work:
            rows, here = climbing[:count], k[:count]
            here += 1
            rows *= here
            rows *= per_call[:count]
            rows += 1
    result = np.empty_like(climbing)
    result[order] = climbing
    return result
