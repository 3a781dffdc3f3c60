"""`wfm settle`: what each partner pays, at the command line."""

from __future__ import annotations

import click

from wfm.billing.settlement_file_commands import compute


@click.group()
def settle() -> None:
    """Settlement of cost among the partners."""


settle.add_command(compute)
