"""The kinds of assumptions as people enter and read them: of each its form, its list, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from wfm.core import fields
from wfm.reporting.formats.column import Kind
from wfm.web.language import N_
from wfm.web.lists import Listing, column
from wfm.web.planning import LOSSES, MODELS, SOURCES, Typed

DAYS = (
    column("erster Tag", lambda row: row.valid.start, Kind.DAY),
    column("letzter Tag", lambda row: row.valid.last_day, Kind.DAY, "Leer: bis auf Weiteres."),
)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class DatedForm(fields.Schema):
    """From when on something holds, and until when."""

    valid_from = fields.Day(required=True)
    valid_to = fields.Day(load_default=None)


class ParametersForm(DatedForm):
    """How a queue, or every queue without parameters of its own, is to be staffed."""

    queue = fields.Line(max_length=100, load_default=None)
    target = fields.Line(max_length=50, required=True)
    model = fields.Text(choices=tuple(MODELS), required=True)
    patience_s = fields.Whole(at_least=1, at_most=86_400, load_default=None)
    handling_s = fields.Whole(at_least=1, at_most=86_400, load_default=None)
    max_occupancy = Typed(at_least=1, at_most=100, load_default=None)
    confidence = Typed(at_least=50, at_most=99, load_default=50)


class TermsForm(DatedForm):
    """What a full-time post is."""

    weekly_hours = Typed(at_least=1, at_most=60, required=True)
    euros_per_hour = Typed(at_least=0, at_most=1000, load_default=None)
    hiring_months = fields.Whole(at_least=0, at_most=60, load_default=0)
    posts = Typed(at_least=0, at_most=9999, load_default=None)
    leaving_a_year = Typed(at_least=0, at_most=99, load_default=0)


class ShrinkageForm(DatedForm):
    """The share of time that a kind takes."""

    kind = fields.Text(choices=tuple(LOSSES), required=True)
    share = Typed(at_least=0, at_most=99, required=True)
    source = fields.Text(choices=tuple(SOURCES), load_default="plan")


class SkillsForm(DatedForm):
    """Agents who can do the same."""

    name = fields.Line(max_length=100, required=True)
    queues = fields.ListOf(fields.Line(max_length=100), required=True)
    cost_factor = Typed(at_least=0.1, at_most=9, load_default=1)


@dataclass(frozen=True, slots=True)
class AssumptionKind:
    """A kind of assumption as pages name it: its form, its list."""

    kind: str
    title: str
    text: str
    form: type[fields.Schema]
    listing: Listing


ASSUMPTION_KINDS: Mapping[str, AssumptionKind] = {
    "besetzung": AssumptionKind(
        "parameters",
        N_("Ziele und Verfahren"),
        N_("Mit welchem Ziel und Verfahren eine Warteschlange besetzt wird. Ohne Warteschlange: für alle übrigen."),
        ParametersForm,
        Listing(
            "Ziele und Verfahren",
            (
                column("Warteschlange", "queue"),
                column("Ziel", "target"),
                column("Verfahren", lambda row: MODELS[row.model]),
                column("Geduld (s)", "patience_s", Kind.COUNT, "Leer: geschätzt."),
                column("Bearbeitungszeit (s)", "handling_s", Kind.COUNT, "Leer: wie prognostiziert."),
                column("Auslastung höchstens", lambda row: _float(row.max_occupancy), Kind.SHARE),
                column("Sicherheit", lambda row: float(row.confidence), Kind.SHARE),
                *DAYS,
            ),
        ),
    ),
    "arbeit": AssumptionKind(
        "terms",
        N_("Arbeitsbedingungen"),
        N_("Was eine Vollzeitstelle ist, was ihre Stunde kostet und wie lange eine Einstellung dauert."),
        TermsForm,
        Listing(
            "Arbeitsbedingungen",
            (
                column("Wochenstunden", lambda row: float(row.weekly_hours), Kind.DECIMAL),
                column(
                    "Euro je bezahlte Stunde",
                    lambda row: None if row.cents_per_hour is None else row.cents_per_hour / 100,
                    Kind.DECIMAL,
                ),
                column("Monate bis zur Einstellung", "hiring_months", Kind.COUNT),
                column("besetzte Stellen", lambda row: _float(row.posts), Kind.DECIMAL),
                column("Abgang im Jahr", lambda row: float(row.leaving_a_year), Kind.SHARE),
                *DAYS,
            ),
        ),
    ),
    "schwund": AssumptionKind(
        "shrinkage",
        N_("Schwund"),
        N_("Bezahlte Zeit, in der niemand Anrufe annimmt. Urlaub und Krankheit sind Anteile der bezahlten Zeit, alles "
           "andere der Zeit in der Schicht."),
        ShrinkageForm,
        Listing(
            "Schwund",
            (
                column("Art", lambda row: LOSSES[row.kind]),
                column("Anteil", lambda row: float(row.share), Kind.SHARE),
                column("Herkunft", lambda row: SOURCES[row.source]),
                *DAYS,
            ),
        ),
    ),
    "faehigkeiten": AssumptionKind(
        "skills",
        N_("Fähigkeiten"),
        N_("Gruppen von Agents, die dieselben Warteschlangen bedienen, in dieser Reihenfolge."),
        SkillsForm,
        Listing(
            "Fähigkeiten",
            (
                column("Gruppe", "name"),
                column("Warteschlangen", "queues"),
                column("Kosten im Verhältnis", lambda row: float(row.cost_factor), Kind.DECIMAL),
                *DAYS,
            ),
        ),
    ),
}  # fmt: skip
