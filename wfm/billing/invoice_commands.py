"""`wfm invoice`: documents listed, written to files, made void."""

from __future__ import annotations

from pathlib import Path

import click

from wfm.core.harmless import on_terminal

_TOKEN = click.option(
    "--as", "secret", metavar="TOKEN", envvar="WFM_TOKEN", required=True, help="Your own token. [WFM_TOKEN]"
)


@click.group()
def invoice() -> None:
    """Invoices and statements: list, export, void."""


@invoice.command("list")
@click.option("--partner", help="Key of one partner.")
@click.option("--year", type=click.IntRange(2000, 2100), help="Year of issue.")
@_TOKEN
def list_(partner: str | None, year: int | None, secret: str) -> None:
    """Documents, the newest first, void ones marked."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.rules.words import money
    from wfm.billing.service import documents
    from wfm.core.db import transaction

    with transaction() as session:
        viewer = authenticate(session, secret)
        for one in documents.listed(session, viewer, partner=partner, year=year):
            void = f"  UNGÜLTIG: {on_terminal(one.void_reason or '')}" if one.voided_at else ""
            number = documents.number_of(one)
            click.echo(f"{number}  {one.issued_on}  {one.kind}  {one.partner}  {money(one.cents)}{void}")


@invoice.command()
@click.option("--format", "form", type=click.Choice(("xrechnung", "zugferd")), required=True)
@click.option("--settlement", type=int, help="All valid documents of a settlement.")
@click.option("--number", help="One document by its number.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder.")
@_TOKEN
def export(form: str, settlement: int | None, number: str | None, output: Path, secret: str) -> None:
    """Write invoices as files, as they went out: XRechnung (XML) or ZUGFeRD (PDF with the XML in it)."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import documents
    from wfm.billing.service.invoices import MONEY
    from wfm.core.db import transaction
    from wfm.core.errors import BadInput

    if (settlement is None) == (number is None):
        raise click.UsageError("Either --settlement or --number.")
    with transaction() as session:
        viewer = authenticate(session, secret)
        wanted = documents.listed(session, viewer, settlement_id=settlement, number=number)
        chosen = [one for one in reversed(wanted) if one.kind in MONEY and (number or one.voided_at is None)]
        if not chosen:
            raise BadInput("document.unknown", "Dazu gibt es keine Rechnung.")
        try:
            output.mkdir(parents=True, exist_ok=True)
            for one in chosen:
                path = output / f"{documents.number_of(one)}.{'xml' if form == 'xrechnung' else 'pdf'}"
                path.write_bytes((one.xml if form == "xrechnung" else one.pdf) or b"")
                click.echo(path)
        except OSError as problem:
            message = f"{output}: lässt sich nicht schreiben ({problem.strerror})."
            raise BadInput("document.output", message) from None


@invoice.command()
@click.argument("number")
@click.option("--reason", required=True)
@_TOKEN
def void(number: str, reason: str, secret: str) -> None:
    """Make the document NUMBER void, if it has not gone out."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import documents
    from wfm.core.db import transaction
    from wfm.core.errors import NotFound

    with transaction() as session:
        viewer = authenticate(session, secret)
        found = documents.listed(session, viewer, number=number)
        if not found:
            raise NotFound("document.unknown", "Diesen Beleg gibt es nicht.")
        documents.void(session, viewer, found[0].id, reason)
    click.echo(f"{number} ist ungültig.")
