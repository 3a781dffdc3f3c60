"""`wfm directory`: import files, list what is known, show the effective calendar."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Days
from wfm.directory import queries, service
from wfm.directory.queries.listings import LISTS
from wfm.directory.rules.calendar import WEEKDAYS, periods_text

KINDS = click.Choice(list(LISTS))
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def directory() -> None:
    """Partners, dialled numbers, queues, services, opening hours, agents' names."""


@directory.command("import")
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only list what would be added and changed, and bad rows.")
def import_(kind: str, file: Path, dry_run: bool) -> None:
    """Import a CSV file: all of it, or nothing if a row is bad.

    UTF-8 or Windows-1252, comma or semicolon. valid_from is the first and valid_to the last day; an empty valid_to
    means until further notice.
    """
    with transaction() as session:
        plan = service.run_import(session, kind, file, dry_run=dry_run)
    _show(plan)
    counts = f"{len(plan.added)} neu, {len(plan.changed)} geändert, {plan.unchanged} Zeilen unverändert"
    if plan.errors:
        raise BadInput(
            "directory.import", f"{file.name}: {len(plan.errors)} fehlerhafte Zeilen, nichts übernommen ({counts})."
        )
    click.echo(f"{file.name}: {counts}{' (Probelauf, nichts geschrieben)' if dry_run else ''}.", err=True)


def _show(plan: service.ImportPlan) -> None:
    rows = [("neu", change.line, change.what) for change in plan.added]
    rows += [("geändert", change.line, change.what) for change in plan.changed]
    rows.sort(key=lambda row: row[1])
    if rows:
        click.echo(tabulate(rows, ["", "Zeile", "Eintrag"], disable_numparse=True))
    for error in plan.errors:
        click.echo(str(error), err=True)


@directory.command("list")
@click.argument("kind", type=KINDS)
@click.option("--format", "format_", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def list_(kind: str, format_: str) -> None:
    """List what is known. As CSV it has the form of the import file: edit it and import it again."""
    with transaction() as session:
        columns, rows = LISTS[kind](session)
    _print(columns, rows, format_)


@directory.command()
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "end", type=DAY, required=True, help="Day after the last one.")
@click.option("--queue", help="Hours of this queue instead of the whole centre.")
@click.option("--format", "format_", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def calendar(first: datetime, end: datetime, queue: str | None, format_: str) -> None:
    """Show on which days and at what times the centre, or one queue, is open."""
    days = _days(first.date(), end.date())
    with transaction() as session:
        if queue is not None and queue not in queries.queue_labels(session):
            raise NotFound("queue.unknown", f"Die Warteschlange „{queue}“ ist nicht bekannt.", queue=queue)
        effective = service.calendar(session)
    rows = []
    for day in days:
        hours = effective.on(day, queue)
        rows.append((day, WEEKDAYS[day.weekday()], periods_text(hours.periods), hours.reason))
    _print(("day", "weekday", "open", "reason"), rows, format_)


def _days(first: date, end: date) -> Days:
    if end <= first:
        raise BadInput("days.empty", f"Der Zeitraum ist leer: --to ({end}) ist der Tag nach dem letzten.")
    return Days(first, end)


def _print(columns: tuple[str, ...], rows: list[tuple[Any, ...]], format_: str) -> None:
    if format_ == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        click.echo(tabulate(rows, columns, disable_numparse=True))
