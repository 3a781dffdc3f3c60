"""S6: a simulated day of 20 skills, 60 agents with four skills each and 10,000 calls with patience, against SimPy.

All chance is drawn before, so both live the same day: a call goes to the agent idle longest who has its skill, an agent
takes the call that has waited longest. The waits are compared call by call. What is timed is the day and nothing else.
The SimPy model is the textbook's (FilterStore); `.lines` stand against one that was made as quick as we could.
"""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks import peers, simpy_day
from benchmarks.harness import cpu_of, median, report, say
from wfm.staffing.rules.simulation.draws import Calls, draw_day
from wfm.staffing.rules.simulation.scenario import Duration, Group, Queue, Scenario
from wfm.staffing.rules.simulation.simulate import Centre

ROUNDS = int(os.environ.get("S6_ROUNDS", "9"))
QUEUES, AGENTS, CALLS, INTERVALS = 20, 60, 10_000, 24
AHT_S, PATIENCE_S, DAY_S = 230.0, 150.0, 12 * 3600


def main() -> None:
    peers.load()
    simpy = import_module("simpy")
    scenario = the_scenario()
    calls = first_calls(scenario)
    rows = list(
        zip(*(column.tolist() for column in (calls.at, calls.queue, calls.handling, calls.gives_up)), strict=True)
    )
    inputs = [(at, queue, handling, gives_up - at) for at, queue, handling, gives_up in rows]
    skills = [frozenset(queue for queue, _ in group.skills) for group in scenario.groups]
    plain, compiled = (Centre(scenario, fast=fast) for fast in (False, True))
    found: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}

    def ours(name: str, centre: Centre) -> None:
        found[name] = np.nan_to_num(centre.live(calls).answered_at, nan=simpy_day.NOBODY)

    def theirs(name: str, model: Callable[..., list[float]]) -> None:
        found[name] = np.array(model(simpy, inputs, skills))

    ways = {
        "compiled": partial(ours, "compiled", compiled),
        "plain": partial(ours, "plain", plain),
        "simpy_lines": partial(theirs, "simpy_lines", simpy_day.by_lines),
        "simpy_store": partial(theirs, "simpy_store", simpy_day.by_store),
    }
    ways["compiled"]()  # compiles, or reads what is compiled
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            gc.collect()
            repeats = 20 if name == "compiled" else 1
            times[name].append(cpu_of(lambda way=way, repeats=repeats: [way() for _ in range(repeats)]) / repeats)
        say("  ".join(f"{name} {values[-1] * 1000:.1f} ms" for name, values in times.items()))
    assert np.array_equal(found["plain"], found["compiled"]), "plain and compiled differ"
    for name in ("simpy_lines", "simpy_store"):
        off = np.abs(found[name] - found["plain"])
        assert off.max() < 1e-6, f"{name}: call {off.argmax()} waits otherwise, by {off.max()} s"
    say_figures(calls, found["plain"], times)


def the_scenario() -> Scenario:
    """Each agent alone in a group of her own skills."""
    chance = random.Random(6)
    queues = tuple(
        Queue(
            f"Q{index}",
            (CALLS * 1.02 / QUEUES / INTERVALS,) * INTERVALS,
            Duration("lognormal", AHT_S, 0.8),
            Duration("exponential", PATIENCE_S),
        )
        for index in range(QUEUES)
    )
    groups = tuple(
        Group(f"A{index}", tuple((queue, 1) for queue in sorted({index % QUEUES, *chance.sample(range(QUEUES), 3)})),
              (1,) * INTERVALS)
        for index in range(AGENTS)
    )  # fmt: skip
    return Scenario(queues, groups, INTERVALS, DAY_S / INTERVALS, "longest_idle")


def first_calls(scenario: Scenario) -> Calls:
    """Exactly CALLS of a random day, ended long before the day: agents who go are not modelled in SimPy."""
    calls = draw_day(scenario, 0)
    assert len(calls.at) >= CALLS
    return Calls(*(column[:CALLS] for column in vars(calls).values()))


def say_figures(calls: Calls, answered: np.ndarray[Any, Any], times: dict[str, list[float]]) -> None:
    served = answered >= 0
    figures = {
        "calls": CALLS,
        "abandoned_share": float(1 - served.mean()),
        "waited_share": float((answered[served] > calls.at[served]).mean()),
        "rounds": ROUNDS,
        **{f"{name}_ms": median(values) * 1000 for name, values in times.items()},
    }
    for peer, suffix in (("simpy_store", ""), ("simpy_lines", ".lines")):
        for name, bar in (("plain", 5), ("compiled", 60)):
            ratio = median([theirs / own for theirs, own in zip(times[peer], times[name], strict=True)])
            against = "SimPy with lines of its own" if peer == "simpy_lines" else "SimPy's FilterStore"
            report(f"S6.{name}{suffix}", ratio, bar, against=f"{against}, same waits call by call (CPU)", **figures)


if __name__ == "__main__":
    main()
