"""`wfm source` and `wfm quarantine`: how the sources are, and what of them could not be read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from tabulate import tabulate

from wfm.accounts.service import audit
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.telephony import queries
from wfm.telephony.models import Quarantine, Source
from wfm.telephony.rules.numbers import without_numbers
from wfm.telephony.service import intake
from wfm.telephony.service import quarantine as set_aside

FORMAT = click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
#: So much of a line is shown; a line may have megabytes.
SHOWN = 4_000
#: Whoever writes to the log must not write to the terminal of whoever looks at it: colours, titles, the line before.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
#: What the list of the quarantine shows of each line.
LISTED = ("id", "source", "file", "line", "item", "reason", "detail", "received_at", "state")


@click.group()
def source() -> None:
    """Sources of telephone events and how they are."""


@source.command("list")
@FORMAT
def list_sources(shape: str) -> None:
    """List all sources."""
    with transaction() as session:
        rows = session.execute(queries.sources().order_by(Source.name)).all()
    _print([row._asdict() for row in rows], shape)


@source.command("set")
@click.argument("name")
@click.option(
    "--ignore-event", "ignored", multiple=True, metavar="WORD", help="An unknown event that is noise; repeat."
)
@click.option("--rank", type=click.IntRange(1, 99), help="How far it is trusted for stays; 1 is best.")
@click.option("--system", help="The telephone system it belongs to.")
def set_source(name: str, ignored: Sequence[str], rank: int | None, system: str | None) -> None:
    """Change how a source is read. Calls that are known already change with `wfm rebuild`."""
    with transaction() as session:
        found = intake.get_source(session, name)
        changed: dict[str, object] = {}
        if ignored:
            changed["ignored_events"] = found.ignored_events = sorted({*found.ignored_events, *ignored})
        if rank is not None:
            changed["rank"] = found.rank = rank
        if system is not None:
            found.system_id = intake.open_system(session, system).id
            changed["system"] = system
        if changed:
            actor = audit.terminal_actor()
            audit.record(session, actor, "source.set", object_kind="source", object_id=name, details=changed)
    if rank is not None or system is not None:
        click.echo("Bereits gebildete Anrufe ändern sich erst mit: wfm rebuild", err=True)
    elif ignored:
        click.echo("Was schon in Quarantäne liegt, wird neu gelesen mit: wfm quarantine retry --all", err=True)


@click.group()
def quarantine() -> None:
    """Lines that could not be read: kept, shown, and read again when that has become possible."""


@quarantine.command("list")
@click.option("--source", "source_name", help="Only those of one source.")
@click.option("--state", type=click.Choice(["open", "read", "accepted"]), default="open", show_default=True)
@click.option(
    "--limit", type=click.IntRange(1), default=1_000, show_default=True, help="At most so many, oldest first."
)
@FORMAT
def list_quarantined(source_name: str | None, state: str, limit: int, shape: str) -> None:
    """List what could not be read, with file and line (or its item in an HTTP request) and reason."""
    with transaction() as session:
        if source_name is not None:
            intake.get_source(session, source_name)
        found = queries.quarantined(state, source_name).order_by(Quarantine.id).limit(limit)
        rows = session.execute(found).mappings().all()
    shown = [{name: row[name] for name in LISTED} for row in rows]
    # A detail may quote a field, and the field may be a caller's number.
    _print([row | {"detail": without_numbers(row["detail"])} for row in shown], shape)


@quarantine.command("show")
@click.argument("row_id", metavar="ID", type=int)
@click.option("--raw", is_flag=True, help="With callers' numbers; this is noted in the audit trail.")
def show(row_id: int, raw: bool) -> None:
    """Show one line that could not be read: where it stood, why, and what it says."""
    with transaction() as session:
        row, stream, payload = queries.quarantined_row(session, row_id)
        if raw:
            actor = audit.terminal_actor()
            audit.record(
                session, actor, "quarantine.read", object_kind="quarantine", object_id=row_id, fields=["payload"]
            )
        file, line, item = queries.place_of(row, stream)
        facts: list[tuple[str, Any]] = [
            ("Quelle", stream.source.name),
            ("Datei", file),
            ("Zeile", line),
            ("Ereignis", f"{item} der HTTP-Sendung" if item else None),
            ("Position", row.position if row.position >= 0 else None),
            ("Grund", f"{row.reason}: {row.detail if raw else without_numbers(row.detail)}"),
            ("empfangen", _local(row.received_at)),
            ("nach", _local(row.after_at)),
            ("vor", _local(row.before_at)),
            ("Stand", row.state),
        ]
    for name, value in facts:
        if value is not None:
            click.echo(f"{name + ':':<12}{value}")
    text = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", payload[:SHOWN].decode("utf-8", "backslashreplace"))
    click.echo(f"\n{text if raw else without_numbers(text)}")
    if len(payload) > SHOWN:
        click.echo(f"… ({len(payload)} Byte)")


@quarantine.command("accept")
@click.argument("ids", nargs=-1, required=True, type=int)
@click.option("--reason", required=True, help="Why nothing is lost by them; noted in the audit trail.")
def accept(ids: Sequence[int], reason: str) -> None:
    """Declare that nothing is lost in these lines: garbage, half a line, a repetition with other content."""
    with transaction() as session:
        set_aside.accept(session, ids)
        for row_id in sorted(set(ids)):
            audit.record(
                session,
                audit.terminal_actor(),
                "quarantine.accept",
                object_kind="quarantine",
                object_id=row_id,
                fields=["state"],
                details={"reason": reason},
            )
    click.echo(f"{len(set(ids))} Zeilen anerkannt; sie zählen nicht mehr als Lücke.", err=True)


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(BERLIN).isoformat(" ", "seconds") if moment else None


def _print(rows: Sequence[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=datetime.isoformat))
    elif rows:
        shown = [[_local(value) if isinstance(value, datetime) else value for value in row.values()] for row in rows]
        click.echo(tabulate(shown, headers=list(rows[0]), disable_numparse=True))
