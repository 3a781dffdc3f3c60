"""`wfm privacy`: retention, and the data of one person."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def privacy() -> None:
    """Retention of each class of data; what is held of one person."""


@privacy.group()
def retention() -> None:
    """How long each class of data is kept."""


@retention.command("list")
def list_() -> None:
    """List the classes of data, how long each is kept, and on which basis."""
    from tabulate import tabulate

    from wfm.core.clock import berlin_day
    from wfm.core.db import transaction
    from wfm.privacy.service.agreed import list_retention

    with transaction() as session:
        rows = list_retention(session)
    heads = ("Klasse", "Daten", "Tage", "ab", "möglich", "Grundlage", "geändert", "von")
    shown = [
        (
            row["data_class"],
            row["title"],
            row["days"],
            row["counted_from"],
            f"{row['least']}-{row['most']}",
            row["basis"],
            berlin_day(row["changed_at"]).isoformat() if row["changed_at"] else "",
            row["changed_by"] or "",
        )
        for row in rows
    ]
    click.echo(tabulate(shown, heads, disable_numparse=True))


@retention.command("set")
@click.argument("data_class", metavar="CLASS")
@click.argument("days", type=click.IntRange(0))
@click.option("--basis", required=True, metavar="TEXT", help="The agreement that says so, in German.")
def set_(data_class: str, days: int, basis: str) -> None:
    """Keep a class of data for so many days; noted in the audit trail. What is gone by then stays gone."""
    from wfm.accounts.service.audit import terminal_actor
    from wfm.core.db import transaction
    from wfm.privacy.service.agreed import set_retention

    with transaction() as session:
        set_retention(session, data_class, days, basis, by=terminal_actor())
    click.echo(f"{data_class}: {days} Tage.", err=True)


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Only say how much a run would look at or take away.")
def retain(dry_run: bool) -> None:
    """Take away what is over in every class, as every night."""
    from tabulate import tabulate

    from wfm.accounts.service.audit import terminal_actor
    from wfm.privacy.service.retaining import COUNTS
    from wfm.privacy.service.retaining import retain as run

    counts = run(by=terminal_actor(), dry_run=dry_run)
    click.echo(tabulate([(COUNTS[name], count) for name, count in counts.items()], ("was", "Anzahl")))
    if dry_run:
        click.echo("Nichts geändert. Rohzeilen: so viele würden angesehen; nicht jede nennt jemanden.", err=True)


@privacy.command("export-person")
@click.argument("agent")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="A new file, .json for programs or .pdf to read.",
)
def export_person(agent: str, output: Path) -> None:
    """Write all that is held of an agent, for that agent; noted in the audit trail."""
    from wfm.accounts.service.audit import terminal_actor
    from wfm.core.db import transaction
    from wfm.core.errors import BadInput
    from wfm.privacy.service.exporting import as_json
    from wfm.privacy.service.exporting import export_person as export_all
    from wfm.privacy.service.person_document import as_pdf

    forms = {".json": as_json, ".pdf": as_pdf}
    if output.suffix not in forms:
        raise click.UsageError("--output endet auf .json oder .pdf.")
    with transaction() as session:
        export = export_all(session, agent, by=terminal_actor())
    written = forms[output.suffix](export)
    try:
        # Personal data: for the one who runs the command only, and never over another file.
        output.touch(mode=0o600, exist_ok=False)
        output.write_bytes(written)
    except OSError as error:
        message = f"{output} lässt sich nicht anlegen: {error.strerror}."
        raise BadInput("person.output", message, file=str(output)) from error
    click.echo(f"{output} geschrieben.", err=True)


@privacy.command("forget-person")
@click.argument("agent")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget_person(agent: str, yes: bool) -> None:
    """Replace the name of an agent who left by a random one, everywhere; sums stay. It can't be undone."""
    from wfm.accounts.service.audit import terminal_actor
    from wfm.core.db import transaction
    from wfm.privacy.service.forgetting import forget_person as forget

    if not yes:
        click.confirm(f"„{agent}“ unwiderruflich durch ein Pseudonym ersetzen?", abort=True, err=True)
    with transaction() as session:
        done = forget(session, agent, by=terminal_actor())
    click.echo(
        f"Ersetzt: {done.stays} Anrufe, {done.states} Zustände, {done.spans} Zeiten, {done.lines} Rohzeilen; "
        f"{done.aliases} Bezeichnungen gelöscht.",
        err=True,
    )
