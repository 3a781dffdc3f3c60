"""Variants nobody has agreed on yet, with parameters that would cover the cost: something to look at before deciding.

They are examples of ours, no proposal: prices are those that would have covered the cost of the period, shares are
round figures. Whoever negotiates writes drafts of terms with parameters of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.periods import in_force, number_of_days
from wfm.core.intervals import Days
from wfm.core.rounding import half_up

#: Of the cost, what V4 divides by inhabitants.
BASE = Fraction(2, 5)
MIX = {"inhabitants": "0.30", "calls": "0.50", "handle_s": "0.20"}
#: V6: inhabitants below, and what a class pays of the highest one's fee (domain.md 6.4 has such classes).
CLASSES = ((15_000, Fraction(9, 34)), (25_000, Fraction(15, 34)), (40_000, Fraction(22, 34)))


@dataclass(frozen=True, slots=True)
class Example:
    """A variant with parameters that cover the cost, or nearly so."""

    variant: str
    parameters: Mapping[str, Any]


def examples(cost_cents: int, partners: Sequence[PartnerKeys], period: Days) -> list[Example]:
    """One example a variant; those for whose keys nobody has anything are left out."""
    found = [Example("V1", {"pro_rata": "days"})]
    calls = sum(keys.usage(Key.CALLS) for keys in partners)
    seconds = sum(keys.usage(Key.HANDLE_S) for keys in partners)
    if calls:
        # A ceiling nobody reaches: what the cost comes to per inhabitant, ten times.
        inhabitants = sum(keys.size or 0 for keys in partners)
        ceiling = half_up(Fraction(10 * cost_cents, inhabitants)) if inhabitants else cost_cents
        price = _decimal(Fraction(cost_cents, calls))
        found.append(Example("V2", {"price_per_call_cents": price, "ceiling_cents_per_inhabitant": str(ceiling)}))
    if seconds:
        price = _decimal(Fraction(60 * cost_cents, seconds))
        found.append(Example("V3", {"price_per_minute_cents": price, "unit": "second"}))
        base = half_up(cost_cents * BASE)
        found.append(Example("V4", {"base_cents": base, "usage_cents": cost_cents - base}))
        found.append(Example("V5", {"plan_cents": cost_cents, "advances": 4}))
    found.append(Example("V6", _classes(cost_cents, partners, period)))
    if calls and seconds:
        found.append(Example("V7", {"weights": MIX, "floor_cents": 0}))
    return found


def _classes(cost_cents: int, partners: Sequence[PartnerKeys], period: Days) -> dict[str, Any]:
    """Fees in the ratio of CLASSES that together come to the cost."""
    weighted = sum(
        (
            next((part for below, part in CLASSES if (keys.size or 0) < below), Fraction(1))
            * Fraction(number_of_days(in_force(period, keys.start, keys.end)), number_of_days(period))
            for keys in partners
            if keys.amount_cents is None
        ),
        Fraction(0),
    )
    top = Fraction(cost_cents) / weighted if weighted else Fraction(0)
    return {
        "classes": [{"below": below, "cents": half_up(top * part)} for below, part in CLASSES],
        "above_cents": half_up(top),
    }


def _decimal(cents: Fraction) -> str:
    """To a ten-thousandth of a cent."""
    whole, rest = divmod(half_up(cents * 10_000), 10_000)
    return f"{whole}.{rest:04d}"
