"""`wfm db`: bring the schema up to date, and say how far it is."""

from __future__ import annotations

import click

from wfm.core import db as database
from wfm.core import embedded, revisions
from wfm.directory.service import load_base_data


@click.group()
def db() -> None:
    """The database's schema and base data."""


@db.command()
def upgrade() -> None:
    """Apply pending migrations; load the Region's 22 partners and Lower Saxony's calendar if missing."""
    from wfm.core import migrations

    bring_up_to_date()
    click.echo(f"Schema: {', '.join(migrations.status(embedded.owner_url()).at)}", err=True)


@db.command()
def status() -> None:
    """Say which migration the database is at; exit status 1 if some are pending."""
    from wfm.core import migrations

    found = migrations.status(embedded.owner_url())
    click.echo(f"at: {', '.join(found.at) or '-'}\nnewest: {', '.join(found.newest)}")
    for pending in found.pending:
        click.echo(f"pending: {pending}")
    if not found.up_to_date:
        click.get_current_context().exit(1)


def bring_up_to_date() -> None:
    """Migrate if needed, then load what base data is missing."""
    if not revisions.is_newest(database.engine()):
        from wfm.core import migrations  # Alembic is slow to import, and hardly a start needs it

        migrations.upgrade(embedded.owner_url())
    with database.transaction() as session:
        load_base_data(session)
