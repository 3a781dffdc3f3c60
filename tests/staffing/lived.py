"""Intervals lived through call by call, as a check on formulas: one queue, first come, first served."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heapreplace
from random import Random
from typing import NamedTuple


class Counted(NamedTuple):
    offered: int
    answered: int
    answered_within: int
    abandoned_within: int


def intervals(
    calls: float, aht: float, agents: int, patience: float, threshold: float, *, seconds: float, count: int, seed: int
) -> Iterator[Counted]:
    """Figures of `count` intervals one after the other, with so many calls expected in each, after some to settle."""
    chance = Random(seed)
    free_at = [0.0] * agents
    heapify(free_at)
    now, settle = 0.0, 5
    figures = [0, 0, 0, 0]
    for number in range(settle + count):
        end = (number + 1) * seconds
        while (now := now + chance.expovariate(calls / seconds)) < end:
            wait, bears = max(free_at[0] - now, 0.0), chance.expovariate(1 / patience)
            figures[0] += 1
            if bears < wait:
                figures[3] += bears <= threshold
                continue
            heapreplace(free_at, now + wait + chance.expovariate(1 / aht))
            figures[1] += 1
            figures[2] += wait <= threshold
        now = end  # arrivals have no memory
        if number >= settle:
            yield Counted(*figures)
        figures = [0, 0, 0, 0]
