"""The command line. Each command's module is imported only when it is asked for: `wfm report` loads no web server.

Data goes to standard output, everything else to standard error. Exit status: 0 done, 1 bad input, 2 wrong usage, 3
server trouble.
"""

from __future__ import annotations

import gettext
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from wfm import __version__

#: command -> where it is and what it does. The texts stand here so that `wfm --help` imports nothing.
COMMANDS = {
    "agreement": ("wfm.billing.agreement_commands:agreement", "Agreements with partners: import and list."),
    "audit": ("wfm.accounts.audit_commands:audit", "Audit trail: list it, seal its days, verify the seals."),
    "up": ("wfm.up:up", "Start everything on this machine: servers, API, worker, timetable."),
    "cost": ("wfm.billing.agreement_commands:cost", "Planned and actual cost: import and list."),
    "db": ("wfm.db_commands:db", "Bring the database up to date; say how far it is."),
    "decide": ("wfm.billing.accession_commands:decide", "Decision paper and draft agreement for a municipality."),
    "directory": ("wfm.commands:directory", "Partners, numbers, queues, services, hours: import and list."),
    "forecast": ("wfm.forecasting.commands:forecast", "Forecast calls and handling times; on files alone, too."),
    "ingest": ("wfm.commands:ingest", "Take in telephone events from files."),
    "source": ("wfm.telephony.commands:source", "Sources of telephone events and how they are."),
    "month": ("wfm.reporting.month_commands:month", "Months: close with two people, show, corrections."),
    "party": ("wfm.billing.agreement_commands:party", "Addresses and accounts on bills: import and list."),
    "privacy": ("wfm.privacy.commands:privacy", "Retention of data; export or pseudonymise what is held of a person."),
    "invoice": ("wfm.billing.invoice_commands:invoice", "Invoices and statements: list, export, void."),
    "quarantine": ("wfm.commands:quarantine", "What could not be read: list, show, retry."),
    "rebuild": ("wfm.commands:rebuild", "Throw calls and facts away and make them anew from raw events."),
    "report": ("wfm.reporting.commands:report", "Queues, usage per partner, agents, completeness."),
    "settle": ("wfm.billing.commands:settle", "Settlement: what each partner pays; on files alone, too."),
    "staffing": (
        "wfm.staffing.commands:staffing",
        "Agents needed: Erlang B, C, A and simulation, on files alone, too.",
    ),
    "simulate": ("wfm.telephony.simulation_commands:simulate", "Write a simulated queue_log of the centre."),
    "user": ("wfm.accounts.commands:user", "People who sign in: add, list, lock out, new password."),
    "token": ("wfm.accounts.commands:token", "API tokens: create, list, revoke."),
}


#: What click says of wrong usage, in German.
TRANSLATIONS = Path(__file__).parent / "translations"
#: SQLSTATE undefined_table, undefined_column.
NO_SUCH_TABLE_OR_COLUMN = ("42P01", "42703")


#: What SQLAlchemy and Alembic raise where the database cannot be meant.
TROUBLE = {
    "ArgumentError": "WFM_DATABASE_URL ist keine Adresse einer Datenbank (postgresql+psycopg://…).",
    "ResolutionError": "Die Datenbank ist auf einem Stand, den dieses Programm nicht kennt: Es ist älter als sie.",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="wfm")
def cli() -> None:
    """Workforce, queue and settlement management for a joint municipal service centre."""


def main() -> None:
    """Run a command; errors for people become one line on standard error and an exit status."""
    from wfm.core.errors import WfmError

    gettext.bindtextdomain("messages", str(TRANSLATIONS))  # the domain that click asks
    os.environ.setdefault("LANGUAGE", "de")  # as all that we say ourselves, whatever the terminal's locale
    try:
        status = _run()
    except click.exceptions.Abort:
        click.echo("Abgebrochen.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except WfmError as error:
        click.echo(f"Fehler: {error.message}", err=True)
        for line in error.details.get("errors", ()):
            click.echo(f"  {line}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if type(error).__name__ in ("ArgumentError", "ResolutionError"):
            click.echo(f"Fehler: {TROUBLE[type(error).__name__]}", err=True)
            sys.exit(3)
        if type(error).__name__ not in ("OperationalError", "ConnectionError"):
            raise
        click.echo(f"Fehler: Die Datenbank antwortet nicht: {str(error).splitlines()[0]}", err=True)
        sys.exit(3)
    sys.exit(status if isinstance(status, int) else 0)


def _run() -> object:
    """Run the command. A bundled database that is still empty is made ready first: that is found out by the command's
    first question to it, which nothing comes before."""
    try:
        return cli(standalone_mode=False)
    except Exception as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) not in NO_SUCH_TABLE_OR_COLUMN:
            raise
        from wfm.core import embedded, migrations
        from wfm.core.config import settings
        from wfm.core.errors import ServerTrouble
        from wfm.db_commands import bring_up_to_date

        found = migrations.status(embedded.database_url())
        if found.up_to_date:
            raise
        if settings().database_url or found.at:
            message = "Die Datenbank ist nicht auf dem Stand dieses Programms: bitte zuerst „wfm db upgrade“."
            raise ServerTrouble("db.outdated", message) from error
    bring_up_to_date()
    return cli(standalone_mode=False)


if __name__ == "__main__":
    main()
