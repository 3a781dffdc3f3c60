"""A draft of the agreement in German, as blocks. What nobody has settled stands as `[OFFEN: …]`, never as a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.paper import FORMULAS
from wfm.billing.formats.parameters import parameters_of
from wfm.billing.rules.accession_law import NO_ADVICE
from wfm.billing.rules.variants import TITLES
from wfm.billing.rules.words import count, money
from wfm.reporting.formats import german

Item = Mapping[str, Any]

#: Documents that the system generates, annexes of the agreement on data protection.
ANNEXES = ("Anlage zur Dienstvereinbarung", "Verarbeitungsverzeichnis", "Folgenabschätzung")

_CALLS = {
    "offered_calls": "jeder eingegangene Anruf",
    "answered_calls": "jeder angenommene Anruf, auch wenn er weiterverbunden wird, einmal",
    "answered_stays": "jede Annahme; ein weiterverbundener Anruf zählt mehrmals",
}
_WRAPUP = {
    "none": "Nacharbeit zählt nicht",
    "reported": "Nacharbeit zählt, soweit die Telefonanlage sie meldet",
    "reported_and_inferred": "Nacharbeit zählt, auch soweit sie erschlossen ist",
}
_NOBODY = {
    "host": "trägt der Träger",
    "usage": "werden im Verhältnis der zugeordneten Nutzung verteilt",
    "inhabitants": "werden nach Einwohnern verteilt",
}
_REMAINDER = {
    "host": "trägt der Träger",
    "shares": "wird im Verhältnis der Anteile verteilt",
    "inhabitants": "wird nach Einwohnern verteilt",
}
_TAX = {"not_taxable": "nicht steuerbar (UStG § 2b)", "exempt": "steuerfrei", "taxed": "steuerpflichtig"}


def gap(what: str) -> str:
    """A place that somebody has to fill in."""
    return f"{b.OPEN}{what}]"


def document_of(data: Item) -> dict[str, Any]:
    """The draft, and its open points in the order of the text, each once."""
    name = data["name"]
    document: dict[str, Any] = {
        "title": f"Entwurf: Vereinbarung über den Beitritt zum gemeinsamen Servicecenter – {name}",
        "short": f"Entwurf einer Vereinbarung: {name}",
        "about": f"Stand {_day(data['made_on'])}. {NO_ADVICE} Was offen ist, ist markiert.",
        "numbered": False,
        "sections": [
            {**part, "title": f"§ {place} {part['title']}"} for place, part in enumerate(_paragraphs(data), 1)
        ],
    }
    document["sections"] = [b.section("Beteiligte", *_parties(data)), *document["sections"], _signatures(data)]
    found = re.findall(r"\[OFFEN: ([^\]]*)\]", json.dumps(document, ensure_ascii=False))
    document["open_points"] = list(dict.fromkeys(found))
    return document


def footer_of(data: Item) -> str:
    return f"Entwurf, Stand {_day(data['made_on'])}, keine Rechtsberatung"


def _parties(data: Item) -> Iterator[b.Block]:
    yield b.facts(
        [
            ("Träger des Servicecenters", _party(data["host"], "Name und Anschrift des Trägers")),
            ("Beitretende Kommune", _party(data["party"], f"Anschrift von {data['name']}", data["name"])),
            ("Vertreten durch", gap("vertretungsberechtigte Personen beider Seiten, Beschlüsse mit Datum")),
        ]
    )


def _party(details: Item | None, what: str, name: str = "") -> str:
    if details is None:
        return f"{name}, {gap(what)}" if name else gap(what)
    place = " ".join(str(details.get(key, "")) for key in ("postcode", "town")).strip()
    parts = [details.get("name") or name, details.get("street"), place]
    return ", ".join(str(part) for part in parts if part) or gap(what)


def _paragraphs(data: Item) -> Iterator[dict[str, Any]]:
    yield b.section("Gegenstand und Umfang", *_scope(data))
    yield b.section("Servicezeiten und Standards", *_standards(data))
    yield b.section("Mitwirkung der Kommune", *_duties(data))
    yield b.section("Finanzierung", *_finance(data))
    yield b.section("Schlüssel und Zählweise", *_keys(data))
    yield b.section("Abschläge, Jahresabrechnung, Ausgleich", *_settlement(data))
    yield b.section("Einwände", *_objection(data))
    yield b.section("Umsatzsteuer", *_tax(data))
    yield b.section("Datenschutz", *_privacy())
    yield b.section("Beginn und Dauer", *_duration(data))
    yield b.section("Kündigung", *_notice(data))
    yield b.section("Auflösung und Folgen", *_dissolution())
    yield b.section("Genehmigung, Bekanntmachung, Schlussbestimmungen", *_final())


def _scope(data: Item) -> Iterator[b.Block]:
    answers = data["answers"]
    yield b.text(
        f"(1) {data['name']} tritt der gemeinsamen Wahrnehmung der telefonischen Auskunft durch das Servicecenter nach "
        "NKomZG § 5 bei. Die Zuständigkeit für die Leistungen selbst bleibt bei der Kommune."
    )
    if answers is None:
        services = gap("Leistungen")
    elif answers["all_services"]:
        services = "allen Leistungen, die im Verzeichnis des Servicecenters stehen"
    else:
        services = ", ".join(each["name"] for each in answers["services"])
    yield b.text(f"(2) Das Servicecenter gibt Auskunft zu: {services}.")
    yield b.text(f"(3) Weitergeleitete Rufnummern der Kommune: {gap('Rufnummern')}.")
    if answers and answers["switchboard"]:
        yield b.text(f"(4) Angaben der Kommune zu Telefonzentrale und Warteschlangen: {answers['switchboard']}")


def _standards(data: Item) -> Iterator[b.Block]:
    answers = data["answers"]
    hours = answers["hours"] if answers and answers["hours"] else gap("Servicezeiten")
    yield b.text(f"(1) Servicezeiten: {hours}. Der 115-Verbund erwartet mindestens Montag bis Freitag 8 bis 18 Uhr.")
    if data["targets"]:
        yield b.text("(2) Hinterlegte Ziele für die Erreichbarkeit:")
        yield b.points(
            target["label"] + (f" (Quelle: {target['source']})" if target["source"] else "")
            for target in data["targets"]
        )
    yield b.text(
        "(3) Leistungsversprechen der Behördennummer 115: 75 % der Anrufe binnen 30 Sekunden von einem Menschen "
        "angenommen; 65 % beim ersten Kontakt beantwortet; weitergeleitete Anliegen binnen 24 Stunden während der "
        f"Servicezeiten beantwortet. Welche Ziele vereinbart sind: {gap('Ziele und ab wann sie gelten')}. Wie die "
        f"24 Stunden gezählt werden: {gap('Uhr der 24 Stunden')}."
    )
    yield b.text("(4) Das Servicecenter zeigt der Kommune jeden Monat ihre Nutzung und die erreichten Werte.")


def _duties(data: Item) -> Iterator[b.Block]:
    yield b.points(
        [
            (
                "Die Kommune hält ihre Einträge im BUS Niedersachsen aktuell: zu jeder Leistung mindestens "
                "eine zuständige Stelle mit Name, Straße, Ort, Postleitzahl, E-Mail, Land und Telefon."
            ),
            "Sie beantwortet weitergeleitete Anliegen in der Frist des § 2.",
            f"Sie nennt eine zuständige Stelle für das Servicecenter: {_office(data)}.",
            "Sie prüft ihre monatliche Nutzung und meldet Fehler der Zuordnung, bevor der Monat abgeschlossen wird.",
        ]
    )


def _office(data: Item) -> str:
    answers = data["answers"]
    return answers["contact_office"] if answers and answers["contact_office"] else gap("Stelle")


def _finance(data: Item) -> Iterator[b.Block]:
    terms = data["terms"]
    if terms is None:
        yield b.text(f"(1) Variante und Parameter: {gap('Variante und Parameter der Finanzierung')}.")
    else:
        yield b.text(f"(1) Die Kosten werden nach {terms['variant']} geteilt: {TITLES[terms['variant']]}.")
        if terms["variant"] in FORMULAS:
            yield b.text(FORMULAS[terms["variant"]])
        if terms["parameters"]:
            items = parameters_of(terms["parameters"])
            yield b.table(f"Parameter nach „{terms['title']}“", ("Parameter", "Wert"), items)
        yield b.text(f"Was die Variante nicht deckt, {_REMAINDER[terms['cycle']['remainder']]}.")
    yield b.text(
        "(2) Es werden ausschließlich Kosten erstattet. Vergütungen nach Preisen werden auf die tatsächlichen Kosten "
        f"ausgeglichen: {gap('Ausgleich auf die tatsächlichen Kosten bestätigen, wegen UStG § 2b Abs. 3 Nr. 2')}."
    )
    agreed = data["agreement"]
    if agreed and agreed["weight"] is not None:
        yield b.text(f"(3) An die Stelle der Einwohner tritt das Gewicht {count(agreed['weight'])}.")
    if agreed and agreed["fixed_cents"] is not None:
        yield b.text(f"(3) Fester Betrag: {money(agreed['fixed_cents'])} im Jahr.")


def _keys(data: Item) -> Iterator[b.Block]:
    people, terms = data["inhabitants"], data["terms"]
    if people:
        source = people["source"] or gap("Quelle der Einwohnerzahl")
        basis = people["basis"] or gap("Grundlage der Einwohnerzahl")
        yield b.text(
            f"(1) Einwohner: {count(people['inhabitants'])}, Stand {_day(people['as_of'])}, Grundlage {basis}, Quelle "
            f"{source}. Die Zahl wird je Abrechnung festgehalten."
        )
    else:
        yield b.text(f"(1) Einwohner: {gap('Einwohnerzahl, Gewicht oder fester Betrag')}.")
    answers = data["answers"]
    if answers and answers["inhabitants_disputed"]:
        yield b.text(
            f"Die Kommune bestreitet die Zahl: {answers['inhabitants_disputed']} {gap('Einwohnerzahl klären')}."
        )
    if terms is None:
        yield b.text(f"(2) Zählweise: {gap('welche Anrufe, kurze Anrufe, Nacharbeit, nicht zugeordnete Anrufe')}.")
        return
    counting, keys = terms["counting"], terms["keys"]
    short = counting["shorter_than_s"]
    day = "31. Dezember des Vorjahres" if keys["as_of"] == "year_before" else _day(keys["day"])
    yield b.points(
        [
            (
                f"Stichtag der Einwohner: {day}; Grundlage: {keys['basis'] or 'die einzige des Tages'}; anteilig nach "
                f"{'Tagen' if keys['pro_rata'] == 'days' else 'Monaten'}."
            ),
            f"Es zählt {_CALLS[counting['calls']]}.",
            f"Anrufe unter {short} Sekunden Gespräch zählen nicht." if short else "Kurze Anrufe zählen mit.",
            f"{_WRAPUP[counting['wrapup']]}.",
            f"Anrufe, die keinem Partner zuzuordnen sind, {_NOBODY.get(counting['unattributed'], gap('Träger'))}.",
        ]
    )


def _settlement(data: Item) -> Iterator[b.Block]:
    terms = data["terms"]
    if terms is None:
        yield b.text(f"(1) Abschläge: {gap('Zahl und Fälligkeit der Abschläge')}.")
        yield b.text(f"(2) Jahresabrechnung: {gap('Tag der Jahresabrechnung, Ausgleich oder Vortrag')}.")
        yield b.text(f"(3) Zahlungsziel: {gap('Zahlungsfrist')}.")
        return
    cycle = terms["cycle"]
    due = ", ".join(_of_year(day) for day in cycle["due_days"])
    advances = f"{cycle['advances']} Abschläge im Jahr, fällig am {due}" if cycle["advances"] else "keine Abschläge"
    yield b.text(f"(1) Es gibt {advances}" + ("" if advances.endswith(".") else "."))
    years = cycle["carry_over_years"]
    balance = f"auf die {years} folgenden Jahre vorgetragen" if years else "mit der Abrechnung ausgeglichen"
    yield b.text(
        f"(2) Die Jahresabrechnung kommt bis zum {_of_year(cycle['settlement_day'])} des Folgejahres; der Unterschied "
        f"zu den Abschlägen wird {balance}."
        + (" Über- und Unterdeckungen werden wie nach NKAG § 5 ausgeglichen." if cycle["cost_covering"] else "")
    )
    yield b.text(
        f"(3) Zahlungsziel: {cycle['payment_days']} Tage. Abgeschlossene Monate ändern sich nicht; was später gefunden "
        "wird, steht als eigene Zeile in einem späteren Monat."
    )
    party = data["party"] or {}
    yield b.text(f"(4) Leitweg-ID der Kommune: {party.get('leitweg_id') or gap('Leitweg-ID')}.")


def _objection(data: Item) -> Iterator[b.Block]:
    days = data["terms"]["cycle"]["objection_days"] if data["terms"] else gap("Frist")
    yield b.text(
        f"Einwände gegen eine Abrechnung sind binnen {days} Tagen mit Begründung zu erheben. Zwei Personen entscheiden "
        "beim Servicecenter (Vier-Augen-Prinzip); eine Änderung ist eine neue Buchung, die alte bleibt sichtbar. "
        f"Streit, der bleibt: {gap('Schlichtung oder Aufsichtsbehörde')}."
    )


def _tax(data: Item) -> Iterator[b.Block]:
    agreed = data["agreement"]
    if agreed and agreed["tax"]:
        yield b.points(
            f"Leistungen ab {_day(part['from'])}: {_TAX.get(part['treatment'], part['treatment'])}."
            for part in agreed["tax"]
        )
    else:
        yield b.text(
            f"Leistungen ab dem 01.01.2027: {gap('steuerliche Behandlung nach UStG § 2b, Auskunft der Steuerstelle')}."
        )
    yield b.text(
        "Maßgeblich ist der Tag der Leistung; ein Zeitraum über den 31.12.2026 wird geteilt. Wird Umsatzsteuer "
        f"geschuldet, so gilt: {gap('Umsatzsteuer zusätzlich oder enthalten')}."
    )


def _privacy() -> Iterator[b.Block]:
    yield b.text(
        "(1) Grundlage sind DSGVO und NDSG. Wer verantwortlich ist: "
        f"{gap('gemeinsame Verantwortung oder Auftragsverarbeitung')}."
    )
    yield b.text("(2) Anlagen zum Datenschutz, aus dem laufenden System erzeugt, mit Prüfwert:")
    yield b.points(ANNEXES)
    yield b.text(
        "(3) Rufnummern der Anrufenden werden nur zur Zuordnung gebraucht und stehen in keinem Bericht. Die Kommune "
        "sieht nur ihre eigene Nutzung."
    )


def _duration(data: Item) -> Iterator[b.Block]:
    start = data["start"]
    day = gap("Beginn") if start["assumed"] else _day(start["day"])
    yield b.text(f"Die Mitgliedschaft beginnt am {day}. Laufzeit: {gap('befristet bis oder unbefristet')}.")


def _notice(data: Item) -> Iterator[b.Block]:
    months = f"{data['terms']['cycle']['notice_months']} Monate" if data["terms"] else gap("Kündigungsfrist")
    yield b.text(
        f"(1) Jeder Beteiligte kann schriftlich kündigen. Frist: {months}, zum {gap('Ende des Kalenderjahres?')}."
    )
    yield b.text(f"(2) Aus wichtigem Grund: {gap('Gründe und Frist')}.")
    yield b.text(
        "(3) Mit dem Ende endet die Weiterleitung der Rufnummern; die Kommune sorgt selbst für ihre Erreichbarkeit. "
        f"Die letzte Abrechnung folgt § 6; Vorträge werden ausgeglichen: {gap('Ausgleich bei Kündigung')}."
    )


def _dissolution() -> Iterator[b.Block]:
    yield b.text(
        "(1) Nach NKomZG § 6 Abs. 2 muss geregelt sein, wann die Vereinbarung aufgelöst wird und was daraus folgt: "
        f"{gap('Voraussetzungen der Auflösung')}."
    )
    yield b.points(
        [
            f"Personal: {gap('Übernahme oder Rückkehr der Beschäftigten')}.",
            f"Ausstattung, Verträge und Restbuchwerte: {gap('Verteilung')}.",
            f"Noch nicht ausgeglichene Über- und Unterdeckungen: {gap('Verteilung')}.",
            (
                "Daten: Jeder Beteiligte erhält seine eigenen; Abrechnungsunterlagen bleiben bis zum Ende ihrer "
                "Aufbewahrungsfristen beim Träger."
            ),
        ]
    )


def _final() -> Iterator[b.Block]:
    yield b.text(
        "(1) Der Beitritt ändert den Kreis der Beteiligten (NKomZG § 6 Abs. 1): "
        f"{gap('Genehmigung oder Anzeige prüfen, Aufsichtsbehörde, Bekanntmachung')}."
    )
    yield b.text(f"(2) Beschlüsse der Räte: {gap('Datum und Nummer')}. Beteiligung der Personalräte: {gap('Stand')}.")
    yield b.text("(3) Änderungen bedürfen der Schriftform. Unwirksame Bestimmungen lassen die übrigen unberührt.")


def _signatures(data: Item) -> dict[str, Any]:
    host = (data["host"] or {}).get("name") or "Träger des Servicecenters"
    names = [f"Ort, Datum – {host}", f"Ort, Datum – {data['name']}"]
    return b.section("Unterschriften", {"kind": "signatures", "items": names})


def _of_year(day: str) -> str:
    month, number = day.split("-")
    return f"{number}.{month}."


def _day(text: str) -> str:
    return german.day(date.fromisoformat(text))
