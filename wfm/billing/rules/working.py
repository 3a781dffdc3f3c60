"""The working of a settlement: what every variant does alike, each step written down as it is done."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from wfm.billing.rules.allocation import hamilton
from wfm.billing.rules.case import Case, Key, PartnerKeys
from wfm.billing.rules.periods import in_force, number_of_days, number_of_months
from wfm.billing.rules.shares import Line, Shares, fraction
from wfm.billing.rules.words import count, money
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.rounding import half_up


class Working:
    """Lines of the derivation, in order. `months` changes the pro-rata basis of inhabitants and amounts from days to
    months whose first day is in force."""

    def __init__(self, case: Case, *, months: bool = False) -> None:
        self.case, self.months, self.lines = case, months, list[Line]()

    def line(
        self,
        step: str,
        text: Sentence,
        partner: str | None,
        quantities: Mapping[str, int | str],
        *,
        exact: Fraction | int | None = None,
        cents: int | None = None,
    ) -> None:
        self.lines.append(Line(step, partner, text, quantities, None if exact is None else fraction(exact), cents))

    def shares(self, cents: Mapping[str, int]) -> Shares:
        """The result: what each partner owes (nothing, if not named), with a closing line on what remains."""
        owed = {keys.partner: cents.get(keys.partner, 0) for keys in self.case.in_order()}
        total = self.case.total_cents
        remainder = total - sum(owed.values())
        text = Sentence(
            "Kosten %(total)s weniger Anteile %(shares)s: %(remainder)s bleiben beim Träger.",
            total=money(total),
            shares=money(total - remainder),
            remainder=money(remainder),
        )
        quantities = {"total_cents": total, "shares_cents": total - remainder}
        self.line("remainder", text, None, quantities, cents=remainder)
        return Shares(total, owed, tuple(self.lines))

    # ---- in force ----------------------------------------------------------------------------------------------------

    def time(self, keys: PartnerKeys) -> tuple[int, int]:
        """Days (months) in force, and those of the period."""
        days = in_force(self.case.period, keys.start, keys.end)
        counted = number_of_months if self.months else number_of_days
        return counted(days), counted(self.case.period)

    def inhabitants(self) -> dict[str, int]:
        """Inhabitants (or the weight in their place) times days in force; nobody with an amount is among them."""
        weights: dict[str, int] = {}
        for keys in self.case.in_order():
            if keys.amount_cents is not None or keys.size is None:
                continue
            time, whole = self.time(keys)
            weights[keys.partner] = keys.size * time
            text = Sentence(
                "%(partner)s: %(size)s %(what)s × %(time)s von %(whole)s %(unit)s = %(weight)s",
                partner=keys.partner,
                size=count(keys.size),
                what=Sentence("Einwohner") if keys.weight is None else Sentence("Gewicht"),
                time=time,
                whole=whole,
                unit=self._unit(),
                weight=count(weights[keys.partner]),
            )
            basis = "inhabitants" if keys.weight is None else "weight"
            quantities = {basis: keys.size, **self._time(time, whole), "weighted": weights[keys.partner]}
            self.line("in_force", text, keys.partner, quantities)
        return weights

    def pro_rata(self, step: str, what: Sentence, keys: PartnerKeys, cents: int | Fraction) -> int:
        """An amount agreed for a whole period, for the time in force: half up."""
        time, whole = self.time(keys)
        exact = Fraction(cents) * time / whole if whole else Fraction(0)
        found = half_up(exact)
        text = Sentence(
            "%(partner)s: %(what)s %(cents)s Cent × %(time)s von %(whole)s %(unit)s → %(found)s",
            partner=keys.partner,
            what=what,
            cents=count(Fraction(cents)),
            time=time,
            whole=whole,
            unit=self._unit(),
            found=money(found),
        )
        quantities: dict[str, int | str] = {"of_cents": fraction(cents), **self._time(time, whole)}
        self.line(step, text, keys.partner, quantities, exact=exact, cents=found)
        return found

    def amounts(self) -> dict[str, int]:
        """Fixed amounts, by the agreements that state one."""
        return {
            keys.partner: self.pro_rata("amount", Sentence("fester Betrag"), keys, keys.amount_cents)
            for keys in self.case.in_order()
            if keys.amount_cents is not None
        }

    def _unit(self) -> Sentence:
        return Sentence("Monaten") if self.months else Sentence("Tagen")

    def _time(self, time: int, whole: int) -> dict[str, int]:
        return {"months": time, "of_months": whole} if self.months else {"days": time, "of_days": whole}

    # ---- dividing ----------------------------------------------------------------------------------------------------

    def usage(self, key: Key) -> dict[str, int]:
        """A key of usage by partner. Raises RuleBroken("settlement.no_usage") if nobody has any."""
        found = {keys.partner: keys.usage(key) for keys in self.case.in_order()}
        if not any(found.values()) and self.case.total_cents:
            raise self.nobody_has(key)
        return found

    def nobody_has(self, key: Key) -> RuleBroken:
        message = Sentence(
            "%(variant)s: Kein Partner hat im Zeitraum etwas vom Schlüssel %(key)s; nach ihm lässt sich nichts teilen.",
            variant=self.case.variant,
            key=str(key),
        )
        return RuleBroken("settlement.no_usage", message)

    def divide(self, step: str, total: int, weights: Mapping[str, int | Fraction]) -> dict[str, int]:
        """Hamilton, a line a partner. Raises RuleBroken("settlement.no_weight")."""
        parts = hamilton(total, weights)
        sum_ = sum(weights.values(), Fraction(0))
        for partner, part in parts.items():
            text = Sentence(
                "%(partner)s: %(total)s × %(weight)s / %(sum)s → %(cents)s%(odd)s",
                partner=partner,
                total=money(total),
                weight=count(Fraction(weights[partner])),
                sum=count(sum_),
                cents=money(part.cents),
                odd=Sentence(" (mit einem Restcent)") if part.odd_cent else "",
            )
            quantities: dict[str, int | str] = {
                "of_cents": total,
                "weight": fraction(weights[partner]),
                "weights": fraction(sum_),
                "odd_cent": part.odd_cent,
            }
            self.line(step, text, partner, quantities, exact=part.quota, cents=part.cents)
        return {partner: part.cents for partner, part in parts.items()}

    def divide_beside(
        self, step: str, total: int, amounts: Mapping[str, int], weights: Mapping[str, int | Fraction]
    ) -> dict[str, int]:
        """Amounts stand; what is left of the total is divided.

        Raises RuleBroken("settlement.amounts") if they exceed it, "settlement.no_weight" if nobody bears the rest.
        """
        fixed = sum(amounts.values())
        if amounts and fixed > total:
            message = Sentence(
                "Die festen Beträge (%(fixed)s) übersteigen die Kosten (%(total)s) um %(by)s.",
                fixed=money(fixed),
                total=money(total),
                by=money(fixed - total),
            )
            raise RuleBroken("settlement.amounts", message)
        return {**amounts, **self.divide(step, total - fixed, weights)}
