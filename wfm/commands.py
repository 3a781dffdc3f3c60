"""Commands that run through several packages: ingest, quarantine, rebuild, import with re-derivation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from wfm import ingest as intake
from wfm.core.db import transaction
from wfm.core.errors import BadInput, ServerTrouble
from wfm.core.intervals import Days
from wfm.directory.commands import directory
from wfm.queues.service import rebuilding
from wfm.reporting.service.rederive import rederive
from wfm.telephony.adapters import ADAPTERS, OWN_DOOR
from wfm.telephony.commands import quarantine
from wfm.telephony.service.intake import get_source

DAY = click.DateTime(["%Y-%m-%d"])
LINE_KINDS = click.Choice([kind for kind in ADAPTERS if kind not in OWN_DOOR])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

__all__ = ["directory", "ingest", "quarantine", "rebuild"]


@click.group()
def ingest() -> None:
    """Take in telephone events. A command returns when its events have become calls and are counted."""


def _source_options(command: click.decorators.FC) -> click.decorators.FC:
    command = click.option("--source", required=True, help="Name of the source; made at its first use.")(command)
    return click.option("--system", help="Telephone system the source belongs to.  [default: main]")(command)


@ingest.command("queue-log")
@click.argument("files", nargs=-1, required=True, type=FILE)
@_source_options
@click.option(
    "--follow", is_flag=True, help="Go on reading what is written, through rotations, until stopped. One file only."
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 100_000),
    default=intake.BATCH,
    show_default=True,
    help="Lines a transaction.",
)
def queue_log(files: tuple[Path, ...], source: str, system: str | None, follow: bool, batch_size: int) -> None:
    """Asterisk's queue_log, plain or gzip, in any order; lines known already are passed over."""
    if follow:
        if len(files) != 1:
            raise click.UsageError("--follow takes one file: the one that is being written.")
        intake.follow_queue_log(files[0], source, system=system, batch=batch_size)
        return
    new = 0
    for path in files:
        with _progress(path) as progress:
            new += intake.ingest_log(path, source, system=system, batch=batch_size, progress=progress)
        if left := intake.half_line(path):
            click.echo(
                f"{path.name}: {left} Byte ohne Zeilenende am Schluss werden erst gelesen, wenn die Zeile ganz ist.",
                err=True,
            )
    _finish(new, source)


@ingest.command("file")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--kind", type=LINE_KINDS, required=True, help="The adapter that reads its lines.")
@_source_options
def file(files: tuple[Path, ...], kind: str, source: str, system: str | None) -> None:
    """Log files of any kind that an adapter reads line by line."""
    new = 0
    for path in files:
        with _progress(path) as progress:
            new += intake.ingest_log(path, source, kind=kind, system=system, progress=progress)
    _finish(new, source)


@ingest.command("queue-log-table")
@click.argument("file", type=FILE, required=False)
@_source_options
@click.option("--timezone", default="Europe/Berlin", show_default=True, help="Zone of the table's local times.")
@click.option("--sql", help="SQLAlchemy address of the live database instead of a file.")
@click.option("--table", default="queue_log", show_default=True, help="With --sql: the table's name.")
def queue_log_table(
    file: Path | None, source: str, system: str | None, timezone: str, sql: str | None, table: str
) -> None:
    """Asterisk's realtime queue_log: a CSV dump with a header line, or the live SQL table."""
    if (file is None) == (sql is None):
        raise click.UsageError("Either FILE or --sql.")
    _finish(intake.ingest_table(source, timezone=timezone, system=system, file=file, sql=sql, table=table), source)


@ingest.command("cdr")
@click.argument("file", type=FILE)
@click.option("--map", "column_map", type=FILE, required=True, help="TOML: which column means what.")
@_source_options
def cdr(file: Path, column_map: Path, source: str, system: str | None) -> None:
    """Call detail records as CSV, whatever the vendor."""
    with _progress(file) as progress:
        new = intake.ingest_cdr(file, column_map, source, system=system, progress=progress)
    _finish(new, source)


@ingest.command("events")
@click.argument("file", type=FILE)
@_source_options
def events(file: Path, source: str, system: str | None) -> None:
    """CloudEvents 1.0, one JSON object a line."""
    _finish(intake.ingest_events(file, source, system=system), source)


def _finish(new: int, source: str) -> None:
    intake.project_all()
    days = intake.count_facts()
    with transaction() as session:
        unread = intake.unreadable(session, source)
        trouble = get_source(session, source).trouble
    note = f"; {unread} Zeilen in Quarantäne (wfm quarantine list)" if unread else ""
    click.echo(f"{source}: {new} neue Ereignisse, {days} Tage gezählt{note}.", err=True)
    if trouble:  # whoever waits for figures must not take them for counted
        raise ServerTrouble("source.trouble", f"{source}: {trouble}", source=source)


@contextmanager
def _progress(path: Path) -> Iterator[intake.Progress]:
    """A bar on a terminal, nothing elsewhere."""
    size = max(1, path.stat().st_size)
    terminal = sys.stderr
    with click.progressbar(length=size, label=path.name, file=terminal, hidden=not terminal.isatty()) as bar:
        yield bar.update


@quarantine.command("retry")
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Everything that can be tried again.")
def retry(ids: tuple[int, ...], everything: bool) -> None:
    """Read again what could not be read, for instance after an update."""
    if bool(ids) == everything:
        raise click.UsageError("Either IDs or --all.")
    with transaction() as session:
        chosen = rebuilding.open_quarantine(session, ids=ids)
    if missing := set(ids) - set(chosen):
        raise BadInput("quarantine.unknown", f"Nicht (mehr) in Quarantäne: {', '.join(map(str, sorted(missing)))}.")
    read = 0
    for start in range(0, len(chosen), intake.BATCH):
        with transaction() as session:
            read += rebuilding.retry(session, chosen[start : start + intake.BATCH])
    days = intake.count_facts()
    click.echo(f"{read} von {len(chosen)} Zeilen konnten gelesen werden, {days} Tage gezählt.", err=True)


@click.command()
@click.option(
    "--from", "start", type=DAY, help="First day of calls; without it, everything from the first raw event on."
)
@click.option("--to", "end", type=DAY, help="Day after the last one.")
def rebuild(start: datetime | None, end: datetime | None) -> None:
    """Throw calls, agent states and facts away and make them anew from raw events; the result is the same.

    With --from and --to only the calls and agent states that began on these days are folded anew, from the events that
    were read then, and what lies in quarantine for them is tried again; lines that were passed over as meaningless are
    read again by a whole rebuild only.
    """
    if (start is None) != (end is None) or (start and end and end <= start):
        raise click.UsageError("--from and --to go together, and --to is later.")
    if start is None or end is None:
        with transaction() as session:
            rebuilding.forget(session)
        done = intake.project_all(progress=lambda rows: click.echo(".", err=True, nl=False))
        click.echo(f"\n{done} Rohereignisse ausgewertet.", err=True)
    else:
        intake.rebuild_days(Days(start.date(), end.date()))
    click.echo(f"{intake.count_facts()} Tage gezählt.", err=True)


@directory.result_callback()
def derive_anew(_result: object) -> None:
    """After an import: say again whose calls they were, and count."""
    with transaction() as session:
        changed = rederive(session)
    if changed is not None:  # a queue's wrap-up time attributes no call otherwise, but its days are counted anew
        days = intake.count_facts()
        click.echo(f"{changed} Anrufe neu zugeordnet, {days} Tage gezählt.", err=True)
