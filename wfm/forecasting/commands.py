"""`wfm forecast`: forecasts at the command line."""

from __future__ import annotations

import click

from wfm.forecasting.file_commands import evaluate_file


@click.group()
def forecast() -> None:
    """Forecast calls and handling times."""


forecast.add_command(evaluate_file)
