"""`wfm simulate`: a queue_log that no telephone system wrote."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from pathlib import Path

import click

from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.rules.simulation.scenario import Scenario
from wfm.telephony.rules.simulation.truth import Truth
from wfm.telephony.scenarios import generate, read_scenario

DAY = click.DateTime(["%Y-%m-%d"])
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--from", "start", type=DAY, required=True, help="First day.")
@click.option("--to", "end", type=DAY, required=True, help="Day after the last one.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same log, to the byte.")
@click.option("--output", required=True, help="File for the queue_log; - is standard output.")
@click.option("--calls-per-year", type=click.FloatRange(min=0), help="Calls in an ordinary year.  [default: 250000]")
@click.option("--scenario", "scenario_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML.")
@click.option("--numbers", type=NEW_FILE, help="Write the dialled numbers, ready for `wfm directory import numbers`.")
@click.option("--truth", "truth_file", type=NEW_FILE, help="Write what really happened, as JSON.")
def simulate(
    start: datetime,
    end: datetime,
    seed: int,
    output: str,
    calls_per_year: float | None,
    scenario_file: Path | None,
    numbers: Path | None,
    truth_file: Path | None,
) -> None:
    """Write the log of a simulated service centre for any period.

    The log is a queue_log of Asterisk, marked as generated; `wfm ingest queue-log` reads it like a real one.
    """
    if end < start:
        raise click.UsageError("--to lies before --from")
    changes = {} if calls_per_year is None else {"calls_per_year": calls_per_year}
    scenario = read_scenario(start.date(), end.date(), scenario_file, **changes)
    truth = Truth() if truth_file else None
    days = generate(start.date(), end.date(), seed, scenario, truth)
    lines = 0
    with (
        click.open_file(output, "w", encoding="utf-8") as log,
        click.progressbar(days, length=(end - start).days + 1, label="Simulating", file=sys.stderr) as progress,
    ):
        for text in progress:
            log.write(text)
            lines += text.count("\n")
    if numbers:
        _write_numbers(numbers, scenario, start)
    if truth and truth_file:
        truth_file.write_text(json.dumps(truth.as_dict(), indent=1), encoding="utf-8")
    click.echo(f"{lines:,} lines", err=True)


def _write_numbers(path: Path, scenario: Scenario, start: datetime) -> None:
    """Numbers are valid from the day their partner joined, else from the first day simulated."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["number", "partner", "valid_from", "valid_to"])
        for number, partner in dialled_numbers(scenario.partners):
            rows.writerow([number, partner, scenario.joined.get(partner, start.date()), ""])
