"""What a settlement is reckoned from, gathered from the database: usage, keys, agreements, and their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.run import Group, Remainder, Run
from wfm.billing.rules.terms import TermsVersion, part_of_year
from wfm.billing.rules.unattributed import Bears
from wfm.billing.rules.variants import read_variant
from wfm.billing.service import keys
from wfm.billing.service.agreements import in_force
from wfm.billing.service.cases import Counted, Member, members, version_of
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up
from wfm.reporting.models import MonthState
from wfm.reporting.service.billed_usage import UsageOfMonth, billed_usage


@dataclass(frozen=True, slots=True)
class Gathered:
    """A run, and what a settlement keeps beside it."""

    run: Run
    sources: dict[str, Any]
    """Months with state and hash, versions of terms, agreements, counts of inhabitants, periods agreed by partner."""


def gather(
    session: Session,
    period: Days,
    cost_cents: int,
    *,
    usage: Sequence[UsageOfMonth] | None = None,
    only: frozenset[str] | None = None,
) -> Gathered:
    """What is in force in a period. `usage`: other rows than those of the period's own months (for advances); `only`:
    the terms of these variants alone.

    Raises RuleBroken: "settlement.nobody" if no agreement is in force, "keys.missing" and "keys.basis" with the
    partner's name, "settlement.membership".
    """
    rows = usage_of_service(session, period) if usage is None else usage
    found = members(session, period)
    versions = {terms.id: version_of(terms) for terms in session.scalars(select(Terms).where(Terms.id.in_(found)))}
    chosen = sorted((terms for terms in versions.values() if only is None or terms.variant in only), key=_by_name)
    if not chosen:
        raise RuleBroken("settlement.nobody", "In diesem Zeitraum gilt keine Vereinbarung, nach der abzurechnen wäre.")
    groups, counts = [], dict[str, dict[str, Any]]()
    # In the order of the run's groups, so that counting it anew gives the same.
    everybody = [(terms.id, found[terms.id or 0]) for terms in sorted(versions.values(), key=_by_name)]
    for terms in chosen:
        assert terms.id is not None
        group, of_group = group_of(session, terms, period, rows, found[terms.id], everybody)
        if group.takes_rest:
            for pilot in (each for each in chosen if each.variant == "V0"):
                # Counted as those who take the rest count, with the usage of months in the pilot.
                as_if = replace(terms, id=pilot.id)
                beside, of_pilot = group_of(session, as_if, period, rows, found[pilot.id or 0], everybody)
                group, of_group = replace(group, pilot=(*group.pilot, *beside.partners)), of_group | of_pilot
        if _pays_alone(terms, versions.values()):
            group = replace(group, unattributed=Counted(terms, rows, (), everybody).nobodys_usage())
        groups.append(group)
        counts |= {partner: count.to_json() for partner, count in of_group.items()}
    sources = {
        "usage": months_used(rows),
        "simulated": any(row.generated for row in rows),
        "terms": [_stored_terms(terms) for terms in chosen],
        "agreements": _agreements(session, period, {terms.id for terms in chosen}),
        "inhabitants": counts,
    }
    return Gathered(Run(period, cost_cents, tuple(groups)), sources)


def _by_name(terms: TermsVersion) -> tuple[str, int]:
    return terms.name, terms.version


def usage_of_service(session: Session, period: Days) -> list[UsageOfMonth]:
    """Usage of calls in this period's months, with every correction of them that has been booked so far."""
    first, last = months_of(period)
    newest = session.scalar(select(func.max(MonthState.month)).where(MonthState.state == "closed"))
    until = max(last, Month.of(newest)) if newest else last
    rows = billed_usage(session, first, until)
    return [row for row in rows if first <= row.service_month <= last]


def months_of(period: Days) -> tuple[Month, Month]:
    """The first and the last month of whole months. Raises RuleBroken("settlement.period") for anything else."""
    if period.start.day != 1 or period.end.day != 1:
        raise RuleBroken("settlement.period", "Abgerechnet werden ganze Monate.")
    return Month.of(period.start), Month.of(period.end).earlier(1)


def counted(run: Run, terms: Mapping[str, TermsVersion], rows: Sequence[UsageOfMonth]) -> Run:
    """The same run with usage counted from these rows: what a later correction makes of it. `terms` by label."""
    versions = [terms[group.label] for group in run.groups]
    everybody = [(each.id, _members(run, group)) for each, group in zip(versions, run.groups, strict=True)]
    groups = []
    for group, counting, (_, who) in zip(run.groups, versions, everybody, strict=True):
        of_terms = Counted(counting, rows, who, everybody)
        pilots = {
            (keys_.partner, keys_.start): Counted(replace(counting, id=terms[pilot.label].id), rows, (), everybody)
            for pilot in run.groups
            if pilot.variant == "V0"
            for keys_ in pilot.partners
        }
        groups.append(
            replace(
                group,
                partners=tuple(each.with_usage(of_terms.of(each.partner)) for each in group.partners),
                pilot=tuple(each.with_usage(pilots[each.partner, each.start].of(each.partner)) for each in group.pilot),
                unattributed=of_terms.nobodys_usage() if _pays_alone(counting, versions) else of_terms.nobodys(),
            )
        )
    return replace(run, groups=tuple(groups))


def _pays_alone(terms: TermsVersion, versions: Iterable[TermsVersion]) -> bool:
    """Whether nobody pays under other terms: then all that is nobody's falls to these, else a part."""
    return [each.id for each in versions if each.variant != "V0"] == [terms.id]


def _members(run: Run, group: Group) -> list[Member]:
    whole = run.period
    return [Member(each.partner, Days(each.start or whole.start, each.end or whole.end)) for each in group.partners]


def group_of(
    session: Session,
    terms: TermsVersion,
    period: Days,
    rows: Sequence[UsageOfMonth],
    who: Sequence[Member],
    everybody: Sequence[tuple[int | None, Sequence[Member]]],
) -> tuple[Group, dict[str, keys.InhabitantsKey]]:
    """What a version of terms divides among its members: their keys, and where each count of inhabitants is from.

    `everybody` are the members of all terms in the period by id; empty, only these. Raises RuleBroken("keys.missing",
    "keys.basis") that names the partner.
    """
    of_terms = Counted(terms, rows, who, everybody)
    parameters = terms.case_parameters(period)
    remainder = Remainder(terms.cycle.remainder)
    needed = (
        Key.INHABITANTS in read_variant(terms.variant, parameters).needs
        or terms.counting.unattributed is Bears.INHABITANTS
        or remainder is Remainder.INHABITANTS
    )
    known = keys.inhabitants_for(session, terms, period) if needed else {}
    partners, kept = [], dict[str, keys.InhabitantsKey]()
    for member in sorted(who, key=lambda one: in_order(one.partner)):
        stated = member.weight is not None or member.fixed_cents is not None
        count = None if stated else known.get(member.partner)
        if count is not None:
            kept[member.partner] = count
        elif needed and not stated and member.partner != "REGION":
            raise keys.missing(session, terms, period, member.partner)
        usage = of_terms.of(member.partner)
        partners.append(
            PartnerKeys(
                member.partner,
                count.inhabitants if count else None,
                usage[Key.CALLS],
                usage[Key.HANDLE_S],
                usage[Key.STARTED_MINUTES],
                member.days.start,
                member.days.end,
                member.weight,
                None if member.fixed_cents is None else half_up(member.fixed_cents * part_of_year(period)),
            )
        )
    group = Group(
        terms.title,
        terms.variant,
        parameters,
        tuple(partners),
        of_terms.nobodys(),
        terms.counting.unattributed,
        remainder,
    )
    return group, kept


def months_used(rows: Sequence[UsageOfMonth]) -> list[dict[str, Any]]:
    """The months whose figures these are, each once, with what it closed with."""
    found = {(row.month, row.correction): (row.state, row.content_hash) for row in rows}
    return [
        {"month": str(month), "correction": correction, "state": state, "content_hash": content_hash}
        for (month, correction), (state, content_hash) in sorted(found.items())
    ]


def _stored_terms(terms: TermsVersion) -> dict[str, Any]:
    return {
        "id": terms.id,
        "title": terms.title,
        "name": terms.name,
        "version": terms.version,
        "variant": terms.variant,
        "parameters": dict(terms.parameters),
        "counting": terms.counting.to_json(),
        "keys": terms.keys.to_json(),
        "cycle": terms.cycle.to_json(),
    }


def _agreements(session: Session, period: Days, terms: set[int | None]) -> list[dict[str, Any]]:
    return [
        {
            "id": found.agreement.id,
            "partner": found.partner,
            "terms": found.terms.id,
            "reference": found.agreement.reference,
            "from": found.days.start.isoformat(),
            "to": found.days.end.isoformat(),
            "tax": found.agreement.tax,
        }
        for found in in_force(session, period)
        if found.terms.id in terms
    ]


def require_closed(session: Session, period: Days) -> None:
    """Raises RuleBroken("settlement.open_months") that names the months which may still change."""
    closed = set(session.scalars(select(MonthState.month).where(MonthState.state == "closed")))
    months_of(period)  # refuses what are no whole months
    still = [month for month in period.months if month.first not in closed]
    if still:
        message = Sentence(
            "Noch nicht abgeschlossen: %(months)s. Abgerechnet wird, was sich nicht mehr ändert.",
            months=tuple(still),
        )
        raise RuleBroken("settlement.open_months", message, months=[str(month) for month in still])
