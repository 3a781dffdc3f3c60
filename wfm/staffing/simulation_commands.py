"""`wfm staffing simulate`: a file tells a centre's day, a file comes back with what would happen."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from wfm.core.errors import BadInput
from wfm.core.strict_json import strict_json
from wfm.staffing.rules.simulation.answer import COLUMNS, rows
from wfm.staffing.rules.simulation.reader import read_scenario
from wfm.staffing.rules.simulation.simulate import check_size
from wfm.staffing.rules.simulation.simulate import simulate as simulate_days


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
        writer.writerows(map(_cell, row) for row in rows(simulation))


def _cell(value: str | float | None) -> str:
    return value if isinstance(value, str) else "" if value is None else f"{value:.8g}"


def _json(path: Path) -> Any:
    try:
        return strict_json(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput("simulation.json", f"{path.name} ist kein lesbares JSON: {error}") from error
