"""`wfm forecast`: forecasts at the command line."""

from __future__ import annotations

import click


@click.group()
def forecast() -> None:
    """Forecast calls and handling times."""
