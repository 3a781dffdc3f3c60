"""`wfm db`: bring the schema up to date, and say how far it is."""

from __future__ import annotations

import click

from wfm.core import embedded, migrations
from wfm.core.db import transaction
from wfm.directory.service import load_base_data


@click.group()
def db() -> None:
    """The database's schema and base data."""


@db.command()
def upgrade() -> None:
    """Apply pending migrations; load the Region's 22 partners and Lower Saxony's calendar if missing."""
    bring_up_to_date()
    click.echo(f"Schema: {', '.join(migrations.status(embedded.owner_url()).at)}", err=True)


@db.command()
def status() -> None:
    """Say which migration the database is at; exit status 1 if some are pending."""
    found = migrations.status(embedded.owner_url())
    click.echo(f"at: {', '.join(found.at) or '-'}\nnewest: {', '.join(found.newest)}")
    for pending in found.pending:
        click.echo(f"pending: {pending}")
    if not found.up_to_date:
        click.get_current_context().exit(1)


def bring_up_to_date() -> None:
    """Migrate if needed, then load what base data is missing."""
    url = embedded.owner_url()
    if not migrations.status(url).up_to_date:
        migrations.upgrade(url)
    with transaction() as session:
        load_base_data(session)
