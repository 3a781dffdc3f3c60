"""What an accession costs: every variant by year, with low, expected and high volume, and what it does to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.accounts.rules.partner_sums import is_safe
from wfm.billing.models import CostItem
from wfm.billing.rules.periods import number_of_days
from wfm.billing.rules.run import Run, as_result, divide
from wfm.billing.rules.sensitivity import scaled
from wfm.billing.service.candidates import Candidate, Supposed, candidates
from wfm.billing.service.cost import cost_of, counting_cost
from wfm.billing.service.supposing import Reference, part_of_year, suppose
from wfm.core.errors import NotFound, RuleBroken
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up
from wfm.directory.queries import partner_names

VOLUMES = ("low", "expected", "high")
#: Shares under these tell of the others' usage; so do prices of examples, which would cover the cost of all.
BY_OTHERS_USAGE, BY_PRICE = frozenset({"V4", "V5", "V7"}), frozenset({"V2", "V3"})
_HIDDEN = "Nicht gezeigt: Daraus ließe sich die Nutzung einzelner anderer Partner erschließen."

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """Who joins when, how many years are looked at, a cost a year if one is assumed, and whether the reader may see
    the others by name."""

    partner: str
    start: date
    years: int
    assumed_cents: int | None
    named: bool


@dataclass(frozen=True, slots=True)
class _Year:
    """A year of the paper: its cost without and with the partner."""

    days: Days
    joined: Days
    cents: int
    with_cents: int


def cost_by_variant(
    session: Session,
    basis: Basis,
    known: Reference | None,
    calls: Mapping[str, int] | None,
    more_cents: int | None,
    inhabitants: int | None,
) -> Item:
    """Each variant by year. `calls` a year by VOLUMES; `more_cents`: what the staff for it costs more in a full year.

    Raises NotFound where nobody's usage is known, RuleBroken("settlement.no_cost") without any cost on file.
    """
    if known is None or known.of_one_call(basis.partner) is None:
        raise NotFound(
            "accession.no_usage", "Ohne Nutzung anderer Partner lässt sich nicht rechnen, was ein Beitritt kostet."
        )
    if calls is None:
        raise RuleBroken(
            "accession.no_calls", "Ohne erwartete Anrufe lässt sich nicht rechnen, was ein Beitritt kostet."
        )
    how, base = _cost(session, basis, known)
    years = _years(session, basis, how, base, more_cents)
    safe = basis.named or is_safe(known.calls_a_year(name) for name in known.partners if name != basis.partner)
    found: dict[str, Item] = {}
    for year in years:
        for variant in _variants_of(session, basis, known, calls, year, inhabitants, safe):
            one = found.setdefault(variant["title"], {**variant, "years": []})
            one["years"].append(variant["year"])
    for one in found.values():
        del one["year"]
    return {
        "basis": how,
        "cost_cents": [year.cents for year in years],
        "more_cents": [year.with_cents - year.cents for year in years],
        "years": [
            {
                "year": year.days.start.year,
                "from": year.joined.start.isoformat(),
                "to": year.joined.end.isoformat(),
                "days": number_of_days(year.joined),
                "full": year.joined == year.days,
                "calls": {
                    volume: half_up(part_of_year(known.season, year.joined) * calls[volume]) for volume in VOLUMES
                },
            }
            for year in years
        ],
        "calls_a_year": dict(calls),
        "written_terms": sum(not one["example"] for one in found.values()),
        "protected": not basis.named,
        "variants": list(found.values()),
    }


def _cost(session: Session, basis: Basis, known: Reference) -> tuple[str, int | None]:
    """Where the cost of a year comes from, and how much where it is the same for all years."""
    if basis.assumed_cents is not None:
        return "assumed", basis.assumed_cents
    if all(_planned(session, Days.of_year(basis.start.year + more)) is not None for more in range(basis.years)):
        return "plan", None
    newest = session.scalar(select(func.max(CostItem.month)).where(CostItem.stage == "plan"))
    for year in range(newest.year, newest.year - 3, -1) if newest else ():
        if (planned := _planned(session, Days.of_year(year))) is not None:
            return "plan_before", planned
    if (whole := _newest_whole_year(session)) is not None:
        return "actual", cost_of(session, whole, "actual").cents
    found = counting_cost(session, Days(known.first.first, known.last.next.first))
    found.require_every_month()
    return ("actual" if found.stage == "actual" else "plan_before"), found.cents


def _newest_whole_year(session: Session) -> Days | None:
    """The newest twelve months in a row that all have actual cost."""
    months = sorted(
        {Month.of(day) for day in session.scalars(select(CostItem.month).where(CostItem.stage == "actual").distinct())}
    )
    for first, last in reversed(list(zip(months, months[11:], strict=False))):
        if last.earlier(11) == first:
            return Days(first.first, last.next.first)
    return None


def _planned(session: Session, year: Days) -> int | None:
    planned = cost_of(session, year, "plan")
    return None if planned.missing else planned.cents


def _years(session: Session, basis: Basis, how: str, base: int | None, more_cents: int | None) -> list[_Year]:
    years = []
    for number in range(basis.start.year, basis.start.year + basis.years):
        days = Days.of_year(number)
        joined = Days(max(days.start, basis.start), days.end)
        own = base if how == "assumed" else _planned(session, days)
        cents = base if own is None else own
        assert cents is not None
        part = Fraction(number_of_days(joined), number_of_days(days))
        years.append(_Year(days, joined, cents, cents + half_up((more_cents or 0) * part)))
    return years


def _variants_of(
    session: Session,
    basis: Basis,
    known: Reference,
    calls: Mapping[str, int],
    year: _Year,
    inhabitants: int | None,
    safe: bool,
) -> list[Item]:
    names = partner_names(session)
    without, with_it = suppose(session, known, year.days, basis.partner, basis.start, calls["expected"])
    before = {}
    if without.members:
        before = {one.title: one.run for one in _candidates(session, year, year.cents, without)}
    found = []
    for one in _candidates(session, year, year.with_cents, with_it):
        item: Item = {
            "title": one.title,
            "variant": one.variant,
            "example": one.example,
            "terms": one.terms_id,
            "problem": one.problem,
        }
        hidden = not safe and (one.variant in BY_OTHERS_USAGE or (one.example and one.variant in BY_PRICE))
        if one.run is None or hidden:
            item["problem"] = item["problem"] or _HIDDEN
            item["year"] = {"year": year.days.start.year}
        else:
            item["year"] = _amounts(basis, names, one.run, before.get(one.title), calls, year, inhabitants, safe)
        found.append(item)
    return found


def _candidates(session: Session, year: _Year, cents: int, supposed: Supposed) -> list[Candidate]:
    return candidates(session, year.days, supposed.usage, cents, supposed.members, supposed=supposed)


def _amounts(
    basis: Basis,
    names: Mapping[str, str],
    run: Run,
    before: Run | None,
    calls: Mapping[str, int],
    year: _Year,
    inhabitants: int | None,
    safe: bool,
) -> Item:
    partner = basis.partner
    by_volume = {
        volume: divide(scaled(run, Fraction(calls[volume], calls["expected"] or 1), partner)) for volume in VOLUMES
    }
    expected = by_volume["expected"]
    owed = {volume: divided.cents.get(partner, 0) for volume, divided in by_volume.items()}
    others = sum(cents for name, cents in expected.cents.items() if name != partner)
    item: Item = {
        "year": year.days.start.year,
        "parameters": dict(run.groups[0].parameters),
        "cents": owed,
        "cents_per_inhabitant": None if not inhabitants else half_up(Fraction(owed["expected"], inhabitants)),
        "derivation": [
            line for line in as_result(expected)["groups"][0]["derivation"] if line.get("partner") == partner
        ],
        "host_cents": expected.remainder_cents if safe else None,
        "others_with_cents": others if safe else None,
        "others_without_cents": None,
        "others": [],
    }
    if before is not None and safe:
        try:
            earlier = divide(before)
        except RuleBroken:
            return item
        item["others_without_cents"] = sum(earlier.cents.values())
        item["host_without_cents"] = earlier.remainder_cents
        if basis.named:
            item["others"] = [
                {
                    "partner": name,
                    "name": names[name],
                    "without_cents": cents,
                    "with_cents": expected.cents.get(name, 0),
                }
                for name, cents in earlier.cents.items()
            ]
    return item
