"""Settlement in the demonstration: examples of what a centre would agree on itself, and a year closed with them.

Everything here is named an example. Nobody's address, account or Leitweg-ID is made up: the pages say what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import click
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service import people
from wfm.accounts.service.sign_in import viewer_of
from wfm.billing.models import CostCentre, Settlement, Terms
from wfm.billing.service import agreements, cost_items, drafting, terms
from wfm.billing.service.files import FileKind, import_file
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month
from wfm.reporting.models import MonthState
from wfm.reporting.obstacles import find_obstacles
from wfm.reporting.service import closing
from wfm.telephony.models import Source

NOTE = "Beispiel"
CENTRE = "BEISPIEL"
#: Of a month, in euros; round figures of nobody.
PLAN = {"staff": 95_000, "rooms": 8_000, "telephony": 6_000, "it": 9_000, "overhead": 12_000}
#: What a month's staff really cost beside the plan, in euros, from the first month of the year on.
STAFF_BESIDE_PLAN = (-6_000, -4_000, 2_000, 5_000, 3_000, 1_000, 0, -2_000, -3_000, 1_000, 4_000, 2_000)
COUNTING = {"calls": "answered_calls", "shorter_than_s": 0, "wrapup": "reported", "unattributed": "host"}
KEYS = {"basis": "", "as_of": "year_before", "pro_rata": "days"}
CYCLE = {
    "advances": 4, "due_days": ["02-15", "05-15", "08-15", "11-15"], "settlement_day": "03-31", "true_up": "charge",
    "carry_over_years": 0, "objection_days": 28, "payment_days": 30, "notice_months": 12, "cost_covering": True,
}  # fmt: skip
PILOT = "Beispiel Pilotphase"
YEAR_CENTS = 12 * 100 * sum(PLAN.values())
#: Drafts to compare: name -> variant and its parameters for a whole year.
DRAFTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Beispiel Umlage": ("V1", {}),
    "Beispiel Grundbetrag": ("V4", {"base_cents": YEAR_CENTS * 2 // 5, "usage_cents": YEAR_CENTS * 3 // 5}),
    "Beispiel Vollkosten": ("V5", {"plan_cents": YEAR_CENTS}),
}
#: Why the demonstration answers for what stands against closing a month: by kind, or else.
REASONS = {"queue": "Beispiel: Für wen ein Anruf zählt, sagt die gewählte Nummer, nicht die Warteschlange."}
ELSE = "Beispiel: gehört zu den Demodaten."
STAY_OPEN = 3


def settle(year: Days, sources: set[str]) -> None:
    """Show settlement with the pilot year, once: cost, terms, agreements, closed months, a shadow settlement.

    Goes on where it was stopped. Does nothing where anybody has begun with settlement, or has calls of other `sources`.
    """
    with transaction() as session:
        if _somebody_elses(session, sources) or session.scalar(select(Settlement.id).limit(1)) is not None:
            return
        finance, supervisor = _viewer(session, Role.FINANCE), _viewer(session, Role.SUPERVISOR)
        if session.get(CostCentre, CENTRE) is None:
            _agree(session, year, finance.actor)
        months = _to_close(session, year)
    click.echo("Abrechnung: Beispiele für Kosten und Regelungen, Monate abschließen …", err=True)
    try:
        for month in months:
            close(month, finance, supervisor)
    except RuleBroken as problem:
        click.echo(f"{problem.message} Der nächste Start versucht es wieder.", err=True)
        return
    with transaction() as session:
        drafting.draft_annual(session, finance, year, shadow=True)


def close(month: Month, finance: Viewer, supervisor: Viewer) -> None:
    """One asks and gives reasons for what stands against it, another one confirms.

    Raises RuleBroken for what nobody may answer for.
    """
    with transaction() as session:
        reasons = {
            one.kind: REASONS.get(one.kind, ELSE) for one in find_obstacles(session, month) if one.may_be_overridden
        }
        closing.ask_to_close(session, finance, month, reasons)
    with transaction() as session:
        closing.close_month(session, supervisor, month)


def _somebody_elses(session: Session, sources: set[str]) -> bool:
    """Whether there is what nobody of the demonstration entered: a month once closed would be closed for good."""
    if set(session.scalars(select(Source.name))) - sources:
        return True
    centres = set(session.scalars(select(CostCentre.key)))
    return bool(centres - {CENTRE}) or (not centres and session.scalar(select(Terms.id).limit(1)) is not None)


def _viewer(session: Session, role: Role) -> Viewer:
    person = people.find_person(session, f"demo-{role}")
    if person is None:
        raise RuntimeError(f"demo-{role}")
    return viewer_of(person)


def _agree(session: Session, year: Days, by: str) -> None:
    """What the partners would have agreed on, and what the centre would have cost."""
    cost_items.keep_cost_centre(session, CENTRE, "Servicecenter (Beispiel)", "", Decimal(1), by=by)
    _import(session, cost_items.KIND, _cost_file(year), by)
    pilot = terms.draft(session, PILOT, _given("V0", {}), note=NOTE, by=by)
    terms.agree(session, pilot.id, by=by)
    for name, (variant, parameters) in DRAFTS.items():
        terms.draft(session, name, _given(variant, parameters), note=NOTE, by=by)
    _import(session, agreements.KIND, _agreements_file(session, year), by)


def _import(session: Session, kind: FileKind, told: str, by: str) -> None:
    if errors := import_file(session, kind, told, by=by).errors:
        raise RuntimeError(f"{kind.name}: {errors}")


def _given(variant: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"variant": variant, "parameters": parameters, "counting": COUNTING, "keys": KEYS, "cycle": CYCLE}


def _cost_file(year: Days) -> str:
    """Plan and actual cost of each month, as a file would bring them."""
    lines = ["month;cost_centre;kind;stage;amount;note"]
    for month, beside in zip(_months(year), STAFF_BESIDE_PLAN, strict=True):
        for kind, euros in PLAN.items():
            really = euros + beside if kind == "staff" else euros
            lines += [f"{month};{CENTRE};{kind};plan;{euros};{NOTE}", f"{month};{CENTRE};{kind};actual;{really};{NOTE}"]
    return "\n".join(lines)


def _agreements_file(session: Session, year: Days) -> str:
    """Everybody who was called for in the year takes part in the pilot from the first such month on."""
    called = session.execute(
        text(
            """SELECT partner, date_trunc('month', min(day))::date AS first FROM fact_day
               WHERE day >= :start AND day < :end AND partner <> '' GROUP BY 1 ORDER BY 1"""
        ),
        {"start": year.start, "end": year.end},
    )
    rows = [f"{row.partner};{PILOT};1;{row.first};{NOTE};{row.first} not_taxable" for row in called]
    return "\n".join(["partner;terms;version;valid_from;reference;tax", *rows])


def _to_close(session: Session, year: Days) -> list[Month]:
    """Months of the year that are over and open still, without the last ones: those are for whoever tries it out."""
    closed = set(session.scalars(select(MonthState.month).where(MonthState.state == "closed")))
    today = berlin_day(now())
    months = list(_months(year))[:-STAY_OPEN]
    return [month for month in months if month.next.first <= today and month.first not in closed]


def _months(year: Days) -> Iterator[Month]:
    month = Month.of(year.start)
    while month.first < year.end:
        yield month
        month = month.next
