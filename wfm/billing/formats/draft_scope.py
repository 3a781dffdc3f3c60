"""What an agreement takes over and how well: scope, hours, standards, who does what; in German, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.blocks import gap

Item = Mapping[str, Any]
Part = Iterator[str | b.Block]


def scope(data: Item) -> Part:
    """What is handed over, and what is not."""
    answers = data["answers"]
    yield (
        f"{data['name']} tritt der Zweckvereinbarung über das gemeinsame Servicecenter vom "
        f"{gap('Datum und Fundstelle der bestehenden Zweckvereinbarung')} bei (NKomZG § 5 und § 6 Abs. 1)."
    )
    yield (
        "Gegenstand ist die telefonische Auskunft für die Kommune. Wie sie übergeht: "
        f"{gap('Übertragung der Aufgabe mit allen Rechten und Pflichten oder Durchführung im Auftrag, NKomZG § 5')}. "
        "Die Zuständigkeit für die Leistungen selbst bleibt bei der Kommune: Das Servicecenter entscheidet nicht über "
        "Anträge und erlässt keine Bescheide."
    )
    if answers is None:
        services = gap("Leistungen")
    elif answers["all_services"]:
        services = "allen Leistungen, die im Verzeichnis des Servicecenters stehen"
    else:
        services = ", ".join(each["name"] for each in answers["services"])
    changes = gap("wer Leistungen ergänzt oder streicht")
    yield f"Das Servicecenter gibt Auskunft zu: {services}. Änderungen der Liste: {changes}."
    yield (
        f"Weitergeleitete Rufnummern der Kommune: {gap('Rufnummern')}. Ob Anrufe der Behördennummer 115 dazugehören: "
        f"{gap('115 ja oder nein, mit welchen Vorwahlen')}."
    )
    if answers and answers["switchboard"]:
        yield f"Angaben der Kommune zu Telefonzentrale und Warteschlangen: {answers['switchboard']}"


def standards(data: Item) -> Part:
    """Hours and targets, and what follows if they are missed."""
    answers = data["answers"]
    hours = answers["hours"] if answers and answers["hours"] else gap("Servicezeiten")
    yield f"Servicezeiten: {hours}. Der 115-Verbund erwartet mindestens Montag bis Freitag 8 bis 18 Uhr."
    if data["targets"]:
        yield "Beim Servicecenter hinterlegte Ziele für die Erreichbarkeit:"
        yield b.points(
            target["label"] + (f" (Quelle: {target['source']})" if target["source"] else "")
            for target in data["targets"]
        )
    yield (
        "Leistungsversprechen der Behördennummer 115: 75 % der Anrufe binnen 30 Sekunden von einem Menschen "
        "angenommen; 65 % beim ersten Kontakt beantwortet; weitergeleitete Anliegen binnen 24 Stunden während der "
        f"Servicezeiten beantwortet. Welche Ziele vereinbart sind: {gap('Ziele und ab wann sie gelten')}. Wie die "
        f"24 Stunden gezählt werden: {gap('Uhr der 24 Stunden')}."
    )
    yield (
        f"Werden vereinbarte Ziele verfehlt, so gilt: {gap('Folgen verfehlter Ziele')}. Bei Störungen der Telefonie: "
        f"{gap('Notbetrieb und Rückleitung der Anrufe')}."
    )


def host_duties(data: Item) -> Part:
    """What the host does."""
    yield b.points(
        [
            (
                "Er betreibt das Servicecenter mit eigenem Personal, Räumen und Technik und leitet weiter, was am "
                "Telefon nicht zu klären ist."
            ),
            (
                "Er zeigt der Kommune jeden Monat ihre Nutzung und die erreichten Werte; jede Zahl lässt sich öffnen, "
                "bis zum Anruf."
            ),
            f"Er gibt der Kommune den Kostenplan des nächsten Jahres bis zum {gap('Tag der Vorlage')}.",
            f"Über wesentliche Änderungen von Kosten, Umfang oder Technik berät: {gap('Gremium')}.",
        ]
    )


def duties(data: Item) -> Part:
    """What the municipality does."""
    answers = data["answers"]
    office = answers["contact_office"] if answers and answers["contact_office"] else gap("Stelle")
    yield b.points(
        [
            (
                "Die Kommune hält ihre Einträge im BUS Niedersachsen aktuell: zu jeder Leistung mindestens eine "
                "zuständige Stelle mit Name, Straße, Ort, Postleitzahl, E-Mail, Land und Telefon."
            ),
            "Sie beantwortet weitergeleitete Anliegen in der Frist, die unter „Servicezeiten und Standards“ steht.",
            f"Sie nennt eine zuständige Stelle für das Servicecenter: {office}.",
            "Sie meldet Änderungen ihrer Rufnummern und Öffnungszeiten, bevor sie gelten.",
            "Sie prüft ihre monatliche Nutzung und meldet Fehler der Zuordnung, bevor der Monat abgeschlossen wird.",
        ]
    )
