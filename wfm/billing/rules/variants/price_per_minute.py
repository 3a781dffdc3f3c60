"""V3: a price per minute, a_i = half_up(seconds_i r / 60) on the period's sum, or per started minute."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares, fraction
from wfm.billing.rules.words import count, money
from wfm.billing.rules.working import Working
from wfm.core.errors import Sentence
from wfm.core.rounding import half_up


@dataclass(frozen=True, slots=True)
class PricePerMinute:
    """Cents per minute. By seconds the sum is rounded once; started minutes were counted call by call."""

    price: Fraction
    started: bool

    @property
    def needs(self) -> Set[Key]:
        return {self._key}

    @property
    def _key(self) -> Key:
        return Key.STARTED_MINUTES if self.started else Key.HANDLE_S

    @classmethod
    def read(cls, given: Parameters) -> Self:
        price = given.price("price_per_minute_cents")
        return cls(price, given.choice("unit", "second", "started_minute") == "started_minute")

    def charge(self, case: Case) -> Shares:
        working, owed = Working(case), dict[str, int]()
        for keys in case.in_order():
            amount = keys.usage(self._key)
            exact = amount * self.price / (1 if self.started else 60)
            owed[keys.partner] = half_up(exact)
            words = (
                "%(partner)s: %(amount)s angefangene Minuten × %(price)s Cent → %(cents)s"
                if self.started
                else "%(partner)s: %(amount)s Sekunden × %(price)s Cent / 60 → %(cents)s"
            )
            text = Sentence(words, partner=keys.partner, amount=count(amount), price=count(self.price),
                            cents=money(owed[keys.partner]))  # fmt: skip
            quantities: dict[str, int | str] = {str(self._key): amount, "price_cents": fraction(self.price)}
            working.line("price", text, keys.partner, quantities, exact=exact, cents=owed[keys.partner])
        return working.shares(owed)
