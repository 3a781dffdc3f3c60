"""V2: a price per call up to a ceiling per inhabitant, a_i = min(n_i p, c E_i d_i / D)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from wfm.billing.rules.case import Case, Key, PartnerKeys
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares, fraction
from wfm.billing.rules.words import count, money
from wfm.billing.rules.working import Working
from wfm.core.errors import Sentence
from wfm.core.rounding import half_up


@dataclass(frozen=True, slots=True)
class PricePerCall:
    """Cents per call, cents per inhabitant and period. What the cost is not covered by remains with the host."""

    price: Fraction
    ceiling: Fraction

    needs = frozenset({Key.INHABITANTS, Key.CALLS})

    @classmethod
    def read(cls, given: Parameters) -> Self:
        return cls(given.price("price_per_call_cents"), given.price("ceiling_cents_per_inhabitant"))

    def charge(self, case: Case) -> Shares:
        working = Working(case)
        return working.shares({keys.partner: self._owes(keys, working) for keys in case.in_order()})

    def _owes(self, keys: PartnerKeys, working: Working) -> int:
        calls = keys.usage(Key.CALLS)
        exact = calls * self.price
        price = half_up(exact)
        text = Sentence("%(partner)s: %(calls)s Anrufe × %(price)s Cent → %(cents)s", partner=keys.partner,
                        calls=count(calls), price=count(self.price), cents=money(price))  # fmt: skip
        quantities: dict[str, int | str] = {"calls": calls, "price_cents": fraction(self.price)}
        working.line("price", text, keys.partner, quantities, exact=exact, cents=price)
        agreed = keys.amount_cents if keys.amount_cents is not None else self.ceiling * (keys.size or 0)
        ceiling = working.pro_rata("ceiling", Sentence("Obergrenze"), keys, agreed)
        owed = min(price, ceiling)
        words = "%(partner)s: gekappt auf %(cents)s" if price > owed else "%(partner)s: nicht gekappt, %(cents)s"
        text = Sentence(words, partner=keys.partner, cents=money(owed))
        working.line("share", text, keys.partner, {"capped_cents": price - owed}, cents=owed)
        return owed
