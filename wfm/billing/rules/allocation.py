"""Dividing a sum of cents by weights so that the parts sum to it; beside rounding a price, the only way to round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from wfm.billing.rules.words import money
from wfm.core.errors import RuleBroken, Sentence

REGION = "REGION"


def in_order(partner: str) -> tuple[bool, str]:
    """Sorts partners by AGS, the Region's administration last: ties are decided and lists written in this order."""
    return partner == REGION, partner


@dataclass(frozen=True, slots=True)
class Part:
    """A partner's part of a sum: the exact quota, and the whole cents that were made of it."""

    quota: Fraction
    cents: int
    #: One of the cents that flooring left over (-1 of a negative sum), or 0.
    odd_cent: int


def hamilton(total: int, weights: Mapping[str, int | Fraction]) -> dict[str, Part]:
    """Divide `total` cents in proportion to `weights` (none negative); the parts sum to it, in the order of partners.

    Largest remainder (Hamilton): exact quotas are floored, the cents left over go to the largest fractions, ties by
    ascending AGS with REGION last. Of a negative total its amount is divided and negated. A partner's part never falls
    if only its own weight grows; that nobody pays less when the *total* grows is not promised (Alabama paradox).
    Raises RuleBroken("settlement.no_weight") if nobody has a weight and there is something to divide.
    """
    partners = sorted(weights, key=in_order)
    if any(weights[partner] < 0 for partner in partners):
        raise ValueError(f"negative weight: {weights}")
    whole = lcm(*(Fraction(weights[partner]).denominator for partner in partners))
    scaled = {partner: int(weights[partner] * whole) for partner in partners}
    sum_, amount, sign = sum(scaled.values()), abs(total), -1 if total < 0 else 1
    if not sum_:
        if total:
            message = Sentence("%(total)s lassen sich nicht teilen: Kein Partner hat ein Gewicht.", total=money(total))
            raise RuleBroken("settlement.no_weight", message)
        return {partner: Part(Fraction(0), 0, 0) for partner in partners}
    floors = {partner: divmod(amount * scaled[partner], sum_) for partner in partners}
    left = amount - sum(floor for floor, _ in floors.values())
    lucky = set(sorted(partners, key=lambda partner: (-floors[partner][1], in_order(partner)))[:left])
    return {
        partner: Part(
            Fraction(sign * amount * scaled[partner], sum_),
            sign * (floors[partner][0] + (partner in lucky)),
            sign * (partner in lucky),
        )
        for partner in partners
    }


def instalments(total: int, times: int) -> list[int]:
    """`total` cents in so many parts as equal as can be; the first ones take the odd cents. Also for a carry-over.

    Raises RuleBroken("settlement.instalments") for fewer than one.
    """
    if times < 1:
        raise RuleBroken(
            "settlement.instalments", Sentence("Ein Betrag lässt sich nicht in %(times)s Raten teilen.", times=times)
        )
    each, odd = divmod(abs(total), times)
    sign = -1 if total < 0 else 1
    return [sign * (each + (number < odd)) for number in range(times)]


def carry_over(result: int, years: int) -> list[int]:
    """A surplus (negative) or deficit of a closed period, spread over the next `years`: at most 3 (NKAG s. 5(2)).

    Raises RuleBroken("settlement.carry_over") for fewer than one year or more than three.
    """
    if not 1 <= years <= 3:
        raise RuleBroken(
            "settlement.carry_over",
            Sentence("Ein Ergebnis wird auf 1 bis 3 Jahre vorgetragen, nicht auf %(years)s.", years=years),
        )
    return instalments(result, years)
