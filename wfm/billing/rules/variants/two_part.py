"""V4: a base by inhabitants and the rest by usage, a_i = Hamilton(F, E_i d_i) + Hamilton(U, s_i)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.words import money
from wfm.billing.rules.working import Working
from wfm.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class TwoPart:
    """Base and usage part in cents; by how much they miss the cost remains with the host."""

    base: int
    usage: int

    needs = frozenset({Key.INHABITANTS, Key.HANDLE_S})

    @classmethod
    def read(cls, given: Parameters) -> Self:
        return cls(given.cents("base_cents"), given.cents("usage_cents"))

    def charge(self, case: Case) -> Shares:
        working = Working(case)
        amounts, weights = working.amounts(), working.inhabitants()
        base = working.divide_beside("base", self.base, amounts, weights)
        by_usage = working.usage(Key.HANDLE_S) if self.usage else {}
        usage = working.divide("usage", self.usage, by_usage)
        owed = {partner: cents + usage.get(partner, 0) for partner, cents in base.items()}
        for keys in case.in_order():
            first, second = base[keys.partner], usage.get(keys.partner, 0)
            text = Sentence("%(partner)s: Grundbetrag %(base)s + Nutzung %(usage)s = %(cents)s", partner=keys.partner,
                            base=money(first), usage=money(second), cents=money(first + second))  # fmt: skip
            working.line(
                "share", text, keys.partner, {"base_cents": first, "usage_cents": second}, cents=first + second
            )
        return working.shares(owed)
