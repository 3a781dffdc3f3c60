"""What-if: what a plan assumes otherwise than the forecast and the parameters do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from wfm.core.errors import BadInput

#: Half to double and beyond: further away than this a forecast says nothing any more.
FACTOR_LIMITS = (0.1, 10.0)


@dataclass(frozen=True, slots=True)
class Joining:
    """A partner that takes part from a day on, though the directory does not know it yet.

    `volume`: so many times the calls that are expected of it, as surely.
    """

    partner: str
    first_day: date
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from forecast and parameters; what is None stays as it is there.

    `volume` and `handling_time` are factors. `opens` and `closes` are minutes of the day for every day that is open at
    all; `follows` is the share of calls of hours that fall away which come in the hours that stay.
    """

    volume: float = 1.0
    handling_time: float = 1.0
    target: str | None = None
    confidence: float | None = None
    model: str | None = None
    patience_s: float | None = None
    opens: int | None = None
    closes: int | None = None
    follows: float = 1.0
    joining: tuple[Joining, ...] = ()

    def __post_init__(self) -> None:
        low, high = FACTOR_LIMITS
        for name in ("volume", "handling_time"):
            if not low <= getattr(self, name) <= high:
                raise BadInput("plan.factor", "Möglich ist ein Faktor von 0,1 bis 10.", field=name)
        if self.confidence is not None and not 0.5 <= self.confidence < 1:
            raise BadInput("plan.confidence", "Möglich ist 50 % bis unter 100 %.", field="confidence")
        if self.model not in (None, "A", "C"):
            raise BadInput("plan.model", "Möglich sind A (Erlang A) und C (Erlang C).", field="model")
        if self.patience_s is not None and self.patience_s <= 0:
            raise BadInput("plan.patience", "Die Geduld muss über 0 Sekunden liegen.", field="patience_s")
        if not 0 <= self.follows <= 1:
            raise BadInput("plan.follows", "Möglich ist 0 % bis 100 %.", field="follows")
        if (self.opens is None) != (self.closes is None):
            missing = "opens" if self.opens is None else "closes"
            raise BadInput("plan.hours", "Geänderte Zeiten brauchen Beginn und Ende.", field=missing)
        if self.opens is not None and self.closes is not None and not 0 <= self.opens < self.closes <= 24 * 60:
            raise BadInput("plan.hours", "Das Ende muss nach dem Beginn liegen.", field="closes")

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Changes:
        """From what `data` wrote; raises BadInput for a name that is none."""
        if unknown := set(data) - {field.name for field in fields(cls)}:
            raise BadInput("plan.change", "Diese Änderung gibt es nicht.", field=min(unknown))
        joining = tuple(Joining(j["partner"], _day(j["first_day"])) for j in data.get("joining", ()))
        return replace(cls(**{key: value for key, value in data.items() if key != "joining"}), joining=joining)

    def data(self) -> dict[str, Any]:
        """As JSON has it: only what differs from no change at all."""
        nothing = Changes()
        changed: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "joining" and getattr(self, field.name) != getattr(nothing, field.name)
        }
        if self.joining:
            changed["joining"] = [{"partner": j.partner, "first_day": j.first_day.isoformat()} for j in self.joining]
        return changed


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("plan.day", "Hier wird ein Tag erwartet (JJJJ-MM-TT).", field="joining") from None
