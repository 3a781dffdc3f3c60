"""`wfm audit`: the trail of who saw or changed what, and whether it is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime

import click

from wfm.accounts.audit_file import HEADS, texts, write_csv
from wfm.accounts.models import AuditEntry
from wfm.core import harmless
from wfm.core.clock import start_of_day

DAY = click.DateTime(["%Y-%m-%d"])


class HashType(click.ParamType):
    """A seal's hash as `verify` prints it."""

    name = "HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        try:
            found = bytes.fromhex(str(value))
        except ValueError:
            found = b""
        if len(found) != 32:
            self.fail(f"„{value}“ ist kein Hash (64 Hexadezimalziffern).", param, ctx)
        return found


@click.group()
def audit() -> None:
    """Audit trail: who saw or changed what, and whether all of it is still there."""


@audit.command("list")
@click.option("--from", "first", type=DAY, help="First day.")
@click.option("--to", "end", type=DAY, help="Day after the last one.")
@click.option("--actor", help="Only what this person or program did.")
@click.option("--action", help="Only this action, for instance token.created.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def list_(first: datetime | None, end: datetime | None, actor: str | None, action: str | None, form: str) -> None:
    """List entries, oldest first."""
    if first is not None and end is not None and end <= first:
        raise click.UsageError("Der Zeitraum ist leer: --to ist ausschließlich und muss nach --from liegen.")
    from wfm.accounts.queries import Trail, audit_entries
    from wfm.core.db import transaction

    trail = Trail(first and start_of_day(first.date()), end and start_of_day(end.date()), actor, action)
    with transaction() as session:
        _WRITERS[form](audit_entries(session, trail))


@audit.command()
def seal() -> None:
    """Seal the days that are over; the worker does it every night."""
    from wfm.accounts import sealing
    from wfm.core.db import transaction

    with transaction() as session:
        made = sealing.seal(session)
    click.echo(f"{len(made)} Tage versiegelt.", err=True)


@audit.command()
@click.option(
    "--known",
    type=HashType(),
    multiple=True,
    help="A hash kept from an earlier run; it must still be there. Repeat.",
)
def verify(known: tuple[bytes, ...]) -> None:
    """Compare the trail with its seals; exit status 1 names the first day that does not agree.

    Keep the newest hash somewhere else: whoever owns the database could make all seals anew, but not that one.
    """
    from wfm.accounts import sealing
    from wfm.core.db import transaction

    with transaction() as session:
        verdict = sealing.verify(session, known)
        unprotected = sealing.may_be_rewritten(session)
    click.echo(
        f"{verdict.days} Tage versiegelt, {verdict.entries} Einträge, {verdict.dropped} Tage nach Ablauf gelöscht."
    )
    if verdict.newest is not None:
        click.echo(f"Neuestes Siegel: {verdict.newest.day} {verdict.newest.hash.hex()}")
    if unprotected:
        click.echo("Achtung: Diese Verbindung darf Einträge ändern; wfm sollte sich als wfm_app anmelden.", err=True)
    if verdict.flaw is not None:
        day = f"{verdict.flaw.day}: " if verdict.flaw.day else ""
        click.echo(f"Nicht in Ordnung: {day}{verdict.flaw.message}", err=True)
        click.get_current_context().exit(1)


def _as_table(entries: Iterable[AuditEntry]) -> None:
    from tabulate import tabulate

    rows = [[harmless.on_terminal(cell) for cell in texts(entry)] for entry in entries]
    click.echo(tabulate(rows, list(HEADS.values()), disable_numparse=True))


def _as_csv(entries: Iterable[AuditEntry]) -> None:
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    write_csv(entries, sys.stdout)


def _as_json(entries: Iterable[AuditEntry]) -> None:
    rows = [{name: getattr(entry, name) for name in HEADS} | {"at": entry.at.isoformat()} for entry in entries]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


_WRITERS = {"table": _as_table, "json": _as_json, "csv": _as_csv}
