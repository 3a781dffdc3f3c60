"""Amounts, counts and numbers as derivations and documents write them: in German."""

from __future__ import annotations

from fractions import Fraction


def money(cents: int) -> str:
    """2.700.181 cents as `27.001,81 €`."""
    return f"{euros(cents)} €"


def euros(cents: int) -> str:
    """The same without the sign, as cells of files and fields of forms have it."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{count(whole)},{rest:02d}"


def count(value: int | Fraction) -> str:
    """31.051; of a fraction six decimals, 12,05 or 0,333333: exact it stands in the quantities of its line."""
    whole, rest = divmod(round(Fraction(value) * 10**6), 10**6)
    decimals = f",{rest:06d}".rstrip("0").rstrip(",")
    return f"{whole:,}".replace(",", ".") + decimals


def telephone(number: str) -> str:
    """`495116160` as `+495116160`: kept without the plus that people need; short codes such as `115` have none."""
    return f"+{number}" if number.isdecimal() and number.startswith("49") and len(number) > 5 else number
