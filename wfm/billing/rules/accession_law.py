"""What a municipality has to do when it joins, and the law it follows: each with its source, whether it was checked.

Nothing here is legal advice. What could not be checked says so, and stands among the open points of every paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do once, or again and again."""

    title: str
    text: str
    source: str
    running: bool = False
    checked: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "text": self.text,
            "source": self.source,
            "running": self.running,
            "checked": self.checked,
        }


DUTIES = (
    Duty(
        "Ratsbeschluss und öffentlich-rechtliche Vereinbarung",
        "Die Zusammenarbeit wird als Zweckvereinbarung geschlossen; sie kann befristet werden. Sie muss regeln, unter "
        "welchen Voraussetzungen und mit welchen Folgen sie aufgelöst oder von einem Beteiligten gekündigt wird.",
        "NKomZG § 5 und § 6 Abs. 2 (VORIS)",
    ),
    Duty(
        "Genehmigung oder Anzeige, Bekanntmachung",
        "Eine Änderung der Zweckvereinbarung braucht Genehmigung und Bekanntmachung, wenn sich der Kreis der "
        "Beteiligten oder die Aufgaben ändern; ein Beitritt ändert den Kreis. Ob Genehmigung oder nur Anzeige nötig "
        "ist, muss an der geltenden Fassung geprüft werden.",
        "NKomZG § 6 Abs. 1 (VORIS; die gelesene Fassung kann überholt sein)",
        checked=False,
    ),
    Duty(
        "Vergaberecht",
        "Aufträge unter öffentlichen Auftraggebern sind vom Vergaberecht ausgenommen, wenn sie öffentliche Leistungen "
        "gemeinsam erbringen, nur das öffentliche Interesse die Zusammenarbeit bestimmt und kein privater Anbieter "
        "bevorzugt wird. Ob das hier zutrifft, ist vor dem Abschluss zu prüfen.",
        "GWB § 108 Abs. 6 (gelesen: die amtliche Begründung, nicht der geltende Wortlaut)",
        checked=False,
    ),
    Duty(
        "Personalvertretung",
        "Mitbestimmung bei technischen Einrichtungen, die geeignet sind, Verhalten oder Leistung zu überwachen "
        "(Einführung, wesentliche Erweiterung und Anwendung), und bei grundlegend neuen Arbeitsmethoden. Es genügt, "
        "dass die Einrichtung geeignet ist.",
        "NPersVG § 67 Abs. 1 Nr. 2 und 6 (VORIS)",
    ),
    Duty(
        "Umsatzsteuer",
        "Für Leistungen ab dem 01.01.2027 entscheidet § 2b UStG. Keine größeren Wettbewerbsverzerrungen liegen "
        "regelmäßig vor, wenn alles zusammenkommt: langfristige öffentlich-rechtliche Vereinbarung; Erhalt der "
        "öffentlichen Infrastruktur und eine allen obliegende öffentliche Aufgabe; ausschließlich Kostenerstattung; "
        "gleichartige Leistungen im Wesentlichen an andere juristische Personen des öffentlichen Rechts. Feste Preise "
        "ohne Ausgleich auf die tatsächlichen Kosten gefährden die Kostenerstattung.",
        "UStG § 2b Abs. 3 Nr. 2, § 27 Abs. 22a (Fassung vom 19.08.2026)",
    ),
    Duty(
        "Datenschutz",
        "Grundlage sind DSGVO und NDSG. Rollen der Beteiligten festlegen, Verarbeitungsverzeichnis ergänzen, prüfen, "
        "ob eine Folgenabschätzung nötig ist, Beschäftigte und Anrufende informieren.",
        "DSGVO Art. 13, 26, 28, 30, 35; NDSG § 12 (die Artikel wurden hier nicht im Wortlaut geprüft)",
        checked=False,
    ),
    Duty(
        "Einträge im BUS",
        "Zu jeder Leistung, über die das Servicecenter Auskunft gibt, mindestens eine zuständige Stelle eintragen, mit "
        "Name, Straße, Ort, Postleitzahl, E-Mail, Land und Telefon. Änderungen erreichen den Portalverbund erst nach "
        "bis zu 72 Stunden oder später.",
        "BUS Niedersachsen (service.niedersachsen.de, eu-dlr.niedersachsen.de); Dataport, Einträge im "
        "Landesredaktionssystem",
    ),
    Duty(
        "Rufnummern umstellen",
        "Die Zentrale der Kommune wird auf das Servicecenter weitergeleitet; die weitergeleitete Rufnummer gehört ins "
        "Verzeichnis, denn an ihr wird erkannt, welcher Kommune ein Anruf gilt. Mit der 115 ist das nicht so: Sie wird "
        "nach Vorwahlen geleitet, und Vorwahlen enden nicht an Gemeindegrenzen.",
        "HAZ Hannover 01/2022, HAZ Ronnenberg 04/2020; Entwurf einer Vereinbarung zum 115-Servicecenter (Hessen)",
    ),
    Duty(
        "Einträge aktuell halten",
        "Zuständigkeiten, Erreichbarkeit und Öffnungszeiten im BUS laufend pflegen: Was dort falsch steht, wird am "
        "Telefon falsch gesagt.",
        "BUS Niedersachsen",
        running=True,
    ),
    Duty(
        "Weitergeleitete Anliegen beantworten",
        "Was nicht am Telefon zu klären ist, wird innerhalb von 24 Stunden während der Servicezeiten beantwortet: per "
        "E-Mail, Fax oder Rückruf, wie es die anrufende Person wünscht.",
        "Leistungsversprechen der Behördennummer 115 (Rhein-Neckar-Zeitung 2018; heise 203523, 2009)",
        running=True,
    ),
    Duty(
        "Zahlungen",
        "Abschläge und Jahresabrechnung in den Haushalt einstellen. Verzug tritt spätestens 30 Tage nach Fälligkeit "
        "und Zugang der Rechnung ein.",
        "BGB § 286 Abs. 3; NKAG § 5 gilt unter Kommunen nur, wenn es vereinbart ist",
        running=True,
    ),
    Duty(
        "Nutzung prüfen",
        "Jeden Monat die eigene Nutzung ansehen und Fehler in der Zuordnung melden, bevor er abgeschlossen wird.",
        "Vereinbarung",
        running=True,
    ),
)

#: What both papers say of law, so that nobody takes it for more.
NO_ADVICE = (
    "Keine Rechtsberatung. Die Angaben zum Recht geben wieder, was dem Programm hinterlegt ist; sie sind vor einem "
    "Beschluss von der Rechtsstelle zu prüfen."
)
#: How centres elsewhere charge: nothing to reckon with, something to compare with.
ELSEWHERE = (
    (
        "Muster einer Vereinbarung (Hessen)",
        "Pauschale aus einem Preis je Anruf; Obergrenze im ersten Jahr 4 ct je Einwohner",
    ),
    ("Karlsruhe für Baden-Baden (2017)", "1,21 € je Gesprächsminute"),
    ("Hamburg für Seevetal (2012)", "1,50 € je Minute"),
    ("Kreis Pinneberg", "Der Kreis trägt die Kosten; 2 Jahre Pilot und 1 Jahr; Zahlen monatlich an alle"),
    ("Hannover für Ronnenberg (Angabe von 2020)", "etwa 30.000 € für 2021"),
)
ELSEWHERE_SOURCES = (
    "Entwurf einer Vereinbarung zum 115-Servicecenter (Hessen); Badisches Tagblatt 03/2017; marketing-boerse 2012; "
    "Barmstedt VO/2014-219; HAZ Ronnenberg 04/2020"
)
