"""Erlang A: callers wait, and hang up when their patience ends. Its integrals, exact to about 12 digits.

Patience is exponential with a mean of `patience`; calls come at random (Poisson), handling times are exponential with a
mean of `aht`. The *offered wait* V is what a caller with endless patience would wait; its density above 0 is, but for a
factor, exp(g(s)) with g(s) = y (1 - e^-s) - x s, where s = V / patience, x = agents * patience / aht and
y = load * patience / aht. All figures are integrals of it (V is at most T, the caller has not hung up by
then, ...) and sums of positive terms, so that tiny shares are as exact as large ones.

Sources: C. Palm (1957), Research on telephone traffic carried by full availability groups; O. Garnett, A. Mandelbaum,
M. Reiman (2002), Designing a call center with impatient customers; A. Mandelbaum, S. Zeltyn (2005), The Palm/Erlang-A
queue, with applications to call centers (the integrals).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wfm.staffing.rules.erlang_b import Floats, Whole, inverse_blocking

#: What lies further below the peak than e^-45 is nothing.
_DEEPEST = 45.0
#: Panels end where the density has fallen by these amounts, and nowhere are they longer than a part of the whole.
_FALLS = np.linspace(0, np.sqrt(_DEEPEST), 9)[1:] ** 2
_EQUAL_PARTS = np.linspace(0, 1, 13)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
#: Rows reckoned together: more would not fit into the processor's memory.
_BLOCK = 128


class Waits(NamedTuple):
    """Weights of what happens to a call, one row each; together with `at_once` they make `total`.

    Waiting means that no agent was free; "late" is after the threshold.
    """

    at_once: Floats
    answered_within: Floats  # waited, answered by the threshold
    answered_late: Floats
    abandoned_within: Floats
    abandoned_late: Floats
    wait_answered: Floats  # seconds waited by those who waited and were answered, times weight

    @property
    def total(self) -> Floats:
        return self.at_once + self.answered_within + self.answered_late + self.abandoned_within + self.abandoned_late


def waits(load: Floats, aht: Floats, agents: Whole, threshold: Floats, patience: Floats) -> Waits:
    """What happens to calls; load, times and agents above 0, patience finite, threshold 0 or more."""
    blocks = (slice(start, start + _BLOCK) for start in range(0, len(load), _BLOCK))
    parts = [_waits(load[rows], aht[rows], agents[rows], threshold[rows], patience[rows]) for rows in blocks]
    return Waits(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else Waits(*[load] * 6)


def _waits(load: Floats, aht: Floats, agents: Whole, threshold: Floats, patience: Floats) -> Waits:
    density = _Density.of(load, agents, patience / aht)
    until = threshold / patience
    early, late = density.integrals(until)
    return Waits(
        at_once=inverse_blocking(load, agents - 1) * agents / load * np.exp(-density.height),
        answered_within=early.served,
        answered_late=late.served,
        abandoned_within=early.left - late.all * np.expm1(-until),
        abandoned_late=late.left * np.exp(-until),
        wait_answered=(early.wait + late.wait) * patience,
    )


class _Integrals(NamedTuple):
    """Integrals of the density over a stretch of s that begins at p."""

    all: Floats  # times 1
    served: Floats  # times e^-s: the caller is still there
    left: Floats  # times 1 - e^-(s-p): the caller was there at p and is no more
    wait: Floats  # times s e^-s

    def plus(self, other: _Integrals) -> _Integrals:
        return _Integrals(*(mine + yours for mine, yours in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class _Density:
    """x exp(g(s)) over the value of exp(g) at its peak."""

    x: Floats
    y: Floats
    peak: Floats  # where g is highest: ln(load / agents), or 0
    height: Floats  # g(peak)
    end: Floats  # from here on y e^-s is nothing, and the rest a plain exponential

    @classmethod
    def of(cls, load: Floats, agents: Whole, scale: Floats) -> _Density:
        x, y, excess = agents * scale, load * scale, np.maximum((load - agents) / agents, 0)
        peak = np.log1p(excess)
        return cls(x, y, peak, x * (excess - peak), np.log(np.maximum(y, 1)) + 40)

    def integrals(self, until: Floats) -> tuple[_Integrals, _Integrals]:
        """Over the stretches before and after `until`."""
        cut = np.minimum(until, self.end)
        zero = np.zeros_like(cut)
        return (
            self._core(zero, cut).plus(self._tail(self.end, np.maximum(until, self.end), zero)),
            self._core(cut, self.end).plus(self._tail(np.maximum(until, self.end), zero + np.inf, until)),
        )

    def _core(self, p: Floats, q: Floats) -> _Integrals:
        """Over [p, q] inside [0, end], by Gauss and Legendre on panels that follow the fall from the highest point."""
        m = np.clip(self.peak, p, q)
        at_peak = np.where(self.peak > 0, self.x, self.y)
        depth = _fall(at_peak, self.x, m - self.peak)
        steep = np.where(m == self.peak, at_peak, self.y * np.exp(-m))
        edges = _edges(steep, self.x, m - p, q - m)
        half = np.diff(edges, axis=1)[:, :, None] / 2
        d = ((edges[:, 1:] + edges[:, :-1])[:, :, None] / 2 + half * _NODES).reshape(len(p), -1)
        column = np.s_[:, None]
        density = np.exp(-_fall(steep[column], self.x[column], d) - depth[column]) * self.x[column]
        density *= (half * _WEIGHTS).reshape(len(p), -1)
        s = m[column] + d
        still_there = density * np.exp(-s)
        return _Integrals(
            density.sum(axis=1),
            still_there.sum(axis=1),
            -(density * np.expm1(-(d + (m - p)[column]))).sum(axis=1),
            (still_there * s).sum(axis=1),
        )

    def _tail(self, begin: Floats, end: Floats, p: Floats) -> _Integrals:
        """Over [begin, end] beyond the end of the core, where g(s) = y - x s; the caller was there at p."""
        x, more = self.x, self.x + 1
        level = np.where(self.peak > 0, x * (1 + self.peak), self.y)
        amount = np.exp(level - x * begin)
        length = end - begin
        whole, part = -np.expm1(-x * length), -np.expm1(-more * length)
        served = x / more * amount * part
        return _Integrals(
            amount * whole,
            served * np.exp(-begin),
            amount * (whole - part + part * (1 / more - x / more * np.expm1(-(begin - p)))),
            served * np.exp(-begin) * (begin + 1 / more),
        )


def _fall(steep: Floats, x: Floats, d: Floats) -> Floats:
    """How far g falls from a point where y e^-s is `steep` to one further on by d (back, if negative)."""
    result: Floats = steep * np.expm1(-d) + x * d
    return result


def _edges(steep: Floats, x: Floats, before: Floats, after: Floats) -> Floats:
    """Edges of panels around the highest point of a stretch that reaches so far before and after it.

    Newton's method comes from outside, where the fall is too deep; edges need not be exact.
    """
    y, x_, most_before, most_after = (column[:, None] for column in (steep, x, before, after))
    right = np.minimum((_FALLS + np.sqrt(_FALLS**2 + 8 * x_ * _FALLS)) / (2 * x_), most_after)
    left = np.minimum(np.sqrt(2 * _FALLS / y), np.maximum(1.3, np.log1p(2 * _FALLS / y)))
    left = np.minimum(left, most_before)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(4):
            step = (_fall(y, x_, right) - _FALLS) / (x_ - y * np.exp(-right))
            right = np.where(right < most_after, right - step, right)
            step = (_fall(y, x_, -left) - _FALLS) / (y * np.exp(left) - x_)
            left = np.where(left < most_before, left - step, left)
    right = np.clip(np.nan_to_num(right), 0, most_after)
    left = np.clip(np.nan_to_num(left), 0, most_before)
    low, high = -left[:, -1:], right[:, -1:]
    return np.sort(np.concatenate([-left, right, low + (high - low) * _EQUAL_PARTS], axis=1), axis=1)
