"""V6: a flat fee by size class, for the days in force (half up); what it doesn't cover remains with the host."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from wfm.billing.rules.case import Case, Key, PartnerKeys
from wfm.billing.rules.parameters import MAX_CENTS, Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.words import count, money
from wfm.billing.rules.working import Working
from wfm.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class SizeClasses:
    """(inhabitants it is below, cents) in ascending order, and the cents of whoever is above all."""

    classes: tuple[tuple[int, int], ...]
    above: int

    needs = frozenset({Key.INHABITANTS})

    @classmethod
    def read(cls, given: Parameters) -> Self:
        classes = []
        for name, each in given.each("classes", ("below", "cents")):
            below = given.as_whole(f"{name}.below", each["below"], 1, 10**9)
            classes.append((below, given.as_whole(f"{name}.cents", each["cents"], 0, MAX_CENTS)))
        if any(after <= before for (before, _), (after, _) in pairwise(classes)):
            given.wrong("classes", Sentence("below muss von Klasse zu Klasse steigen"))
        return cls(tuple(classes), given.cents("above_cents"))

    def charge(self, case: Case) -> Shares:
        working = Working(case)
        return working.shares({keys.partner: self._fee(keys, working) for keys in case.in_order()})

    def _fee(self, keys: PartnerKeys, working: Working) -> int:
        if keys.amount_cents is not None:
            return working.pro_rata("amount", Sentence("fester Betrag"), keys, keys.amount_cents)
        size = keys.size or 0
        below, fee = next(((below, cents) for below, cents in self.classes if size < below), (None, self.above))
        words = (
            "%(partner)s: %(size)s Einwohner, Klasse unter %(below)s: %(fee)s"
            if below is not None
            else "%(partner)s: %(size)s Einwohner, oberste Klasse: %(fee)s"
        )
        text = Sentence(words, partner=keys.partner, size=count(size), below=count(below or 0), fee=money(fee))
        quantities = {"inhabitants": size} | ({} if below is None else {"below": below})
        working.line("class", text, keys.partner, quantities, cents=fee)
        return working.pro_rata("fee", Sentence("Festbetrag"), keys, fee)
