"""A layer of people on a forecast: what one is, and what can be meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from wfm.core.errors import BadInput, Sentence

LONGEST_DAYS = 731
LARGEST_FACTOR, MOST_CALLS = 10, 100_000


@dataclass(frozen=True, slots=True)
class Layer:
    """A factor on the calls, or so many calls a day more, on days (both included) and slots `[from_slot, to_slot)`."""

    first_day: date
    last_day: date
    from_slot: int
    to_slot: int
    kind: str
    value: float

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def check(
    first_day: date, last_day: date, from_minute: int, to_minute: int, kind: str, value: float, reason: str
) -> None:
    """Refuse a layer that can't be meant. Raises BadInput with the field."""
    if last_day < first_day:
        raise BadInput("adjustment.days", "Der letzte Tag liegt vor dem ersten.", field="last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise BadInput(
            "adjustment.days",
            Sentence("Eine Anpassung gilt höchstens %(most)s Tage.", most=LONGEST_DAYS),
            field="last_day",
        )
    if not 0 <= from_minute < to_minute <= 1440:
        raise BadInput("adjustment.hours", "Das Ende der Stunden liegt nicht nach ihrem Beginn.", field="to_minute")
    if from_minute % 15 or to_minute % 15:
        raise BadInput("adjustment.hours", "Stunden beginnen und enden auf einer Viertelstunde.", field="from_minute")
    if kind == "factor" and not 0 <= value <= LARGEST_FACTOR:
        raise BadInput(
            "adjustment.factor",
            Sentence("Ein Faktor liegt zwischen 0 und %(most)s.", most=LARGEST_FACTOR),
            field="value",
        )
    if kind == "calls" and not 0 < abs(value) <= MOST_CALLS:
        raise BadInput(
            "adjustment.calls",
            Sentence("Anrufe am Tag: 1 bis %(most)s mehr oder weniger.", most=MOST_CALLS),
            field="value",
        )
    if not reason.strip():
        raise BadInput("adjustment.reason", "Bitte einen Grund angeben.", field="reason")
