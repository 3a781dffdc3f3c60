"""The accessibility statement (§ 9b NBGG): what conforms and how that is known, what does not, and whom to tell.

§ 9b asks for the statement, § 9d for the body that settles disputes (NBGG, VORIS 84200, headings of the sections).
"""

from __future__ import annotations

from collections.abc import Mapping

from wfm.privacy.rules.document import Block, Document, Facts, Points, Section
from wfm.privacy.rules.entries import facts
from wfm.web.language import gettext as _
from wfm.web.language import language

ABOUT = (
    "Diese Erklärung nach § 9b des Niedersächsischen Behindertengleichstellungsgesetzes (NBGG) gilt für die Seiten "
    "dieses Programms und die PDF-Dateien, die es erzeugt."
)
STANDARD = (
    "Maßstab sind die Erfolgskriterien der WCAG 2.2, Stufen A und AA. Zu den Tests des Programms gehört eine "
    "automatische Prüfung seiner Seiten in einem Browser (axe-core, breit und schmal); ein Befund lässt sie scheitern. "
    "Eine solche Prüfung findet nur einen Teil der Barrieren."
)
CONFORMS = (
    "Die Seiten lassen sich mit der Tastatur bedienen; am Anfang steht ein Sprung zum Inhalt.",
    "Jedes Bild hat einen Text, jedes Diagramm eine Tabelle mit denselben Zahlen.",
    "Fehler stehen über dem Formular und am Feld, mit Worten.",
    "Es gibt helle und dunkle Farben; auf 390 Pixeln Breite läuft keine Seite quer.",
    "Die Seiten gehen auch ohne JavaScript.",
    "PDF-Dateien sind getaggt (PDF/UA-1).",
)
LIMITS = (
    "Gebärdensprache und Leichte Sprache gibt es nicht.",
    "Breite Tabellen lassen sich auf schmalen Bildschirmen nur seitlich verschieben.",
    "Dokumente für Personalrat und Datenschutz gibt es nur auf Deutsch.",
    "Die Beschreibung der Schnittstelle für Programme ist nicht auf Barrieren geprüft.",
)
DISPUTES = (
    "Wenn auf Ihre Meldung keine befriedigende Antwort kommt, können Sie sich an die Schlichtungsstelle nach § 9d NBGG "
    "wenden."
)


def statement(given: Mapping[str, str]) -> Document:
    """The statement of this installation; `given` is what its operators have written."""
    conforms: list[Block] = [_(STANDARD), _facts(given, "accessibility_review"), _("Was dafür getan ist:")]
    return Document(
        _("Erklärung zur Barrierefreiheit"),
        _(ABOUT),
        (
            Section(_("Stand der Vereinbarkeit"), [*conforms, Points([_(text) for text in CONFORMS])]),
            Section(_("Was nicht barrierefrei ist"), [Points([_(text) for text in LIMITS])]),
            Section(_("Barrieren melden"), [_facts(given, "accessibility_contact")]),
            Section(_("Schlichtungsverfahren"), [_(DISPUTES), _facts(given, "enforcement_body")]),
        ),
        language(),
    )


def _facts(given: Mapping[str, str], *names: str) -> Facts:
    return Facts([(_(title), value) for title, value in facts(given, *names)])
