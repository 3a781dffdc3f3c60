"""Data protection, liability, people, and how an agreement begins and ends; in German, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.blocks import gap
from wfm.reporting.formats import german

Item = Mapping[str, Any]
Part = Iterator[str | b.Block]

#: Documents that the system generates, annexes of the agreement on data protection.
ANNEXES = ("Anlage zur Dienstvereinbarung", "Verarbeitungsverzeichnis", "Folgenabschätzung")


def privacy(data: Item) -> Part:
    """Who is responsible, and what the running system does."""
    yield (
        "Grundlage sind DSGVO und NDSG. Wer verantwortlich ist: "
        f"{gap('gemeinsame Verantwortung (DSGVO Art. 26) oder Auftragsverarbeitung (Art. 28), mit dem Vertrag dazu')}."
    )
    yield (
        "Rufnummern der Anrufenden werden nur zur Zuordnung gebraucht und stehen in keinem Bericht. Die Kommune sieht "
        "nur ihre eigene Nutzung."
    )
    yield (
        f"Rechte der Anrufenden: {gap('welche Stelle Auskunft gibt und wer die Anrufenden informiert')}. Verletzungen "
        f"des Datenschutzes: {gap('Meldung von Verletzungen: wer, wem, in welcher Frist')}."
    )
    yield "Aus dem laufenden System erzeugt, mit Prüfwert, und Anlagen dieser Vereinbarung:"
    yield b.points(ANNEXES)


def liability(data: Item) -> Part:
    """Wrong information, and hours without a telephone."""
    yield f"Für falsche oder unterbliebene Auskünfte und für Ausfälle haftet: {gap('Haftung und ihre Grenzen')}."
    yield f"Ansprüche Dritter: {gap('wer Ansprüche Dritter prüft und trägt, Versicherung')}."


def people(data: Item) -> Part:
    """Those who answer the telephone today, and staff councils."""
    yield (
        "Beschäftigte, die bei der Kommune heute Anrufe annehmen: "
        f"{gap('Verbleib, Gestellung oder Übergang der Beschäftigten')}."
    )
    yield f"Beteiligung der Personalräte (NPersVG § 67 Abs. 1): {gap('Stand der Beteiligung bei Träger und Kommune')}."


def duration(data: Item) -> Part:
    """From when, until when."""
    start = data["start"]
    day = gap("Beginn") if start["assumed"] else german.iso_day(start["day"])
    yield (
        f"Die Mitgliedschaft beginnt am {day}, nicht vor: "
        f"{gap('Genehmigung oder Anzeige und Bekanntmachung, NKomZG § 5 Abs. 6 und 7')}."
    )
    yield f"Laufzeit: {gap('befristet bis oder unbefristet, Erprobung')}."


def notice(data: Item) -> Part:
    """How one party leaves, and what follows."""
    months = f"{data['terms']['cycle']['notice_months']} Monate" if data["terms"] else gap("Kündigungsfrist")
    yield (
        f"Jeder Beteiligte kann schriftlich gegenüber dem Träger kündigen, der die übrigen unterrichtet. Frist: "
        f"{months}, zum {gap('Ende des Kalenderjahres?')}."
    )
    yield (
        f"Aus wichtigem Grund: {gap('wichtige Gründe und Frist')}. Bei steigenden Kosten: "
        f"{gap('Sonderkündigung ab welcher Steigerung')}."
    )
    yield (
        "Mit dem Ende endet die Weiterleitung der Rufnummern; die Kommune sorgt selbst für ihre Erreichbarkeit. Das "
        "Ausscheiden lässt die Vereinbarung unter den übrigen bestehen; ihre Anteile werden ab dann ohne die Kommune "
        "gerechnet."
    )
    yield (
        "Die letzte Abrechnung folgt „Abschläge, Jahresabrechnung, Ausgleich“. Vorträge und Kosten, die wegen des "
        f"Ausscheidens weiterlaufen: {gap('Ausgleich bei Kündigung')}."
    )


def dissolution(data: Item) -> Part:
    """What NKomZG s. 6(2) wants settled, and who decides if nobody agrees."""
    yield (
        "Voraussetzungen und Folgen einer Auflösung durch alle Beteiligten (NKomZG § 6 Abs. 2): "
        f"{gap('Voraussetzungen der Auflösung')}."
    )
    yield "Bei der Auflösung gilt:"
    yield b.points(
        [
            f"Personal: {gap('Übernahme oder Rückkehr der Beschäftigten')}.",
            f"Ausstattung, Verträge und Restbuchwerte: {gap('Verteilung von Ausstattung und Verträgen')}.",
            f"Noch nicht ausgeglichene Über- und Unterdeckungen: {gap('Maßstab des Ausgleichs')}.",
            (
                "Daten: Jeder Beteiligte erhält seine eigenen; Abrechnungsunterlagen bleiben bis zum Ende ihrer "
                "Aufbewahrungsfristen beim Träger."
            ),
        ]
    )
    yield (
        "Sind nach Auflösung oder Kündigung ergänzende Regelungen nötig und einigen sich die Beteiligten nicht, so "
        "trifft sie die Kommunalaufsichtsbehörde (NKomZG § 6 Abs. 2 Satz 2). Die Auflösung wird bekannt gemacht (§ 6 "
        "Abs. 3)."
    )


def final(data: Item) -> Part:
    """What makes the agreement hold."""
    yield (
        "Der Beitritt ändert den Kreis der Beteiligten (NKomZG § 6 Abs. 1): "
        f"{gap('Genehmigung oder Anzeige prüfen, Aufsichtsbehörde, Bekanntmachung')}. Zustimmung der schon "
        f"Beteiligten: {gap('Beschlüsse der übrigen Beteiligten')}."
    )
    yield f"Beschluss des Rates der Kommune: {gap('Ratsbeschluss: Datum und Nummer')}."
    yield f"Vergaberecht: {gap('Zusammenarbeit öffentlicher Auftraggeber prüfen, GWB § 108 Abs. 6')}."
    yield (
        "Änderungen bedürfen der Schriftform. Ist eine Bestimmung unwirksam, so bleiben die übrigen gültig; die "
        "Beteiligten ersetzen sie durch eine, die ihrem Zweck am nächsten kommt."
    )


def annexes(data: Item) -> Part:
    """What belongs to the agreement."""
    named = ("Leistungen und weitergeleitete Rufnummern", "Parameter der Finanzierung und Zählweise", *ANNEXES)
    yield b.points(f"Anlage {number}: {name}" for number, name in enumerate(named, 1))
