"""Erlang's formulas with 40 right digits, by other ways than ours: sums over states, gamma functions, mpmath."""

from __future__ import annotations

from mpmath import diff, exp, factorial, hyp1f1, mp, mpf

FIGURES = (
    "p_block",
    "p_wait",
    "p_abandon",
    "asa_all_s",
    "asa_answered_s",
    "sl_offered",
    "sl_answered",
    "sl_excl_abandoned_within_threshold",
    "sl_abandoned_met",
    "p_abandon_within_threshold",
    "occupancy",
)


def erlang_b(load: float, n: int) -> list[mpf]:
    a = mpf(load)
    weights = [a**k / factorial(k) for k in range(n + 1)]
    blocked = weights[-1] / sum(weights)
    served = sum(weights[:-1]) / sum(weights)
    return [blocked, mpf(0), mpf(0), mpf(0), mpf(0), served, mpf(1), served, served, mpf(0), a / n * served]


def erlang_c(load: float, aht: float, n: int, threshold: float) -> list[mpf]:
    a, aht, threshold = mpf(load), mpf(aht), mpf(threshold)
    free = sum(a**k / factorial(k) for k in range(n))
    busy = a**n / factorial(n) * n / (n - a)
    wait = busy / (free + busy)
    met = 1 - wait * exp(-(n - a) * threshold / aht)
    asa = wait * aht / (n - a)
    return [mpf(0), wait, mpf(0), asa, asa, met, met, met, met, mpf(0), a / n]


def erlang_a(load: float, aht: float, n: int, threshold: float, patience: float) -> list[mpf]:
    """With M(x, y) = 1F1(1; x + 1; y); the mean wait of answered calls is a derivative by x."""
    a, aht, threshold, patience = mpf(load), mpf(aht), mpf(threshold), mpf(patience)
    x, y, t = n * patience / aht, a * patience / aht, threshold / patience
    z = y * exp(-t)
    at_once = sum(factorial(n) / factorial(k) * a ** (k - n) for k in range(n))
    beyond = exp(y - z - x * t)
    waited, waited_late = hyp1f1(1, x + 1, y), beyond * hyp1f1(1, x + 1, z)
    served, served_late = x / (x + 1) * hyp1f1(1, x + 2, y), beyond * exp(-t) * x / (x + 1) * hyp1f1(1, x + 2, z)
    total, answered, met = at_once + waited, at_once + served, at_once + served - served_late
    still = waited_late * exp(-t)
    gone = (waited - served) / total
    wait_answered = -x * diff(lambda more: hyp1f1(1, more + 2, y) / (more + 1), x) * patience
    return [
        mpf(0),
        waited / total,
        gone,
        gone * patience,
        wait_answered / answered,
        met / total,
        met / answered,
        met / (met + still),
        1 - still / total,
        1 - still / total - met / total,
        a / n * answered / total,
    ]


def states_of_a(load: float, aht: float, n: int, patience: float, most: int) -> list[mpf]:
    """How often Erlang A has 0, 1, ... calls in it: birth and death, state by state."""
    rate, weights = mpf(load) / mpf(aht), [mpf(1)]
    for calls in range(1, most):
        leaving = min(calls, n) / mpf(aht) + max(calls - n, 0) / mpf(patience)
        weights.append(weights[-1] * rate / leaving)
    return [weight / sum(weights) for weight in weights]


def working_digits(digits: int) -> mp:
    return mp.workdps(digits)
