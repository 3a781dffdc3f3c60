"""What a municipality is asked before it decides, and what its answers mean.

An answer is kept as it was typed, right or wrong, so that nothing is lost; `read_answers` says what it means and what
is wrong with which field. Only answers without a fault can be handed in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wfm.core.errors import Sentence

#: Months of the count, January to December.
MONTHS = tuple(f"calls_{month:02d}" for month in range(1, 13))
#: Texts of several lines -> characters at most.
TEXTS: Mapping[str, int] = {
    "inhabitants_disputed": 2000,
    "hours": 1000,
    "switchboard": 4000,
    "bus_entries": 4000,
    "questions": 4000,
}
#: Texts of one line.
LINES: Mapping[str, int] = {"calls_source": 300, "contact_office": 200}
#: All fields, in the order of the page. `services` is a list, the others are texts.
FIELDS = (
    *("inhabitants_disputed", "calls_a_year", *MONTHS, "calls_source", "hours", "services", "wished_start"),
    *("switchboard", "bus_entries", "contact_office", "questions"),
)
#: Whatever is typed beyond this is cut when it is kept: nobody types so much, a program might send it.
KEPT_CHARACTERS, KEPT_SERVICES = 10_000, 1_000
MOST_CALLS = 100_000_000

_GROUPED = re.compile(r"\d{1,3}(?:[. \u00a0\u202f]\d{3})+", re.ASCII)
_PLAIN = re.compile(r"\d{1,12}", re.ASCII)
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Typed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a municipality said of itself; None or empty where it said nothing. No services are all of them."""

    inhabitants_disputed: str = ""
    calls_a_year: int | None = None
    calls_by_month: tuple[int | None, ...] = (None,) * 12
    calls_source: str = ""
    hours: str = ""
    services: tuple[str, ...] = ()
    wished_start: date | None = None
    switchboard: str = ""
    bus_entries: str = ""
    contact_office: str = ""
    questions: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "inhabitants_disputed": self.inhabitants_disputed,
            "calls_a_year": self.calls_a_year,
            "calls_by_month": list(self.calls_by_month),
            "calls_source": self.calls_source,
            "hours": self.hours,
            "services": list(self.services),
            "wished_start": self.wished_start and self.wished_start.isoformat(),
            "switchboard": self.switchboard,
            "bus_entries": self.bus_entries,
            "contact_office": self.contact_office,
            "questions": self.questions,
        }


@dataclass(frozen=True, slots=True)
class Read:
    """Answers as far as they could be read, and what is wrong with which field."""

    answers: Answers
    errors: Mapping[str, Sentence] = field(default_factory=dict)


def as_typed(sent: Mapping[str, Any], before: Typed | None = None) -> Typed:
    """What was typed, of the fields that there are; a field that wasn't sent stays as it was `before`."""
    typed: Typed = {}
    for name in FIELDS:
        if name == "services":
            given = sent.get(name, (before or {}).get(name))
            if given is not None:
                typed[name] = sorted({str(key)[:20] for key in given})[:KEPT_SERVICES]
        else:
            text = _CONTROL.sub("", str(sent.get(name, (before or {}).get(name, ""))))
            typed[name] = text.replace("\r\n", "\n").strip()[:KEPT_CHARACTERS]
    return typed


def read_answers(typed: Typed, services: Collection[str]) -> Read:
    """What was typed, as it is meant. `services` are those of the directory: all of them chosen is none named."""
    errors: dict[str, Sentence] = {}
    for name, most in {**TEXTS, **LINES}.items():
        if len(typed.get(name, "")) > most:
            errors[name] = Sentence("Höchstens %(most)s Zeichen; es sind %(given)s.", most=most, given=len(typed[name]))
    for name in LINES:
        if "\n" in typed.get(name, ""):
            errors[name] = Sentence("Bitte in einer Zeile.")
    counts = {name: _count(typed.get(name, ""), name, errors) for name in ("calls_a_year", *MONTHS)}
    by_month = tuple(counts[name] for name in MONTHS)
    calls = _calls_a_year(counts["calls_a_year"], by_month, errors)
    if (calls is not None or any(value is not None for value in by_month)) and not typed.get("calls_source"):
        errors.setdefault("calls_source", Sentence("Bitte angeben, woher die Zahl der Anrufe stammt."))
    start = _day(typed.get("wished_start", ""), errors)
    texts = {name: typed.get(name, "") for name in (*TEXTS, *LINES)}
    answers = Answers(
        calls_a_year=calls,
        calls_by_month=by_month,
        services=_services(typed, services, errors),
        wished_start=start,
        **texts,
    )
    return Read(answers, errors)


def _count(text: str, name: str, errors: dict[str, Sentence]) -> int | None:
    """12345, 12.345 and 12 345 are the same."""
    if not text:
        return None
    if not (_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)):
        errors[name] = Sentence("Hier wird eine ganze Zahl erwartet, zum Beispiel 12.500.")
        return None
    value = int(re.sub(r"\D", "", text))
    if value > MOST_CALLS:
        errors[name] = Sentence("Diese Zahl ist zu groß.")
        return None
    return value


def _calls_a_year(year: int | None, by_month: tuple[int | None, ...], errors: dict[str, Sentence]) -> int | None:
    """The year as it was said, or the sum of twelve months; both must agree, and no months exceed their year."""
    known = [value for value in by_month if value is not None]
    total = sum(known)
    if year is None:
        return total if len(known) == 12 else None
    if (len(known) == 12 and total != year) or total > year:
        errors.setdefault(
            "calls_a_year",
            Sentence(
                "Die Monate ergeben zusammen %(total)s, im Jahr sollen es %(year)s sein. Bitte eines von beiden "
                "berichtigen.",
                total=total,
                year=year,
            ),
        )
    return year


def _day(text: str, errors: dict[str, Sentence]) -> date | None:
    if not text:
        return None
    try:
        if found := _GERMAN_DAY.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            day = date.fromisoformat(text)
    except ValueError:
        errors["wished_start"] = Sentence("Hier wird ein Tag erwartet, zum Beispiel 01.07.2027.")
        return None
    if not 2000 <= day.year < 2100:
        errors["wished_start"] = Sentence("Dieser Tag liegt zu weit entfernt.")
        return None
    return day


def _services(typed: Typed, known: Collection[str], errors: dict[str, Sentence]) -> tuple[str, ...]:
    if "services" not in typed or not known:
        return ()
    chosen = set(typed["services"])
    if unknown := sorted(chosen - set(known)):
        errors["services"] = Sentence("Die Leistung „%(key)s“ gibt es nicht (mehr).", key=unknown[0])
    elif not chosen:
        errors["services"] = Sentence("Bitte mindestens eine Leistung ankreuzen.")
    return () if chosen == set(known) else tuple(sorted(chosen & set(known)))
