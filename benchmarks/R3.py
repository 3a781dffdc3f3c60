"""R3: the simulation against truths known from theory, of `chains.py`, with its own 95 % intervals.

A row is a figure of a queue in an interval or, where the truth covers it, of the day: calls, service level (of all
offered), abandonment, seconds waited. Each case is simulated with several seeds. `R3.rows` is the share of rows whose
interval holds the truth, `R3.day` the greatest distance of a day's service level from it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks import chains
from benchmarks.chains import Figures
from benchmarks.harness import report, say
from wfm.staffing.rules.simulation.figures import queue_figures
from wfm.staffing.rules.simulation.scenario import Duration, Group, Queue, Scenario
from wfm.staffing.rules.simulation.simulate import simulate

SEEDS = int(os.environ.get("R3_SEEDS", "10"))
STEP_S, AHT_S, PATIENCE_S, THRESHOLD_S = 1800.0, 240.0, 120.0, 20.0
NAN = float("nan")
EXPONENTIAL = Duration("exponential", AHT_S)
IMPATIENT = Duration("exponential", PATIENCE_S)


@dataclass(frozen=True)
class Case:
    """A scenario, and the truth by queue and interval. Truths of a steady state hold from interval `steady_from` on."""

    scenario: Scenario
    truth: list[list[Figures]]
    replications: int = 1000
    steady_from: int = 0


def main() -> None:
    inside: list[bool] = []
    off: list[float] = []
    shares: dict[str, float] = {}
    for number, case in enumerate(cases()):
        rows = [row for seed in range(SEEDS) for row in _rows(case, 1000 * number + seed)]
        held = [bool(low <= truth <= high) for _, truth, _, low, high in rows if low == low]
        days = [float(abs(mean - truth)) for figure, truth, mean, _, _ in rows if figure == "day sl_offered"]
        shares[case.scenario.name] = round(sum(held) / len(held), 4)
        inside += held
        off += days
        say(f"{case.scenario.name}: {sum(held)} of {len(held)} inside, day's service level off by {max(days):.4f}")
    report("R3.rows", sum(inside) / len(inside), 0.95, rows=len(inside), seeds=SEEDS, by_case=shares)
    report("R3.day", max(off), 0.01, at_most=True, days=len(off), mean_distance=float(np.mean(off)))


def cases() -> Iterator[Case]:
    yield _changing_staff()
    yield from _patience_laws()
    yield from _one_server()
    yield _two_queues_one_team()
    yield _busy_days()
    yield from _two_skills()


def _changing_staff() -> Case:
    """From an empty start; staff falls below those who are on calls, and rises while many wait; the day ends empty."""
    calls = [60, 110, 130, 120, 90, 100, 60, 0]
    agents = [8, 12, 18, 12, 7, 14, 9, 9]
    truth = chains.one_queue([c / STEP_S for c in calls], agents, AHT_S, PATIENCE_S, STEP_S, THRESHOLD_S, longest=60)
    return Case(_scenario("changing staff", [_queue(calls)], [_group(agents, 0)]), [truth])


def _patience_laws() -> Iterator[Case]:
    laws = {
        "exponential": (IMPATIENT, lambda x: np.exp(-x / PATIENCE_S)),
        "constant": (Duration("constant", 60), lambda x: (x < 60).astype(float)),
        "erlang-2": (Duration("gamma", PATIENCE_S, 0.5**0.5), lambda x: (1 + x / 60) * np.exp(-x / 60)),
        "lognormal": (Duration("lognormal", 150, 1.2), chains.lognormal_stays(150, 1.2)),
    }
    for name, (patience, stays) in laws.items():
        calls, agents = [*[90] * 12, 0], [12] * 13
        truth = chains.any_patience(90 / STEP_S, 12, AHT_S, stays, THRESHOLD_S, 6000)
        queue = _queue(calls, patience=patience)
        yield Case(_scenario(f"{name} patience", [queue], [_group(agents, 0)]), [_steady(truth, calls)], 1000, 4)


def _one_server() -> Iterator[Case]:
    calls, rate, aht = [*[50] * 12, 0], 50 / STEP_S, 21.6  # load 0.6
    for name, handling, threshold, truth in (
        ("M/M/1", Duration("exponential", aht), 0, chains.one_server(rate, aht, 1)),
        ("M/G/1, lognormal", Duration("lognormal", aht, 1.5), 0, chains.one_server(rate, aht, 1.5)),
        ("M/G/1, erlang-4", Duration("gamma", aht, 0.5), 0, chains.one_server(rate, aht, 0.5)),
        ("M/D/1", Duration("constant", aht), 30, chains.constant_handling(rate, aht, 30)),
    ):
        queue = replace(_queue(calls), handling=handling, patience=None, threshold_s=threshold)
        yield Case(_scenario(name, [queue], [_group([1] * 13, 0)]), [_steady(truth, calls)], 1000, 4)


def _two_queues_one_team() -> Case:
    """First come, first served across queues: each waits as if both were one."""
    calls = [[*[60] * 12, 0], [*[30] * 12, 0]]
    truth = chains.any_patience(90 / STEP_S, 12, AHT_S, lambda x: np.exp(-x / PATIENCE_S), THRESHOLD_S, 6000)
    queues = [_queue(calls[0], "1"), _queue(calls[1], "2")]
    scenario = _scenario("two queues, one team", queues, [_group([12] * 13, 0, 1)])
    return Case(scenario, [_steady(truth, calls[0]), _steady(truth, calls[1])], 1000, 4)


def _busy_days() -> Case:
    """The figures of a mean of calls: a busy day has more of them, and serves them worse."""
    calls, agents, cv = [25, 40, 40, 0], [5, 7, 6, 6], 0.2

    def on_a_day(factor: float) -> list[Figures]:
        return chains.one_queue([factor * c / STEP_S for c in calls], agents, AHT_S, PATIENCE_S, STEP_S, THRESHOLD_S)

    mixture = chains.busy_days(cv, on_a_day)
    truth = [Figures(*(sum(w * f[i] for w, f in interval) for i in range(4))) for interval in mixture]
    scenario = replace(_scenario("busy days", [_queue(calls)], [_group(agents, 0)]), busy_day_cv=cv)
    return Case(scenario, [truth], 4000)


def _two_skills() -> Iterator[Case]:
    one, two = [36] * 5 + [0], [27] * 5 + [0]
    rates = 36 / STEP_S, 27 / STEP_S
    n = chains.n_design(*rates, 5, 5, AHT_S, PATIENCE_S, STEP_S, 5, THRESHOLD_S)
    queues = [replace(_queue(one, "1"), priority=2), _queue(two, "2")]
    groups = [_group([5] * 6, 0), _group([5] * 6, 0, 1)]
    yield Case(_scenario("N design", queues, groups), _without_last(n), 2000)
    w = chains.w_design(*rates, (3, 3, 3), AHT_S, PATIENCE_S, STEP_S, 5, THRESHOLD_S)
    queues = [_queue(one, "1"), replace(_queue(two, "2"), priority=2)]
    groups = [_group([3] * 6, 0), _group([3] * 6, 0, 1), _group([3] * 6, 1)]
    yield Case(_scenario("W design", queues, groups), _without_last(w), 2000)


def _without_last(truth: dict[str, list[Figures]]) -> list[list[Figures]]:
    """The truth breaks off at its end, the scenario goes on: the last interval with calls is as the one before it."""
    return [[*intervals[:-1], intervals[-2], Figures(0, 0, 0, 0)] for intervals in truth.values()]


def _rows(case: Case, seed: int) -> Iterator[tuple[str, float, float, float, float]]:
    """Figure, truth, mean, lower and upper end."""
    estimates = queue_figures(simulate(replace(case.scenario, seed=seed), case.replications))
    for queue, truth in enumerate(case.truth):
        columns = [(k, f) for k, f in enumerate(truth) if k >= case.steady_from and f.calls > 0]
        names = {k: "" for k, _ in columns}
        if not case.steady_from:
            columns.append((len(truth), Figures(*(sum(values) for values in zip(*truth, strict=True)))))
        for k, of in columns:
            for figure, true in (
                ("offered", of.calls),
                ("sl_offered", of.within / of.calls),
                ("abandonment_rate", of.abandoned / of.calls),
                ("asa_all_s", of.waited_s / of.calls),
            ):
                if figure == "abandonment_rate" and case.scenario.queues[queue].patience is None:
                    continue
                found = estimates[figure]
                name = names.get(k, "day ") + figure
                yield name, true, found.mean[queue, k], found.lo95[queue, k], found.hi95[queue, k]
        if case.steady_from:
            of = truth[0]
            sums = estimates["answered_within"].mean, estimates["offered"].mean
            within, offered = (array[queue, case.steady_from : -1].sum() for array in sums)
            yield "day sl_offered", of.within / of.calls, within / offered, NAN, NAN


def _scenario(name: str, queues: list[Queue], groups: list[Group]) -> Scenario:
    return Scenario(tuple(queues), tuple(groups), len(queues[0].calls), STEP_S, name=name)


def _queue(calls: list[int], name: str = "1", patience: Duration = IMPATIENT) -> Queue:
    return Queue(name, tuple(map(float, calls)), EXPONENTIAL, patience, THRESHOLD_S)


def _group(agents: list[int], *queues: int) -> Group:
    return Group(f"{queues}", tuple((queue, 1) for queue in queues), tuple(agents))


def _steady(of_a_call: Figures, calls: list[int]) -> list[Figures]:
    return [Figures(*(count * value for value in of_a_call)) for count in calls]


if __name__ == "__main__":
    main()
