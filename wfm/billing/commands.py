"""`wfm settle`: what each partner pays, at the command line."""

from __future__ import annotations

import click

from wfm.billing import settlement_commands as on_database
from wfm.billing.settlement_file_commands import compute


@click.group()
def settle() -> None:
    """Settlement of cost among the partners."""


for command in (
    compute,
    on_database.run,
    on_database.list_,
    on_database.show,
    on_database.export,
    on_database.step,
    on_database.reverse,
    on_database.compare,
):
    settle.add_command(command)
