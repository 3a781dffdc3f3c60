"""Erlang A again, by series: for searches, where a service level must be right to 1e-14, but tiny ones need not.

Several times as fast as the integrals of `erlang_a` while callers' patience is worth up to 700 calls; symbols as there.
With M(x, y) = 1 + y/(x+1) + y^2/((x+1)(x+2)) + ..., the density's integral is M(x, y), and beyond T it is
exp(g(t)) M(x, z) with z = y e^-t; times e^-s they are x/(x+1) M(x+1, y) and so on; M(x, y) = 1 + y/(x+1) M(x+1, y).
Source: C. Palm (1957); the series is 6.5.29 in Abramowitz & Stegun (1964).
"""

from __future__ import annotations

import numpy as np

from wfm.staffing.rules.erlang_b import Floats, Whole

#: Up to here e^y, which no term exceeds, is a number.
LARGEST = 700.0
#: What the rest of a series may weigh: exact as numbers go, and enough to tell most counts of agents apart.
EXACT, ROUGH = 2.0**-56, 1e-4
#: Places in `Variant`; compiled code knows no words.
OFFERED, ANSWERED, EXCL_ABANDONED_WITHIN = 0, 1, 2


def to_spare(
    load: Floats,
    aht: Floats,
    threshold: Floats,
    patience: Floats,
    agents: Whole,
    below: Floats,
    share: Floats,
    ceiling: Floats,
    variant: int,
) -> Floats:
    """About how many agents each row could spare; 0 or more exactly if it reaches its share within its ceiling.

    `below` is 1 / B(agents - 1, load); load, times and agents above 0, load * patience / aht at most LARGEST. A first
    look is rough: its error is below 10 ROUGH, since no denominator is smaller than the weight of answered calls. Rows
    nearer to their target are looked at again.
    """
    service, occupancy = _levels(load, aht, threshold, patience, agents, below, variant, ROUGH)
    near = np.flatnonzero((abs(service - share) < 10 * ROUGH) | (abs(occupancy - ceiling) < 10 * ROUGH))
    if len(near):
        service[near], occupancy[near] = _levels(
            load[near], aht[near], threshold[near], patience[near], agents[near], below[near], variant, EXACT
        )
    return spare(load, service, occupancy, share, ceiling)


def spare(load: Floats, service: Floats, occupancy: Floats, share: Floats, ceiling: Floats) -> Floats:
    """What `to_spare` says. An agent moves the log odds of a service level by about 1.7 / sqrt(load)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        agents = np.log(service * (1 - share) / ((1 - service) * share)) * np.sqrt(load) / 1.7
    agents = np.clip(np.nan_to_num(agents), -1e6, 1e6)
    return np.where((service >= share) & (occupancy <= ceiling), np.maximum(agents, 0), np.minimum(agents, -1))


def _levels(
    load: Floats,
    aht: Floats,
    threshold: Floats,
    patience: Floats,
    agents: Whole,
    below: Floats,
    variant: int,
    rest: float,
) -> tuple[Floats, Floats]:
    """Service level and occupancy."""
    scale = patience / aht
    x, y, t = agents * scale, load * scale, threshold / patience
    there = np.exp(-t)
    z = y * there
    beyond = np.exp(-y * np.expm1(-t) - x * t)
    x1 = x + 1
    at_all, late = _series(x1, np.stack([y, z]), rest) / x1
    with np.errstate(over="ignore", invalid="ignore"):
        at_once = below * agents / load
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
        busy = answered / every
    enough = np.isinf(at_once)
    service[enough] = 1
    busy[enough] = 1
    return service, load / agents * busy


def _series(x: Floats, y: Floats, rest: float) -> Floats:
    """M(x, y) for each row of `y`, the first of which is the largest, until no more than a share of `rest` is left."""
    divisor, inverse = x.copy(), np.empty_like(x)
    term, total = np.ones_like(y), np.ones_like(y)
    below_y = y[0] - 1
    while True:
        for _ in range(4):
            divisor += 1
            np.divide(1, divisor, out=inverse)
            term *= y
            term *= inverse
            total += term
        # Below 0 while terms still grow.
        if (term[0] * y[0] <= rest * total[0] * (divisor - below_y)).all():
            return total
