"""What only the operators can say, and no program may make up: names, addresses, assessments. Empty until written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wfm.privacy.rules.document import OPEN
from wfm.privacy.rules.risks import RISKS

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its title, what belongs there, the part of the form in which it stands, whether everybody sees it."""

    title: str
    hint: str
    part: str
    public: bool = False


RESPONSIBLE = "Verantwortliche Stelle"
ASSESSMENT = "Folgenabschätzung"
ACCESSIBILITY = "Hilfe und Barrierefreiheit (für alle sichtbar)"
PARTS = (RESPONSIBLE, ACCESSIBILITY, ASSESSMENT)

_GIVEN: Mapping[str, Entry] = {
    "controller": Entry("Verantwortlicher", "Name der Stelle und Anschrift", RESPONSIBLE),
    "controller_contact": Entry("Kontakt des Verantwortlichen", "Telefon, E-Mail", RESPONSIBLE),
    "joint_controllers": Entry(
        "Gemeinsam Verantwortliche", "Wer noch, nach welcher Vereinbarung; sonst „keine“", RESPONSIBLE
    ),
    "data_protection_officer": Entry("Datenschutzbeauftragte", "Name oder Stelle, Telefon, E-Mail", RESPONSIBLE),
    "legal_basis": Entry("Rechtsgrundlage", "Normen und Dienstvereinbarung mit Datum", RESPONSIBLE),
    "hosting": Entry("Auftragsverarbeiter", "Wer Server betreibt oder wartet; sonst „keine“", RESPONSIBLE),
    "help_contact": Entry("Ansprechstelle für Fragen", "Wen Nutzerinnen und Nutzer fragen", ACCESSIBILITY, True),
    "accessibility_contact": Entry(
        "Barrieren melden", "Wohin man sich wendet: Stelle, Telefon, E-Mail", ACCESSIBILITY, True
    ),
    "enforcement_body": Entry("Schlichtungsstelle", "Name, Anschrift, Telefon, E-Mail", ACCESSIBILITY, True),
    "accessibility_review": Entry(
        "Prüfung durch Menschen", "Wann, von wem und wie zuletzt geprüft wurde", ACCESSIBILITY, True
    ),
    "necessity": Entry(
        "Notwendigkeit und Verhältnismäßigkeit", "Ihre Bewertung in Kürze, oder wo sie liegt", ASSESSMENT
    ),
    "views_of_those_concerned": Entry(
        "Standpunkt der Betroffenen", "Wie Personalrat und Beschäftigte gehört wurden", ASSESSMENT
    ),
}
ENTRIES: Mapping[str, Entry] = {
    **_GIVEN,
    **{
        f"risk_{name}_{what}": Entry(f"{risk.title}: {title}", "Ihre Einschätzung, mit kurzer Begründung", ASSESSMENT)
        for name, risk in RISKS.items()
        for what, title in (("likelihood", "Eintrittswahrscheinlichkeit"), ("severity", "Schwere"))
    },
}


def facts(given: Mapping[str, str], *names: str) -> list[tuple[str, str]]:
    """Entries as they stand in a document."""
    return [(ENTRIES[name].title, given.get(name) or OPEN) for name in names]
