"""Each partner's count of inhabitants as terms want it: which day, which basis, from which source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.billing.rules.terms import TermsVersion
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.directory.queries import partner_names


@dataclass(frozen=True, slots=True)
class InhabitantsKey:
    """A partner's count, with where it comes from: kept in a settlement, so that later counts change nothing."""

    partner: str
    inhabitants: int
    basis: str
    as_of: date
    source: str

    def to_json(self) -> dict[str, Any]:
        return {
            "partner": self.partner,
            "inhabitants": self.inhabitants,
            "basis": self.basis,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
        }


_COUNTS = """SELECT partner, inhabitants, basis, as_of, source FROM partner_inhabitants
             WHERE as_of = :day AND (:basis = '' OR basis = :basis) ORDER BY partner, basis"""
_NEWEST = """SELECT DISTINCT ON (partner) partner, inhabitants, basis, as_of, source FROM partner_inhabitants
             ORDER BY partner, as_of DESC, basis"""
_ALL = """SELECT partner, inhabitants, basis, as_of, source FROM partner_inhabitants
          WHERE partner = ANY(:partners) ORDER BY partner, as_of DESC, basis"""


def inhabitants_for(session: Session, terms: TermsVersion, period: Days) -> dict[str, InhabitantsKey]:
    """Counts on the as-of day of these terms by partner; who has none is missing (`require` says so by name).

    Raises RuleBroken("keys.basis") if there are two counts of the day and the terms don't say which.
    """
    day = terms.keys.day_for(period)
    found: dict[str, InhabitantsKey] = {}
    for row in session.execute(text(_COUNTS), {"day": day, "basis": terms.keys.basis}):
        if row.partner in found:
            message = Sentence(
                "Für %(partner)s gibt es zum %(day)s zwei Einwohnerzahlen (%(first)s, %(second)s): Die Regelung "
                "%(terms)s muss die Grundlage nennen.",
                partner=_name(session, row.partner),
                day=f"{day:%d.%m.%Y}",
                first=found[row.partner].basis or "ohne Grundlage",
                second=row.basis or "ohne Grundlage",
                terms=terms.title,
            )
            raise RuleBroken("keys.basis", message, partner=row.partner)
        found[row.partner] = InhabitantsKey(row.partner, row.inhabitants, row.basis, row.as_of, row.source)
    return found


def newest(session: Session) -> dict[str, InhabitantsKey]:
    """The newest count there is of each partner."""
    return {row.partner: InhabitantsKey(*row) for row in session.execute(text(_NEWEST))}


def missing(session: Session, terms: TermsVersion, period: Days, partner: str) -> RuleBroken:
    """That a partner has no count of inhabitants on the as-of day, as an error that names it."""
    message = Sentence(
        "Für %(partner)s fehlt die Einwohnerzahl zum %(day)s%(basis)s, die %(terms)s verlangt. Bitte im Verzeichnis "
        "eintragen oder in der Vereinbarung ein Gewicht oder einen festen Betrag nennen.",
        partner=_name(session, partner),
        day=f"{terms.keys.day_for(period):%d.%m.%Y}",
        basis=f" ({terms.keys.basis})" if terms.keys.basis else "",
        terms=terms.title,
    )
    return RuleBroken("keys.missing", message, partner=partner)


def newer(session: Session, stored: Mapping[str, Mapping[str, Any]]) -> list[InhabitantsKey]:
    """Counts that differ by now from those that a settlement has stored (`InhabitantsKey.to_json` by partner): entered
    for the same day and basis since, or of a later day. The settlement stays as it is; pages say that they exist."""
    found: dict[str, InhabitantsKey] = {}
    for row in session.execute(text(_ALL), {"partners": sorted(stored)}):
        kept = stored[row.partner]
        as_of = date.fromisoformat(kept["as_of"])
        changed = (row.as_of, row.basis) == (as_of, kept["basis"]) and row.inhabitants != kept["inhabitants"]
        if row.partner not in found and (row.as_of > as_of or changed):
            found[row.partner] = InhabitantsKey(row.partner, row.inhabitants, row.basis, row.as_of, row.source)
    return list(found.values())


def _name(session: Session, partner: str) -> str:
    return partner_names(session).get(partner, partner)
