"""`wfm month`: close months with two people, see how far they are and what was corrected."""

from __future__ import annotations

import json
from typing import Any

import click

from wfm.core.harmless import on_terminal
from wfm.core.intervals import Month
from wfm.reporting.commands import MonthType

STATES = {"open": "offen", "asked": "Abschluss beantragt", "closed": "abgeschlossen"}
CAUSES = {"late": "später eingetroffen", "objection": "Einwand"}
_FORM = click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True)


@click.group()
def month() -> None:
    """Months: close with two people, show, corrections."""


@month.command()
@click.argument("month", type=MonthType())
@click.option("--as", "secret", metavar="TOKEN", envvar="WFM_TOKEN", required=True, help="Your own token. [WFM_TOKEN]")
@click.option("--reason", "reasons", metavar="KIND=TEXT", multiple=True, help="Answer for obstacles of a kind; repeat.")
@click.option("--withdraw", is_flag=True, help="Take the request back instead.")
def close(month: Month, secret: str, reasons: tuple[str, ...], withdraw: bool) -> None:
    """Close MONTH. The first person asks, a second one closes, each with a token of their own."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.core.db import transaction
    from wfm.reporting.models import MonthState
    from wfm.reporting.service import closing

    given = dict(_reason(one) for one in reasons)
    with transaction() as session:
        viewer = authenticate(session, secret)
        kept = session.get(MonthState, month.first)
        if withdraw:
            closing.withdraw(session, viewer, month)
            click.echo(f"{month}: Der Antrag auf Abschluss ist zurückgezogen.")
        elif kept is None or (kept.state == "open" and (kept.asked_by is None or given)):
            closing.ask_to_close(session, viewer, month, given)
            click.echo(f"{month}: Abschluss beantragt. Eine zweite Person bestätigt ihn mit demselben Befehl.")
        else:
            state = closing.close_month(session, viewer, month)
            assert state.content_hash is not None
            click.echo(f"{month}: abgeschlossen. Prüfwert {state.content_hash.hex()}")


@month.command()
@click.argument("month", type=MonthType())
@_FORM
def show(month: Month, form: str) -> None:
    """State of MONTH, what stands against closing it, its hash and corrections."""
    from wfm.core.db import transaction
    from wfm.reporting.months import month_report

    with transaction() as session:
        found = month_report(session, month)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if form == "json" else "\n".join(_told(found)))


@month.command()
@click.argument("month", type=MonthType())
@_FORM
def corrections(month: Month, form: str) -> None:
    """Corrections booked in MONTH, and those of its own calls."""
    from wfm.core.db import transaction
    from wfm.reporting.corrected import corrections_of

    with transaction() as session:
        found = corrections_of(session, month)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        click.echo(_table(found) if found else f"{month}: keine Korrekturen.")


def _reason(told: str) -> tuple[str, str]:
    kind, equals, text = told.partition("=")
    if not equals or not text.strip():
        raise click.UsageError(f"--reason „{told}“: bitte ART=BEGRÜNDUNG angeben.")
    return kind.strip(), text.strip()


def _told(found: dict[str, Any]) -> list[str]:
    lines = [f"Monat {found['month']}: {STATES[found['state']]}"]
    if found["asked_by"]:
        lines.append(f"Beantragt von {found['asked_by']} am {found['asked_at']}")
    if found["closed_by"]:
        lines.append(f"Abgeschlossen von {found['closed_by']} am {found['closed_at']}")
    if found["content_hash"]:
        lines.append(f"Prüfwert {found['content_hash']}: {'stimmt' if found['holds'] else 'STIMMT NICHT'}")
    elif not found["obstacles"]:
        lines.append("Dem Abschluss steht nichts entgegen.")
    for one in found["obstacles"]:
        may = f"; zu begründen mit --reason {one['kind']}=…" if one["may_be_overridden"] else ""
        lines.append(f"  {on_terminal(one['text'])} [{one['kind']}{may}]")
    for one in found["overrides"]:
        lines.append(
            f"  Dafür steht {one['made_by']} ein: {one['kind']} {one['key']} ({one['count']}): {one['reason']}"
        )
    if found["corrections"]:
        lines += ["", _table(found["corrections"])]
    if found["to_book"]:
        lines += ["", "Mit dem Abschluss gebucht würden:", _table(found["to_book"])]
    return lines


def _table(rows: list[dict[str, Any]]) -> str:
    from tabulate import tabulate

    heads = ("Leistungsmonat", "gebucht in", "Anlass", "Partner", "Anrufe", "angenommen", "Gespräch s", "Minuten")
    return tabulate(
        [
            (
                one["month"],
                one["booked_in"] or "noch nicht",
                CAUSES[one["cause"]],
                one["name"],
                *(f"{one[name]:+d}" for name in ("calls", "calls_answered", "talk_s", "started_minutes")),
            )
            for one in rows
        ],
        heads,
        disable_numparse=True,
    )
