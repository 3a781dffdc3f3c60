"""What terms would cost whom in real months, whether or not they are in force: nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wfm.billing.rules.allocation import REGION, in_order
from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.shares import Coverage, covers
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.rules.together import Settled, Together, settle_together
from wfm.billing.rules.unattributed import Bears
from wfm.billing.rules.variants import read_variant
from wfm.billing.service.cases import Draft, Member, build_cases, members
from wfm.billing.service.keys import InhabitantsKey
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month
from wfm.reporting.service.billed_usage import billed_usage


@dataclass(frozen=True, slots=True)
class Preview:
    """Shares of a period under drafted terms, beside whatever else is in force in it."""

    period: Days
    together: Together
    drafted: Settled
    inhabitants: dict[str, InhabitantsKey]
    coverage: Coverage
    #: Partners left out, since the terms need inhabitants and these have none and no agreement yet.
    left_out: tuple[str, ...]
    open_months: tuple[Month, ...]

    @property
    def partners(self) -> list[PartnerKeys]:
        return self.drafted.case.in_order()


def preview(
    session: Session, terms: TermsVersion, first: Month, last: Month, total_cents: int, also: Sequence[Member] = ()
) -> Preview:
    """Shares for the months from `first` to `last`, both included.

    Under the terms are the partners that have an agreement in these months, with what it states; without any agreement
    all that have usage. `also`: further members, or known ones with other days or keys (an agreement being written).
    Raises RuleBroken as settling does, and "preview.nobody" if there is nobody to share the cost.
    """
    period = Days(first.first, last.next.first)
    usage = billed_usage(session, first, last)
    who = {member.partner: member for found in members(session, period).values() for member in found}
    left_out: list[str] = []
    if not who and not also:
        named = {row.partner for row in usage if row.partner is not None}
        needed = _needs_inhabitants(terms, period)
        left_out = [partner for partner in named if needed and partner == REGION]
        who = {partner: Member(partner, period) for partner in named if partner not in left_out}
    who |= {member.partner: member for member in also}
    if not who:
        message = "In diesen Monaten gibt es weder Vereinbarungen noch zugeordnete Anrufe."
        raise RuleBroken("preview.nobody", message, field="first")
    ordered = sorted(who.values(), key=lambda member: in_order(member.partner))
    built = build_cases(session, period, total_cents, usage, draft=Draft(terms, ordered))
    together = settle_together(total_cents, [one.prepared for one in built])
    drafted = next(part for part in together.parts if part.terms is terms)
    inhabitants = next(dict(one.inhabitants) for one in built if one.prepared.terms is terms)
    open_months = sorted({row.month for row in usage if row.state == "open"})
    return Preview(period, together, drafted, inhabitants, covers(drafted.shares), tuple(left_out), tuple(open_months))


def _needs_inhabitants(terms: TermsVersion, period: Days) -> bool:
    needs = read_variant(terms.variant, terms.case_parameters(period)).needs
    return Key.INHABITANTS in needs or terms.counting.unattributed is Bears.INHABITANTS
