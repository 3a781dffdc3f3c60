"""The day of S6 as one writes it in SimPy: a process a call, which waits for an agent or for its patience to end.

Two models of the same day. `by_store` is the textbook's: agents in a FilterStore. `by_lines` keeps the lines itself and
searches less, hence is the faster baseline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

NOBODY = -1.0


def by_store(
    simpy: Any, calls: Sequence[tuple[float, int, float, float]], skills: Sequence[frozenset[int]]
) -> list[float]:
    """When each call (time, queue, handling, patience) is answered; NOBODY where the caller left."""
    env = simpy.Environment()
    idle = simpy.FilterStore(env)
    idle.items.extend(range(len(skills)))
    answered = [NOBODY] * len(calls)

    def live(index: int, queue: int, handling: float, patience: float) -> Generator[Any, Any, None]:
        agent = idle.get(lambda agent: queue in skills[agent])
        yield agent | env.timeout(patience)
        if not agent.triggered:
            agent.cancel()
            return
        answered[index] = env.now
        yield env.timeout(handling)
        yield idle.put(agent.value)

    def arrive() -> Generator[Any, Any, None]:
        for index, (at, queue, handling, patience) in enumerate(calls):
            yield env.timeout(at - env.now)
            env.process(live(index, queue, handling, patience))

    env.process(arrive())
    env.run()
    return answered


def by_lines(
    simpy: Any, calls: Sequence[tuple[float, int, float, float]], skills: Sequence[frozenset[int]]
) -> list[float]:
    """The same with a line a queue, an ordered set of idle agents, and a condition only for those who wait."""
    env = simpy.Environment()
    idle = dict.fromkeys(range(len(skills)))
    lines: list[deque[tuple[int, Any]]] = [deque() for _ in range(1 + max(queue for _, queue, _, _ in calls))]
    answered = [NOBODY] * len(calls)

    def free(agent: int) -> None:
        best = None
        for queue in skills[agent]:
            line = lines[queue]
            while line and line[0][1].triggered:
                line.popleft()
            if line and (best is None or line[0][0] < best[0][0]):
                best = line
        if best is None:
            idle[agent] = None
        else:
            best.popleft()[1].succeed(agent)

    def live(index: int, queue: int, handling: float, patience: float) -> Generator[Any, Any, None]:
        agent = next((agent for agent in idle if queue in skills[agent]), -1)
        if agent >= 0:
            del idle[agent]
        else:
            turn = env.event()
            lines[queue].append((index, turn))
            yield turn | env.timeout(patience)
            if not turn.triggered:
                turn.succeed(-1)
                return
            agent = turn.value
        answered[index] = env.now
        yield env.timeout(handling)
        free(agent)

    def arrive() -> Generator[Any, Any, None]:
        for index, (at, queue, handling, patience) in enumerate(calls):
            yield env.timeout(at - env.now)
            env.process(live(index, queue, handling, patience))

    env.process(arrive())
    env.run()
    return answered
