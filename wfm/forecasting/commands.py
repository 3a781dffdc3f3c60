"""`wfm forecast`: forecasts at the command line."""

from __future__ import annotations

from importlib import import_module

import click

from wfm.forecasting.file_commands import evaluate_file

#: Commands on snapshots: imported when asked for, so that those on files alone load no database.
ON_SNAPSHOTS = {"run": "run", "show": "show", "list": "list_", "errors": "errors", "events": "events"}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ON_SNAPSHOTS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ON_SNAPSHOTS:
            module = import_module("wfm.forecasting.snapshot_commands")
            command: click.Command = getattr(module, ON_SNAPSHOTS[cmd_name])
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Group)
def forecast() -> None:
    """Forecast calls and handling times."""


forecast.add_command(evaluate_file)
