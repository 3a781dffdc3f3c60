"""Many random days of one scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wfm.core.errors import BadInput, Sentence
from wfm.staffing.rules.simulation import engine
from wfm.staffing.rules.simulation.draws import Calls, draw_day
from wfm.staffing.rules.simulation.scenario import (
    MAX_CALLS,
    MAX_CELLS,
    MAX_REPLICATIONS,
    NEVER,
    Floats,
    Scenario,
)
from wfm.staffing.rules.simulation.staff import Routes, Staff
from wfm.staffing.rules.simulation.tables import OF_AGENTS, OF_CALLS, Lived, count_agents, count_calls

#: From so many calls on, compiled code (extra `fast`) saves more time than it takes to load.
MANY_CALLS = 300_000


@dataclass(frozen=True)
class Simulation:
    """Sums of many days: `calls` by replication, primitive (OF_CALLS), queue, interval; `agents` likewise by group."""

    scenario: Scenario
    calls: Floats
    agents: Floats

    @property
    def replications(self) -> int:
        return len(self.calls)


class Centre:
    """A scenario made ready: lives as many of its days as are asked for, each by its number.

    `fast` lives them in compiled code where numba is installed; the answers are the same.
    """

    def __init__(self, scenario: Scenario, *, fast: bool) -> None:
        self.scenario = scenario
        self._fast = engine.compiled() if fast else None
        self._staff, routes = Staff.of(scenario), Routes.of(scenario)
        at, comes, group, agent = (list(column) for column in zip(*self._staff.changes, strict=True))
        self.agent_group = np.array(self._staff.agent_group, np.int64)
        self._change_at, self._change_group = np.array(at), np.array(group, np.int64)
        self._changes = [self._sequence(column) for column in (at, group, agent, comes)]
        self._agent_group = self._sequence(self._staff.agent_group)
        self._routes = [self._sequence(column) for column in vars(routes).values()]

    def live(self, calls: Calls) -> Lived:
        """Let these calls meet the scenario's staff."""
        day = self._live_fast(calls) if self._fast else self._live_plain(calls)
        answered_at, answered_by, idle_from, change_idle_from = day
        return Lived(calls, answered_at, answered_by, idle_from, self._change_at, self._change_group, change_idle_from)

    def _live_fast(self, calls: Calls) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
        assert self._fast
        count = len(calls.at)
        given = [np.append(calls.at, NEVER), calls.queue, calls.handling, calls.gives_up, *self._changes]
        used = [np.array(self._staff.absent, np.int64), np.array(self._staff.links, np.int64)]
        answered_at, idle_from, answered_by = np.full(count, np.nan), np.full(count, np.nan), np.full(count, -1)
        change_idle_from = np.full(len(self._change_at), NEVER)
        found = answered_at, answered_by, idle_from, change_idle_from
        self._fast(*given, self._agent_group, *used, *self._routes, *found)
        return found

    def _live_plain(self, calls: Calls) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
        count = len(calls.at)
        given = [
            [*calls.at.tolist(), NEVER],
            calls.queue.tolist(),
            calls.handling.tolist(),
            calls.gives_up.tolist(),
            *self._changes,
        ]
        used = [self._staff.absent.copy(), self._staff.links.copy()]
        nan = float("nan")
        answered_at, idle_from, answered_by = [nan] * count, [nan] * count, [-1] * count
        change_idle_from = [NEVER] * len(self._change_at)
        found = answered_at, answered_by, idle_from, change_idle_from
        live: Callable[..., None] = engine.live_day
        live(*given, self._agent_group, *used, *self._routes, *found)
        return np.array(answered_at), np.array(answered_by, np.int64), np.array(idle_from), np.array(change_idle_from)

    def _sequence(self, values: list[float] | list[int] | list[bool]) -> object:
        """What the engine reads fastest: an array if it is compiled, a list if not."""
        kind = np.array(values).dtype if values else np.int64
        return np.array(values, kind) if self._fast else values


def simulate(
    scenario: Scenario,
    replications: int,
    *,
    fast: bool | None = None,
    progress: Callable[[int], object] | None = None,
) -> Simulation:
    """Live so many random days and count them. `progress` is called with 1 after each.

    `fast` says whether compiled code does it, with the same answers; if None, it does from so many calls on as make it
    worth loading.

    Raises BadInput("simulation.replications") or ("simulation.too_large").
    """
    check_size(scenario, replications)
    many = scenario.expected_calls * replications >= MANY_CALLS
    centre = Centre(scenario, fast=many if fast is None else fast)
    calls = np.empty((replications, len(OF_CALLS), len(scenario.queues), scenario.intervals))
    agents = np.empty((replications, len(OF_AGENTS), len(scenario.groups), scenario.intervals))
    for replication in range(replications):
        lived = centre.live(draw_day(scenario, replication))
        calls[replication] = count_calls(scenario, lived)
        agents[replication] = count_agents(scenario, lived, centre.agent_group)
        if progress:
            progress(1)
    return Simulation(scenario, calls, agents)


def check_size(scenario: Scenario, replications: int) -> None:
    """Refuse what would not end in reasonable time or fit into memory."""
    if not 1 <= replications <= MAX_REPLICATIONS:
        words = "Es müssen 1 bis %(most)s Wiederholungen sein, nicht %(given)s."
        message = Sentence(words, most=MAX_REPLICATIONS, given=replications)
        raise BadInput("simulation.replications", message)
    cells = replications * (len(scenario.queues) + len(scenario.groups)) * scenario.intervals
    for what, asked, most in (
        (Sentence("Anrufe"), scenario.expected_calls * replications, MAX_CALLS),
        (Sentence("Zellen aus Warteschlangen, Gruppen und Intervallen"), cells, MAX_CELLS),
    ):
        if asked > most:
            words = (
                "Zu groß: %(asked)s %(what)s über alle Wiederholungen, höchstens %(most)s. Weniger Wiederholungen"
                " oder ein kleineres Szenario rechnen."
            )
            message = Sentence(words, asked=round(asked), what=what, most=most)
            raise BadInput("simulation.too_large", message)
