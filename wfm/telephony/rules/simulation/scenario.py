"""What a simulated centre is asked to be: its partners, size, changes over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

REGION = "REGION"


@dataclass(frozen=True, slots=True)
class Partner:
    """A municipality (key = AGS) or the Region's administration (key REGION, no inhabitants of its own)."""

    key: str
    name: str
    inhabitants: int | None
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surge:
    """More calls than usual about one service: a mailing of notices, an election, a closed office.

    `extra` is a share of the partners' ordinary calls of a day (0.5 = half as many again) and halves every
    `half_life_days`; no partners named means all of them.
    """

    start: date
    days: int
    service: str
    extra: float
    half_life_days: float
    partners: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.extra < 0 or self.half_life_days <= 0 or self.days <= 0:
            raise ValueError(f"surge of {self.start}: extra must not be negative, days and half-life must be positive")

    def strength(self, day: date) -> float:
        """Extra calls on the day as a share of the ordinary ones; 0 outside its days."""
        age = (day - self.start).days
        if not 0 <= age < self.days:
            return 0.0
        return float(self.extra * 0.5 ** (age / self.half_life_days))


@dataclass(frozen=True, slots=True)
class Scenario:
    """The centre to be simulated.

    `calls_per_year` holds for all partners in an ordinary calendar year, second attempts and the usual surges included.
    A partner without a date
    in `joined` was there from the beginning. `staffing` scales the agents on duty (1.0 gives the service levels
    that the tests check, 0.9 a centre in trouble).
    """

    partners: tuple[Partner, ...]
    calls_per_year: float = 250_000
    share_115: float = 0.08
    staffing: float = 1.0
    joined: Mapping[str, date] = field(default_factory=dict)
    surges: tuple[Surge, ...] = ()

    def __post_init__(self) -> None:
        towns = [partner for partner in self.partners if partner.key != REGION]
        if not towns or not all(town.inhabitants and town.area_codes for town in towns):
            raise ValueError("a scenario needs municipalities, each with inhabitants and an area code")
        if self.calls_per_year < 0 or not 0 <= self.share_115 <= 1 or self.staffing <= 0:
            raise ValueError("calls_per_year must not be negative, share_115 lies in 0..1, staffing is positive")
        known = {partner.key for partner in self.partners}
        named = [*self.joined, *(key for surge in self.surges for key in surge.partners)]
        if unknown := sorted(set(named) - known):
            raise ValueError(f"no such partner: {', '.join(unknown)}")

    def members(self, day: date) -> list[Partner]:
        """The partners whose citizens reach the centre on this day."""
        return [partner for partner in self.partners if self.joined.get(partner.key, day) <= day]
