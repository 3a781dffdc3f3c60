"""Who is under which terms in a period, and which usage is theirs: what `runs` makes a settlement's input of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.allocation import hamilton
from wfm.billing.rules.case import Key
from wfm.billing.rules.periods import first_in_force
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.service.agreements import in_force
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.reporting.service.billed_usage import UsageOfMonth


@dataclass(frozen=True, slots=True)
class Member:
    """A partner under terms on some days of a period (within it), with what its agreement states in place of
    inhabitants: a weight, or a fixed amount in cents a year."""

    partner: str
    days: Days
    weight: int | None = None
    fixed_cents: int | None = None


def version_of(terms: Terms) -> TermsVersion:
    """Stored terms as a value. Raises RuleBroken as `TermsVersion.checked` does."""
    return TermsVersion.checked(terms.name, terms.version, terms.variant, terms.parameters, terms.counting, terms.keys,
                                terms.cycle, terms.id)  # fmt: skip


def members(session: Session, period: Days) -> dict[int, list[Member]]:
    """Who is under which terms (by id) in a period.

    A partner's agreements one after the other under one version are one membership. Raises
    RuleBroken("settlement.membership") if they leave days out between them or state different weights or amounts:
    then the parts of the period are settled one by one.
    """
    found: dict[int, dict[str, Member]] = {}
    for agreement, terms, partner, days in in_force(session, period):
        known = found.setdefault(terms.id, {})
        before = known.get(partner)
        member = Member(partner, days, agreement.weight, agreement.fixed_cents)
        if before is not None:
            as_before = (before.weight, before.fixed_cents) == (member.weight, member.fixed_cents)
            if before.days.end != days.start or not as_before:
                message = Sentence(
                    "%(partner)s hat im Zeitraum zwei Vereinbarungen unter %(terms)s, die nicht zusammen abgerechnet "
                    "werden können. Bitte die Zeit bis und ab %(day)s getrennt abrechnen.",
                    partner=partner,
                    terms=terms.name,
                    day=f"{days.start:%d.%m.%Y}",
                )
                raise RuleBroken("settlement.membership", message, partner=partner)
            member = Member(partner, Days(before.days.start, days.end), member.weight, member.fixed_cents)
        known[partner] = member
    return {terms_id: list(by_partner.values()) for terms_id, by_partner in found.items()}


class Counted:
    """Usage of a period as one version of terms counts it.

    A month's usage is a partner's under the terms whose member it is on the first day of the month on which it is a
    member of any (`everybody`: members by id of terms; empty: only `who`). Whoever joins in mid-month takes its calls
    of that month along; usage of whoever is no member counts nowhere. Unattributed usage is split among several terms
    by their members' own usage (Hamilton, ties by name of terms).
    """

    def __init__(
        self,
        terms: TermsVersion,
        usage: Sequence[UsageOfMonth],
        who: Sequence[Member],
        everybody: Sequence[tuple[int | None, Sequence[Member]]],
    ) -> None:
        self.terms, self.usage = terms, usage
        self.everybody = everybody or [(terms.id, who)]

    def of(self, partner: str) -> dict[Key, int]:
        """A member's usage under these terms."""
        return self.terms.counting.keys(self._months(self.terms.id, partner))

    def nobodys(self) -> dict[Key, int]:
        """These terms' part of the unattributed usage, by key."""
        nobody = self.nobodys_usage()
        if len(self.everybody) == 1:
            return nobody
        found = {}
        own = {terms_id: self._attributed(terms_id, [m.partner for m in who]) for terms_id, who in self.everybody}
        for key, whole in nobody.items():
            weights = {f"{place:04d}": own[terms_id][key] for place, (terms_id, _) in enumerate(self.everybody)}
            place = next(place for place, (terms_id, _) in enumerate(self.everybody) if terms_id == self.terms.id)
            found[key] = hamilton(whole, weights)[f"{place:04d}"].cents if any(weights.values()) else 0
        return found

    def nobodys_usage(self) -> dict[Key, int]:
        """All unattributed usage, as these terms count it."""
        return self.terms.counting.keys(month for month in self.usage if month.partner is None)

    def _attributed(self, terms_id: int | None, partners: Iterable[str]) -> dict[Key, int]:
        return self.terms.counting.keys(row for partner in partners for row in self._months(terms_id, partner))

    def _months(self, terms_id: int | None, partner: str) -> list[UsageOfMonth]:
        return [
            row for row in self.usage if row.partner == partner and self._whose(row.service_month, partner) == terms_id
        ]

    def _whose(self, month: Month, partner: str) -> int | object | None:
        """The terms that a partner's month belongs to: those on its first day as a member within the month."""
        held = (
            (member.days.start, member.days.end, (terms_id,))
            for terms_id, who in self.everybody
            for member in who
            if member.partner == partner
        )
        found = first_in_force(month.days, held)
        return found[0] if found else NOBODYS


#: A month in which a partner is a member of nothing (None would be the id of drafted terms).
NOBODYS = object()
