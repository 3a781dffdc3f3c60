"""What pages of the comparison of variants show: names, tables to download, pictures."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from wfm.billing.rules.sensitivity import STEPS
from wfm.billing.rules.variants import TITLES
from wfm.core.rounding import half_up
from wfm.reporting.formats.column import Kind
from wfm.web import charts, language
from wfm.web.charts import Series
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.plots import Line, Plot
from wfm.web.variant_words import parameters_told

Row = dict[str, Any]

LINES = Listing(
    "Herleitung",
    (
        column("Schritt", "step"),
        column("Rechnung", "text"),
        column("genau (Cent)", "exact"),
        column("Betrag (Euro)", "cents", Kind.MONEY),
    ),
)
PARAMETERS = Listing(
    "Verglichene Varianten",
    (
        column("Variante", "title"),
        column("Beispielwerte, nicht vereinbart", "example"),
        column("Parameter", "told"),
        column("beim Träger (Euro)", "remainder_cents", Kind.MONEY),
        column("nicht möglich, weil", "problem"),
    ),
)


def short(candidate: Row) -> str:
    """The name of a column: what somebody called its terms, or that it is an example."""
    return _("Beispiel %(variant)s", variant=candidate["variant"]) if candidate["example"] else _name(candidate)


def full(candidate: Row) -> str:
    """Its name and which variant it is, in the reader's language."""
    return f"{_name(candidate)}: {_(TITLES[candidate['variant']])}"


def _name(candidate: Row) -> str:
    return str(candidate["title"]).removesuffix(f": {TITLES[candidate['variant']]}")


def _in_file(candidate: Row) -> str:
    """The name of a column of a file, in German as all files."""
    return f"Beispiel {candidate['variant']}" if candidate["example"] else _name(candidate)


def per_head(cents: int | None, inhabitants: int | None) -> int | None:
    """Cents an inhabitant, half up; None where there is nothing to divide."""
    return None if cents is None or not inhabitants else half_up(Fraction(cents, inhabitants))


def shown_of(report: Row, only: list[str]) -> list[tuple[int, Row]]:
    """Candidates that can be reckoned, with their places in each row: those chosen, or all."""
    return [
        (place, each)
        for place, each in enumerate(report["candidates"])
        if each["problem"] is None and (not only or each["key"] in only or each["key"] == report["first"])
    ]


def told(candidate: Row) -> Row:
    """A candidate with its parameters in words of a file."""
    return candidate | {"told": parameters_told(candidate["variant"], candidate["parameters"] or {})}


def _at(name: str, place: int) -> Callable[[Row], Any]:
    return lambda row: row[name][place]


def _each(name: str, place: int) -> Callable[[Row], Any]:
    return lambda row: per_head(row[name][place], row["inhabitants"])


def shares_list(report: Row, shown: list[tuple[int, Row]]) -> Listing:
    columns = [column("Partner", "name"), column("AGS", "partner")]
    for place, each in shown:
        columns.append(column(f"{_in_file(each)} (Euro)", _at("cents", place), Kind.MONEY))
        if each["key"] != report["first"]:
            columns.append(column(f"{_in_file(each)} Unterschied (Euro)", _at("differences", place), Kind.MONEY))
    return Listing("Was jeder Partner zahlt", tuple(columns))


def per_head_list(report: Row, shown: list[tuple[int, Row]]) -> Listing:
    columns = [column("Partner", "name"), column("Einwohner", "inhabitants", Kind.COUNT)]
    columns += [column(f"{_in_file(each)} (Euro)", _each("cents", place), Kind.MONEY) for place, each in shown]
    return Listing("Je Einwohner", tuple(columns))


def pictures(report: Row, shown: list[tuple[int, Row]]) -> list[tuple[str, str, Markup]]:
    """Of each variant but the first: its name, who wins and loses, and the differences as bars, all on one scale."""
    found = []
    others = [(place, each) for place, each in shown if each["key"] != report["first"]]
    every = [cents / 100 for place, _each in others for row in report["rows"]
             if (cents := row["differences"][place]) is not None]  # fmt: skip
    for place, each in others:
        differences = [(row["name"], row["differences"][place]) for row in report["rows"]]
        less = sum(1 for _name, cents in differences if cents is not None and cents < 0)
        more = sum(1 for _name, cents in differences if cents is not None and cents > 0)
        title = short(each)
        picture = charts.signed_bars(
            _("Unterschied je Partner: %(variant)s", variant=title),
            [name for name, _cents in differences],
            [Series(title, [None if cents is None else cents / 100 for _name, cents in differences])],
            lambda value: f"{'+' if value > 0 else ''}{language.number(value)} €",
            beside=every,
        )
        found.append((title, _("%(less)s zahlen weniger, %(more)s zahlen mehr", less=less, more=more), picture))
    return found


def drawn(rows: list[Row]) -> Plot:
    """A line a variant: euros by change of the partner's own usage."""
    plot, told_ = Plot.across(STEPS, " %"), list[str]()
    for number, row in enumerate(rows):
        values = [row["own"][step] / 100 for step in STEPS]
        plot.lines.append(Line(short(row), [*values], number % 4 + 1, dashed=number // 4 % 2 == 1))
        told_.append(
            _(
                "%(variant)s: %(low)s bis %(high)s €",
                variant=short(row),
                low=language.number(min(values)),
                high=language.number(max(values)),
            )
        )
    plot.told = ", ".join(told_)
    return plot


def volumes_list() -> Listing:
    """What a partner pays by change of its own usage."""
    return Listing(
        "Eigene Nutzung",
        (
            column("Variante", "title"),
            *(column(f"{step:+d} % (Euro)", _own(step), Kind.MONEY) for step in STEPS),
        ),
    )


def _own(step: int) -> Callable[[Row], Any]:
    return lambda row: row["own"][step]
