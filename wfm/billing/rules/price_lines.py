"""A share under a price as lines of quantity times price, read from the derivation of the stored result.

Nothing is reckoned anew: quantities, prices and sums are those of the steps, so the lines sum to the share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from wfm.billing.rules.invoice import Line, Unit
from wfm.billing.rules.words import count
from wfm.core.intervals import Days

CAPPED = "Kappung auf den Höchstbetrag"
#: Key of usage -> what it is called, its unit, and how much of it the price is for.
_USAGE: Mapping[str, tuple[str, Unit, int]] = {
    "calls": ("Anrufe", Unit.CALL, 1),
    "handle_s": ("Bearbeitungszeit", Unit.SECOND, 60),
    "started_minutes": ("Begonnene Minuten", Unit.MINUTE, 1),
}

Step = Mapping[str, Any]


def price_lines(result: Mapping[str, Any], partner: str, days: Days) -> list[Line]:
    """What V2, V3 or V6 makes of a partner's share over its days.

    Nothing where the share is made of anything else: other variants, a true-up, several groups in the period.
    """
    groups = [group for group in result["groups"] if any(share["partner"] == partner for share in group["shares"])]
    if len(groups) != 1:
        return []
    (group,) = groups
    steps = {step["step"]: step for step in group["derivation"] if step["partner"] == partner}
    match group["variant"]:
        case "V2" | "V3":
            lines = _usage(steps, group["derivation"], partner, days)
        case "V6":
            lines = _fee(steps, days)
        case _:
            return []
    (share,) = (share["cents"] for share in group["shares"] if share["partner"] == partner)
    whole = all(line.product_cents == line.net_cents for line in lines)
    return lines if whole and sum(line.net_cents for line in lines) == share else []


def _usage(steps: Mapping[str, Step], derivation: Sequence[Step], partner: str, days: Days) -> list[Line]:
    price = steps["price"]
    (key,) = (key for key in _USAGE if key in price["quantities"])
    name, unit, base = _USAGE[key]
    lines = [
        Line(
            name,
            Decimal(price["quantities"][key]),
            unit,
            _euro(price["quantities"]["price_cents"]),
            price["cents"],
            days,
            _nobodys(derivation, partner, key),
            Decimal(base),
        )
    ]
    if "share" in steps and (capped := steps["share"]["quantities"]["capped_cents"]):
        lines.append(Line.lump_sum(CAPPED, -capped, days))
    return lines


def _nobodys(derivation: Sequence[Step], partner: str, key: str) -> str:
    """That a part of the quantity is usage of nobody, which these partners bear as agreed."""
    added = [
        step["quantities"]["added"]
        for step in derivation
        if step["step"] == "unattributed" and step["partner"] == partner and step["quantities"]["key"] == key
    ]
    return f"davon {count(added[0])} nicht zugeordnet, verteilt wie vereinbart" if added and added[0] else ""


def _fee(steps: Mapping[str, Step], days: Days) -> list[Line]:
    """The fee of the class, or the amount agreed in its place: whole, or for its days of the period's."""
    step = steps.get("fee") or steps["amount"]
    name = "Festbetrag der Größenklasse" if "fee" in steps else "Vereinbarter fester Betrag"
    line = Line.lump_sum(name, step["cents"], days)
    held, of = step["quantities"]["days"], step["quantities"]["of_days"]
    if held == of:
        return [line]
    price = _euro(step["quantities"]["of_cents"])
    return [replace(line, quantity=Decimal(held), unit=Unit.DAY, unit_price=price, base_quantity=Decimal(of))]


def _euro(cents: int | str) -> Decimal:
    """Cents as the derivation writes them, whole or a fraction as text, in euro: exact, since prices are decimals."""
    exact = Fraction(cents) / 100
    return Decimal(exact.numerator) / exact.denominator + Decimal("0.00")
