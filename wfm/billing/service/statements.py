"""A closed month told to a partner: its usage, how sure the attribution is, what was corrected, what it comes to.

Asks for no money. The figures are those that were frozen; the paper names the hash they were closed with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Document
from wfm.billing.rules.paper import Section, duration, number, percent, table, text
from wfm.billing.rules.run import Run, divide
from wfm.billing.rules.words import money
from wfm.billing.service import papers
from wfm.billing.service.agreements import in_force
from wfm.billing.service.cases import version_of
from wfm.billing.service.cost import counting_cost
from wfm.billing.service.document_parties import buyer_details, host_details
from wfm.billing.service.documents import keep
from wfm.billing.service.keys import inhabitants_for
from wfm.billing.service.numbering import hold_numbers, next_statement, written
from wfm.billing.service.parties import parties_on
from wfm.billing.service.runs import gather
from wfm.core.clock import berlin_day, now
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Month
from wfm.directory.queries import service_names
from wfm.directory.rules.dated import Validity
from wfm.directory.service import partner_names
from wfm.reporting.formats import german
from wfm.reporting.frozen_usage import FrozenUsage, frozen_usage


def issue_month(session: Session, viewer: Viewer, month: Month, partner: str | None = None) -> list[Document]:
    """Issue the statements of a closed month, of one partner or of all with an agreement in it; one that is there and
    not void stays.

    Raises RuleBroken("month.open", "document.no_party").
    """
    viewer.require("settlement.write")
    hold_numbers(session)
    today, names = berlin_day(now()), partner_names(session)
    whose = [partner] if partner else list(dict.fromkeys(one.partner for one in in_force(session, month.days)))
    there = set(
        session.scalars(
            select(Document.partner).where(
                Document.kind == "statement",
                Document.settlement_id.is_(None),
                Document.period == Validity(month.first, month.next.first),
                Document.voided_at.is_(None),
            )
        )
    )
    known = parties_on(session, today)
    host = host_details(known, today)
    made = []
    for key in whose:
        usage = frozen_usage(session, month, key)
        if key not in there:
            buyer = buyer_details(known, key, names[key], today)
            made.append(write_statement(session, usage, key, names[key], host, buyer, viewer.actor))
    details = {"month": str(month), "documents": len(made)}
    record(session, viewer.actor, "document.issued", object_kind="month", object_id=str(month), details=details)
    return made


def write_statement(
    session: Session,
    usage: FrozenUsage,
    partner: str,
    name: str,
    host: Mapping[str, Any],
    buyer: Mapping[str, Any],
    by: str,
) -> Document:
    """Number and keep the statement of a closed month; `hold_numbers` must hold."""
    today, month = berlin_day(now()), usage.month
    series, place = next_statement(session, host, today)
    content = papers.head(
        host, buyer, f"Nachweis {german.month(str(month))}: {name}", written(series, place), today,
        **_content(session, usage, partner),
    )  # fmt: skip
    period = Validity(month.first, month.next.first)
    return keep(session, series, place, "statement", partner, period, content, 0, today, by)


def _content(session: Session, usage: FrozenUsage, partner: str) -> dict[str, Any]:
    calls = usage.total("calls")
    firm = sum(row["calls"] for row in usage.by_method if row["name"] in papers.FIRM)
    sections: Sequence[Section | None] = (
        _services(session, usage),
        papers.attribution([usage]),
        papers.corrections([usage]),
        _meaning(session, usage.month, partner),
        _closed(usage),
    )
    state = usage.state
    return {
        "facts": [["Monat", german.month(str(usage.month))], ["Zweck", "Nachweis, keine Rechnung"]],
        "simulated": usage.total("generated") > 0,
        "link": papers.address_of_usage(partner, usage.month),
        "figures": [
            ["Anrufe", number(calls)],
            ["davon angenommen", number(usage.total("calls_answered"))],
            ["Gespräch", duration(usage.total("talk_s"))],
            ["fest zugeordnet", percent(firm, calls)],
        ],
        "sections": [section for section in sections if section],
        "data": {
            "month": str(usage.month),
            "partner": partner,
            "calls": calls,
            "calls_answered": usage.total("calls_answered"),
            "talk_s": usage.total("talk_s"),
            "content_hash": state.content_hash.hex() if state.content_hash else None,
            "versions": state.versions,
        },
    }


def _services(session: Session, usage: FrozenUsage) -> Section:
    names = service_names(session)
    columns = ("Leistung", "#Anrufe", "#davon angenommen", "#abgewiesen", "#Gespräch", "#begonnene Minuten")
    rows = [
        (names.get(row["name"], row["name"]) or "ohne Angabe der Leistung", *_cells(row)) for row in usage.by_service
    ]
    summed = ("calls", "calls_answered", "calls_refused", "talk_s", "started_minutes")
    total = ("Summe", *_cells({name: usage.total(name) for name in summed}))
    return table("Nutzung je Leistung", columns, rows, total=total)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    counts = (number(row[name]) for name in ("calls", "calls_answered", "calls_refused"))
    return *counts, duration(row["talk_s"]), number(row["started_minutes"])


def _meaning(session: Session, month: Month, partner: str) -> Section:
    """What the month alone comes to under the terms in force: told, never charged."""
    title = "Was der Monat nach der Vereinbarung bedeutet"
    cost = counting_cost(session, month.days)
    try:
        run = gather(session, month.days, cost.cents).run
        divided = divide(run)
    except RuleBroken as refused:
        return text(title, f"Für diesen Monat nicht zu rechnen: {refused.message}")
    rows: list[tuple[str, str]] = []
    for _, shares in divided.groups:
        if partner in shares.cents:
            own = {line.step for line in shares.derivation if line.partner == partner}
            rows += [
                (str(line.text), "–" if line.cents is None else money(line.cents))
                for line in shares.derivation
                if papers.is_told(line.step, line.partner, partner, own)
            ]
    rows += _shadow(session, run, partner)
    variants = ", ".join(
        f"{group.label}: {group.variant}" for group, shares in divided.groups if partner in shares.cents
    )
    costs = {"actual": "tatsächlichen", "plan": "geplanten"}[cost.stage]
    note = (
        f"Rechnerischer Anteil an den {costs} Kosten dieses Monats nach {variants or 'keiner Vereinbarung'}. "
        "Keine Forderung: Berechnet wird nach dem Ablauf der Vereinbarung."
    )
    total = ("Rechnerischer Anteil", money(divided.cents.get(partner, 0)))
    return table(title, ("Schritt", "#Betrag"), rows, note=note, total=total)


def _shadow(session: Session, run: Run, partner: str) -> list[tuple[str, str]]:
    """What a partner of the pilot (V0), who pays nothing, would pay by handling time and by inhabitants."""
    rows = []
    for group in run.groups:
        if group.variant != "V0" or all(each.partner != partner for each in group.partners):
            continue
        agreed = next(one.terms for one in in_force(session, run.period) if version_of(one.terms).title == group.label)
        known = inhabitants_for(session, version_of(agreed), run.period)
        partners = tuple(
            replace(each, inhabitants=known[each.partner].inhabitants) if each.partner in known else each
            for each in group.partners
        )
        for variant, parameters, name in (
            ("V5", {"plan_cents": run.cost_cents}, "nach Bearbeitungszeit (V5)"),
            ("V1", {}, "nach Einwohnern (V1)"),
        ):
            shadow = replace(group, variant=variant, parameters=parameters, partners=partners)
            try:
                cents = money(divide(replace(run, groups=(shadow,))).cents[partner])
            except RuleBroken as refused:
                cents = f"nicht zu rechnen: {refused.message}"
            rows.append((f"Schattenrechnung zum Vergleich, {name}", cents))
    return rows


def _closed(usage: FrozenUsage) -> Section:
    state, versions = usage.state, usage.state.versions or {}
    rows = [
        ("Prüfwert (SHA-256)", state.content_hash.hex() if state.content_hash else "–"),
        ("abgeschlossen", german.moment(state.closed_at) if state.closed_at else "–"),
    ]
    if versions:
        rows.append(("Programm, Regeln", f"{versions.get('program', '–')}, {versions.get('rules', '–')}"))
        rows += [
            ("Definition des Servicelevels", f"{one['name']}, Version {one['version']}")
            for one in versions.get("definitions", ())
        ]
    note = "Der Monat ist abgeschlossen: Seine Zahlen ändern sich nicht mehr."
    return table("Stand der Zahlen", ("Angabe", "Wert"), rows, note=note, wide=1)
