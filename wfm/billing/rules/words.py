"""Amounts and counts as derivations write them: in German, as the documents are."""

from __future__ import annotations

from fractions import Fraction


def money(cents: int) -> str:
    """2.700.181 cents as `27.001,81 €`."""
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{count(euros)},{rest:02d} €"


def count(value: int | Fraction) -> str:
    """31.051; a fraction as `1/3`."""
    if isinstance(value, Fraction) and value.denominator > 1:
        return f"{count(value.numerator)}/{count(value.denominator)}"
    return f"{int(value):,}".replace(",", ".")
