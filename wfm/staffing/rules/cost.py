"""What agents cost, in whole cents: a planning figure, from one rate per paid hour."""

from __future__ import annotations

from fractions import Fraction

from wfm.core.errors import BadInput
from wfm.core.rounding import half_up


def cost_cents(paid_heads: Fraction | int, seconds: int, cents_per_paid_hour: int) -> int:
    """What so many paid heads cost over so many seconds, half a cent rounded up.

    Round once, at the end: add heads and seconds first, cents of parts would add up to something else.
    """
    if paid_heads < 0 or seconds < 0 or cents_per_paid_hour < 0:
        raise BadInput("staffing.cost", "Köpfe, Zeit und Stundensatz dürfen nicht negativ sein.")
    return half_up(Fraction(paid_heads) * seconds * cents_per_paid_hour / 3600)
