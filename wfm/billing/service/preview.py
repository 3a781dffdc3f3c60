"""What terms would cost whom in real months, whether or not they are in force: nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.allocation import REGION, in_order
from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.run import Divided, Group, Run, divide
from wfm.billing.rules.shares import Coverage, Shares, covers
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.rules.unattributed import Bears
from wfm.billing.rules.variants import read_variant
from wfm.billing.service.cases import Member, members, version_of
from wfm.billing.service.keys import InhabitantsKey
from wfm.billing.service.runs import group_of, usage_of_service
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month


@dataclass(frozen=True, slots=True)
class Preview:
    """Shares of a period under the terms looked at, beside whatever else is in force in it."""

    period: Days
    divided: Divided
    group: Group
    shares: Shares
    inhabitants: dict[str, InhabitantsKey]
    coverage: Coverage
    #: Partners left out, since the terms need inhabitants and these have none and no agreement yet.
    left_out: tuple[str, ...]
    open_months: tuple[Month, ...]

    @property
    def partners(self) -> list[PartnerKeys]:
        return sorted(self.group.partners, key=lambda keys: in_order(keys.partner))


def preview(
    session: Session, terms: TermsVersion, first: Month, last: Month, total_cents: int, also: Sequence[Member] = ()
) -> Preview:
    """Shares for the months from `first` to `last`, both included, as a settlement would divide them.

    Terms being written: under them is whoever has an agreement in these months, with what it states; without any
    agreement whoever has usage. `also` (an agreement being written): its partner is added to those whom the terms bind
    already, and taken from whatever else binds it; all others stay where they are.
    Raises RuleBroken as settling does, and "preview.nobody" if there is nobody to share the cost.
    """
    period = Days(first.first, last.next.first)
    usage = usage_of_service(session, period)
    found = members(session, period)
    left_out: list[str] = []
    if also:
        who = {member.partner: member for member in found.pop(terms.id or 0, ())}
    else:
        who = {member.partner: member for known in found.values() for member in known}
        found = {}
    if not who and not also:
        named = {row.partner for row in usage if row.partner is not None}
        left_out = [REGION] if REGION in named and _needs_inhabitants(terms, period) else []
        who = {partner: Member(partner, period) for partner in named if partner not in left_out}
    who |= {member.partner: member for member in also}
    if not who:
        message = "In diesen Monaten gibt es weder Vereinbarungen noch zugeordnete Anrufe."
        raise RuleBroken("preview.nobody", message, field="first")
    others = {key: [one for one in known if one.partner not in who] for key, known in found.items()}
    versions = {one.id: version_of(one) for one in session.scalars(select(Terms).where(Terms.id.in_(others)))}
    everybody: list[tuple[int | None, Sequence[Member]]] = [(terms.id, list(who.values()))]
    everybody += [(key, known) for key, known in others.items() if known]
    group, inhabitants = group_of(session, terms, period, usage, list(who.values()), everybody)
    groups = [group]
    for key, known in everybody[1:]:
        if key is not None:
            groups.append(group_of(session, versions[key], period, usage, known, everybody)[0])
    divided = divide(Run(period, total_cents, tuple(groups)))
    shares = next(shares for one, shares in divided.groups if one is group)
    open_months = tuple(sorted({row.month for row in usage if row.state == "open"}))
    return Preview(period, divided, group, shares, inhabitants, covers(shares), tuple(left_out), open_months)


def _needs_inhabitants(terms: TermsVersion, period: Days) -> bool:
    needs = read_variant(terms.variant, terms.case_parameters(period)).needs
    return Key.INHABITANTS in needs or terms.counting.unattributed is Bears.INHABITANTS
