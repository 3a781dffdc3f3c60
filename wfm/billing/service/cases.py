"""Cases made of what the database knows: terms, agreements, usage, keys. What a settlement is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.allocation import REGION, half_up, hamilton, in_order
from wfm.billing.rules.case import Case, Key, PartnerKeys, no_inhabitants
from wfm.billing.rules.terms import TermsVersion, part_of_year
from wfm.billing.rules.together import PreparedCase
from wfm.billing.rules.unattributed import Bears, spread
from wfm.billing.rules.variants import read_variant
from wfm.billing.service import keys as counts
from wfm.billing.service.agreements import in_force
from wfm.billing.service.keys import InhabitantsKey
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


@dataclass(frozen=True, slots=True)
class BuiltCase:
    """A case ready for `rules.together.settle_together`, and the keys to keep with it."""

    prepared: PreparedCase
    inhabitants: Mapping[str, InhabitantsKey]


@dataclass(frozen=True, slots=True)
class Draft:
    """Terms that are not in force, and who would be under them: to see what they would cost."""

    terms: TermsVersion
    members: Sequence[Member]


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


def build_case(
    session: Session,
    terms: TermsVersion,
    period: Days,
    total_cents: int,
    usage: Sequence[UsageOfMonth],
    who: Sequence[Member],
    everybody: Sequence[tuple[int | None, Sequence[Member]]] = (),
) -> BuiltCase:
    """The case of one version of terms in a period: keys of its members, usage as it counts, unattributed usage.

    - A month's usage is a partner's under the terms whose member it is on the first day of the month on which it is a
      member of any (`everybody`: members by id of terms, all of them; empty: only `who`). Whoever joins in mid-month
      takes its calls of that month along; usage of whoever is no member counts nowhere.
    - Unattributed usage is split among several terms by their members' own usage (Hamilton, ties by name of terms);
      then it is spread over the members as the terms say, or stays with the host.
    - Inhabitants are those of the as-of day, unless the agreement states a weight or an amount; yearly amounts are
      those of the part of a year that the period is.

    Raises RuleBroken: "keys.missing" or "keys.basis" that name the partner, "settlement.all_unattributed".
    """
    counted = _Counted(terms, usage, who, everybody)
    variant = read_variant(terms.variant, terms.case_parameters(period))
    inhabitants_needed = Key.INHABITANTS in variant.needs or terms.counting.unattributed is Bears.INHABITANTS
    known = counts.inhabitants_for(session, terms, period) if inhabitants_needed else {}
    part = part_of_year(period)
    partners, kept = list[PartnerKeys](), dict[str, InhabitantsKey]()
    for member in sorted(who, key=lambda one: in_order(one.partner)):
        stated = member.weight is not None or member.fixed_cents is not None
        count = None if stated else known.get(member.partner)
        if inhabitants_needed and not stated:
            if count is None:
                raise _without_inhabitants(session, terms, period, member)
            kept[member.partner] = count
        own = counted.of(member.partner)
        partners.append(
            PartnerKeys(
                member.partner,
                inhabitants=count.inhabitants if count else None,
                calls=own[Key.CALLS],
                handle_s=own[Key.HANDLE_S],
                started_minutes=own[Key.STARTED_MINUTES],
                start=member.days.start,
                end=member.days.end,
                weight=member.weight,
                amount_cents=None if member.fixed_cents is None else half_up(member.fixed_cents * part),
            )
        )
    nobody = {key: value for key, value in counted.nobodys().items() if key in variant.needs}
    spreads = spread(tuple(partners), nobody, terms.counting.unattributed, period)
    case = Case(terms.variant, period, total_cents, spreads.partners, terms.case_parameters(period))
    prepared = PreparedCase(terms, case, counted.attributed(), nobody, spreads.derivation)
    return BuiltCase(prepared, kept)


def build_cases(
    session: Session, period: Days, total_cents: int, usage: Sequence[UsageOfMonth], *, draft: Draft | None = None
) -> list[BuiltCase]:
    """The cases of all terms in force in a period, for `settle_together`; by name and version.

    With a `draft`: as if these terms were in force for its members, and whatever else binds them were not.
    """
    found = members(session, period)
    versions = {terms.id: version_of(terms) for terms in session.scalars(select(Terms).where(Terms.id.in_(found)))}
    everybody: list[tuple[TermsVersion, Sequence[Member]]] = [(versions[key], who) for key, who in found.items()]
    if draft is not None:
        drafted = {member.partner for member in draft.members}
        everybody = [(terms, [one for one in who if one.partner not in drafted]) for terms, who in everybody]
        everybody = [(terms, who) for terms, who in everybody if who] + [(draft.terms, draft.members)]
    everybody.sort(key=lambda pair: (pair[0].name, pair[0].version))
    ids = [(terms.id, who) for terms, who in everybody]
    return [build_case(session, terms, period, total_cents, usage, who, ids) for terms, who in everybody]


class _Counted:
    """Usage of a period as one version of terms counts it."""

    def __init__(
        self,
        terms: TermsVersion,
        usage: Sequence[UsageOfMonth],
        who: Sequence[Member],
        everybody: Sequence[tuple[int | None, Sequence[Member]]],
    ) -> None:
        self.terms, self.usage = terms, usage
        self.everybody = everybody or [(terms.id, who)]
        self.partners = [member.partner for member in who]

    def of(self, partner: str) -> dict[Key, int]:
        """A member's usage under these terms."""
        return self.terms.counting.keys(self._months(self.terms.id, partner))

    def attributed(self) -> dict[Key, int]:
        return self._attributed(self.terms.id, self.partners)

    def nobodys(self) -> dict[Key, int]:
        """These terms' part of the unattributed usage, by key."""
        nobody = self.terms.counting.keys(month for month in self.usage if month.partner is None)
        if len(self.everybody) == 1:
            return nobody
        found = {}
        own = {terms_id: self._attributed(terms_id, [m.partner for m in who]) for terms_id, who in self.everybody}
        for key, whole in nobody.items():
            weights = {f"{place:04d}": own[terms_id][key] for place, (terms_id, _) in enumerate(self.everybody)}
            place = next(place for place, (terms_id, _) in enumerate(self.everybody) if terms_id == self.terms.id)
            found[key] = hamilton(whole, weights)[f"{place:04d}"].cents if any(weights.values()) else 0
        return found

    def _attributed(self, terms_id: int | None, partners: Iterable[str]) -> dict[Key, int]:
        return self.terms.counting.keys(row for partner in partners for row in self._months(terms_id, partner))

    def _months(self, terms_id: int | None, partner: str) -> list[UsageOfMonth]:
        return [row for row in self.usage if row.partner == partner and self._whose(row.month, partner) == terms_id]

    def _whose(self, month: Month, partner: str) -> int | object | None:
        """The terms that a partner's month belongs to: those on its first day as a member within the month."""
        days = month.days
        first = [
            (max(member.days.start, days.start), terms_id)
            for terms_id, who in self.everybody
            for member in who
            if member.partner == partner and member.days.start < days.end and days.start < member.days.end
        ]
        return min(first, key=lambda found: found[0])[1] if first else NOBODYS


#: A month in which a partner is a member of nothing (None would be the id of drafted terms).
NOBODYS = object()


def _without_inhabitants(session: Session, terms: TermsVersion, period: Days, member: Member) -> RuleBroken:
    if member.partner == REGION:
        return RuleBroken("keys.missing", no_inhabitants(member.partner, terms.variant), partner=member.partner)
    return counts.missing(session, terms, period, member.partner)
