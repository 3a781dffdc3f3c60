"""The words and figures of the trade, each with its definition and formula, once: pages take their explanations from
here (`term(key)` in templates), the help page shows all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wfm.reporting.formats.columns import CALLS, STAYS
from wfm.web.language import gettext as _


class Term(NamedTuple):
    """A word as people see it, what it means, and how it is reckoned."""

    title: str
    definition: str
    formula: str = ""


WORDS: Mapping[str, Term] = {
    "call": Term("Anruf", "Ein Anruf einer Bürgerin oder eines Bürgers, mit allen Weiterleitungen."),
    "stay": Term(
        "Aufenthalt",
        "Die Zeit eines Anrufs in einer Warteschlange. Wer weitergeleitet wird oder überläuft, hat mehrere.",
    ),
    "partner": Term("Partner", "Eine Kommune oder die Verwaltung der Region."),
    "source": Term("Quelle", "Eine Tür, durch die eine Telefonanlage ihre Ereignisse liefert."),
    "raw_event": Term("Rohzeile", "Eine Zeile, wie sie von der Telefonanlage kam. Jede Zahl führt auf sie zurück."),
    "attribution": Term(
        "Zuordnung",
        "Welchem Partner ein Anruf zählt: nach der gewählten Nummer, sonst nach der Warteschlange. Die Vorwahl ist nur "
        "eine Vermutung und zählt bei keinem Partner.",
    ),
    "unattributed": Term("Nicht zugeordnet", "Anrufe, die zu keinem Partner sicher gehören."),
    "complete": Term(
        "Vollständig",
        "Alle Ereignisse des Zeitraums sind eingetroffen und gezählt. Sonst nennt der Bericht die Lücken.",
    ),
    "closed_month": Term("Abgeschlossener Monat", "Seine Zahlen ändern sich nicht mehr."),
    "simulated": Term("Simuliert", "Von einem Programm erzeugte Anrufe zum Ausprobieren, keine echten."),
    "snapshot": Term(
        "Stand der Prognose",
        "Eine Prognose, wie sie einmal gerechnet wurde. Sie wird nie geändert, damit sich später sagen lässt, wie gut "
        "sie war.",
    ),
    "backtest": Term(
        "Rückrechnung",
        "Jedes Verfahren sagt Tage der Vergangenheit voraus, die es noch nicht kennt. Genommen wird, welches dabei am "
        "besten lag.",
    ),
    "interval": Term(
        "Prognoseintervall",
        "Der Bereich, in dem von 100 Werten 80 oder 95 liegen sollen. Je weiter voraus und je weniger Anrufe, desto "
        "weiter ist er.",
    ),
    "adjustment": Term(
        "Anpassung",
        "Was Menschen auf die gerechnete Prognose legen, mit einem Grund. Sie lässt sich jederzeit zurücknehmen.",
    ),
    "reforecast": Term(
        "Prognose des Resttages",
        "Kam bisher mehr oder weniger als erwartet, wird der Rest des Tages um so viel verschoben, wie das an früheren "
        "Tagen anhielt.",
    ),
    "pseudonym": Term("Pseudonym", "Steht für eine Person, ohne ihren Namen zu nennen."),
}

FIGURES: Mapping[str, Term] = {
    "offered": Term(
        "Angeboten (O)",
        "Aufenthalte in einer Warteschlange. Wer weitergeleitet wird oder überläuft, zählt in jeder einmal.",
        "angenommen + aufgelegt + sonst verlassen + verloren + offen",
    ),
    "answered": Term("Angenommen (A)", "Aufenthalte, die jemand angenommen hat."),
    "abandoned": Term(
        "Aufgelegt (B)",
        "Aufenthalte, bei denen der Anrufende vor der Annahme aufgelegt hat.",
        "Anteil: aufgelegt ÷ angeboten",
    ),
    "left": Term(
        "Sonst verlassen", "Zeit abgelaufen, Taste gedrückt, niemand angemeldet oder von der Anlage herausgenommen."
    ),
    "lost": Term("Verloren", "Wartend, als die Telefonanlage ausfiel."),
    "refused": Term(
        "Abgewiesen",
        "Versuche, in eine Warteschlange zu kommen, die abgewiesen wurden; nicht in „angeboten“ enthalten.",
    ),
    "service_level": Term("Servicelevel", "Anteil der Anrufe, die in der vereinbarten Zeit T angenommen wurden."),
    "asa": Term(
        "Mittlere Wartezeit (ASA)",
        "Wie lange die angenommenen Anrufe im Mittel gewartet haben, ohne solche mit unbekannter Wartezeit.",
        "Summe der Wartezeiten ÷ Angenommene mit bekannter Wartezeit",
    ),
    "expected": Term("Erwartete Anrufe", "Das Mittel dessen, was kommen kann, mit den Anpassungen darauf."),
    "event_factor": Term(
        "Faktor eines Ereignisses",
        "Womit die Anrufe jedes seiner Tage malgenommen werden: 1,2 heißt ein Fünftel mehr.",
        "Anrufe an seinen Tagen ÷ Anrufe gleicher Wochentage vier Wochen davor und danach",
    ),
    "wape": Term(
        "WAPE",
        "Wie weit die Prognose im Mittel daneben lag, als Anteil der Anrufe.",
        "Summe der Abweichungen ohne Vorzeichen ÷ Summe der Anrufe",
    ),
    "bias": Term(
        "Verzerrung",
        "Ob im Ganzen zu viel (über 0) oder zu wenig (unter 0) erwartet war.",
        "(erwartete − gekommene Anrufe) ÷ gekommene Anrufe",
    ),
    "aht": Term(
        "Mittlere Bearbeitungszeit (AHT)",
        "Gespräch und Nachbearbeitung eines angenommenen Anrufs im Mittel.",
        "(Gespräch + Nachbearbeitung) ÷ angenommen",
    ),
    "agents_needed": Term(
        "Agents gebraucht",
        "Die kleinste Zahl von Agents am Telefon, mit der das Ziel in dieser halben Stunde erreicht wird.",
    ),
    "erlang": Term(
        "Erlang",
        "Das Maß der Last: wie viele Agents im Mittel gleichzeitig beschäftigt wären.",
        "Anrufe × Bearbeitungszeit ÷ Dauer der Zeitspanne",
    ),
    "patience": Term(
        "Geduld",
        "Wie lange Anrufende im Mittel warten würden, bevor sie auflegen; länger als die Wartezeit derer, die "
        "auflegen.",
        "alle gewarteten Sekunden ÷ Aufgelegte",
    ),
    "planned_occupancy": Term(
        "Auslastung",
        "Anteil der Zeit am Telefon, in dem ein Agent spricht oder nacharbeitet. Auf Dauer sind 85 bis 90 % die "
        "Grenze.",
        "Last ÷ Agents",
    ),
    "confidence": Term(
        "Sicherheit",
        "Mit dieser Wahrscheinlichkeit kommen höchstens so viele Anrufe, wie besetzt wird. 50 % heißt: für den "
        "erwarteten Tag.",
        "Anrufe × e^(z × Unsicherheit des Tages), z zur Sicherheit aus der Normalverteilung",
    ),
    "chance": Term(
        "Chance",
        "Wie oft eine solche halbe Stunde ihr Ziel erreicht, wenn Prognose und Zufall in der Warteschlange schwanken.",
    ),
    "simulation": Term(
        "Simulation",
        "Viele zufällige Tage, Anruf für Anruf nachgespielt, mit den Anrufen und Agents der Planung.",
    ),
    "shared_teams": Term(
        "Gemeinsame Gruppen",
        "Wer mehrere Warteschlangen bedient, hilft dort, wo gerade gewartet wird. Gezählt wird je Gruppe: höchstens so "
        "viele, wie jede Warteschlange für sich bräuchte, mindestens so viele, wie genügten, wenn alle alles könnten. "
        "Dazwischen entscheidet die Simulation.",
    ),
    "shrinkage": Term(
        "Schwund (Shrinkage)",
        "Bezahlte Zeit, in der niemand Anrufe annimmt: Urlaub, Krankheit, Schulung, Pausen, Besprechungen.",
        "1 − (1 − Abwesenheit) × (1 − Verlust in der Schicht)",
    ),
    "agent_hours": Term(
        "Stunden am Telefon", "Stunden, die Agents am Telefon sein müssen.", "Summe der Agents je halbe Stunde ÷ 2"
    ),
    "paid_hours": Term(
        "bezahlte Stunden",
        "Stunden, die bezahlt werden müssen, damit genug am Telefon sind.",
        "Stunden am Telefon ÷ (1 − Schwund)",
    ),
    "staff_cost": Term("Kosten", "Was die bezahlten Stunden kosten.", "bezahlte Stunden × Kostensatz"),
    "most_agents": Term(
        "meiste Agents gleichzeitig", "Die halbe Stunde mit dem größten Bedarf aller Warteschlangen zusammen."
    ),
    "posts": Term(
        "Stellen",
        "Vollzeitstellen, die ein Monat braucht; jeder Monat gilt als gleich lang.",
        "bezahlte Stunden ÷ (Wochenstunden × 4,348)",
    ),
    "decide_by": Term(
        "entscheiden bis",
        "Monat, in dem das Einstellungsverfahren beginnen muss, damit rechtzeitig jemand da ist.",
        "Monat, in dem Stellen fehlen, − Dauer der Einstellung",
    ),
}

#: The ways in which a service level is reckoned; O, A, A_T, B_T: see FIGURES, within T seconds.
LEVELS: Mapping[str, Term] = {
    "offered": Term(
        "nach Angebotenen", "Wer auflegt, zählt gegen das Zentrum.", "angenommen in der Zeit ÷ angeboten (A_T / O)"
    ),
    "answered": Term(
        "nach Angenommenen", "Nur wer angenommen wurde, zählt.", "angenommen in der Zeit ÷ angenommen (A_T / A)"
    ),
    "excl_abandoned_within": Term(
        "ohne in der Zeit Aufgelegte",
        "Wer in der Zeit auflegt, zählt nicht.",
        "angenommen in der Zeit ÷ (angeboten − aufgelegt in der Zeit) (A_T / (O − B_T))",
    ),
    "abandoned_met": Term(
        "mit in der Zeit Aufgelegten",
        "Wer in der Zeit auflegt, gilt als bedient.",
        "(angenommen in der Zeit + aufgelegt in der Zeit) ÷ angeboten ((A_T + B_T) / O)",
    ),
}


def term(key: str) -> Term:
    """A word or a figure in the reader's language, for `kern.help` and `kern.figure`."""
    return _in_language({**WORDS, **FIGURES}[key])


def level(variant: str) -> Term:
    """A way to reckon the service level in the reader's language."""
    return _in_language(LEVELS[variant])


def rows(terms: Mapping[str, Term]) -> Sequence[Sequence[str]]:
    """Terms as rows of a table."""
    return [list(_in_language(one)) for one in terms.values()]


def columns() -> Sequence[Sequence[str]]:
    """Every column of reports and their files: title, name in files, meaning."""
    return [[_(one.title), one.name, _(one.meaning).replace("{T}", "T")] for one in (*CALLS, *STAYS)]


def _in_language(one: Term) -> Term:
    return Term(_(one.title), _(one.definition), _(one.formula) if one.formula else "")
