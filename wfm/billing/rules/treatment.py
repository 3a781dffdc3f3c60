"""One document for each tax treatment: EN 16931 forbids category O beside any other (BR-O-11 to BR-O-14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from wfm.billing.rules.invoice import Line, Treatment, Unit
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days

#: Services from this day on fall under UStG s. 2b; the option for the old law covers those before (s. 27(22a)).
NEW_LAW = date(2027, 1, 1)


@dataclass(frozen=True, order=True, slots=True)
class TaxRule:
    """What an agreement says about the tax on services rendered from a day on, until its next rule."""

    valid_from: date
    treatment: Treatment
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes on one document."""

    rule: TaxRule
    period: Days
    lines: tuple[Line, ...]


def split_by_treatment(lines: Sequence[Line], rules: Sequence[TaxRule]) -> list[Part]:
    """Lines by the treatment in force on the days of service, in the order of time.

    `NEW_LAW` divides in any case: a period over 31.12.2026 gives two documents even if neither side is taxed. A lump
    sum over a change is divided by days (cents by largest remainder, the earlier part first); a quantity is known for
    each side and cannot be guessed.

    Raises:
        RuleBroken: `invoice.no_tax_rule` (days before the first rule), `invoice.quantity_over_change`.
    """
    raise NotImplementedError
