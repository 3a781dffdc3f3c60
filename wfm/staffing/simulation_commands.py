"""`wfm staffing simulate`: a file tells a centre's day, a file comes back with what would happen."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any

import click

from wfm.core.errors import BadInput
from wfm.core.strict_json import strict_json
from wfm.staffing.rules.simulation.figures import Estimate, group_figures, queue_figures
from wfm.staffing.rules.simulation.reader import clock, read_scenario
from wfm.staffing.rules.simulation.scenario import Scenario
from wfm.staffing.rules.simulation.simulate import Simulation, check_size
from wfm.staffing.rules.simulation.simulate import simulate as simulate_days

#: Columns of the answer; docs/simulation.md says what they mean.
COLUMNS = (
    "scope", "name", "period", "from", "to", "figure", "mean", "lo95", "hi95", "mean_of_days", "p10", "p90",
)  # fmt: skip


@click.command()
@click.option(
    "--scenario",
    "scenario_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The day, as JSON: docs/simulation.md.",
)
@click.option("--replications", type=int, default=100, show_default=True, help="Random days to live.")
@click.option("--output", required=True, help="CSV file; - is standard output.")
def simulate(scenario_file: Path, replications: int, output: str) -> None:
    """Simulate a centre's day: several skills, changing staff, breaks, busy days, call-backs.

    The same scenario gives the same file: chance comes from its seed.
    """
    scenario = read_scenario(_json(scenario_file))
    check_size(scenario, replications)
    with click.progressbar(length=replications, label="Simulating", file=sys.stderr) as progress:
        simulation = simulate_days(scenario, replications, progress=progress.update)
    with click.open_file(output, "w", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(simulation))


def rows(simulation: Simulation) -> Iterator[tuple[str, ...]]:
    """The lines of the answer: queues, groups and the whole centre, each by interval and for the day."""
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


def _values(estimate: Estimate, row: int, column: int) -> Iterator[str]:
    for values in vars(estimate).values():
        value = values[row, column]
        yield "" if isnan(value) else f"{value:.8g}"


def _json(path: Path) -> Any:
    try:
        return strict_json(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput("simulation.json", f"{path.name} ist kein lesbares JSON: {error}") from error
