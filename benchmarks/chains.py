"""Truths for R3: queues as Markov chains in continuous time, solved state by state; nothing of `wfm` is used.

A system's state changes at rates; a *tagged* call has states of its own while it waits (how many wait before it, and
all that decides when its turn comes), ends in SERVED or leaves. The system is followed forwards from the empty morning,
the tagged call backwards from its threshold or the day's end; where they meet stand the figures of a call that comes
then.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, exp, factorial
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

State = tuple[int, ...]
Moves = Iterable[tuple[State, float]]
Vector = np.ndarray[Any, np.dtype[np.float64]]
SERVED: State = (-1,)
LEFT: State = (-2,)
GAUSS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Design:
    """A system with the same rates and staff for a while. Moves beyond `full` are left out: nobody comes then.

    `seen(state)` is the tagged state of a call that comes now, SERVED if it is answered at once.
    """

    moves: Callable[[State], Moves]
    tagged: Callable[[State], Moves]
    seen: Callable[[State], State]
    rate: float


class Figures(NamedTuple):
    """Of calls that come in an interval: expected number, answered within the threshold, abandoned, seconds waited."""

    calls: float
    within: float
    abandoned: float
    waited_s: float


class Chain:
    """A generator over numbered states."""

    def __init__(self, states: dict[State, int], moves: Callable[[State], Moves]) -> None:
        rows = [
            (index, states[to], rate) for state, index in states.items() for to, rate in moves(state) if to in states
        ]
        source, target, rate = zip(*rows, strict=True) if rows else ((), (), ())
        self.source, self.target = np.array(source, int), np.array(target, int)
        self.rate, self.size = np.array(rate, float), len(states)
        self.out = np.bincount(self.source, self.rate, minlength=self.size)

    def forward(self, p: Vector, seconds: float) -> Vector:
        """Probabilities of states so much later."""
        return self._run(
            lambda p: np.bincount(self.target, p[self.source] * self.rate, minlength=self.size) - self.out * p,
            p,
            seconds,
        )

    def backward(self, v: Vector, seconds: float, gain: Vector | float = 0.0) -> Vector:
        """What is expected so much earlier, if `v` is expected then and `gain` is gained each second."""
        return self._run(
            lambda v: np.bincount(self.source, v[self.target] * self.rate, minlength=self.size) - self.out * v + gain,
            v, seconds,
        )  # fmt: skip

    def _run(self, slope: Callable[[Vector], Vector], x: Vector, seconds: float) -> Vector:
        """Runge and Kutta's fourth order, in steps that are short against the fastest rate."""
        steps = max(1, ceil(seconds * float(self.out.max())))
        h = seconds / steps
        for _ in range(steps):
            k1 = slope(x)
            k2 = slope(x + h / 2 * k1)
            k3 = slope(x + h / 2 * k2)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(x + h * k3))
        return x


def reach(start: Iterable[State], moves: Callable[[State], Moves]) -> dict[State, int]:
    """All states that can be reached, numbered."""
    found: dict[State, int] = {}
    waiting = list(start)
    while waiting:
        state = waiting.pop()
        if state not in found:
            found[state] = len(found)
            waiting += [to for to, _ in moves(state)]
    return found


def day(
    designs: list[Design],
    jump: Callable[[State, int], State],
    jump_tagged: Callable[[State, int], State],
    step_s: float,
    threshold_s: float,
    states: dict[State, int],
    tagged: dict[State, int],
) -> list[Figures]:
    """Figures by interval, from an empty system. `jump(state, k)` is what the change to interval k makes of a state."""
    systems = [Chain(states, design.moves) for design in designs]
    calls = [Chain(tagged, design.tagged) for design in designs]
    served = np.zeros(len(tagged))
    served[tagged[SERVED]] = 1
    waits = np.ones(len(tagged))
    waits[[tagged[SERVED], tagged[LEFT]]] = 0
    moments, weights = _points(0, step_s - threshold_s, step_s)

    def back(v: Vector, k: int, begin: float, end: float, gain: Vector | float = 0.0) -> Vector:
        """From `end`, maybe beyond the interval's end, to `begin` in interval k."""
        if end > step_s and k + 1 < len(designs):
            v = back(v, k + 1, 0, end - step_s, gain)[_mapping(tagged, jump_tagged, k + 1)]
        return calls[k].backward(v, min(end, step_s) - begin, gain)

    ends: list[tuple[Vector, Vector]] = []  # at each interval's end: answered in the end, seconds still to wait
    answer, wait = served, np.zeros(len(tagged))
    for k in reversed(range(len(designs))):
        ends.insert(0, (answer, wait))
        answer, wait = calls[k].backward(answer, step_s), calls[k].backward(wait, step_s, waits)
        if k:
            mapping = _mapping(tagged, jump_tagged, k)
            answer, wait = answer[mapping], wait[mapping]

    p = np.zeros(len(states))
    p[0] = 1
    figures = []
    for k, design in enumerate(designs):
        seen = np.array([tagged[design.seen(state)] for state in states])
        if k:
            p = np.bincount(_mapping(states, jump, k), p, minlength=len(states))
        sums, now = np.zeros(3), 0.0
        for moment, weight in zip(moments, weights, strict=True):
            p, now = systems[k].forward(p, moment - now), moment
            soon = back(served, k, moment, moment + threshold_s)
            answer, wait = (
                calls[k].backward(ends[k][0], step_s - moment),
                calls[k].backward(ends[k][1], step_s - moment, waits),
            )
            sums += design.rate * weight * np.array([p @ soon[seen], 1 - p @ answer[seen], p @ wait[seen]])
        p = systems[k].forward(p, step_s - now)
        figures.append(Figures(design.rate * step_s, *sums))
    return figures


def _points(*edges: float) -> tuple[Vector, Vector]:
    """Gauss and Legendre's moments and weights by pieces: who comes just before new agents do is served sooner."""
    pieces = [(begin, end) for begin, end in itertools.pairwise(edges)]
    moments = [begin + (GAUSS[0] + 1) / 2 * (end - begin) for begin, end in pieces]
    return np.concatenate(moments), np.concatenate([GAUSS[1] / 2 * (end - begin) for begin, end in pieces])


def _mapping(states: dict[State, int], jump: Callable[[State, int], State], k: int) -> Any:
    return np.array([states[jump(state, k)] for state in states])


# ---- one queue, changing staff -------------------------------------------------------------------------------------


def one_queue(
    rates: list[float],
    agents: list[int],
    aht_s: float,
    patience_s: float,
    step_s: float,
    threshold_s: float,
    longest: int = 40,
) -> list[Figures]:
    """M(t)/M/n(t)+M by interval (rates a second). Who goes finishes the running call: more may be busy than are there.

    State: (busy, waiting). Nobody waits while fewer are busy than there are agents.
    """
    mu, theta, most = 1 / aht_s, 1 / patience_s, max(agents)
    states = {(0, 0): 0}
    for busy in range(most + 1):
        for waiting in range(longest + 1):
            states.setdefault((busy, waiting), len(states))
    tagged = {SERVED: 0, LEFT: 1}
    for state in list(states):
        tagged.setdefault(state, len(tagged))  # a tagged call's state: busy, waiting before it

    def design(rate: float, n: int) -> Design:
        def moves(state: State) -> Moves:
            busy, waiting = state
            yield ((busy + 1, 0) if busy < n else (busy, waiting + 1)), rate
            if busy:
                yield ((busy, waiting - 1) if waiting and busy <= n else (busy - 1, waiting)), busy * mu
            if waiting:
                yield (busy, waiting - 1), waiting * theta

        def tagged_moves(state: State) -> Moves:
            if state in (SERVED, LEFT):
                return
            busy, ahead = state
            yield LEFT, theta
            if busy > n:
                yield (busy - 1, ahead), busy * mu
            elif busy:
                yield ((busy, ahead - 1) if ahead else SERVED), busy * mu
            if ahead:
                yield (busy, ahead - 1), ahead * theta

        return Design(moves, tagged_moves, lambda state: SERVED if state[0] < n else state, rate)

    def jump(state: State, k: int) -> State:
        busy, waiting = state
        begun = min(waiting, max(0, agents[k] - busy))
        return busy + begun, waiting - begun

    def jump_tagged(state: State, k: int) -> State:
        if state in (SERVED, LEFT):
            return state
        busy, ahead = state
        free = max(0, agents[k] - busy)
        return SERVED if ahead < free else (busy + free, ahead - free)

    designs = [design(rate, n) for rate, n in zip(rates, agents, strict=True)]
    return day(designs, jump, jump_tagged, step_s, threshold_s, states, tagged)


def busy_days(
    cv: float, figures: Callable[[float], list[Figures]], nodes: int = 7
) -> list[list[tuple[float, Figures]]]:
    """By interval, for some factors of a day: weight and figures, by Gauss and Laguerre's rule for gamma."""
    shape = 1 / cv**2
    index = np.arange(nodes)
    off = np.sqrt(index[1:] * (index[1:] + shape - 1))
    values, vectors = np.linalg.eigh(np.diag(2 * index + shape) + np.diag(off, 1) + np.diag(off, -1))
    days = [figures(float(value) / shape) for value in values]
    return [list(zip((vectors[0] ** 2).tolist(), interval, strict=True)) for interval in zip(*days, strict=True)]


# ---- two skills ----------------------------------------------------------------------------------------------------


def n_design(
    first: float,
    second: float,
    specialists: int,
    generalists: int,
    aht_s: float,
    patience_s: float,
    step_s: float,
    intervals: int,
    threshold_s: float,
    longest: int = 30,
) -> dict[str, list[Figures]]:
    """Queue 1 is served by specialists (who come first) and generalists, queue 2 by generalists, who prefer it."""
    mu, theta = 1 / aht_s, 1 / patience_s

    def moves(state: State) -> Moves:
        a, b, one, two = state
        if a < specialists:
            yield (a + 1, b, one, two), first
        elif b < generalists:
            yield (a, b + 1, one, two), first
        elif one < longest:
            yield (a, b, one + 1, two), first
        if b < generalists:
            yield (a, b + 1, one, two), second
        elif two < longest:
            yield (a, b, one, two + 1), second
        yield ((a, b, one - 1, two) if one else (a - 1, b, one, two)), a * mu
        if two:
            yield (a, b, one, two - 1), b * mu + two * theta
        else:
            yield ((a, b, one - 1, two) if one else (a, b - 1, one, two)), b * mu
        if one:
            yield (a, b, one - 1, two), one * theta

    def tagged_one(state: State) -> Moves:
        """(before it in its own line, waiting in the other one); all agents are busy while it waits."""
        if state in (SERVED, LEFT):
            return
        ahead, two = state
        turn = (ahead - 1, two) if ahead else SERVED
        yield LEFT, theta
        yield turn, specialists * mu
        if two:
            yield (ahead, two - 1), generalists * mu + two * theta
        else:
            yield turn, generalists * mu
        if ahead:
            yield (ahead - 1, two), ahead * theta
        if two < longest:
            yield (ahead, two + 1), second

    def tagged_two(state: State) -> Moves:
        if state in (SERVED, LEFT):
            return
        (ahead,) = state
        yield LEFT, theta
        yield ((ahead - 1,) if ahead else SERVED), generalists * mu
        if ahead:
            yield (ahead - 1,), ahead * theta

    def seen_one(state: State) -> State:
        return SERVED if state[0] < specialists or state[1] < generalists else state[2:]

    def seen_two(state: State) -> State:
        return SERVED if state[1] < generalists else state[3:]

    designs = {
        "1": Design(_real(moves), tagged_one, seen_one, first),
        "2": Design(_real(moves), tagged_two, seen_two, second),
    }
    return _steady_staff(designs, (0, 0, 0, 0), step_s, intervals, threshold_s, longest)


def w_design(
    first: float,
    second: float,
    agents: tuple[int, int, int],
    aht_s: float,
    patience_s: float,
    step_s: float,
    intervals: int,
    threshold_s: float,
    longest: int = 22,
) -> dict[str, list[Figures]]:
    """Specialists of each of two queues and, between them, generalists, who come last and prefer queue 1."""
    mu, theta = 1 / aht_s, 1 / patience_s
    left, both, right = agents

    def moves(state: State) -> Moves:
        a, b, c, one, two = state
        if a < left:
            yield (a + 1, b, c, one, two), first
        elif b < both:
            yield (a, b + 1, c, one, two), first
        elif one < longest:
            yield (a, b, c, one + 1, two), first
        if c < right:
            yield (a, b, c + 1, one, two), second
        elif b < both:
            yield (a, b + 1, c, one, two), second
        elif two < longest:
            yield (a, b, c, one, two + 1), second
        yield ((a, b, c, one - 1, two) if one else (a - 1, b, c, one, two)), a * mu
        yield ((a, b, c, one, two - 1) if two else (a, b, c - 1, one, two)), c * mu
        after = (one - 1, two) if one else (one, two - 1)
        yield ((a, b, c, *after) if one or two else (a, b - 1, c, one, two)), b * mu
        if one:
            yield (a, b, c, one - 1, two), one * theta
        if two:
            yield (a, b, c, one, two - 1), two * theta

    def tagged_one(state: State) -> Moves:
        if state in (SERVED, LEFT):
            return
        (ahead,) = state
        yield LEFT, theta
        yield ((ahead - 1,) if ahead else SERVED), (left + both) * mu
        if ahead:
            yield (ahead - 1,), ahead * theta

    def tagged_two(state: State) -> Moves:
        """(specialists of queue 1 busy, its line, before it in its own line)."""
        if state in (SERVED, LEFT):
            return
        a, one, ahead = state
        turn = (a, one, ahead - 1) if ahead else SERVED
        yield LEFT, theta
        yield turn, right * mu
        yield ((a, one - 1, ahead) if one else turn), both * mu
        yield ((a, one - 1, ahead) if one else (a - 1, one, ahead)), a * mu
        if a < left:
            yield (a + 1, one, ahead), first
        elif one < longest:
            yield (a, one + 1, ahead), first
        if one:
            yield (a, one - 1, ahead), one * theta
        if ahead:
            yield (a, one, ahead - 1), ahead * theta

    def seen_one(state: State) -> State:
        return SERVED if state[0] < left or state[1] < both else state[3:4]

    def seen_two(state: State) -> State:
        a, b, c, one, two = state
        return SERVED if b < both or c < right else (a, one, two)

    designs = {
        "1": Design(_real(moves), tagged_one, seen_one, first),
        "2": Design(_real(moves), _real(tagged_two), seen_two, second),
    }
    return _steady_staff(designs, (0, 0, 0, 0, 0), step_s, intervals, threshold_s, longest)


def _real(moves: Callable[[State], Moves]) -> Callable[[State], Moves]:
    """Without moves of rate 0: nobody hangs up who is not there."""
    return lambda state: ((to, rate) for to, rate in moves(state) if rate > 0)


def _stay(state: State, _: int) -> State:
    return state


def _steady_staff(
    designs: dict[str, Design], empty: State, step_s: float, intervals: int, threshold_s: float, longest: int
) -> dict[str, list[Figures]]:
    figures = {}
    for name, design in designs.items():
        states = reach([empty], design.moves)
        tagged = {SERVED: 0, LEFT: 1}
        for state in reach({design.seen(state) for state in states}, design.tagged):
            tagged.setdefault(state, len(tagged))
        figures[name] = day(
            [design] * intervals, lambda state, _: state, lambda state, _: state, step_s, threshold_s, states, tagged
        )
    return figures


# ---- laws of patience, one server ----------------------------------------------------------------------------------


def any_patience(
    rate: float, agents: int, aht_s: float, stays: Callable[[Vector], Vector], threshold_s: float, longest_s: float
) -> Figures:
    """M/M/n+G in steady state, of one call: Zeltyn & Mandelbaum (2005). `stays(x)`: share whose patience exceeds x."""
    x = np.linspace(0, longest_s, 400_001)
    stay = stays(x)
    offered = np.exp(rate * _integral(x, stay) - agents * x / aht_s)
    load = rate * aht_s
    idle = sum(load**j / factorial(j) for j in range(agents)) / (load ** (agents - 1) / factorial(agents - 1))
    whole = _integral(x, offered)
    all_of_it = idle + rate * whole[-1]
    density = rate * offered / all_of_it
    soon = float(np.interp(threshold_s, x, _integral(x, density * stay)))
    answered = float(_integral(x, density * stay)[-1])
    at_once = idle / all_of_it
    longer = rate * (whole[-1] - whole) / all_of_it
    return Figures(1, at_once + soon, 1 - at_once - answered, float(_integral(x, stay * longer)[-1]))


def one_server(rate: float, aht_s: float, cv: float) -> Figures:
    """M/G/1 in steady state, of one call; answered at once or not (threshold 0). Pollaczek and Khinchine's mean."""
    load = rate * aht_s
    return Figures(1, 1 - load, 0, load * aht_s * (1 + cv**2) / 2 / (1 - load))


def constant_handling(rate: float, aht_s: float, threshold_s: float) -> Figures:
    """M/D/1 in steady state: Erlang (1909)."""
    load = rate * aht_s
    terms = ((rate * (k * aht_s - threshold_s)) ** k / factorial(k) * exp(-rate * (k * aht_s - threshold_s))
             for k in range(int(threshold_s // aht_s) + 1))  # fmt: skip
    return Figures(1, (1 - load) * sum(terms), 0, load * aht_s / 2 / (1 - load))


def lognormal_stays(mean: float, cv: float) -> Callable[[Vector], Vector]:
    """Share of callers whose lognormal patience exceeds x."""
    sigma = np.sqrt(np.log1p(cv**2))
    location = np.log(mean) - sigma**2 / 2
    z = np.linspace(-8, 8, 20_001)
    tail = 1 - np.array([NormalDist().cdf(value) for value in z])
    return lambda x: np.interp((np.log(np.maximum(x, 1e-300)) - location) / sigma, z, tail)


def _integral(x: Vector, y: Vector) -> Vector:
    """From the first x to each, by trapezes."""
    return np.concatenate([[0.0], np.cumsum((y[1:] + y[:-1]) / 2 * np.diff(x))])
