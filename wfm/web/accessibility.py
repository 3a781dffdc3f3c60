"""The accessibility statement (§ 9b NBGG): what conforms and how that is known, what does not, and whom to tell.

§ 9b asks for the statement, § 9d for the body that settles disputes (NBGG, VORIS 84200, headings of the sections).
"""

from __future__ import annotations

from collections.abc import Mapping

from wfm.privacy.rules.document import Document, Facts, Points, Section
from wfm.privacy.rules.entries import facts
from wfm.web.language import gettext as _
from wfm.web.language import language


def statement(given: Mapping[str, str]) -> Document:
    """The statement of this installation; `given` is what its operators have written."""
    return Document(
        _("Erklärung zur Barrierefreiheit"),
        _(
            "Diese Erklärung nach § 9b des Niedersächsischen Behindertengleichstellungsgesetzes (NBGG) gilt für die "
            "Seiten dieses Programms und die PDF-Dateien, die es erzeugt."
        ),
        (
            Section(
                _("Stand der Vereinbarkeit"),
                [
                    _(
                        "Maßstab sind die Erfolgskriterien der WCAG 2.2, Stufen A und AA. Zu den Tests "
                        "des Programms gehört eine automatische Prüfung seiner Seiten in einem Browser (axe-core, breit "
                        "und schmal); ein Befund lässt sie scheitern. Sie findet nur einen Teil der Barrieren."
                    ),
                    _facts(given, "accessibility_review"),
                    _("Was dafür getan ist:"),
                    Points(
                        (
                            _(
                                "Die Seiten lassen sich mit der Tastatur bedienen; ein Sprung zum Inhalt steht am Anfang."
                            ),
                            _("Jedes Bild hat einen Text, jedes Diagramm eine Tabelle mit denselben Zahlen."),
                            _("Fehler stehen über dem Formular und am Feld, mit Worten."),
                            _("Helle und dunkle Farben; auf 390 Pixeln Breite ohne Querlauf der Seite."),
                            _("Die Seiten gehen auch ohne JavaScript."),
                            _("PDF-Dateien sind getaggt (PDF/UA-1)."),
                        )
                    ),
                ],
            ),
            Section(
                _("Was nicht barrierefrei ist"),
                [
                    Points(
                        (
                            _("Gebärdensprache und Leichte Sprache gibt es nicht."),
                            _("Breite Tabellen lassen sich auf schmalen Bildschirmen nur seitlich verschieben."),
                            _("Dokumente für Personalrat und Datenschutz gibt es nur auf Deutsch."),
                            _("Die Beschreibung der Schnittstelle für Programme ist nicht auf Barrieren geprüft."),
                        )
                    )
                ],
            ),
            Section(_("Barrieren melden"), [_facts(given, "accessibility_contact")]),
            Section(
                _("Schlichtungsverfahren"),
                [
                    _(
                        "Wenn auf Ihre Meldung keine befriedigende Antwort kommt, können Sie sich an die "
                        "Schlichtungsstelle nach § 9d NBGG wenden."
                    ),
                    _facts(given, "enforcement_body"),
                ],
            ),
        ),
        language(),
    )


def _facts(given: Mapping[str, str], *names: str) -> Facts:
    return Facts([(_(title), value) for title, value in facts(given, *names)])
