"""`wfm settle` on the database: draft, look at, take through its steps, export, compare variants."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from wfm.billing.rules.states import STATES, State, Step
from wfm.billing.rules.words import money
from wfm.core.intervals import Days, Month
from wfm.reporting.commands import MonthType

#: Which cost was taken.
STAGES = {"actual": "Ist", "plan": "Plan", "assumed": "angenommen"}
_AS = click.option(
    "--as", "secret", metavar="TOKEN", envvar="WFM_TOKEN", required=True, help="Your own token. [WFM_TOKEN]"
)
_FORM = click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True)
_FIRST = click.option("--from", "first", type=MonthType(), help="First month.")
_LAST = click.option("--to", "last", type=MonthType(), help="Last month, included.")
#: What `wfm settle step` does. An objection and its decision have reasons of their own: pages and API.
STEPS = (Step.CHECK, Step.RELEASE, Step.SEND, Step.FINISH, Step.WITHDRAW)


@click.command()
@click.option("--year", type=click.IntRange(2000, 2099), help="The year against its actual cost, less advances.")
@click.option("--advance", type=click.IntRange(1, 12), help="With --year: this instalment of the planned cost.")
@_FIRST
@_LAST
@click.option("--shadow", is_flag=True, help="Only to look at: open months and planned cost will do.")
@_AS
def run(
    year: int | None, advance: int | None, first: Month | None, last: Month | None, shadow: bool, secret: str
) -> None:
    """Reckon a settlement as a draft: a year, one of its advances, or months charged by a price."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import drafting
    from wfm.billing.service.reports import settlement_report
    from wfm.core.db import transaction

    months = _period(first, last)
    if (year is None) == (months is None):
        raise click.UsageError("Bitte --year angeben, oder --from und --to.")
    with transaction() as session:
        viewer = authenticate(session, secret)
        if months is not None and not shadow:
            made = drafting.draft_period(session, viewer, months)
        elif year is not None and advance is not None:
            made = drafting.draft_advance(session, viewer, year, advance)
        else:
            period = months or Days(date(year or 0, 1, 1), date((year or 0) + 1, 1, 1))
            made = drafting.draft_annual(session, viewer, period, shadow=shadow)
        found = settlement_report(session, viewer, made.id)
    click.echo("\n".join(_told(found)))


@click.command(name="list")
@click.option("--year", type=click.IntRange(2000, 2099), help="Only of this year.")
@_FORM
@_AS
def list_(year: int | None, form: str, secret: str) -> None:
    """All settlements, the newest first."""
    from tabulate import tabulate

    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service.reports import settlements
    from wfm.core.db import transaction

    with transaction() as session:
        found = settlements(session, authenticate(session, secret), year=year)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [
        (each["id"], each["title"], each["from"], each["to"], STATES[State(each["state"])], money(each["due_cents"]))
        for each in found
    ]
    heads = ("Nummer", "Art", "von", "bis vor", "Stand", "Summe")
    click.echo(tabulate(rows, heads, colalign=("right", "left", "left", "left", "left", "right")) if rows else "Keine.")


@click.command()
@click.argument("number", type=int)
@_FORM
@_AS
def show(number: int, form: str, secret: str) -> None:
    """Settlement NUMBER: each partner's share, what was charged before, what is due, and whether it still adds up."""
    found = _report(number, secret)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if form == "json" else "\n".join(_told(found)))


@click.command()
@click.argument("number", type=int)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="JSON file; - is standard output.")
@_AS
def export(number: int, output: Path, secret: str) -> None:
    """Everything that settlement NUMBER was reckoned from, its derivation and its entries, as JSON."""
    with click.open_file(str(output), "w", encoding="utf-8") as file:
        file.write(json.dumps(_report(number, secret), ensure_ascii=False, indent=2) + "\n")


@click.command()
@click.argument("number", type=int)
@click.argument("what", metavar="STEP", type=click.Choice([str(step) for step in STEPS]))
@_AS
def step(number: int, what: str, secret: str) -> None:
    """Take settlement NUMBER a STEP on. Whoever checks it can't release it: two people, each with a token."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import steps
    from wfm.core.db import transaction

    with transaction() as session:
        settlement = steps.STEPS[Step(what)](session, authenticate(session, secret), number)
        state = settlement.state
    click.echo(f"Abrechnung {number}: {STATES[State(state)]}.")


@click.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stands on the documents.")
@_AS
def reverse(number: int, reason: str, secret: str) -> None:
    """Undo settlement NUMBER by a reversal, which two people release like any other."""
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import settling
    from wfm.core.db import transaction

    with transaction() as session:
        made = settling.reverse(session, authenticate(session, secret), number, reason).id
    click.echo(f"Storno der Abrechnung {number} als Entwurf: Abrechnung {made}.")


@click.command()
@_FIRST
@_LAST
@click.option("--variants", help="Only these, as V1,V4; all without.")
@click.option("--stage", type=click.Choice(("actual", "plan")), default="actual", show_default=True)
@click.option("--cost-cents", type=click.IntRange(0), help="Assume this cost instead of what is entered.")
@_FORM
@_AS
def compare(
    first: Month | None, last: Month | None, variants: str | None, stage: str, cost_cents: int | None, form: str,
    secret: str,
) -> None:  # fmt: skip
    """Every variant side by side for the same months: terms that are written, and an example of each variant."""
    from tabulate import tabulate

    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service import comparing
    from wfm.core.db import transaction

    period = _period(first, last)
    if period is None:
        raise click.UsageError("Bitte --from und --to angeben.")
    wanted = None if variants is None else {name.strip().upper() for name in variants.split(",")}
    with transaction() as session:
        viewer = authenticate(session, secret)
        found = comparing.compare(session, viewer, period, stage=stage, cost_cents=cost_cents, variants=wanted)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    heads = ["Partner", *(each["title"].partition(":")[0] for each in found["candidates"])]
    rows = [[row["name"], *("–" if cents is None else money(cents) for cents in row["cents"])] for row in found["rows"]]
    remainders = (each["remainder_cents"] for each in found["candidates"])
    rows.append(["beim Träger", *("–" if cents is None else money(cents) for cents in remainders)])
    click.echo(f"Kosten {money(found['cost_cents'])} ({STAGES[found['stage']]})\n")
    click.echo(tabulate(rows, heads, colalign=("left", *["right"] * len(found["candidates"]))))
    for each in found["candidates"]:
        if each["problem"]:
            click.echo(f"{each['title']}: {each['problem']}", err=True)
    if found["without_actual"]:
        lacking = ", ".join(found["without_actual"])
        click.echo(f"Plan statt Ist: {len(found['without_actual'])} Monate ohne Ist-Kosten ({lacking})", err=True)
    if found["open_months"]:
        click.echo(f"Noch nicht abgeschlossen: {', '.join(found['open_months'])}", err=True)


def _period(first: Month | None, last: Month | None) -> Days | None:
    if first is None and last is None:
        return None
    if first is None or last is None or last < first:
        raise click.UsageError("--from und --to gehören zusammen, --to nicht vor --from.")
    return Days(first.first, last.next.first)


def _report(number: int, secret: str) -> dict[str, Any]:
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.service.reports import settlement_report
    from wfm.core.db import transaction

    with transaction() as session:
        return settlement_report(session, authenticate(session, secret), number)


def _told(found: dict[str, Any]) -> list[str]:
    from tabulate import tabulate

    shadow = ", nur zum Ansehen" if found["shadow"] else ""
    lines = [
        f"Abrechnung {found['id']}: {found['title']} {found['from']} bis vor {found['to']}{shadow}",
        f"Stand: {STATES[State(found['state'])]}{', storniert' if found['reversed'] else ''}",
        f"Prüfwert {found['result_hash']}: {'stimmt' if found['holds'] else 'STIMMT NICHT'}",
    ]
    if found["cost_cents"] is not None:
        lines.append(f"Kosten {money(found['cost_cents'])}, beim Träger bleiben {money(found['remainder_cents'])}")
    heads = ("Partner", "Anteil", "davon Berichtigung", "Abschläge", "zu zahlen")
    columns = ("share_cents", "corrections_cents", "advances_cents", "due_cents")
    rows = [[each["name"], *(money(each[name]) for name in columns)] for each in found["shares"]]
    sums = (sum(each[name] for each in found["shares"]) for name in columns)
    rows.append(["Summe", *map(money, sums)])
    lines += ["", tabulate(rows, heads, colalign=("left", *["right"] * 4))]
    if found["lacking"]:
        lines += ["", "Für die Belege fehlt:"]
        lines += [f"- {each['name']}: {each['problem']} ({each['mend']})" for each in found["lacking"]]
    return lines
