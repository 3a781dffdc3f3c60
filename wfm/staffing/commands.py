"""`wfm staffing`: agents needed, at the command line."""

from __future__ import annotations

import click

from wfm.staffing.erlang_commands import performance_, required
from wfm.staffing.simulation_commands import simulate


@click.group()
def staffing() -> None:
    """Agents needed for the calls that are expected."""


staffing.add_command(performance_)
staffing.add_command(required)
staffing.add_command(simulate)
