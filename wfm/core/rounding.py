"""Rounding money: half a cent goes up."""

from __future__ import annotations

from fractions import Fraction


def half_up(cents: Fraction | int) -> int:
    """An amount in whole cents, half a cent rounded up (of a negative amount: away from zero, as its positive twin)."""
    rounded = int(abs(Fraction(cents)) + Fraction(1, 2))
    return -rounded if cents < 0 else rounded
