"""S5: agents required for a year of half hours, Erlang C and exact Erlang A, against pyworkforce's ErlangC.

The year is that of a centre open day and night with 1.8 million calls: months as Berlin's 115 had them in 2018,
weekdays and hours as offices know them, every half hour with a load and a handling time of its own, so that nothing
can be kept from one row for another. pyworkforce knows no Erlang A: its ErlangC is what both of ours are measured by.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.harness import cpu_of, median, report, say
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required

ROUNDS = int(os.environ.get("S5_ROUNDS", "9"))
DAYS, CALLS, TARGET, WITHIN_S, PATIENCE_S = 365, 1_800_000, 0.8, 20, 150
MONTHS = [1.07, 0.94, 0.98, 0.88, 1.14, 1.23, 1.27, 1.15, 0.91, 0.95, 0.83, 0.65]
WEEKDAYS = [1.35, 1.25, 1.1, 1.15, 0.95, 0.15, 0.1]


def main() -> None:
    peers.load()
    from pyworkforce.queuing import ErlangC

    calls, aht = year()
    pairs = list(zip(calls.tolist(), (aht / 60).tolist(), strict=True))

    def peer() -> list[int]:
        return [
            ErlangC(transactions=count, aht=minutes, asa=WITHIN_S / 60, interval=30).required_positions(TARGET)[
                "raw_positions"
            ]
            for count, minutes in pairs
        ]

    def ours(model: Model, fast: bool) -> Callable[[], Any]:
        return lambda: agents_required(
            model, Queues.of(calls * aht / 1800, aht, WITHIN_S, PATIENCE_S), TARGET, fast=fast
        )

    ways: dict[str, Callable[[], Any]] = {
        "peer": peer,
        "C": ours(Model.C, False),
        "C.compiled": ours(Model.C, True),
        "A": ours(Model.A, False),
        "A.compiled": ours(Model.A, True),
    }
    check(calls * aht / 1800, aht, {name: np.asarray(way()) for name, way in ways.items()})
    rounds = [{name: cpu_of(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    for one in rounds:
        say("  ".join(f"{name} {cost * 1000:.2f}" for name, cost in one.items()))
    for name, bar in (("C", 40), ("C.compiled", 150), ("A", 12), ("A.compiled", 12)):
        report(
            f"S5.{name}",
            median([one["peer"] / one[name] for one in rounds]),
            bar,
            against="pyworkforce 0.5.1 ErlangC (CPU)",
            ours_ms=median([one[name] for one in rounds]) * 1000,
            peer_ms=median([one["peer"] for one in rounds]) * 1000,
            half_hours=len(calls),
            mean_load=float((calls * aht / 1800).mean()),
            rounds=ROUNDS,
        )


def year() -> tuple[Any, Any]:
    """Calls and mean handling time of each half hour."""
    chance = np.random.default_rng(5)
    half_hour = np.arange(48)
    profile = 0.03 + np.exp(-((half_hour - 21) ** 2) / 50) + 0.7 * np.exp(-((half_hour - 29) ** 2) / 40)
    days = np.arange(DAYS)
    level = np.array(MONTHS)[np.minimum(days // 30.42, 11).astype(int)] * np.array(WEEKDAYS)[days % 7]
    shape = (level * chance.lognormal(0, 0.1, DAYS))[:, None] * profile * chance.lognormal(0, 0.05, (DAYS, 48))
    calls = (shape / shape.sum() * CALLS).ravel()
    return calls, 240 * chance.lognormal(0, 0.08, DAYS * 48)


def check(load: Any, aht: Any, agents: dict[str, Any]) -> None:
    """All agree with the peer, and ours of Erlang A are right below and right above their target."""
    # The peer begins at round(load + 1), which is one too many where a load below that would have done.
    begun_too_high = agents["peer"] == np.round(load + 1)
    same = agents["C"] == agents["peer"]
    assert (same | begun_too_high).all()
    assert (agents["C"] <= agents["peer"]).all()
    assert np.array_equal(agents["C"], agents["C.compiled"])
    assert np.array_equal(agents["A"], agents["A.compiled"])
    queues = Queues.of(load, aht, WITHIN_S, PATIENCE_S)
    assert (performance(Model.A, queues, agents["A"]).sl_offered >= TARGET).all()
    assert (performance(Model.A, queues, agents["A"] - 1).sl_offered < TARGET).all()
    say(f"{(~same).sum()} of {len(load)} half hours begun too high by the peer")


if __name__ == "__main__":
    main()
