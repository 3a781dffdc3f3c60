"""`wfm simulate`: a queue_log that no telephone system wrote."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.rules.simulation.scenario import Scenario
from wfm.telephony.rules.simulation.truth import Truth
from wfm.telephony.scenarios import generate, read_scenario

DAY = click.DateTime(["%Y-%m-%d"])
#: Opened when it is written first, so that wrong arguments empty no file.
NEW_FILE = click.File("w", encoding="utf-8", lazy=True)


@click.command()
@click.option("--from", "start", type=DAY, required=True, help="First day.")
@click.option("--to", "end", type=DAY, required=True, help="Day after the last one.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same log, to the byte.")
@click.option("--output", type=NEW_FILE, required=True, help="File for the queue_log; - is standard output.")
@click.option("--calls-per-year", type=click.FloatRange(min=0), help="Calls in an ordinary year.  [default: 250000]")
@click.option("--scenario", "scenario_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML.")
@click.option("--numbers", type=NEW_FILE, help="Write the dialled numbers, ready for `wfm directory import numbers`.")
@click.option("--truth", "truth_file", type=NEW_FILE, help="Write what really happened, as JSON.")
def simulate(
    start: datetime,
    end: datetime,
    seed: int,
    output: TextIO,
    calls_per_year: float | None,
    scenario_file: Path | None,
    numbers: TextIO | None,
    truth_file: TextIO | None,
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
    with click.progressbar(days, length=(end - start).days + 1, label="Simulating", file=sys.stderr) as progress:
        for text in progress:
            output.write(text)
            lines += text.count("\n")
    if numbers:
        _write_numbers(numbers, scenario, start)
    if truth and truth_file:
        json.dump(truth.as_dict(), truth_file, indent=1)
    click.echo(f"{lines:,} lines", err=True)


def _write_numbers(file: TextIO, scenario: Scenario, start: datetime) -> None:
    """Numbers are valid from the day their partner joined, else from the first day simulated."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["number", "partner", "valid_from", "valid_to"])
    for number, partner in dialled_numbers(scenario.partners):
        rows.writerow([number, partner, scenario.joined.get(partner, start.date()), ""])
