"""R2: Erlang B, C and A against 40-digit values, 0.1 to 5,000 Erlang; agents required against a count with 40 digits.

The references are those of the tests (sums over states, gamma functions in mpmath); points are drawn by chance, from
quiet to hopelessly overloaded. Takes some minutes, nearly all of it mpmath's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import astuple

import numpy as np
from mpmath import mpf

from benchmarks.harness import report
from tests.staffing import reference
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import Queues, performance
from wfm.staffing.rules.required import agents_required

POINTS = int(os.environ.get("R2_POINTS", "150"))
LEVELS = {variant: place for place, variant in enumerate(Variant, start=5)}


def main() -> None:
    for model in Model:
        worst, figures = 0.0, 0
        for point in points(model):
            for error in errors(model, *point):
                worst, figures = max(worst, error), figures + 1
        report(
            f"R2.{model}",
            worst,
            1e-8,
            at_most=True,
            worst=f"{worst:.1e}",
            figures=figures,
        )
    wrong = asked = 0
    for model in Model:
        for load, aht, _, threshold, patience in points(model, most=300):
            for variant, target in zip(Variant, (0.8, 0.9, 0.7, 0.95), strict=True):
                found = agents_required(model, Queues.of(load, aht, threshold, patience), target, variant)[0]
                asked += 1
                wrong += not smallest(model, load, aht, int(found), threshold, patience, variant, target)
    report("R2.required", wrong, 0, at_most=True, wrong=wrong, asked=asked)


def points(model: Model, most: float = 5000) -> Iterator[tuple[float, float, int, float, float]]:
    """Load, handling time, agents, threshold, patience."""
    chance = np.random.default_rng(2)
    for _ in range(POINTS):
        load = 10 ** chance.uniform(-1, np.log10(most))
        agents = max(1, round(load * chance.uniform(0.8, 1.3) + chance.normal(0, 2) * load**0.5))
        if model is Model.C:
            agents = max(agents, int(load) + 1)
        yield (
            load,
            10 ** chance.uniform(1.5, 3),
            agents,
            float(chance.choice([1, 10, 20, 60])),
            10 ** chance.uniform(0.5, 3),
        )


def exact(model: Model, load: float, aht: float, agents: int, threshold: float, patience: float) -> Sequence[mpf]:
    if model is Model.B:
        return reference.erlang_b(load, agents)
    if model is Model.C:
        return reference.erlang_c(load, aht, agents, threshold)
    return reference.erlang_a(load, aht, agents, threshold, patience)


def errors(model: Model, load: float, aht: float, agents: int, threshold: float, patience: float) -> Iterator[float]:
    """The relative error of each figure that a float can hold."""
    got = performance(model, Queues.of(load, aht, threshold, patience), agents)
    with reference.working_digits(400):
        for ours, true in zip(astuple(got), exact(model, load, aht, agents, threshold, patience), strict=True):
            if abs(true) > mpf("1e-300"):
                yield float(abs(mpf(float(ours[0])) / true - 1))
            elif true == 0:
                assert ours[0] == 0


def smallest(
    model: Model,
    load: float,
    aht: float,
    agents: int,
    threshold: float,
    patience: float,
    variant: Variant,
    target: float,
) -> bool:
    with reference.working_digits(200):
        place = LEVELS[variant]
        if exact(model, load, aht, agents, threshold, patience)[place] < mpf(target):
            return False
        if agents == 1 or (model is Model.C and agents - 1 <= load):
            return True
        return exact(model, load, aht, agents - 1, threshold, patience)[place] < mpf(target)


if __name__ == "__main__":
    main()
