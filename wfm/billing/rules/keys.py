"""Which count of inhabitants terms take: basis and as-of day. Counts of one year on two bases differ by 5 %."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from wfm.billing.rules.stored import Stored
from wfm.core.errors import Sentence
from wfm.core.intervals import Days

TITLES: Mapping[str, str] = {
    "basis": "Grundlage der Einwohnerzahl",
    "as_of": "Stichtag",
    "day": "fester Stichtag",
    "pro_rata": "anteilig nach",
}


class AsOf(StrEnum):
    """The day the count is of."""

    FIXED = "fixed"
    #: 31 December of the year before the period begins.
    YEAR_BEFORE = "year_before"


class ProRata(StrEnum):
    """By what inhabitants are weighted in a period in which a partner joins or leaves."""

    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class KeysRule:
    """The count of inhabitants that terms take, and how it is weighted. An empty basis is the only count of the day."""

    basis: str = ""
    as_of: AsOf = AsOf.YEAR_BEFORE
    day: date | None = None
    pro_rata: ProRata = ProRata.DAYS

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises RuleBroken("terms.part") that names the field."""
        read = Stored("Schlüssel", TITLES, given)
        basis = read.take("basis", "")
        if not isinstance(basis, str) or len(basis) > 100 or not basis.isprintable():
            read.wrong("basis", Sentence("muss eine Zeile Text sein"))
        as_of = AsOf(read.choice("as_of", *AsOf))
        made = cls(
            str(basis), as_of, _day(read, needed=as_of is AsOf.FIXED), ProRata(read.choice("pro_rata", *ProRata))
        )
        read.done()
        return made

    def to_json(self) -> dict[str, Any]:
        made: dict[str, Any] = {"basis": self.basis, "as_of": str(self.as_of), "pro_rata": str(self.pro_rata)}
        return made | ({"day": self.day.isoformat()} if self.day else {})

    def day_for(self, period: Days) -> date:
        """The as-of day for a period."""
        return self.day if self.day is not None else date(period.start.year - 1, 12, 31)


def _day(read: Stored, *, needed: bool) -> date | None:
    if not needed:
        if read.given.get("day") is not None:
            read.wrong("day", Sentence("steht nur bei festem Stichtag"))
        read.asked.add("day")
        return None
    value = read.take("day")
    try:
        return date.fromisoformat(value) if value is not None else None
    except (TypeError, ValueError):
        read.wrong("day", Sentence("ist kein Tag (JJJJ-MM-TT)"))
        return None
