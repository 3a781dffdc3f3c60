"""`wfm forecast run|show|list|errors|events`: snapshots in the database, what became of them, planned events."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from tabulate import tabulate

from wfm.accounts.service.audit import terminal_actor
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.forecasting.formats import render
from wfm.forecasting.models import ForecastRun, ForecastSeries
from wfm.forecasting.service import errors as errors_service
from wfm.forecasting.service import events as events_service
from wfm.forecasting.service import reading, runs

DAY = click.DateTime(["%Y-%m-%d"])
FORMAT = click.Choice(["table", "csv", "xlsx"])


@click.command()
@click.option("--from", "first", type=DAY, help="First day; today by default. Days of the past: as then known.")
@click.option("--to", "end", type=DAY, help="Day after the last one; 92 days by default, 550 at most.")
@click.option("--queue", "queues", multiple=True, help="Only this queue; may be given again. The rest is left out.")
def run(first: datetime | None, end: datetime | None, queues: tuple[str, ...]) -> None:
    """Make a forecast and keep it as a new snapshot."""
    with transaction() as session:
        made = runs.make_run(
            session,
            by=terminal_actor(),
            first=first and first.date(),
            end=end and end.date(),
            queues=list(queues) or None,
        )
        statement = select(ForecastSeries).where(ForecastSeries.run_id == made.id, ForecastSeries.kind != "part")
        series = session.scalars(statement.order_by(ForecastSeries.id)).all()
    rows = [(row.kind, row.queue or row.partner or "", row.method, " ".join(row.warnings)) for row in series]
    click.echo(
        tabulate(
            rows, ["Art", "Reihe", "Verfahren", "Hinweise"], maxcolwidths=[None, None, 30, 70], disable_numparse=True
        )
    )
    for warning in made.warnings:
        click.echo(warning, err=True)
    simulated = " ENTHÄLT SIMULIERTE ANRUFE." if made.generated else ""
    click.echo(f"Prognose {made.id}: {made.first_day} bis vor {made.end_day}.{simulated}", err=True)


@click.command()
@click.option("--run", "number", type=int, help="Number of the snapshot; the newest by default.")
@click.option("--queue", help="The queue; the whole centre by default.")
@click.option("--from", "first", type=DAY, help="First day.")
@click.option("--to", "end", type=DAY, help="Day after the last one.")
@click.option("--interval", type=click.Choice(["15", "30", "60", "day"]), default="day", show_default=True)
@click.option("--without-adjustments", is_flag=True, help="As it was reckoned, without the layers of people.")
@click.option("--format", "form", type=FORMAT, default="table", show_default=True)
def show(
    number: int | None, queue: str | None, first: datetime | None, end: datetime | None, interval: str,
    without_adjustments: bool, form: str,
) -> None:  # fmt: skip
    """Show a snapshot with the adjustments on it."""
    with transaction() as session:
        report = reading.forecast_rows(
            session,
            run=number,
            queue=queue,
            first=first and first.date(),
            end=end and end.date(),
            interval=interval,
            adjusted=not without_adjustments,
        )
    click.echo(render(report, "intervals", form), nl=False)


@click.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
def list_(limit: int) -> None:
    """List snapshots, the newest first."""
    with transaction() as session:
        found = session.scalars(select(ForecastRun).order_by(ForecastRun.id.desc()).limit(limit)).all()
    rows = [
        (run.id, f"{run.made_at.astimezone(BERLIN):%d.%m.%Y %H:%M}", run.made_by, run.first_day, run.end_day)
        for run in found
    ]
    click.echo(tabulate(rows, ["Nummer", "gerechnet", "von", "erster Tag", "bis vor"], disable_numparse=True))


@click.command()
@click.option("--run", "number", type=int, help="Only this snapshot, over all its days that are over.")
@click.option("--queue", help="Only this queue.")
@click.option("--from", "first", type=DAY, help="First day compared.")
@click.option("--to", "end", type=DAY, help="Day after the last one compared; today at the latest.")
@click.option("--adjusted", is_flag=True, help="With the layers of people that held when each day began.")
@click.option("--format", "form", type=FORMAT, default="table", show_default=True)
def errors(
    number: int | None, queue: str | None, first: datetime | None, end: datetime | None, adjusted: bool, form: str
) -> None:
    """Compare snapshots with what came: WAPE, bias and coverage by queue and days ahead."""
    with transaction() as session:
        report = errors_service.forecast_errors(
            session,
            run=number,
            queue=queue,
            first=first and first.date(),
            end=end and end.date(),
            adjusted=adjusted,
        )
    if not report["rows"]:
        click.echo("Noch ist kein Tag einer Prognose vergangen, von dem Anrufe bekannt sind.", err=True)
        return
    click.echo(render(report, "errors", form), nl=False)


@click.group()
def events() -> None:
    """Planned events: elections, notices, mailings, school holidays."""


@events.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only list what would be added and changed, and bad rows.")
def import_(file: Path, dry_run: bool) -> None:
    """Import a CSV file of events: all of it, or nothing if a row is bad.

    Columns: kind,title,first_day,last_day,partner,queue,factor,source. An empty factor is learnt from earlier events.
    """
    with transaction() as session:
        plan = events_service.import_events(session, file, by=terminal_actor(), dry_run=dry_run)
    rows: list[tuple[str, int, str]] = [("neu", change.line, change.what) for change in plan.added]
    rows += [("geändert", change.line, change.what) for change in plan.changed]
    rows.sort(key=lambda row: row[1])
    if rows:
        click.echo(tabulate(rows, ["", "Zeile", "Ereignis"], disable_numparse=True))
    for error in plan.errors:
        click.echo(str(error), err=True)
    counts = f"{len(plan.added)} neu, {len(plan.changed)} geändert, {plan.unchanged} Zeilen unverändert"
    if plan.errors:
        message = f"{file.name}: {len(plan.errors)} fehlerhafte Zeilen, nichts übernommen ({counts})."
        raise BadInput("forecast.events", message)
    click.echo(f"{file.name}: {counts}{' (Probelauf, nichts geschrieben)' if dry_run else ''}.", err=True)


@events.command("export")
def export() -> None:
    """Print all events in the form of the import file."""
    with transaction() as session:
        columns, rows = events_service.list_events(session)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
