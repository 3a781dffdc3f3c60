"""All chance of a day, drawn before it begins: hence the same calls meet every staffing that is tried on them.

Each queue, purpose and replication has a stream of random numbers of its own. So the first ten of a hundred
replications are those of a run of ten, and a queue's handling times stay when another's calls change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wfm.staffing.rules.simulation.scenario import NEVER, NO_SPREAD, Floats, Queue, Scenario

_FACTOR, _ARRIVALS, _HANDLING, _PATIENCE, _CALLBACK = range(5)
_ALL_QUEUES = 1_000_000


@dataclass(frozen=True)
class Calls:
    """A day's calls in the order of time; seconds.

    `gives_up` is when the caller leaves unless answered. Who will take the offer of a call-back leaves never, and
    `hangs_up` is when; it is NEVER for all others.
    """

    at: Floats
    queue: NDArray[np.int64]
    handling: Floats
    gives_up: Floats
    hangs_up: Floats


def draw_day(scenario: Scenario, replication: int) -> Calls:
    """The calls of one random day."""
    factor = _busy_factor(_stream(scenario, replication, _ALL_QUEUES, _FACTOR), scenario.busy_day_cv)
    parts = [_draw_queue(scenario, replication, index, factor) for index in range(len(scenario.queues))]
    at, handling, gives_up, hangs_up = (np.concatenate(column) for column in zip(*parts, strict=True))
    queue = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    order = np.argsort(at, kind="stable")
    return Calls(at[order], queue[order], handling[order], gives_up[order], hangs_up[order])


def _draw_queue(
    scenario: Scenario, replication: int, index: int, factor: float
) -> tuple[Floats, Floats, Floats, Floats]:
    queue = scenario.queues[index]
    streams = [_stream(scenario, replication, index, purpose) for purpose in range(5)]
    factor *= _busy_factor(streams[_FACTOR], queue.busy_day_cv)
    counts = streams[_ARRIVALS].poisson(np.array(queue.calls) * factor)
    begins = np.repeat(np.arange(scenario.intervals) * scenario.interval_s, counts)
    came = np.sort(begins + scenario.interval_s * streams[_ARRIVALS].random(len(begins)))
    at = np.concatenate([np.zeros(queue.waiting_at_start), came])
    gives_up, hangs_up = _patience(queue, at, streams[_PATIENCE], streams[_CALLBACK])
    return at, queue.handling.draw(streams[_HANDLING], len(at)), gives_up, hangs_up


def _patience(
    queue: Queue, at: Floats, random: np.random.Generator, offers: np.random.Generator
) -> tuple[Floats, Floats]:
    """When each caller leaves unless answered, and when those hang up who will take a call-back."""
    never = np.full(len(at), NEVER)
    gives_up = at + queue.patience.draw(random, len(at)) if queue.patience else never
    if not queue.callback:
        return gives_up, never
    offered = at + queue.callback.offer_after_s
    takes = (offers.random(len(at)) < queue.callback.accepted) & (gives_up > offered)
    return np.where(takes, NEVER, gives_up), np.where(takes, offered, NEVER)


def _busy_factor(random: np.random.Generator, cv: float) -> float:
    """Gamma with mean 1, so that a day's count is negative binomial. Source: Jongbloed & Koole (2001)."""
    return float(random.gamma(1 / cv**2, cv**2)) if cv > NO_SPREAD else 1.0


def _stream(scenario: Scenario, replication: int, queue: int, purpose: int) -> np.random.Generator:
    seed = np.random.SeedSequence(scenario.seed, spawn_key=(replication, queue, purpose))
    return np.random.Generator(np.random.PCG64(seed))
