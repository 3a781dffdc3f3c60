"""The part of a decision paper that is about calls and the people who take them, in German, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.rules.words import count, money
from wfm.core.drawing.spread import Range, bars, columns
from wfm.core.intervals import MONTH_NAMES
from wfm.reporting.formats import german

Item = Mapping[str, Any]

VOLUMES = {"low": "wenig", "expected": "erwartet", "high": "viel"}


def expected(found: Item) -> Iterator[b.Block]:
    """Calls of a year and of its months, each with the range it may lie in."""
    if "missing" in found:
        yield b.text(found["missing"])
        return
    calls = found["calls_a_year"]
    yield b.text(
        f"Erwartet werden {count(calls['expected'])} Anrufe in einem vollen Jahr; mit {german.percent(found['level'])} "
        f"Wahrscheinlichkeit sind es {count(calls['low'])} bis {count(calls['high'])} "
        f"({german.decimal(found['calls_per_1000'], 1)} je 1.000 Einwohner erwartet)."
    )
    yield b.points(found["reasons"])
    yield b.text(
        "Die Anrufe verteilen sich über das Jahr wie die des Servicecenters."
        if found["season"]
        else "Jeder Monat zählt gleich: Für einen Jahresgang sind noch zu wenige Partner seit zwölf Monaten dabei."
    )
    title = "Erwartete Anrufe nach Monaten (Balken) und die Spanne von wenig bis viel (Linie)"
    rows = [Range(_short(each), each["low"], each["expected"], each["high"]) for each in found["months"]]
    yield b.picture(title, columns(title, rows, lambda value: count(round(value))))
    yield b.table(
        "Erwartete Anrufe nach Monaten eines vollen Jahres",
        ("Monat", "Anteil am Jahr", *VOLUMES.values()),
        [
            (_month(each), german.percent(share), *(count(each[volume]) for volume in VOLUMES))
            for each, share in zip(found["months"], found["season"] or [1 / 12] * 12, strict=True)
        ],
        numeric=1,
    )


def staff(found: Item) -> Iterator[b.Block]:
    """Posts without the accession, and with few, expected and many calls."""
    if "missing" in found:
        yield b.text(f"Nicht gerechnet: {found['missing']}")
        return
    there = found["posts_there"]
    names = ["ohne Beitritt", *(f"mit Beitritt, {VOLUMES[each['volume']]}" for each in found["volumes"])]
    posts = [found["posts_without"], *(each["posts_with"] for each in found["volumes"])]
    cases = [*zip(names, posts, strict=True), *([("vorhanden", there)] if there is not None else [])]
    title = "Vollzeitstellen ohne und mit Beitritt"
    drawn = bars(title, ["Vollzeitstellen im Mittel"], [(name, [value]) for name, value in cases], _posts)
    yield b.picture(title, drawn)
    rows = [("ohne Beitritt", "–", _posts(found["posts_without"]), "–", "–")]
    for name, each in zip(names[1:], found["volumes"], strict=True):
        more = each["more_cents_a_year"]
        rows.append((name, count(each["calls_a_year"]), _posts(each["posts_with"]), _posts(each["posts_more"]),
                     "nicht gerechnet" if more is None else money(more)))  # fmt: skip
    heads = ("Fall", "Anrufe im Jahr", "Vollzeitstellen", "mehr", "Mehrkosten im Jahr")
    yield b.table("Personalbedarf ohne und mit Beitritt", heads, rows, numeric=1)
    have = "nicht hinterlegt" if there is None else f"{_posts(there)} Vollzeitstellen"
    yield b.text(
        f"Mittel der Monate ab {german.iso_day(found['from'])} bis vor {german.iso_day(found['to'])}, als wäre die "
        f"Kommune die ganze Zeit dabei, mit der Sicherheit der Personalplanung. Vorhanden: {have}."
        + (" Die Prognose beruht auf simulierten Anrufen." if found["generated"] else "")
    )


def more_posts(found: Item) -> str:
    """In one line: how many posts more, and between how few and how many."""
    if "missing" in found:
        return str(found["missing"])
    low, _, high = found["volumes"]
    spread = f"{_posts(low['posts_more'])} bis {_posts(high['posts_more'])}"
    return f"{_posts(found['posts_more'])} Vollzeitstellen ({spread})"


def _posts(value: float) -> str:
    return german.decimal(value, 1)


def _month(each: Item) -> str:
    return MONTH_NAMES[each["month"] - 1]


def _short(each: Item) -> str:
    return _month(each)[:3]
