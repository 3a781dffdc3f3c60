"""When is paid what: advances, the annual settlement, periods for objection, payment and notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from wfm.billing.rules.run import Remainder
from wfm.billing.rules.stored import Stored
from wfm.core.errors import Sentence
from wfm.core.intervals import Days, Month

ADVANCES = (0, 1, 2, 4, 12)
TITLES: Mapping[str, str] = {
    "advances": "Abschläge im Jahr",
    "due_days": "Fälligkeit der Abschläge",
    "settlement_day": "Tag der Jahresabrechnung",
    "true_up": "Ausgleich",
    "carry_over_years": "Jahre des Vortrags",
    "objection_days": "Widerspruchsfrist",
    "payment_days": "Zahlungsfrist",
    "notice_months": "Kündigungsfrist",
    "cost_covering": "Vortrag nach NKAG § 5",
    "remainder": "ungedeckter Rest",
}


class TrueUp(StrEnum):
    """What becomes of the difference between advances and actual cost."""

    CHARGE = "charge"
    #: Spread over the next years in equal parts.
    CARRY_OVER = "carry_over"


@dataclass(frozen=True, slots=True)
class Cycle:
    """The year of terms. Days and months of notice are whole numbers; `due_days` and `settlement_day` are `MM-DD`,
    the latter in the year after. `remainder`: who bears what the variant leaves uncovered. `cost_covering`: surplus and
    deficit are carried forward as NKAG s. 5(2) has it."""

    advances: int = 4
    due_days: tuple[str, ...] = ("02-15", "05-15", "08-15", "11-15")
    settlement_day: str = "03-31"
    true_up: TrueUp = TrueUp.CHARGE
    carry_over_years: int = 0
    objection_days: int = 28
    payment_days: int = 30
    notice_months: int = 12
    cost_covering: bool = False
    remainder: Remainder = Remainder.HOST

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises RuleBroken("terms.part") that names the field."""
        read = Stored("Ablauf", TITLES, given)
        advances = read.whole("advances", 0, 12)
        if advances not in ADVANCES:
            allowed = ", ".join(map(str, ADVANCES))
            read.wrong("advances", Sentence("muss eines von %(allowed)s sein", allowed=allowed))
        true_up = TrueUp(read.choice("true_up", *TrueUp))
        years = read.whole("carry_over_years", 0, 3, 0)
        if (true_up is TrueUp.CARRY_OVER) != (years > 0):
            read.wrong("carry_over_years", Sentence("muss bei Vortrag 1 bis 3 sein, sonst 0"))
        covering = read.take("cost_covering", False)
        if not isinstance(covering, bool):
            read.wrong("cost_covering", Sentence("muss ja oder nein sein"))
        made = cls(
            advances,
            _due_days(read, advances),
            _day(read, "settlement_day", read.take("settlement_day")),
            true_up,
            years,
            read.whole("objection_days", 0, 365),
            read.whole("payment_days", 0, 365),
            read.whole("notice_months", 0, 120),
            bool(covering),
            Remainder(read.choice("remainder", *Remainder, default=Remainder.HOST)),
        )
        read.done()
        return made

    def to_json(self) -> dict[str, Any]:
        return {
            "advances": self.advances,
            "due_days": list(self.due_days),
            "settlement_day": self.settlement_day,
            "true_up": str(self.true_up),
            "carry_over_years": self.carry_over_years,
            "objection_days": self.objection_days,
            "payment_days": self.payment_days,
            "notice_months": self.notice_months,
            "cost_covering": self.cost_covering,
            "remainder": str(self.remainder),
        }

    def due_on(self, year: int) -> list[date]:
        """When the advances of a year are due."""
        return [_on(year, day) for day in self.due_days]

    def part(self, year: int, number: int) -> Days:
        """The part of a year that an advance is for, counted from 1."""
        months = 12 // self.advances
        return Days(Month(year, (number - 1) * months + 1).first, Month(year, number * months).next.first)

    def settlement_on(self, year: int) -> date:
        """When the annual settlement of a year is due."""
        return _on(year + 1, self.settlement_day)


def _due_days(read: Stored, advances: int) -> tuple[str, ...]:
    days = read.take("due_days", [])
    if not isinstance(days, list | tuple) or len(days) != advances:
        read.wrong("due_days", Sentence("muss %(advances)s Tage nennen, für jeden Abschlag einen", advances=advances))
        return ()
    read_days = tuple(_day(read, "due_days", str(day)) for day in days)
    if list(read_days) != sorted(set(read_days)):
        read.wrong("due_days", Sentence("müssen aufsteigen, kein Tag darf doppelt sein"))
    return read_days


def _day(read: Stored, name: str, value: object) -> str:
    if value is None:
        return ""
    try:
        # A year without 29 February: it would not come every year. Nor do weeks, which ISO dates may be written with.
        every_year = f"{date.fromisoformat(f'2023-{value}'):%m-%d}" == value
    except ValueError:
        every_year = False
    if not every_year:
        read.wrong(name, Sentence("„%(value)s“ ist kein Tag eines jeden Jahres (MM-TT)", value=f"{value!s:.20}"))
    return str(value)


def _on(year: int, day: str) -> date:
    return date.fromisoformat(f"{year:04d}-{day}")
