"""Which evaluations there are: each address and command that shows figures or what is behind them, with its grain.

What an address shows and this list does not know stands in the annex as not classified, and fails a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

#: Permissions that show figures or what is behind them.
SHOWING = (
    *("usage.read", "queues.read", "calls.read", "raw.read", "completeness.read", "quarantine.read"),
    *("own.read", "groups.read", "persons.read", "forecast.read", "forecast.partner.read", "staffing.read"),
    *("settlement.read", "statements.read", "accession.read"),
)


class Address(NamedTuple):
    """A route of the running application that is read."""

    path: str
    endpoint: str
    permission: str

    @property
    def shown(self) -> str:
        """The path for people: `/anrufe/<call>`, without the limits of its parts."""
        return re.sub(r"<[^>]*:(\w+)>", r"<\1>", self.path)


class Evaluation(NamedTuple):
    """What is shown, as finely as what, and what of persons."""

    title: str
    grain: str
    persons: str


_NONE = "keine"
_MONTH = Evaluation("Nutzung je Partner", "Monat, Partner, Leistung", _NONE)
_YEAR = Evaluation("Nutzung über ein Jahr", "Monat, Partner", _NONE)
_FILES = Evaluation("Monatsberichte als Datei", "Monat, Partner, Leistung", _NONE)
_QUEUES = Evaluation("Warteschlangen und Servicelevel", "Viertelstunde bis Monat, Warteschlange", _NONE)
_CALLS = Evaluation("Liste von Anrufen", "einzelner Anruf", "keine")
_CALL = Evaluation("Ein Anruf mit seinen Aufenthalten", "einzelner Anruf", "Pseudonym")
_LINES = Evaluation("Rohzeilen eines Anrufs", "einzelnes Ereignis", "Pseudonym")
_COMPLETE = Evaluation("Vollständigkeit", "Viertelstunde, Quelle", _NONE)
_SOURCES = Evaluation("Quellen und ihr Zustand", "Quelle", _NONE)
_FORECAST = Evaluation("Prognose der Anrufe und ihre Fehler", "Viertelstunde bis Tag, Warteschlange", _NONE)
_FORECAST_PARTS = Evaluation("Prognose je Partner", "Tag, Partner, Leistung", _NONE)
_ADJUSTMENTS = Evaluation("Ereignisse und Anpassungen der Prognose", "Tag, Warteschlange", "Nummer des Kontos")
_ASSUMED = Evaluation("Annahmen der Personalplanung", "Warteschlange, Tag der Gültigkeit", _NONE)
_STAFFING = Evaluation("Personalbedarf, Planungen und Kapazität", "halbe Stunde bis Monat, Warteschlange", _NONE)
_PLANS = Evaluation("Planungen und wer sie gemacht hat", "Planung", "Nummer des Kontos")
_CLOSING = Evaluation("Abschluss der Monate", "Monat, Partner; wer beantragt und bestätigt hat", "Nummer des Kontos")
_AGREED = Evaluation(
    "Regelungen, Vereinbarungen, Stellen und Kosten", "Partner, Monat", "keine; Personalkosten als Summe"
)
_SETTLEMENT = Evaluation(
    "Abrechnungen, Widersprüche und wer geprüft und freigegeben hat", "Monat, Partner", "Nummer des Kontos"
)
_VARIANTS = Evaluation("Variantenvergleich", "Monat, Partner", _NONE)
_LEDGER = Evaluation("Hauptbuch", "Buchung, Partner", _NONE)
_ASKED = Evaluation("Fragebögen und Angaben einer Kommune", "Partner", "Nummer des Kontos")
_PAPER = Evaluation("Entscheidungsunterlage und Vereinbarungsentwurf", "Jahr, Partner", _NONE)
_UNREADABLE = Evaluation("Nicht lesbare Zeilen", "einzelne Zeile, maskiert", "Pseudonym")
_PAPERS = Evaluation("Nachweise, Rechnungen und eigene Abrechnungen", "Monat oder Abrechnung, Partner", _NONE)
_HANDED_OVER = Evaluation("Übergabe an die Buchhaltung", "Beleg", "Nummer des Kontos")

EVALUATIONS: Mapping[str, Evaluation] = {
    "closing.listed": _CLOSING,
    "closing.one": _CLOSING,
    "months.overview": _CLOSING,
    "months.month": _CLOSING,
    "reports.usage": _MONTH,
    "reports.usage_year": _YEAR,
    "reports.queues": _QUEUES,
    "reports.completeness": _COMPLETE,
    "reports.calls": _CALLS,
    "reports.call": _CALL,
    "reports.call_events": _LINES,
    "forecasts.snapshots": _FORECAST,
    "forecasts.snapshot": _FORECAST,
    "forecasts.asked": _FORECAST,
    "forecasts.intervals": _FORECAST,
    "forecasts.partners": _FORECAST_PARTS,
    "forecasts.errors": _FORECAST,
    "forecasts.today": _FORECAST,
    "forecasts.planned_events": _ADJUSTMENTS,
    "forecasts.effect": _ADJUSTMENTS,
    "forecasts.adjustments": _ADJUSTMENTS,
    "forecast.overview": _FORECAST,
    "forecast.origin": _FORECAST,
    "forecast.errors": _FORECAST,
    "forecast_snapshots.overview": _FORECAST,
    "forecast_partner.partner": _FORECAST_PARTS,
    "forecast_today.today": _FORECAST,
    "adjustments.overview": _ADJUSTMENTS,
    "planned_events.overview": _ADJUSTMENTS,
    "planned_events.event": _ADJUSTMENTS,
    "planned_events.file": _ADJUSTMENTS,
    "staffing.requirement": _STAFFING,
    "staffing.why": _STAFFING,
    "staffing.group_why": _STAFFING,
    "staffing.assumptions": _ASSUMED,
    "staffing.kept_plans": _PLANS,
    "staffing.comparison": _STAFFING,
    "staffing.capacity": _STAFFING,
    "requirement.overview": _STAFFING,
    "requirement.reasons": _STAFFING,
    "plans.comparison": _PLANS,
    "capacity.months": _STAFFING,
    "assumptions.overview": _ASSUMED,
    "billing.all_terms": _AGREED,
    "billing.terms": _AGREED,
    "billing.all_agreements": _AGREED,
    "billing.all_parties": _AGREED,
    "billing.year_of_cost": _AGREED,
    "billing.cover_of_cost": _AGREED,
    "terms.overview": _AGREED,
    "terms.version": _AGREED,
    "agreements.overview": _AGREED,
    "agreements.agreement": _AGREED,
    "parties.overview": _AGREED,
    "parties.party": _AGREED,
    "cost.overview": _AGREED,
    "cost_cover.overview": _AGREED,
    "billing_files.listing": _AGREED,
    "settling.listed": _SETTLEMENT,
    "settling.one": _SETTLEMENT,
    "settling.comparison": _VARIANTS,
    "settling.sensitivity": _VARIANTS,
    "settling.ledger": _LEDGER,
    "settlements.overview": _SETTLEMENT,
    "settlement.show": _SETTLEMENT,
    "settlement.step": _SETTLEMENT,
    "variants.overview": _VARIANTS,
    "variants.derivation": _VARIANTS,
    "variants.volumes": _VARIANTS,
    "journal.overview": _LEDGER,
    "papers.listed": _PAPERS,
    "papers.one": _PAPERS,
    "papers.file": _PAPERS,
    "papers.runs": _HANDED_OVER,
    "papers.run_file": _HANDED_OVER,
    "papers.layouts": _HANDED_OVER,
    "paper_pages.overview": _PAPERS,
    "paper_pages.one": _PAPERS,
    "paper_pages.pdf": _PAPERS,
    "paper_pages.xml": _PAPERS,
    "own_settlements.overview": _PAPERS,
    "handover.overview": _HANDED_OVER,
    "handover.file": _HANDED_OVER,
    "handover.check_sums": _HANDED_OVER,
    "handover.layout": _HANDED_OVER,
    "accession.paper": _PAPER,
    "accession.agreement": _PAPER,
    "accession.asked_of": _ASKED,
    "accession_pages.overview": _ASKED,
    "accession_pages.partner": _ASKED,
    "accession_pages.versions": _ASKED,
    "accession_pages.paper": _PAPER,
    "accession_pages.paper_pdf": _PAPER,
    "accession_pages.agreement": _PAPER,
    "accession_pages.agreement_pdf": _PAPER,
    "telephony.quarantine": _UNREADABLE,
    "telephony.sources": _SOURCES,
    "usage.month": _MONTH,
    "usage.partner": _MONTH,
    "usage.year": _YEAR,
    "usage.files": _FILES,
    "usage.file": _FILES,
    "calls.search": _CALLS,
    "calls.show": _LINES,
    "queues.report": _QUEUES,
    "sources.overview": _SOURCES,
    "sources.source": _SOURCES,
    "sources.completeness": _COMPLETE,
    "sources.day": _COMPLETE,
    "quarantine.overview": _UNREADABLE,
    "quarantine.line": _UNREADABLE,
    "groups.report": Evaluation(
        "Gruppen von Beschäftigten", "abgeschlossener Monat, Woche", "nie weniger als die kleinste Gruppe"
    ),
    "persons.today": Evaluation(
        "Wer heute da ist", "der Augenblick", "mit Namen; jeder Aufruf steht im Zugriffsprotokoll"
    ),
    "persons.history": Evaluation(
        "Frühere Tage einer Person",
        "Tag",
        "eine Person, nur nach Vereinbarung mit dem Personalrat; jeder Aufruf steht im Zugriffsprotokoll",
    ),
    "own.figures": Evaluation(
        "Meine Zahlen", "Tag, Woche", "nur die eigene Person; Mittel der anderen ab der kleinsten Gruppe"
    ),
}

#: Evaluations on the server itself, for whoever administers it: command of `wfm` -> evaluation.
COMMANDS: Mapping[str, Evaluation] = {
    "report queues": _QUEUES,
    "report usage": _MONTH,
    "report completeness": _COMPLETE,
    "report unmapped": Evaluation("Was keinem Partner zugeordnet ist", "Monat", _NONE),
    "report agents": Evaluation(
        "Kennzahlen der Beschäftigten", "Tag und Person", "mit Namen; jeder Aufruf steht im Zugriffsprotokoll"
    ),
    "privacy export-person": Evaluation(
        "Auskunft über eine Person", "alles zu ihr", "die eine Person; jeder Aufruf steht im Zugriffsprotokoll"
    ),
}
UNDECLARED = Evaluation("NICHT EINGEORDNET", "NICHT EINGEORDNET", "NICHT EINGEORDNET")


def evaluations_at(addresses: Sequence[Address]) -> list[tuple[Address, Evaluation]]:
    """The evaluations that the running application has, by address."""
    shown = sorted(address for address in addresses if address.permission in SHOWING)
    return [(address, EVALUATIONS.get(address.endpoint, UNDECLARED)) for address in shown]
