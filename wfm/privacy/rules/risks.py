"""Measures that the software takes, and the risks to people's rights that they are against.

Each measure names where it can be checked; how likely and how grave a risk is, is the operators' assessment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """What the software does, and the code or tests (paths in the source) that show it."""

    text: str
    checked_in: str


MEASURES: Mapping[str, Measure] = {
    "closed": Measure(
        "Jede Adresse verlangt eine Berechtigung oder ist ausdrücklich öffentlich; was nichts sagt, ist gesperrt.",
        "tests/api/test_access.py",
    ),
    "partners": Measure(
        "Eine Kommune sieht nur ihre eigenen Zahlen und Anrufe.",
        "tests/api/test_access.py",
    ),
    "masked": Measure(
        "Rufnummern werden nie gezeigt, nur die Ortsvorwahl. In Anruflisten und Rohzeilen stehen Beschäftigte als "
        "Pseudonym.",
        "wfm/reporting/rules/masking.py",
    ),
    "purposes": Measure(
        "Zahlen von Personen werden nur für einen Zweck gezeigt; Früheres einzelner Personen nur, solange eine "
        "Vereinbarung gilt, die der Personalrat unterzeichnet hat.",
        "wfm/accounts/rules/purposes.py",
    ),
    "groups": Measure(
        "Zahlen von Gruppen gibt es erst ab der kleinsten Gruppe, und keine zweite Zahl, aus der sich eine kleinere "
        "errechnen ließe.",
        "tests/accounts/test_groups.py",
    ),
    "retention": Measure(
        "Jede Nacht wird gelöscht oder geschwärzt, wessen Frist vorbei ist; Rufnummern alle fünfzehn Minuten. Jeder "
        "Lauf wird mit Anzahlen festgehalten.",
        "wfm/privacy/service/retaining.py",
    ),
    "audit": Measure(
        "Wer Zahlen einer Person ansieht oder etwas ändert, hinterlässt einen Eintrag im Zugriffsprotokoll. "
        "Einträge werden nur hinzugefügt; jeder Tag wird versiegelt, sodass eine Änderung auffällt.",
        "wfm/accounts/service/sealing.py",
    ),
    "disclosure": Measure(
        "Auskunft über alles, was zu einer Person gespeichert ist, als Datei und als PDF; Ersetzen des Namens durch "
        "ein Pseudonym beim Ausscheiden.",
        "wfm/privacy/service/exporting.py",
    ),
    "sign_in": Measure(
        "Passwörter als argon2id-Prüfwert, Anmeldeversuche begrenzt, Sitzungen enden von selbst und lassen sich "
        "beenden.",
        "wfm/accounts/service/sign_in.py",
    ),
    "pages": Measure(
        "Seiten laden nichts von fremden Rechnern; Formulare lassen sich nicht von fremden Seiten absenden.",
        "tests/browser/checks.py",
    ),
    "figures": Measure(
        "Jeder Bericht sagt, ob er vollständig ist, oder nennt seine Lücken; jede Zahl lässt sich bis zur Rohzeile "
        "zurückverfolgen.",
        "wfm/reporting/completeness.py",
    ),
    "transparent": Measure(
        "Die Anlage zur Dienstvereinbarung wird aus dem laufenden Programm erzeugt; ein neues Feld, das dort nicht "
        "eingeordnet ist, lässt die Tests scheitern.",
        "tests/privacy/test_catalogue.py",
    ),
}


@dataclass(frozen=True, slots=True)
class Risk:
    """What may happen to people's rights, to whom, and which measures are against it."""

    title: str
    text: str
    concerned: str
    measures: Sequence[str]


RISKS: Mapping[str, Risk] = {
    "monitoring": Risk(
        "Überwachung von Leistung und Verhalten",
        "Zahlen werden benutzt, um einzelne Beschäftigte zu beurteilen oder zu vergleichen.",
        "Beschäftigte, die Anrufe annehmen",
        ("purposes", "groups", "masked", "audit", "retention", "transparent"),
    ),
    "reidentification": Risk(
        "Rückschluss auf Einzelne",
        "Aus Gruppen, Pseudonymen oder Summen weniger Anrufe wird auf eine Person geschlossen.",
        "Beschäftigte, Anrufende",
        ("groups", "masked", "partners", "retention"),
    ),
    "callers": Risk(
        "Offenlegung, wer wann wegen wessen anrief",
        "Rufnummer und Anliegen werden Unbefugten bekannt.",
        "Anrufende",
        ("masked", "retention", "partners", "closed"),
    ),
    "access": Risk(
        "Unbefugter Zugriff",
        "Ein fremdes Konto, eine fremde Sitzung oder eine Sicherung gibt Daten preis.",
        "alle",
        ("closed", "sign_in", "pages", "audit"),
    ),
    "wrong": Risk(
        "Falsche oder unvollständige Zahlen",
        "Entscheidungen über Menschen oder Kosten beruhen auf fehlerhaften Daten.",
        "Beschäftigte, Kommunen",
        ("figures", "disclosure"),
    ),
    "creep": Risk(
        "Schleichende Ausweitung",
        "Neue Daten, Auswertungen oder längere Fristen kommen hinzu, ohne dass jemand zugestimmt hat.",
        "Beschäftigte",
        ("transparent", "purposes", "audit"),
    ),
}
