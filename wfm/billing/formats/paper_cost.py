"""The part of a decision paper that is about money, in German, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.rules.accession_law import ELSEWHERE
from wfm.billing.rules.words import count, money
from wfm.core.drawing.spread import Range, bars, ranges
from wfm.core.rounding import half_up

Item = Mapping[str, Any]

COST_BASES = {
    "plan": "Kostenplan der gezeigten Jahre",
    "plan_before": "letzter vollständiger Kostenplan, fortgeschrieben",
    "actual": "tatsächliche Kosten der letzten zwölf Monate, fortgeschrieben",
    "assumed": "für diese Unterlage angenommen",
}
#: Variants in a picture, where there is little room.
SHORT = {
    "V1": "nach Einwohnern",
    "V2": "Preis je Anruf",
    "V3": "Preis je Minute",
    "V4": "Grundbetrag und Nutzung",
    "V5": "Vollkosten nach Nutzung",
    "V6": "Festbetrag nach Größe",
    "V7": "gewichtete Mischung",
}


def in_short(cost: Item) -> str:
    """In one line: the range over all variants."""
    if "missing" in cost:
        return str(cost["missing"])
    full = [year for one in cost["variants"] for year in full_year(cost, one)]
    if not full:
        return "nicht gerechnet"
    cents = [year["cents"]["expected"] for year in full]
    each = [year["cents_per_inhabitant"] for year in full if year["cents_per_inhabitant"] is not None]
    heads = f", also {money(min(each))} bis {money(max(each))} je Einwohner" if each else ""
    return f"im ersten vollen Jahr je nach Variante {money(min(cents))} bis {money(max(cents))}{heads}"


def options(cost: Item) -> Iterator[b.Block]:
    """Each variant in the first full year, low, expected, high; as table and picture."""
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        yield b.table("Wie andere abrechnen", ("Wer", "Wie"), ELSEWHERE)
        return
    if not cost["written_terms"]:
        yield b.notice(
            "Noch ist keine Finanzierung entworfen. Die Varianten sind Beispiele mit Zahlen, die die Kosten decken: "
            "zum Vergleichen, kein Angebot."
        )
    year = next((year for year in cost["years"] if year["full"]), cost["years"][0])
    calls = cost["calls_a_year"]
    yield b.text(
        f"Beträge des Jahres {year['year']} bei {count(calls['low'])} (wenig), {count(calls['expected'])} (erwartet) "
        f"und {count(calls['high'])} Anrufen (viel) im Jahr; die Nutzung der anderen bleibt, wie sie ist."
    )
    rows, spread = [], []
    for one in cost["variants"]:
        for found in full_year(cost, one):
            cents, each = found["cents"], found["cents_per_inhabitant"]
            rows.append((title_of(one), *(money(cents[volume]) for volume in ("low", "expected", "high")),
                         "–" if each is None else money(each)))  # fmt: skip
            spread.append(Range(_short(one), cents["low"], cents["expected"], cents["high"]))
    heads = ("Variante", "wenig", "erwartet", "viel", "je Einwohner")
    if spread:
        title = f"Was die Kommune {year['year']} zahlt, je nach Variante"
        yield b.picture(title, ranges(title, spread, euros, ("bei erwarteten Anrufen", "bei wenig bis viel")))
    yield b.table(f"Kosten im Jahr {year['year']} nach Varianten", heads, rows, numeric=1)
    left: dict[str, list[str]] = {}
    for one in cost["variants"]:
        if one["problem"]:
            left.setdefault(str(one["problem"]), []).append(title_of(one))
    if left:
        yield b.text("Nicht gerechnet:")
        yield b.points([f"{'; '.join(titles)}. {problem}" for problem, titles in left.items()])
    yield b.table("Wie andere abrechnen", ("Wer", "Wie"), ELSEWHERE)


def budget(cost: Item) -> Iterator[b.Block]:
    """Each variant by year, whole and per inhabitant, and the cost it was reckoned with."""
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    heads = [f"{year['year']}" + ("" if year["full"] else f" ({year['days']} Tage)") for year in cost["years"]]
    shown = [one for one in cost["variants"] if not one["problem"]]
    rows = [
        (title_of(one), *(money(year["cents"]["expected"]) if "cents" in year else "–" for year in one["years"]))
        for one in shown
    ]
    yield b.table("Aufwand der Kommune bei erwarteten Anrufen", ("Variante", *heads), rows, numeric=1)
    if shown:
        title = "Aufwand der Kommune nach Jahren"
        series = [
            (head, [one["years"][place].get("cents", {}).get("expected") for one in shown])
            for place, head in enumerate(heads)
        ]
        yield b.picture(title, bars(title, [_short(one) for one in shown], series, euros))
    per_head = [(title_of(one), *(_each(year) for year in one["years"])) for one in shown]
    yield b.table("Dasselbe je Einwohner", ("Variante", *heads), per_head, numeric=1)
    total = [
        ("Kosten des Servicecenters", *map(money, cost["cost_cents"])),
        ("Mehr durch den Beitritt (Personal)", *map(money, cost["more_cents"])),
        ("Erwartete Anrufe der Kommune", *(count(year["calls"]["expected"]) for year in cost["years"])),
    ]
    yield b.table(f"Gerechnet mit: {COST_BASES[cost['basis']]}", ("Was", *heads), total, numeric=1)


def euros(cents: float) -> str:
    """In a picture: whole euros."""
    return f"{count(half_up(Fraction(cents) / 100))} €"


def _each(year: Item) -> str:
    return money(year["cents_per_inhabitant"]) if year.get("cents_per_inhabitant") is not None else "–"


def others(cost: Item) -> Iterator[b.Block]:
    """What the others pay together without the accession and with it."""
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    rows = []
    for one in cost["variants"]:
        for year in full_year(cost, one):
            before, after = year["others_without_cents"], year["others_with_cents"]
            if before is not None and after is not None:
                rows.append(
                    (title_of(one), money(before), money(after), money(after - before), money(year["host_cents"]))
                )
    if not rows:
        yield b.text("Nicht gezeigt: Es gibt zu wenige andere Partner; einzelne ließen sich erschließen.")
        return
    yield b.text("Ein Minus heißt: Die anderen zahlen zusammen weniger als ohne den Beitritt.")
    heads = ("Variante", "ohne Beitritt", "mit Beitritt", "Unterschied", "Rest beim Träger")
    yield b.table("Anteile aller anderen Partner zusammen, erstes volles Jahr", heads, rows, numeric=1)
    yield from _by_partner(cost)


def _by_partner(cost: Item) -> Iterator[b.Block]:
    """For the centre alone: what each of the others pays more or less."""
    shown = [(one, year) for one in cost["variants"] for year in full_year(cost, one) if year["others"]]
    names = {each["name"] for _, year in shown for each in year["others"]}
    if not shown:
        return
    rows = []
    for name in sorted(names):
        found = [{each["name"]: each for each in year["others"]}.get(name) for _, year in shown]
        rows.append((name, *("–" if e is None else money(e["with_cents"] - e["without_cents"]) for e in found)))
    heads = ("Partner", *(str(one["title"]).partition(":")[0] for one, _ in shown))
    yield b.table("Mehr oder weniger je Partner (nur für das Servicecenter)", heads, rows, numeric=1)


def derivations(paper: Item) -> Iterator[b.Block]:
    """How the partner's share came about, line by line."""
    cost = paper["cost"]
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    yield b.text("Wie der Anteil der Kommune zustande kommt, bei erwarteten Anrufen im ersten vollen Jahr:")
    for one in cost["variants"]:
        for year in full_year(cost, one):
            # The fonts of an archive have no arrow.
            lines = [
                line["text"].replace("→", "=").replace(f"{paper['partner']}:", f"{paper['name']}:")
                for line in year["derivation"]
            ] or ["Keine Zeile betrifft die Kommune allein."]
            yield b.text(f"{title_of(one)}:")
            yield b.points(lines)


def full_year(cost: Item, variant: Item) -> list[Item]:
    """The variant's amounts in the first full year, if they could be reckoned."""
    place = next((place for place, year in enumerate(cost["years"]) if year["full"]), 0)
    return [year for year in variant["years"][place : place + 1] if "cents" in year]


def _short(variant: Item) -> str:
    """In a picture."""
    name = f"{variant['variant']} {SHORT[variant['variant']]}"
    return (
        f"{name} (Beispiel)"
        if variant["example"]
        else f"{variant['variant']} {str(variant['title']).partition(':')[0]}"
    )


def title_of(variant: Item) -> str:
    """A variant as the paper calls it."""
    if variant["example"]:
        return f"{variant['title']} (Beispiel)"
    return str(variant["title"])
