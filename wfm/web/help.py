"""The help page: words and figures, keyboard, whom to ask."""

from __future__ import annotations

from collections.abc import Mapping

from wfm.privacy.rules.document import Document, Facts, Points, Section, Table
from wfm.privacy.rules.entries import facts
from wfm.web import glossary
from wfm.web.language import gettext as _
from wfm.web.language import language


def help_document(given: Mapping[str, str]) -> Document:
    """The help; `given` is what the operators have written."""
    figure = (_("Zahl"), _("Was sie zählt"), _("Formel"))
    return Document(
        _("Hilfe"),
        _("Was die Zahlen bedeuten, wie man sich ohne Maus bewegt und wen man fragt."),
        (
            Section(
                _("Wie es geht"),
                [
                    Points(
                        (
                            _("Das Fragezeichen neben einer Zahl erklärt sie, mit ihrer Formel."),
                            _("Ein Strich steht, wo es nichts zu berechnen gibt: nie null."),
                            _("Führt eine Zahl weiter, zeigt sie die Anrufe, aus denen sie besteht."),
                            _("„Herunterladen“ gibt dieselben Zahlen als Datei."),
                            _(
                                "Steht über einem Bericht eine Liste von Lücken, fehlen für diese Zeiten Ereignisse oder "
                                "sie sind noch nicht gezählt."
                            ),
                            _("Tage und Uhrzeiten sind die von Berlin."),
                        )
                    )
                ],
            ),
            Section(
                _("Mit der Tastatur"),
                [
                    Table(
                        _("Tasten"),
                        (_("Taste"), _("Was sie tut")),
                        (
                            (_("Tabulator"), _("zum nächsten Feld, Verweis oder Knopf; mit Umschalt zurück")),
                            (_("Eingabe"), _("einem Verweis folgen, einen Knopf drücken, ein Formular absenden")),
                            (_("Leertaste"), _("einen Knopf drücken, ein Kästchen ankreuzen, eine Auswahl öffnen")),
                            (_("Pfeiltasten"), _("in einer Auswahl; in einer breiten Tabelle zur Seite")),
                            (_("Escape"), _("eine Erklärung schließen")),
                        ),
                    ),
                    _("Der erste Sprung mit dem Tabulator führt zu „Zum Inhalt springen“."),
                ],
            ),
            Section(
                _("Wörter"),
                [Table(_("Wörter"), (_("Wort"), _("Bedeutung")), [row[:2] for row in glossary.rows(glossary.WORDS)])],
            ),
            Section(
                _("Zahlen"),
                [
                    Table(_("Zahlen"), figure, glossary.rows(glossary.FIGURES)),
                    Table(
                        _("Wie ein Servicelevel berechnet wird"),
                        (_("Art"), _("Bedeutung"), _("Formel")),
                        glossary.rows(glossary.LEVELS),
                    ),
                    _(
                        "T ist die Zeit der jeweiligen Definition. A_T und B_T sind Angenommene und Aufgelegte, die "
                        "höchstens T gewartet haben. Aufenthalte mit unbekannter Wartezeit zählen in keinem Servicelevel."
                    ),
                    Table(
                        _("Spalten der Berichte"),
                        (_("Spalte"), _("Name in Dateien"), _("Bedeutung")),
                        glossary.columns(),
                    ),
                ],
            ),
            Section(
                _("Wen fragen"),
                [Facts([(_(title), value) for title, value in facts(given, "help_contact", "accessibility_contact")])],
            ),
        ),
        language(),
    )
