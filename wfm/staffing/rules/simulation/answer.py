"""A simulation as a table: queues, groups and the whole centre, each by interval and for the day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isnan

from wfm.staffing.rules.simulation.figures import Estimate, group_figures, queue_figures
from wfm.staffing.rules.simulation.reader import clock
from wfm.staffing.rules.simulation.scenario import Scenario
from wfm.staffing.rules.simulation.simulate import Simulation

#: Columns of the table; docs/simulation.md says what they mean.
COLUMNS = (
    "scope", "name", "period", "from", "to", "figure", "mean", "lo95", "hi95", "mean_of_days", "p10", "p90",
)  # fmt: skip


def rows(simulation: Simulation) -> Iterator[tuple[str | float | None, ...]]:
    """The lines of the table, numbers to eight digits; None where nothing can be said."""
    scenario = simulation.scenario
    queues = [("queue", queue.name) for queue in scenario.queues]
    groups = [("group", group.name) for group in scenario.groups]
    for names, figures in ((queues, queue_figures(simulation)), (groups, group_figures(simulation))):
        for row, (scope, name) in enumerate([*names, ("centre", "")]):
            for column, period in enumerate(_periods(scenario)):
                for figure, estimate in figures.items():
                    yield scope, name, *period, figure, *_values(estimate, row, column)


def _periods(scenario: Scenario) -> list[tuple[str, str, str]]:
    edges = [clock(scenario.start_s + index * scenario.interval_s) for index in range(scenario.intervals + 1)]
    intervals = [("interval", *edge) for edge in pairwise(edges)]
    return [*intervals, ("day", edges[0], edges[-1])]


def _values(estimate: Estimate, row: int, column: int) -> Iterator[float | None]:
    for values in vars(estimate).values():
        value = values[row, column]
        yield None if isnan(value) else float(f"{value:.8g}")
