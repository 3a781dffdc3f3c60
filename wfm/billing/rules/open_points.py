"""Open points of an accession: made from what is missing, so that none is forgotten and none is invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wfm.billing.rules.accession_law import DUTIES


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What is not settled, and who can settle it."""

    code: str
    text: str
    who: str

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "who": self.who}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an accession."""

    answers: bool
    handed_in: bool
    calls: bool
    disputed: str
    wished: bool
    start_over: bool
    inhabitants: bool
    agreement: bool
    cost_basis: str | None
    written_terms: bool
    staff_cost: bool
    generated: bool
    open_months: tuple[str, ...]
    bus: bool
    office: bool
    questions: str
    missing: tuple[str, ...]


_CENTRE, _MUNICIPALITY, _BOTH = "Servicecenter", "Kommune", "beide"


def open_points(known: Known) -> list[OpenPoint]:
    """In the order in which they matter: contract, cost, scope, figures, law."""
    points = [OpenPoint(*found) for found in (*_contract(known), *_cost(known), *_scope(known), *_figures(known))]
    for duty in DUTIES:
        if not duty.checked:
            points.append(OpenPoint("law", f"{duty.title}: Rechtslage prüfen ({duty.source}).", "Rechtsstelle"))
    return points


def _contract(known: Known) -> Iterator[tuple[str, str, str]]:
    if not known.written_terms:
        yield (
            "terms",
            (
                "Es ist noch keine Finanzierung entworfen: Die gezeigten Varianten sind Beispiele mit Zahlen, die die "
                "Kosten decken, kein Angebot."
            ),
            _CENTRE,
        )
    if not known.agreement:
        yield "agreement", "Es gibt noch keine Vereinbarung; Kündigungsfristen sind nicht vereinbart.", _BOTH


def _cost(known: Known) -> Iterator[tuple[str, str, str]]:
    match known.cost_basis:
        case None:
            yield "cost", "Es ist kein Kostenplan eingetragen; was der Beitritt kostet, ist daher offen.", _CENTRE
        case "assumed":
            yield "cost", "Die Kosten des Servicecenters sind angenommen, nicht geplant.", _CENTRE
        case "plan_before" | "actual":
            yield (
                "cost",
                "Für die gezeigten Jahre gibt es keinen eigenen Kostenplan; ein früherer ist fortgeschrieben.",
                (_CENTRE),
            )
    if known.cost_basis is not None:
        yield (
            "cost_includes",
            "Zu klären: ob der Kostenplan den Personalbedarf dieses Beitritts schon enthält.",
            _CENTRE,
        )
    if not known.staff_cost:
        yield "staff_cost", "Was zusätzliches Personal kostet, ist nicht gerechnet.", _CENTRE


def _scope(known: Known) -> Iterator[tuple[str, str, str]]:
    if not known.handed_in:
        text = "Der Fragebogen ist noch nicht abgegeben." + ("" if known.answers else " Es liegen keine Angaben vor.")
        yield "questionnaire", text, _MUNICIPALITY
    if not known.wished:
        yield (
            "start",
            "Ein gewünschter Beginn ist nicht genannt; gerechnet ist ab dem nächsten 1. Januar.",
            _MUNICIPALITY,
        )
    if known.start_over:
        yield "start", "Der gewünschte Beginn ist vorbei; gerechnet ist ab dem nächsten Monat.", _MUNICIPALITY
    if known.handed_in and not known.bus:
        yield "bus", "Zum Stand der Einträge im BUS fehlt eine Angabe.", _MUNICIPALITY
    if known.handed_in and not known.office:
        yield "office", "Eine zuständige Stelle für Rückfragen ist nicht genannt.", _MUNICIPALITY
    if known.questions:
        yield "questions", f"Fragen der Kommune: {known.questions}", _CENTRE


def _figures(known: Known) -> Iterator[tuple[str, str, str]]:
    if not known.inhabitants:
        yield "inhabitants", "Von diesem Partner ist keine Einwohnerzahl hinterlegt.", _CENTRE
    if known.disputed:
        yield "inhabitants", f"Die Einwohnerzahl wird bestritten: {known.disputed}", _BOTH
    if not known.calls:
        yield (
            "calls",
            "Eine eigene Zählung der Anrufe fehlt; die Schätzung stützt sich auf andere Partner.",
            _MUNICIPALITY,
        )
    if known.generated:
        yield "generated", "Die Nutzung, auf der die Rechnung beruht, enthält simulierte Anrufe.", _CENTRE
    if known.open_months:
        yield "open_months", f"Noch nicht abgeschlossene Monate: {', '.join(known.open_months)}.", _CENTRE
    for text in dict.fromkeys(known.missing):
        yield "missing", text, _CENTRE
