"""`wfm staffing`: agents needed, at the command line."""

from __future__ import annotations

import click


@click.group()
def staffing() -> None:
    """Agents needed for the calls that are expected."""
