"""How many agents are needed: the smallest number with which a target is met.

In every model and variant here a further agent never makes the service level worse, so the first number that meets the
target is the answer, and a search may leap. For Erlang A: let f_n be the density of the offered wait with n agents.
f_(n+1)(v) / f_n(v) falls with v (as e^(-v / aht)), and the weight of "no wait" grows; every variant is a ratio of
weights on "within T" to weights on "beyond T", or to both, so each moves the right way, also `answered` and
`excl_abandoned_within`. Occupancy falls, since each further agent adds less work done than the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.core.errors import BadInput, Sentence
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules import erlang_a_series
from wfm.staffing.rules.erlang_b import Floats, Whole, inverse_blocking
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import ABOVE_0, Queues, first_outside, performance

Rows = NDArray[np.intp]
ByC = Callable[[Floats, Whole, Floats, Floats], Whole]
BySeries = Callable[[Floats, Floats, Floats, Floats, Whole, Floats, Floats, int], Whole]
#: Rows of like load reckoned together, as many as the processor's nearest memory holds.
_BLOCK = 4096
#: How many numbers of agents near the guess are prepared.
_KNOWN = 8
_UNKNOWN = np.iinfo(np.int64).max
#: From so many rows on, compiled code (extra `fast`) saves more time than it takes to load.
MANY = 5_000


def agents_required(
    model: Model,
    queues: Queues,
    target: ArrayLike,
    variant: Variant = Variant.OFFERED,
    max_occupancy: ArrayLike = 1.0,
    *,
    fast: bool | None = None,
) -> Whole:
    """The smallest number of agents whose service level is at least `target`, and occupancy at most the ceiling.

    0 where nothing is offered, else 1 or more: with `abandoned_met` nobody at all would do once most callers give up
    within the threshold, which no planner means. `fast` says whether compiled code does it, with the same answers; if
    not said, it does where it is installed and there are many rows. Raises BadInput for a target or a ceiling that is
    not between 0 and 1 (a ceiling of 1 is none): a service level of exactly 1 is never reached.
    """
    share, ceiling = _shares("target", target), _shares("max_occupancy", max_occupancy)
    if share.max(initial=0) == 1:
        raise BadInput("staffing.value", "target: 1 wird nie erreicht.", field="target", row=int(share.argmax()))
    ceiling = np.where(ceiling < 1, ceiling, np.inf)  # all busy all the time is 1, give or take a rounding
    share, ceiling = np.broadcast_to(share, len(queues)), np.broadcast_to(ceiling, len(queues))
    by_c, by_series = _searches(compiled=len(queues) >= MANY if fast is None else fast)
    agents = np.zeros(len(queues), np.int64)
    # Rows of like load together; zero calls, which come first, need nobody.
    order = np.argsort(np.minimum(np.ceil(queues.load), 30_000).astype(np.int16), kind="stable")
    order = order[np.count_nonzero(queues.load == 0) :]
    agents[order] = _required(model, queues[order], share[order], variant, ceiling[order], by_c, by_series)
    return agents


@cache
def _searches(*, compiled: bool) -> tuple[ByC, BySeries]:
    """The ways to search for all rows at once; in numpy where numba is not installed."""
    if compiled:
        with suppress(ImportError):
            from wfm.staffing.rules import compiled as machine_code

            return machine_code.climb_c, machine_code.erlang_a
    return _climb_c, _by_series


def _required(
    model: Model, queues: Queues, share: Floats, variant: Variant, ceiling: Floats, by_c: ByC, by_series: BySeries
) -> Whole:
    """The same for rows with calls, each by the quickest way that is exact for it."""
    agents = np.zeros(len(queues), np.int64)
    endless = queues.endless(model)
    short = np.zeros(len(queues), bool)
    if model is Model.A:
        worth = queues.load * queues.patience / queues.aht
        short = (worth > 0) & (worth <= erlang_a_series.LARGEST)
    if endless.any():
        rows = _all_or(endless)
        some = queues[rows]
        agents[rows] = _erlang_c(some, share[rows], _fewest(some.load, ceiling[rows]), by_c)
    if short.any():
        rows = _all_or(short)
        some = queues[rows]
        guess = _guess_a(some, share[rows], by_c)
        agents[rows] = by_series(
            some.load,
            some.aht,
            some.threshold,
            some.patience,
            guess,
            share[rows],
            ceiling[rows],
            list(Variant).index(variant),
        )
    if (others := ~endless & ~short).any():
        rows = _all_or(others)
        agents[rows] = _by_integrals(model, queues[rows], share[rows], variant, ceiling[rows])
    return agents


def _all_or(rows: NDArray[np.bool_]) -> NDArray[np.bool_] | slice:
    """Rows as they are taken without copying if it is all of them."""
    return slice(None) if rows.all() else rows


def _shares(name: str, values: ArrayLike) -> Floats:
    share = np.asarray(values, np.float64)
    if (row := first_outside(share, ABOVE_0, 1)) is not None:
        message = Sentence("%(name)s: muss zwischen 0 und 1 liegen.", name=name)
        raise BadInput("staffing.value", message, field=name, row=row)
    return share


def _fewest(load: Floats, ceiling: Floats) -> Whole | int:
    """The smallest number of agents with load / agents at most the ceiling: all that occupancy asks for in Erlang C."""
    if np.isinf(ceiling).all():
        return 1
    agents: Whole = np.maximum(np.ceil(load / ceiling).astype(np.int64) - 1, 1)
    agents += load / agents > ceiling
    agents += load / agents > ceiling
    return agents


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, max(rows, 1), _BLOCK))


def _erlang_c(queues: Queues, share: Floats, fewest: Whole | int, climb: ByC) -> Whole:
    """The first number of agents above the load, and not below `fewest`, that meets the target.

    The target is met when P(wait) e^(-(n - load) T / aht) <= 1 - share; P(wait) = n / ((n - load) / B + load). The
    climb is told (1 - share) e^((n - load) T / aht) where it begins, and by what that grows with each agent.
    """
    first = np.maximum(np.floor(queues.load).astype(np.int64) + 1, fewest)
    with np.errstate(over="ignore"):
        thresholds = queues.threshold / queues.aht
        return climb(queues.load, first, (1 - share) * np.exp((first - queues.load) * thresholds), np.exp(thresholds))


def _guess_a(queues: Queues, share: Floats, climb: ByC) -> Whole:
    """Erlang A's answer, one less, or near it: Erlang C's but for the work of those who would have given up.

    With Erlang C's number a call has to wait with a chance of about (1 - share) e^(T / wait), where `wait` is the mean
    wait of those who have to, aht / (n - load); they give up before that with a chance of wait / (patience + wait).
    """
    agents = _erlang_c(queues, share, 1, climb)
    spare = agents - queues.load
    with np.errstate(over="ignore"):
        waits = np.minimum((1 - share) * np.exp(spare * queues.threshold / queues.aht), 1)
        gone = queues.load * waits / (1 + spare * queues.patience / queues.aht)
    guess: Whole = agents - 1 - np.rint(gone).astype(np.int64)
    return guess


def _climb_c(load: Floats, first: Whole, missed: Floats, per_agent: Floats) -> Whole:
    return np.concatenate([_climb_some(load[of], first[of], missed[of], per_agent[of]) for of in _blocks(len(load))])


def _climb_some(load: Floats, first: Whole, missed: Floats, per_agent: Floats) -> Whole:
    """All rows climb together from their first number, an agent at a time, until the last has arrived."""
    agents, n, spare, per_call = first.copy(), first.astype(np.float64), first - load, 1 / load
    missed = missed.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = inverse_blocking(load, agents)
        while (pending := n > missed * (inverse * spare + load)).any():
            agents += pending
            n += 1
            spare += 1
            inverse *= n
            inverse *= per_call
            inverse += 1
            missed *= per_agent
    return agents


def _by_series(
    load: Floats,
    aht: Floats,
    threshold: Floats,
    patience: Floats,
    guess: Whole,
    share: Floats,
    ceiling: Floats,
    variant: int,
) -> Whole:
    first = np.maximum(guess - 5, 0)
    known = [inverse_blocking(load, first)]  # 1 / B from there on: most rows ask for no other number
    with np.errstate(over="ignore"):  # next to no load: 1 / B beyond any float, B is 0
        for step in range(1, _KNOWN):
            known.append(1 + known[-1] * ((first + step) / load))
    table = np.stack(known)

    def lead(rows: Rows, agents: Whole) -> Floats:
        return np.concatenate([lead_of_some(rows[of], agents[of]) for of in _blocks(len(rows))])

    def lead_of_some(rows: Rows, agents: Whole) -> Floats:
        a, place = load[rows], agents - 1 - first[rows]
        below = table[np.clip(place, 0, _KNOWN - 1), rows]
        if (other := (place < 0) | (place >= _KNOWN)).any():
            below[other] = inverse_blocking(a[other], agents[other] - 1)
        return erlang_a_series.to_spare(
            a, aht[rows], threshold[rows], patience[rows], agents, below, share[rows], ceiling[rows], variant
        )

    return _leap(lead, guess)


def _by_integrals(model: Model, queues: Queues, share: Floats, variant: Variant, ceiling: Floats) -> Whole:
    def lead(rows: Rows, agents: Whole) -> Floats:
        at = performance(model, queues[rows], agents)
        return erlang_a_series.spare(
            queues.load[rows], at.service_level(variant), at.occupancy, share[rows], ceiling[rows]
        )

    return _leap(lead, np.ceil(queues.load).astype(np.int64))


def _leap(lead: Callable[[Rows, Whole], Floats], guess: Whole) -> Whole:
    """The smallest number from 1 on whose lead is not below 0.

    From the guess as far as the lead says (and ever further, should it be wrong), then by halves.
    """
    answer, rows, least = np.empty_like(guess), np.arange(len(guess)), 1
    too_few, enough, probe = np.zeros_like(guess), np.full_like(guess, _UNKNOWN), np.maximum(guess, 1)
    while len(rows):
        spare = np.floor(lead(rows, probe)).astype(np.int64)
        met = spare >= 0
        too_few, enough = np.where(met, too_few, probe), np.where(met, probe, enough)
        far = np.maximum(abs(spare), least)
        next_ = probe - np.where(met, far, -far)
        outside = (next_ <= too_few) | (next_ >= enough)
        probe = np.where(outside & (enough != _UNKNOWN), (too_few + enough) // 2, next_)
        least *= 2
        found = enough == too_few + 1
        answer[rows[found]] = enough[found]
        rows, too_few, enough, probe = (column[~found] for column in (rows, too_few, enough, probe))
    return answer
