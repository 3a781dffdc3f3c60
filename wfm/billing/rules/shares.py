"""The answer of a settlement: whole cents a partner, what remains with the host, and how each cent came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wfm.billing.rules.words import money
from wfm.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the derivation. docs/settlement.md lists the steps and their quantities.

    `quantities` are whole numbers or fractions as text; `exact` is the amount in cents before rounding, as a fraction;
    `cents` what was made of it. `text` says the same to people.
    """

    step: str
    partner: str | None
    text: Sentence
    quantities: Mapping[str, int | str]
    exact: str | None = None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """What each partner owes, by AGS with the Region last. Cents of all and the remainder sum to `total_cents`."""

    total_cents: int
    cents: Mapping[str, int]
    derivation: tuple[Line, ...]

    @property
    def remainder_cents(self) -> int:
        """What the host bears; negative: it took more than the cost."""
        return self.total_cents - sum(self.cents.values())

    def of_step(self, step: str) -> dict[str, int]:
        """Cents by partner of one step, as `advance` and `true_up` of V5."""
        return {
            line.partner: line.cents
            for line in self.derivation
            if line.step == step and line.partner is not None and line.cents is not None
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether what is charged covers the cost; a negative shortfall is a surplus."""

    shortfall_cents: int
    text: Sentence


def covers(shares: Shares) -> Coverage:
    """By how much the parameters miss the cost: prices, ceilings and classes (V2, V3, V6) promise no cover."""
    missing = shares.remainder_cents
    if missing > 0:
        words = "Die Kosten sind nicht gedeckt: Es fehlen %(missing)s von %(total)s."
    elif missing < 0:
        words = "Es wird mehr berechnet, als es kostet: %(missing)s über %(total)s."
    else:
        words = "Die Kosten sind auf den Cent gedeckt: %(total)s."
    return Coverage(missing, Sentence(words, missing=money(abs(missing)), total=money(shares.total_cents)))


def fraction(value: int | Fraction) -> str:
    """`7/3`, or `5`: exact, whatever the language."""
    return str(Fraction(value))


def as_document(shares: Shares) -> dict[str, Any]:
    """The result as JSON's plain values; the text is German, everything else neutral."""
    return {
        "shares": [{"partner": partner, "cents": cents} for partner, cents in shares.cents.items()],
        "remainder_cents": shares.remainder_cents,
        "derivation": [
            {
                "step": line.step,
                "partner": line.partner,
                "quantities": dict(line.quantities),
                "exact": line.exact,
                "cents": line.cents,
                "text": str(line.text),
            }
            for line in shares.derivation
        ],
    }
