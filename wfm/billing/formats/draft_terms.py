"""What an agreement says of money: who pays what, how it is counted, when, and how it is disputed; in German."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.blocks import gap
from wfm.billing.formats.paper import FORMULAS
from wfm.billing.formats.parameters import parameters_of
from wfm.billing.rules.variants import TITLES
from wfm.billing.rules.words import count, money
from wfm.reporting.formats import german

Item = Mapping[str, Any]
Part = Iterator[str | b.Block]

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


def finance(data: Item) -> Part:
    """Variant, parameters, and that only cost is reimbursed."""
    terms = data["terms"]
    if terms is None:
        yield f"Variante und Parameter: {gap('Variante und Parameter der Finanzierung')}."
    else:
        yield f"Die Kosten werden nach {terms['variant']} geteilt: {TITLES[terms['variant']]}."
        if terms["variant"] in FORMULAS:
            yield b.text(FORMULAS[terms["variant"]])
        if terms["parameters"]:
            items = parameters_of(terms["parameters"])
            yield b.table(f"Parameter nach „{terms['title']}“", ("Parameter", "Wert"), items)
        yield f"Was die Variante nicht deckt, {_REMAINDER[terms['cycle']['remainder']]}."
    yield (
        "Welche Kosten geteilt werden (Personal, Räume, Telefonie, Gemeinkosten) und wie sie nachgewiesen werden: "
        f"{gap('Kostenarten und Zuschläge')}."
    )
    yield (
        "Es werden ausschließlich Kosten erstattet. Vergütungen nach Preisen werden auf die tatsächlichen Kosten "
        f"ausgeglichen: {gap('Ausgleich auf die tatsächlichen Kosten bestätigen, wegen UStG § 2b Abs. 3 Nr. 2')}."
    )
    agreed = data["agreement"]
    if agreed and agreed["weight"] is not None:
        yield f"An die Stelle der Einwohner tritt das Gewicht {count(agreed['weight'])}."
    if agreed and agreed["fixed_cents"] is not None:
        yield f"Fester Betrag: {money(agreed['fixed_cents'])} im Jahr."
    yield f"Änderung von Variante oder Parametern: {gap('Mehrheit und Frist für Änderungen')}."


def keys(data: Item) -> Part:
    """Inhabitants with source and as-of day, and what counts as usage."""
    people, terms, answers = data["inhabitants"], data["terms"], data["answers"]
    if people:
        source = people["source"] or gap("Quelle der Einwohnerzahl")
        basis = people["basis"] or gap("Grundlage der Einwohnerzahl")
        yield (
            f"Einwohner: {count(people['inhabitants'])}, Stand {german.iso_day(people['as_of'])}, Grundlage {basis}, "
            f"Quelle {source}. Die Zahl wird je Abrechnung festgehalten."
        )
    else:
        yield f"Einwohner: {gap('Einwohnerzahl, Gewicht oder fester Betrag')}."
    if answers and answers["inhabitants_disputed"]:
        yield f"Die Kommune bestreitet die Zahl: {answers['inhabitants_disputed']} {gap('Einwohnerzahl klären')}."
    if terms is None:
        yield f"Zählweise: {gap('welche Anrufe, kurze Anrufe, Nacharbeit, nicht zugeordnete Anrufe')}."
        return
    counting, of = terms["counting"], terms["keys"]
    short = counting["shorter_than_s"]
    day = "31. Dezember des Vorjahres" if of["as_of"] == "year_before" else german.iso_day(of["day"])
    yield "Gezählt wird so:"
    yield b.points(
        [
            (
                f"Stichtag der Einwohner: {day}; Grundlage: {of['basis'] or 'die einzige des Tages'}; anteilig nach "
                f"{'Tagen' if of['pro_rata'] == 'days' else 'Monaten'}."
            ),
            f"Es zählt {_CALLS[counting['calls']]}.",
            f"Anrufe unter {short} Sekunden Gespräch zählen nicht." if short else "Kurze Anrufe zählen mit.",
            f"{_WRAPUP[counting['wrapup']]}.",
            f"Anrufe, die keinem Partner zuzuordnen sind, {_NOBODY.get(counting['unattributed'], gap('Träger'))}.",
        ]
    )


def settlement(data: Item) -> Part:
    """Advances, the year's settlement, periods for payment."""
    terms = data["terms"]
    if terms is None:
        yield f"Abschläge: {gap('Zahl und Fälligkeit der Abschläge')}."
        yield f"Jahresabrechnung: {gap('Tag der Jahresabrechnung, Ausgleich oder Vortrag')}."
        yield f"Zahlungsziel: {gap('Zahlungsfrist')}."
    else:
        yield from _cycle(terms["cycle"])
    yield f"Bei Verzug: {gap('Verzugszinsen')}."
    party = data["party"] or {}
    yield f"Leitweg-ID der Kommune: {party.get('leitweg_id') or gap('Leitweg-ID')}."


def _cycle(cycle: Item) -> Iterator[str]:
    due = ", ".join(_of_year(day) for day in cycle["due_days"])
    advances = f"{cycle['advances']} Abschläge im Jahr, fällig am {due}" if cycle["advances"] else "keine Abschläge"
    yield f"Es gibt {advances}" + ("" if advances.endswith(".") else ".")
    years = cycle["carry_over_years"]
    balance = f"auf die {years} folgenden Jahre vorgetragen" if years else "mit der Abrechnung ausgeglichen"
    yield (
        f"Die Jahresabrechnung kommt bis zum {_of_year(cycle['settlement_day'])} des Folgejahres; der Unterschied "
        f"zu den Abschlägen wird {balance}."
        + (" Über- und Unterdeckungen werden wie nach NKAG § 5 ausgeglichen." if cycle["cost_covering"] else "")
    )
    yield (
        f"Zahlungsziel: {cycle['payment_days']} Tage. Abgeschlossene Monate ändern sich nicht; was später gefunden "
        "wird, steht als eigene Zeile in einem späteren Monat."
    )


def objection(data: Item) -> Part:
    """How a settlement is disputed, and who may look into the books."""
    days = data["terms"]["cycle"]["objection_days"] if data["terms"] else gap("Frist")
    yield (
        f"Einwände gegen eine Abrechnung sind binnen {days} Tagen mit Begründung zu erheben. Zwei Personen entscheiden "
        "beim Träger (Vier-Augen-Prinzip); eine Änderung ist eine neue Buchung, die alte bleibt sichtbar."
    )
    yield (
        "Die Kommune kann jederzeit einsehen, wie ihr Anteil zustande kommt. Einsicht in die Kosten und Prüfung durch "
        f"ihr Rechnungsprüfungsamt: {gap('Prüfungsrecht')}."
    )
    yield f"Streit, der bleibt: {gap('Schlichtung oder Aufsichtsbehörde')}."


def tax(data: Item) -> Part:
    """How services are taxed, by the day on which they are rendered."""
    agreed = data["agreement"]
    if agreed and agreed["tax"]:
        yield "Steuerliche Behandlung nach dem Tag der Leistung:"
        yield b.points(
            f"Leistungen ab {german.iso_day(part['from'])}: {_TAX.get(part['treatment'], part['treatment'])}."
            for part in agreed["tax"]
        )
    else:
        treatment = gap("steuerliche Behandlung nach UStG § 2b, Auskunft der Steuerstelle")
        yield f"Leistungen ab dem 01.01.2027: {treatment}."
    yield (
        "Ein Zeitraum über den 31.12.2026 wird geteilt. Wird Umsatzsteuer geschuldet, so gilt: "
        f"{gap('Umsatzsteuer zusätzlich oder enthalten')}."
    )


def _of_year(day: str) -> str:
    month, number = day.split("-")
    return f"{number}.{month}."
