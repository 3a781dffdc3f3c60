"""V7: a weighted mix of keys with a floor, w_i = .30 E_i/E + .50 n_i/n + .20 s_i/s and a_i = Hamilton(C, w_i).

Whoever would pay less than the floor pays it; the rest is divided anew among the others, until nobody is below.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Self

from wfm.billing.rules.allocation import hamilton
from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares, fraction
from wfm.billing.rules.words import count, money
from wfm.billing.rules.working import Working
from wfm.core.errors import RuleBroken, Sentence

KEYS = {
    Key.INHABITANTS: Sentence("Einwohner mal Tage"),
    Key.CALLS: Sentence("Anrufe"),
    Key.HANDLE_S: Sentence("Sekunden"),
    Key.STARTED_MINUTES: Sentence("angefangene Minuten"),
}


@dataclass(frozen=True, slots=True)
class Mix:
    """Weights of the keys (they sum to 1) and the least that a partner pays, in cents; 0: no floor."""

    weights: Mapping[Key, Fraction]
    floor: int

    @property
    def needs(self) -> Set[Key]:
        return {key for key, weight in self.weights.items() if weight}

    @classmethod
    def read(cls, given: Parameters) -> Self:
        weights = {Key(name): weight for name, weight in given.decimals("weights", tuple(Key)).items()}
        if weights and sum(weights.values()) != 1:
            told = fraction(sum(weights.values(), Fraction(0)))
            given.wrong("weights", Sentence("die Gewichte ergeben zusammen %(sum)s, nicht 1", sum=told))
        return cls(weights, given.cents("floor_cents", 0))

    def charge(self, case: Case) -> Shares:
        working = Working(case)
        amounts = working.amounts()
        mixed = self._mixed(working, amounts)
        rest = case.total_cents - sum(amounts.values())
        self._check_floor(len(mixed), rest)
        floors = self._floors(rest, mixed)
        for partner in floors:
            text = Sentence("%(partner)s: läge unter dem Mindestbetrag und zahlt ihn: %(cents)s", partner=partner,
                            cents=money(self.floor))  # fmt: skip
            working.line("floor", text, partner, {}, cents=self.floor)
        others = {partner: weight for partner, weight in mixed.items() if partner not in floors}
        return working.shares(working.divide_beside("cost", case.total_cents, {**amounts, **floors}, others))

    def _mixed(self, working: Working, amounts: Mapping[str, int]) -> dict[str, Fraction]:
        """Each partner's weight in the mix; who pays a fixed amount is not in it."""
        keys = {
            key: working.inhabitants() if key is Key.INHABITANTS else working.usage(key)
            for key in Key
            if key in self.needs
        }
        names = [one.partner for one in working.case.in_order() if one.partner not in amounts]
        sums = {key: sum(of.get(name, 0) for name in names) for key, of in keys.items()}
        for key, sum_ in sums.items():
            if names and not sum_ and working.case.total_cents != sum(amounts.values()):
                raise working.nobody_has(key)
        mixed = {}
        for name in names:
            parts = {key: Fraction(of[name], sums[key] or 1) for key, of in keys.items()}
            mixed[name] = sum((self.weights[key] * part for key, part in parts.items()), Fraction(0))
            terms = [self._term(key, of[name], sums[key]) for key, of in keys.items()]
            told = reduce(lambda one, other: Sentence("%(one)s + %(other)s", one=one, other=other), terms)
            text = Sentence("%(partner)s: %(told)s = %(sum)s", partner=name, told=told, sum=count(mixed[name]))
            quantities = {str(key): f"{of[name]}/{sums[key]}" for key, of in keys.items()}
            working.line("mix", text, name, {**quantities, "weight": fraction(mixed[name])})
        return mixed

    def _term(self, key: Key, own: int, all_: int) -> Sentence:
        return Sentence(
            "%(weight)s × %(own)s / %(all)s %(key)s",
            weight=count(self.weights[key]),
            own=count(own),
            all=count(all_),
            key=KEYS[key],
        )

    def _check_floor(self, partners: int, rest: int) -> None:
        if self.floor and partners * self.floor > rest:
            message = Sentence(
                "Die Mindestbeträge (%(partners)s × %(floor)s) übersteigen die Kosten (%(rest)s) um %(by)s.",
                partners=partners,
                floor=money(self.floor),
                rest=money(rest),
                by=money(partners * self.floor - rest),
            )
            raise RuleBroken("settlement.floor", message)

    def _floors(self, total: int, mixed: Mapping[str, Fraction]) -> dict[str, int]:
        """Who pays the floor. It ends: `_check_floor` has seen to it that somebody always bears as much."""
        floors: dict[str, int] = {}
        while self.floor:
            others = {partner: weight for partner, weight in mixed.items() if partner not in floors}
            parts = hamilton(total - len(floors) * self.floor, others)
            below = [partner for partner, part in parts.items() if part.cents < self.floor]
            if not below:
                break
            floors |= dict.fromkeys(below, self.floor)
        return floors
