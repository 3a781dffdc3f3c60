"""The demonstration: a real capture of a small exchange, then a simulated pilot year, through the same door as any log.

Run beside the API by `wfm up --demo`; everything in it can be run again and goes on where it was stopped.
"""

from __future__ import annotations

import secrets
import sys
from datetime import date
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path

import click
from sqlalchemy import select

from wfm import ingest
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.core.config import settings
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.rules.dated import Validity
from wfm.directory.service import run_import
from wfm.reporting.formats import render
from wfm.reporting.queries import definition, usage_report
from wfm.reporting.service.rederive import rederive
from wfm.where_next import where_next

NAMES = {
    Role.SUPERVISOR: "Vera Leitner",
    Role.AGENT: "Ali Kern",
    Role.FINANCE: "Franka Kassel",
    Role.MUNICIPALITY: "Kim Burgdorf",
    Role.ADMIN: "Alex Admin",
    Role.STAFF_COUNCIL: "Petra Rath",
}
BURGDORF = "03241003"
#: One of the simulated staff.
AGENT = "ag101"
PILOT_YEAR = Days(date(2025, 10, 1), date(2026, 10, 1))
AHEAD = Days(PILOT_YEAR.end, date(2028, 4, 1))
EXAMPLE_TERMS = {
    "weekly_hours": Decimal(39),
    "cents_per_hour": 4_500,
    "hiring_months": 4,
    "posts": Decimal(20),
    "leaving_a_year": Decimal("0.08"),
}
EXAMPLE_SHRINKAGE = {"leave": "0.14", "illness": "0.06", "breaks": "0.08", "training": "0.03", "meetings": "0.03"}
SEED = 2026
HIDDEN = not sys.stderr.isatty()
CAPTURE_SOURCE, SIMULATION_SOURCE = "asterisk-capture", "simulation"
CAPTURE_MONTH, PILOT_MONTH = Month(2026, 6), Month(2026, 9)


def load(port: int) -> None:
    """Load examples of the directory and the capture, show its month; then the pilot year, and show its last month.

    At last, say what to look at next; the API answers at `port`.
    """
    with as_file(files("wfm.directory") / "data" / "examples") as examples, transaction() as session:
        for kind in ("queues", "numbers", "services", "hours", "aliases"):
            run_import(session, kind, examples / f"{kind}.csv")
        rederive(session)
    add_accounts()
    with as_file(files("wfm.telephony") / "data" / "asterisk") as capture:
        for name in ("queue_log.0", "queue_log"):
            ingest.ingest_log(capture / name, CAPTURE_SOURCE)
    ingest.count_facts()
    log = settings().home / "demo" / "queue_log"
    if not log.exists():
        show(CAPTURE_MONTH, "Ein echter Mitschnitt einer Asterisk-Anlage (300 Anrufe, ein Vormittag)")
        simulate(log)
    with click.progressbar(
        length=log.stat().st_size, label="Pilotjahr einlesen", file=sys.stderr, hidden=HIDDEN
    ) as bar:
        ingest.ingest_log(log, SIMULATION_SOURCE, system="simulation", progress=bar.update)
    ingest.project_all()
    ingest.count_facts()
    show(PILOT_MONTH, "Das simulierte Pilotjahr, letzter Monat")
    plan_ahead()
    show_settlement()
    click.echo(where_next(port), err=True)


def plan_ahead() -> None:
    """Forecast what follows the pilot year, once, and assume what a centre would have to say itself: examples all."""
    from wfm.forecasting.models import ForecastRun
    from wfm.forecasting.service.runs import make_run
    from wfm.staffing.service.assumptions import assume

    with transaction() as session:
        if session.scalar(select(ForecastRun.id).limit(1)) is not None:
            return
        click.echo("Prognose für die Zeit nach dem Pilotjahr …", err=True)
        make_run(session, by="demo", first=AHEAD.start, end=AHEAD.end)
        always = Validity(PILOT_YEAR.start)
        assume(session, "terms", None, always, EXAMPLE_TERMS, by="demo")
        for kind, share in EXAMPLE_SHRINKAGE.items():
            assume(session, "shrinkage", kind, always, {"share": Decimal(share), "source": "plan"}, by="demo")


def show_settlement() -> None:
    """Settle the pilot year by examples."""
    from wfm.demo_settlement import settle

    settle(PILOT_YEAR, {CAPTURE_SOURCE, SIMULATION_SOURCE})


def add_accounts() -> None:
    """One account of every role, for this machine only; all have the password in WFM_HOME/demo/password."""
    kept = settings().home / "demo" / "password"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with transaction() as session:
        missing = [role for role in Role if people.find_person(session, f"demo-{role}") is None]
        if missing or not kept.exists():
            kept.touch(mode=0o600)
            password = kept.read_text() or secrets.token_urlsafe(12)
            kept.write_text(password)
        for role in missing:
            people.add_person(
                session,
                login=f"demo-{role}",
                name=NAMES[role],
                role=role,
                partner=BURGDORF if role is Role.MUNICIPALITY else None,
                agent=AGENT if role is Role.AGENT else None,
                password=password,
                loopback_only=True,
                by="demo",
            )
    logins = ", ".join(f"demo-{role}" for role in Role)
    click.echo(f"\nAnmelden als {logins}\nmit dem Passwort {kept.read_text()} (nur auf diesem Rechner).", err=True)


def simulate(log: Path) -> None:
    """Write the pilot year's queue_log, whole or not at all, and import the numbers its callers dial."""
    from wfm.telephony.rules.simulation.centre import dialled_numbers
    from wfm.telephony.scenarios import generate, read_scenario

    log.parent.mkdir(parents=True, exist_ok=True)
    unfinished = log.with_suffix(".part")
    scenario = read_scenario(PILOT_YEAR.start, PILOT_YEAR.end)
    rows = [f"{number},{partner},{PILOT_YEAR.start}," for number, partner in dialled_numbers(scenario.partners)]
    with transaction() as session:
        run_import(session, "numbers", "\n".join(["number,partner,valid_from,valid_to", *rows]))
        rederive(session)
    days = generate(PILOT_YEAR.start, PILOT_YEAR.end, SEED, scenario)
    length = len(list(PILOT_YEAR)) + 1
    with (
        unfinished.open("w", encoding="utf-8") as file,
        click.progressbar(days, length=length, label="Pilotjahr simulieren", file=sys.stderr, hidden=HIDDEN) as bar,
    ):
        file.writelines(bar)
    unfinished.replace(log)


def show(month: Month, title: str) -> None:
    """Print a month's usage per partner."""
    with transaction() as session:
        report = usage_report(session, month, definition(session, month.first))
    click.echo(f"\n{title}: Nutzung {month} je Partner\n")
    sys.stdout.buffer.write(render(report, "table"))
    sys.stdout.flush()


if __name__ == "__main__":
    load(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
