"""The variants councils can choose from. A new one is a file here, a line in `VARIANTS`, and a table of examples.

A variant is a frozen dataclass of its parameters that can `read` them, says which keys it `needs`, and can `charge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Protocol, Self

from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.variants.by_usage import ByUsage
from wfm.billing.rules.variants.inhabitants import Inhabitants
from wfm.billing.rules.variants.mix import Mix
from wfm.billing.rules.variants.pilot import Pilot
from wfm.billing.rules.variants.price_per_call import PricePerCall
from wfm.billing.rules.variants.price_per_minute import PricePerMinute
from wfm.billing.rules.variants.size_classes import SizeClasses
from wfm.billing.rules.variants.two_part import TwoPart
from wfm.core.errors import RuleBroken, Sentence


class Variant(Protocol):
    """A way to share cost, with its parameters."""

    @property
    def needs(self) -> Set[Key]:
        """Keys that every partner must have."""

    @classmethod
    def read(cls, given: Parameters) -> Self: ...

    def charge(self, case: Case) -> Shares: ...


VARIANTS: Mapping[str, type[Variant]] = {
    "V0": Pilot,
    "V1": Inhabitants,
    "V2": PricePerCall,
    "V3": PricePerMinute,
    "V4": TwoPart,
    "V5": ByUsage,
    "V6": SizeClasses,
    "V7": Mix,
}
#: For lists and choices; V0 charges nothing.
TITLES: Mapping[str, Sentence] = {
    "V0": Sentence("Pilot: nichts wird berechnet"),
    "V1": Sentence("Nach Einwohnern"),
    "V2": Sentence("Preis je Anruf mit Obergrenze je Einwohner"),
    "V3": Sentence("Preis je Minute"),
    "V4": Sentence("Grundbetrag nach Einwohnern, Rest nach Bearbeitungszeit"),
    "V5": Sentence("Vollkosten nach Bearbeitungszeit mit Abschlägen und Ausgleich"),
    "V6": Sentence("Festbetrag nach Größenklasse"),
    "V7": Sentence("Gewichtete Mischung mit Mindestbetrag"),
}


def read_variant(name: str, parameters: Mapping[str, Any]) -> Variant:
    """The variant with these parameters. Raises RuleBroken("settlement.variant" or "settlement.parameters")."""
    if name not in VARIANTS:
        message = Sentence("Eine Variante „%(name)s“ gibt es nicht; möglich: %(known)s.", name=name,
                           known=", ".join(VARIANTS))  # fmt: skip
        raise RuleBroken("settlement.variant", message)
    given = Parameters(name, parameters)
    variant = VARIANTS[name].read(given)
    given.done()
    return variant


def settle(case: Case) -> Shares:
    """What each partner of the case owes. Pure: the same case gives the same shares, whatever the order of partners.

    Raises RuleBroken: "settlement.variant", ".parameters", ".keys" (something missing or contradictory), ".no_usage",
    ".no_weight" (nothing to divide by), ".amounts", ".floor" (agreed amounts or floors exceed the cost).
    """
    variant = read_variant(case.variant, case.parameters)
    case.check(variant.needs)
    return variant.charge(case)
