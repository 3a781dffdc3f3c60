"""`wfm agreement`, `wfm party`, `wfm cost`: files read in, lists written out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session
from tabulate import tabulate

from wfm.accounts.service.audit import terminal_actor
from wfm.billing.rules.words import money
from wfm.billing.service import agreements, parties
from wfm.billing.service import cost_items as costs
from wfm.billing.service.files import FileKind, import_file
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.directory.service.plans import ImportPlan

Listed = Callable[[Session], tuple[tuple[str, ...], list[tuple[Any, ...]]]]


@click.group()
def agreement() -> None:
    """Agreements: who is bound to which terms from when to when."""


@click.group()
def party() -> None:
    """How the host and partners appear on paper: address, Leitweg-ID, account."""


@click.group()
def cost() -> None:
    """Planned and actual cost by month, cost centre and kind."""


def _commands(group: click.Group, kind: FileKind, listed: Listed) -> None:
    @group.command("import")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Only list what would be added and changed, and bad rows.")
    def import_(file: Path, dry_run: bool) -> None:
        """Import a CSV file: all of it, or nothing if a row is bad. A file read in again changes nothing."""
        _import(kind, file, dry_run)

    @group.command("list")
    @click.option("--format", "format_", type=click.Choice(["table", "csv"]), default="table", show_default=True)
    def list_(format_: str) -> None:
        """List what is known, in the columns of the import file."""
        with transaction() as session:
            columns, rows = listed(session)
        if format_ == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerows([columns, *rows])
        else:
            click.echo(tabulate(rows, columns, disable_numparse=True))


_commands(agreement, agreements.KIND, agreements.list_agreements)
_commands(party, parties.KIND, parties.list_parties)
_commands(cost, costs.KIND, costs.list_cost)


def _import(kind: FileKind, file: Path, dry_run: bool) -> None:
    with transaction() as session:
        plan = import_file(session, kind, file, by=terminal_actor(), dry_run=dry_run)
        effect = costs.effect(session, plan) if dry_run else []
    _show(plan)
    if effect:
        rows = [
            (str(row.month), costs.STAGES[row.stage], money(row.there_cents), money(row.added_cents)) for row in effect
        ]
        click.echo(tabulate(rows, ["Monat", "", "bisher", "neu"], disable_numparse=True))
    counts = f"{len(plan.added)} neu, {len(plan.changed)} geändert, {plan.unchanged} Zeilen unverändert"
    if plan.errors:
        message = f"{file.name}: {len(plan.errors)} fehlerhafte Zeilen, nichts übernommen ({counts})."
        raise BadInput("billing.import", message)
    click.echo(f"{file.name}: {counts}{' (Probelauf, nichts geschrieben)' if dry_run else ''}.", err=True)


def _show(plan: ImportPlan) -> None:
    rows = [("neu", change.line, change.what) for change in plan.added]
    rows += [("geändert", change.line, change.what) for change in plan.changed]
    rows.sort(key=lambda row: row[1])
    if rows:
        click.echo(tabulate(rows, ["", "Zeile", "Eintrag"], disable_numparse=True))
    for error in plan.errors:
        click.echo(str(error), err=True)
