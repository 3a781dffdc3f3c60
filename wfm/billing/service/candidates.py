"""Ways to share a cost that can be set side by side: terms somebody wrote, and an example of ours of each variant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.case import PartnerKeys
from wfm.billing.rules.counting import Counting
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.examples import examples
from wfm.billing.rules.keys import AsOf, KeysRule
from wfm.billing.rules.run import Group, Run, divide
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.rules.variants import TITLES
from wfm.billing.service import keys as inhabitants
from wfm.billing.service.cases import Member, version_of
from wfm.billing.service.runs import group_of
from wfm.core.errors import RuleBroken, WfmError
from wfm.core.intervals import Days
from wfm.reporting.service.billed_usage import UsageOfMonth

#: Terms in force or in draft that are set side by side at most.
MOST = 12


@dataclass(frozen=True, slots=True)
class Supposed:
    """What is taken instead of what is on file, for a year to come: usage, who takes part from when to when, and the
    newest count of inhabitants where terms want one of a day that has not come."""

    usage: Sequence[UsageOfMonth]
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to share: terms somebody wrote, or an example of ours."""

    title: str
    variant: str
    example: bool
    terms_id: int | None
    run: Run | None
    problem: str | None = None
    """Why it can't be reckoned for these partners."""

    @property
    def key(self) -> str:
        """How it is named in addresses: `V4` the example, `terms-12` what somebody wrote."""
        return self.variant if self.terms_id is None else f"terms-{self.terms_id}"


def candidates(
    session: Session,
    period: Days,
    rows: Sequence[UsageOfMonth],
    total: int,
    who: Sequence[Member],
    variants: Collection[str] | None = None,
    supposed: Supposed | None = None,
) -> list[Candidate]:
    """What can be compared over this usage and cost: terms by name and version, then examples by variant."""
    written = select(Terms).where(Terms.state != "withdrawn", Terms.variant != "V0")
    if variants is not None:
        written = written.where(Terms.variant.in_(variants))
    newest = None if supposed is None else _newest_day(session)
    found = [
        _candidate(session, _on_known_day(version_of(terms), period, newest), period, total, rows, who)
        for terms in session.scalars(written.order_by(Terms.name, Terms.version).limit(MOST))
    ]
    keys = _example_keys(session, period, rows, who)
    for example in examples(total, keys, period):
        if variants is None or example.variant in variants:
            group = Group(f"Beispiel {example.variant}", example.variant, example.parameters, tuple(keys))
            title = f"{example.variant}: {TITLES[example.variant]}"
            found.append(_checked(Candidate(title, example.variant, True, None, Run(period, total, (group,)))))
    return found


def _candidate(
    session: Session, terms: TermsVersion, period: Days, total: int, rows: Sequence[UsageOfMonth], who: Sequence[Member]
) -> Candidate:
    title = f"{terms.title}: {TITLES[terms.variant]}"
    try:
        group, _ = group_of(session, terms, period, rows, who, ())
    except WfmError as error:
        return Candidate(title, terms.variant, False, terms.id, None, error.message)
    return _checked(Candidate(title, terms.variant, False, terms.id, Run(period, total, (group,))))


def _newest_day(session: Session) -> date | None:
    """The newest day of which most partners have a count of inhabitants."""
    return session.scalar(
        text(
            "SELECT as_of FROM partner_inhabitants GROUP BY as_of "
            "ORDER BY count(DISTINCT partner) DESC, as_of DESC LIMIT 1"
        )
    )


def _on_known_day(terms: TermsVersion, period: Days, newest: date | None) -> TermsVersion:
    """For a year to come: the terms with the newest count there is, if that of their day can't be known yet."""
    if newest is None or terms.keys.day_for(period) <= newest:
        return terms
    return replace(terms, keys=replace(terms.keys, as_of=AsOf.FIXED, day=newest))


def _checked(candidate: Candidate) -> Candidate:
    """The candidate, or why it can't be reckoned."""
    assert candidate.run is not None
    try:
        divide(candidate.run)
    except RuleBroken as error:
        return replace(candidate, run=None, problem=error.message)
    return candidate


def _example_keys(
    session: Session, period: Days, rows: Sequence[UsageOfMonth], who: Sequence[Member]
) -> list[PartnerKeys]:
    """Usage as it is usually counted, inhabitants of the newest count there is of each."""
    usual = TermsVersion("Beispiel", 1, "V5", {"plan_cents": 0}, Counting(), KeysRule(), Cycle())
    group, _ = group_of(session, usual, period, rows, who, ())
    known = inhabitants.newest(session)
    return [
        replace(keys, inhabitants=known[keys.partner].inhabitants if keys.partner in known else None)
        for keys in group.partners
    ]
