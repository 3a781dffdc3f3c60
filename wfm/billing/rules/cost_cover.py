"""Cost-covering calculation over one to three years, and what is carried forward (NKAG s. 5(2)).

Yield shall cover cost and not exceed it; a period has at most three years and is judged as a whole (OVG Lüneburg
9 KN 15/17). A surplus must, a deficit shall be balanced within the three years after. Between municipalities this
holds only if terms say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wfm.billing.rules.allocation import carry_over
from wfm.core.errors import RuleBroken, Sentence

MOST_YEARS = 3


@dataclass(frozen=True, slots=True)
class YearOfCost:
    """A year's cost and yield in cents; None where it is not known yet. Without actual cost the plan stands for it."""

    year: int
    planned_cents: int
    actual_cents: int | None = None
    """None as well while the year is not settled: what is charged by then is no result."""
    yield_cents: int | None = None
    """What partners owe for the year of service, whenever it was booked or is asked for."""
    #: Of earlier periods, to be balanced in this year: positive is a deficit to cover, negative a surplus to give back.
    brought_forward_cents: int = 0
    borne_by_host_cents: int = 0
    """What is the host's by agreement, and no deficit: the part of the pilot, and of calls that are nobody's."""

    @property
    def cost_cents(self) -> int:
        return self.planned_cents if self.actual_cents is None else self.actual_cents

    @property
    def to_cover_cents(self) -> int:
        return self.cost_cents + self.brought_forward_cents

    @property
    def result_cents(self) -> int | None:
        """Yield less what was to be covered: positive is a surplus."""
        if self.yield_cents is None:
            return None
        return self.yield_cents + self.borne_by_host_cents - self.to_cover_cents


@dataclass(frozen=True, slots=True)
class Cover:
    """The period as a whole. `result_cents` is None while a year's cost or yield is not final."""

    years: tuple[YearOfCost, ...]
    result_cents: int | None
    carried_forward: Mapping[int, int]
    """Year -> cents to be covered in it beside its own cost (negative: less)."""

    @property
    def covered(self) -> bool | None:
        return None if self.result_cents is None else self.result_cents == 0


def cost_cover(years: Sequence[YearOfCost], *, over: int = MOST_YEARS) -> Cover:
    """The calculation of years that follow each other; its result is spread over the next `over` years (1 to 3).

    Raises RuleBroken("cost.period") for none, more than three, or years that don't follow each other;
    "settlement.carry_over" for a wrong `over`.
    """
    ordered = tuple(sorted(years, key=lambda year: year.year))
    following = bool(ordered) and [y.year for y in ordered] == list(
        range(ordered[0].year, ordered[0].year + len(ordered))
    )
    if not following or len(ordered) > MOST_YEARS:
        message = Sentence("Eine Kalkulation umfasst 1 bis %(most)s aufeinander folgende Jahre.", most=MOST_YEARS)
        raise RuleBroken("cost.period", message)
    results = [year.result_cents for year in ordered if year.actual_cents is not None]
    if len(results) < len(ordered) or None in results:
        return Cover(ordered, None, {})
    result = sum(found for found in results if found is not None)
    parts = carry_over(-result, over)
    first = ordered[-1].year + 1
    carried = {first + place: part for place, part in enumerate(parts)} if result else {}
    return Cover(ordered, result, carried)
