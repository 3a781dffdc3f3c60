"""`wfm report`: queues, usage per partner, agents, completeness, what is not mapped."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from wfm.core.errors import BadInput
from wfm.core.intervals import Days, Month

#: Telephone systems write times of these years (`telephony.rules.local_time`).
YEARS = range(2000, 2100)
Report = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])


class DayType(click.ParamType):
    """A day as 2026-09-30."""

    name = "JJJJ-MM-TT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day.year not in YEARS or day.isoformat() != value:
            self.fail(f"„{value}“ ist kein Tag der Jahre 2000 bis 2099 (JJJJ-MM-TT).", param, ctx)
        return day


class MonthType(click.ParamType):
    """A month as 2026-09."""

    name = "JJJJ-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        if isinstance(value, Month):
            return value
        try:
            month = Month.parse(value)
        except ValueError:
            self.fail(f"„{value}“ ist kein Monat (JJJJ-MM, zum Beispiel 2026-09).", param, ctx)
        if month.year not in YEARS or str(month) != value:
            self.fail(f"„{value}“ ist kein Monat der Jahre 2000 bis 2099.", param, ctx)
        return month


def _format_option(*formats: str) -> Callable[[Command], Command]:
    return click.option("--format", "form", type=click.Choice(formats), default="table", show_default=True)


_FROM = click.option("--from", "first", type=DayType(), required=True, help="First day.")
_TO = click.option("--to", "end", type=DayType(), required=True, help="Day after the last one.")
_MONTH = click.option("--month", type=MonthType(), required=True, help="Calendar month in Berlin.")
_OUTPUT = click.option("--output", type=click.Path(path_type=Path), help="Write to this file instead.")
_DEFINITION = click.option("--definition", "name", metavar="NAME", help="Named definition of service level.")


@click.group()
def report() -> None:
    """Reports, as a table, JSON, CSV or XLSX. All formats show the same figures."""


@report.command()
@_FROM
@_TO
@click.option(
    "--interval", "step", type=click.Choice(["15", "30", "60", "day", "month"]), default="30", show_default=True
)
@click.option(
    "--threshold",
    type=click.IntRange(1, 86_400),
    metavar="SECONDS",
    help="Count what was answered within so many seconds.  [default: that of the definition]",
)
@_DEFINITION
@_format_option("table", "json", "csv", "xlsx")
@_OUTPUT
def queues(
    first: date, end: date, step: str, threshold: int | None, name: str | None, form: str, output: Path | None
) -> None:
    """Volume and service level of each queue by interval, hour, day or month."""
    days = _days(first, end)
    if threshold is not None and name is not None:
        raise click.UsageError("Bitte --threshold oder --definition angeben, nicht beides.")
    _check_output(form, output)
    from wfm.core.db import transaction
    from wfm.reporting.queries import definition, queue_report

    with transaction() as session:
        used = definition(session, days.start, threshold=threshold, name=name)
        found = queue_report(session, days, step, used)
    _put_out(found, form, output)


@report.command()
@_MONTH
@_DEFINITION
@_format_option("table", "json", "csv", "xlsx", "pdf")
@_OUTPUT
def usage(month: Month, name: str | None, form: str, output: Path | None) -> None:
    """A month's usage of each partner, and of nobody's calls."""
    _check_output(form, output)
    from wfm.core.db import transaction
    from wfm.reporting.queries import definition, usage_report

    with transaction() as session:
        found = usage_report(session, month, definition(session, month.first, name=name))
    _put_out(found, form, output)


@report.command()
@_FROM
@_TO
@click.option(
    "--purpose",
    type=click.Choice(["check", "agreement"]),
    default="check",
    show_default=True,
    help="What for: check that the system reckons right, or as an agreement with the staff council says. The latter "
    "shows what agreements in force open, and nothing without one.",
)
@_format_option("table", "json")
def agents(first: date, end: date, purpose: str, form: str) -> None:
    """What each agent did, by name. Every look is noted with its purpose, and those concerned see it."""
    days = _days(first, end)
    from wfm.accounts.service.audit import record, terminal_actor
    from wfm.core.db import transaction
    from wfm.reporting.agents import agents_report
    from wfm.reporting.agreed_agents import agreed_report
    from wfm.reporting.persons import EVERYBODY

    with transaction() as session:
        found = agreed_report(session, days) if purpose == "agreement" else agents_report(session, days)
        looked_at: Report = {name: found[name] for name in ("from", "to", "agreements") if name in found}
        fields = {name for row in found["rows"] for name, value in row.items() if value is not None}
        record(
            session,
            terminal_actor(),
            "report.agents",
            object_kind=EVERYBODY,
            fields=fields,
            details=looked_at,
            purpose=purpose,
        )
    click.echo(f"Zweck: {purpose}. Dieser Blick steht im Protokoll, und die Genannten sehen ihn.", err=True)
    _put_out(found, form, None)


@report.command()
@_MONTH
@_format_option("table", "json")
def completeness(month: Month, form: str) -> None:
    """What arrived in a month, by source and quarter of an hour, and what is missing."""
    from wfm.core.db import transaction
    from wfm.reporting.completeness import completeness_report

    with transaction() as session:
        found = completeness_report(session, month.days)
    _put_out(found, form, None)


@report.command()
@_MONTH
@_format_option("table", "json")
def unmapped(month: Month, form: str) -> None:
    """Numbers, queues and services that the telephone system names and the directory does not know."""
    from wfm.core.db import transaction
    from wfm.reporting.unmapped import unmapped_report

    with transaction() as session:
        found = unmapped_report(session, month.days)
    _put_out(found, form, None)


def _days(first: date, end: date) -> Days:
    if end <= first:
        raise click.UsageError(f"Der Zeitraum ist leer: --to ({end}) ist ausschließlich und muss nach --from liegen.")
    return Days(first, end)


def _check_output(form: str, output: Path | None) -> None:
    if form in ("xlsx", "pdf") and output is None and sys.stdout.isatty():
        message = f"Eine {form.upper()}-Datei gehört nicht auf den Bildschirm: bitte --output DATEI.{form} angeben."
        raise click.UsageError(message)


def _put_out(found: Report, form: str, output: Path | None) -> None:
    from wfm.reporting.formats import render

    written = render(found, form)
    if output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.flush()
    else:
        _write(output, written)
        click.echo(f"{output} geschrieben.", err=True)
    if form in ("csv", "xlsx"):  # a table or a document says so itself, and JSON is for programs
        if not found["complete"]:
            click.echo(f"Nicht vollständig: {len(found['gaps'])} Lücken.", err=True)
        if found.get("generated"):
            click.echo("Enthält simulierte Anrufe.", err=True)


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing of it; readers never see half a report."""
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():  # a pipe or a device must not be replaced by a file
            target.write_bytes(content)
            return
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(content)
            if target.exists():
                shutil.copymode(target, unfinished)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path} lässt sich nicht schreiben: {error.strerror or error}."
        raise BadInput("report.output", message, file=str(path)) from error
