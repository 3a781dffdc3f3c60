"""A case: one period, its cost, the variant agreed on, and each partner's keys. Everything a bill depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from wfm.billing.rules.allocation import REGION, in_order
from wfm.billing.rules.periods import in_force
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days

NOT_BOTH = "%(partner)s: inhabitants, weight und amount_cents schließen einander aus; genannt sind %(given)s."


class Key(StrEnum):
    """What cost may be shared by."""

    INHABITANTS = "inhabitants"
    CALLS = "calls"
    HANDLE_S = "handle_s"
    STARTED_MINUTES = "started_minutes"


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """A partner's keys in the period. None: not known, refused where the variant needs it.

    Usage (`calls` answered, `handle_s` seconds of handling, `started_minutes` of all calls) is the period's, never pro
    rata. `start` and `end` (exclusive) are the days the agreement is in force; None: those of the period. A partner
    without inhabitants of its own (REGION) has a `weight` in their place, or an `amount_cents` for a whole period in
    the place of what inhabitants decide: its share (V1, V7), ceiling (V2), base (V4) or fee (V6).
    """

    partner: str
    inhabitants: int | None = None
    calls: int | None = None
    handle_s: int | None = None
    started_minutes: int | None = None
    start: date | None = None
    end: date | None = None
    weight: int | None = None
    amount_cents: int | None = None

    @property
    def size(self) -> int | None:
        """Inhabitants, or the weight agreed in their place; None without either (0 inhabitants are none)."""
        return self.weight if self.weight is not None else self.inhabitants or None

    def with_usage(self, usage: Mapping[Key, int]) -> PartnerKeys:
        """The same partner with these keys of usage; those not given stay."""
        return replace(
            self,
            calls=usage.get(Key.CALLS, self.calls),
            handle_s=usage.get(Key.HANDLE_S, self.handle_s),
            started_minutes=usage.get(Key.STARTED_MINUTES, self.started_minutes),
        )

    def usage(self, key: Key) -> int:
        """A key of usage; the variant has said that it needs it, so it is known."""
        value = getattr(self, key)
        assert isinstance(value, int)
        return value


@dataclass(frozen=True, slots=True)
class Case:
    """What a settlement is computed from. `parameters` are the variant's own, as plain JSON values."""

    variant: str
    period: Days
    total_cents: int
    partners: tuple[PartnerKeys, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def in_order(self) -> list[PartnerKeys]:
        """By AGS, the Region last: the order of every result, whatever the order given."""
        return sorted(self.partners, key=lambda keys: in_order(keys.partner))

    def check(self, needs: Collection[Key]) -> None:
        """Refuse what no variant can work with, and partners without the keys that this one needs.

        Raises RuleBroken("settlement.keys"), its message the first problem, all of them in `details["errors"]`.
        """
        problems = [*self._problems(), *(p for keys in self.in_order() for p in self._missing(keys, needs))]
        if problems:
            raise RuleBroken("settlement.keys", problems[0], errors=problems[1:])

    def _problems(self) -> Iterator[Sentence]:
        names = [keys.partner for keys in self.in_order()]
        if not names:
            yield Sentence("Der Fall nennt keinen Partner.")
        for name in sorted({name for name in names if names.count(name) > 1}, key=in_order):
            yield Sentence("%(partner)s kommt mehrmals vor.", partner=name)
        for keys in self.in_order():
            yield from self._contradictions(keys)

    def _contradictions(self, keys: PartnerKeys) -> Iterator[Sentence]:
        for name in (*Key, "weight", "amount_cents"):
            value = getattr(keys, name)
            if value is not None and value < 0:
                yield Sentence("%(partner)s: %(key)s ist negativ (%(value)s).", partner=keys.partner, key=str(name),
                               value=value)  # fmt: skip
        basis = {"inhabitants": keys.inhabitants or None, "weight": keys.weight, "amount_cents": keys.amount_cents}
        given = [name for name, value in basis.items() if value is not None]
        if len(given) > 1:
            yield Sentence(NOT_BOTH, partner=keys.partner, given=", ".join(given))
        if keys.start and keys.end and keys.end <= keys.start:
            yield Sentence("%(partner)s: to (%(end)s) muss nach from (%(start)s) liegen.", partner=keys.partner,
                           start=str(keys.start), end=str(keys.end))  # fmt: skip
        elif not in_force(self.period, keys.start, keys.end):
            yield Sentence("%(partner)s ist im Zeitraum %(start)s bis vor %(end)s an keinem Tag dabei.",
                           partner=keys.partner, start=str(self.period.start), end=str(self.period.end))  # fmt: skip

    def _missing(self, keys: PartnerKeys, needs: Collection[Key]) -> Iterator[Sentence]:
        for key in Key:
            if key not in needs:
                continue
            if key is not Key.INHABITANTS:
                if getattr(keys, key) is None:
                    yield Sentence("%(partner)s: %(key)s fehlt; %(variant)s braucht die Angabe.",
                                   partner=keys.partner, key=str(key), variant=self.variant)  # fmt: skip
            elif keys.size is None and keys.amount_cents is None:
                yield no_inhabitants(keys.partner, self.variant)


def no_inhabitants(partner: str, variant: str) -> Sentence:
    """Why an inhabitants-based variant refuses this partner."""
    if partner == REGION:
        return Sentence(
            "REGION hat keine eigenen Einwohner: Wo Einwohner zählen, muss die Vereinbarung ein Gewicht (weight) oder "
            "einen festen Betrag (amount_cents) nennen."
        )
    return Sentence(
        "%(partner)s: inhabitants fehlt; %(variant)s braucht Einwohner oder ein Gewicht (weight) oder einen festen "
        "Betrag (amount_cents).",
        partner=partner,
        variant=variant,
    )
