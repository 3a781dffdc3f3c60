"""Cases made of what the database knows: terms, agreements, usage, keys. What a settlement is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.counting import MonthUsage
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.rules.together import PreparedCase
from wfm.billing.service.agreements import in_force
from wfm.billing.service.keys import InhabitantsKey
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days


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
            if before.days.end != days.start or (before.weight, before.fixed_cents) != (
                member.weight,
                member.fixed_cents,
            ):
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
    usage: Sequence[MonthUsage],
    who: Sequence[Member],
    everybody: Sequence[Member] | None = None,
) -> BuiltCase:
    """The case of one version of terms in a period: keys of its members, usage as it counts, unattributed usage.

    - A month's usage is a partner's if the partner is a member on any of its days, counting from the first of them: a
      partner that changes terms within a month takes the month with the earlier ones (`everybody`: all members of all
      terms; None: only these). Usage of whoever is no member counts nowhere.
    - Unattributed usage is split among several terms by their members' own usage (Hamilton, ties by name); then it is
      spread over the members as the terms say, or stays with the host.
    - Inhabitants are those of the as-of day, unless the agreement states a weight or an amount; yearly amounts are
      those of the part of a year that the period is.

    Raises RuleBroken: "keys.missing" or "keys.basis" that name the partner, "terms.short_unknown",
    "settlement.all_unattributed".
    """
    raise NotImplementedError


def build_cases(session: Session, period: Days, total_cents: int, usage: Sequence[MonthUsage]) -> list[BuiltCase]:
    """The cases of all terms in force in a period, for `settle_together`."""
    raise NotImplementedError
