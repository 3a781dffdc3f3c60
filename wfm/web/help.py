"""The help page: words and figures, keyboard, whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfm.privacy.rules.document import Block, Document, Facts, Points, Section, Table
from wfm.privacy.rules.entries import facts
from wfm.web import glossary
from wfm.web.language import gettext as _
from wfm.web.language import language

ABOUT = "Was die Zahlen bedeuten, wie man sich ohne Maus bewegt und wen man fragt."
HOW = (
    "Das Fragezeichen neben einer Zahl erklärt sie, mit ihrer Formel.",
    "Ein Strich steht, wo es nichts zu berechnen gibt; er heißt nicht null.",
    "Führt eine Zahl weiter, zeigt sie die Anrufe, aus denen sie besteht.",
    "„Herunterladen“ gibt dieselben Zahlen als Datei.",
    "Steht über einem Bericht eine Liste von Lücken, so fehlen dort Ereignisse oder sind noch nicht gezählt.",
    "Tage und Uhrzeiten sind die von Berlin.",
)
KEYS = (
    ("Tabulator", "zum nächsten Feld, Verweis oder Knopf; mit Umschalt zurück"),
    ("Eingabe", "einem Verweis folgen, einen Knopf drücken, ein Formular absenden"),
    ("Leertaste", "einen Knopf drücken, ein Kästchen ankreuzen, eine Auswahl öffnen"),
    ("Pfeiltasten", "in einer Auswahl; in einer breiten Tabelle zur Seite"),
    ("Escape", "eine Erklärung schließen"),
)
FIRST_KEY = "Der erste Sprung mit dem Tabulator führt zu „Zum Inhalt springen“."
LEVELS = (
    "T ist die Zeit der jeweiligen Definition. A_T und B_T sind Angenommene und Aufgelegte, die höchstens T gewartet "
    "haben. Aufenthalte mit unbekannter Wartezeit zählen in keinem Servicelevel."
)


def help_document(given: Mapping[str, str]) -> Document:
    """The help; `given` is what the operators have written."""
    contacts = facts(given, "help_contact", "accessibility_contact")
    return Document(
        _("Hilfe"),
        _(ABOUT),
        (
            Section(_("Wie es geht"), [Points([_(text) for text in HOW])]),
            Section(_("Mit der Tastatur"), [Table(_("Tasten"), (_("Taste"), _("Was sie tut")), _keys()), _(FIRST_KEY)]),
            Section(_("Wörter"), [Table(_("Wörter"), (_("Wort"), _("Bedeutung")), _first_two(glossary.WORDS))]),
            Section(_("Zahlen"), _figures()),
            Section(_("Wen fragen"), [Facts([(_(title), value) for title, value in contacts])]),
        ),
        language(),
    )


def _figures() -> Sequence[Block]:
    return [
        Table(_("Kennzahlen"), (_("Zahl"), _("Was sie zählt"), _("Formel")), glossary.rows(glossary.FIGURES)),
        Table(_("Arten von Servicelevel"), (_("Art"), _("Bedeutung"), _("Formel")), glossary.rows(glossary.LEVELS)),
        _(LEVELS),
        Table(_("Spalten der Berichte"), (_("Spalte"), _("Name in Dateien"), _("Bedeutung")), glossary.columns()),
    ]


def _keys() -> Sequence[Sequence[str]]:
    return [(_(key), _(does)) for key, does in KEYS]


def _first_two(terms: Mapping[str, glossary.Term]) -> Sequence[Sequence[str]]:
    return [row[:2] for row in glossary.rows(terms)]
