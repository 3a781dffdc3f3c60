"""The decision paper: what a council has to know before a municipality joins, from one set of data.

Every part stands by itself: what can't be reckoned says what is missing, and that becomes an open point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.rules.accession_law import DUTIES, NO_ADVICE
from wfm.billing.rules.open_points import Known, open_points
from wfm.billing.service import accession_cost
from wfm.billing.service.accession_answers import answers_of, inhabitants, start_of
from wfm.billing.service.accession_volume import comparable, forecast, staff
from wfm.billing.service.supposing import Reference, reference
from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotFound, WfmError
from wfm.directory.models import Partner

#: Years of the budget effect: the first one, in which the partner joins, and full ones after it.
YEARS = 3

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the paper is asked for. `named`: other partners with their names and figures, for the centre alone."""

    partner: str
    cost_cents: int | None = None
    named: bool = False


def decision_paper(session: Session, viewer: Viewer, asked: Asked) -> Item:
    """The paper about a partner as data. Raises NotFound for a partner that is none, or not this viewer's."""
    viewer.require("accession.read")
    viewer.require_partner(asked.partner)
    found = session.get(Partner, asked.partner)
    if found is None:
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=asked.partner)
    named = asked.named and viewer.sees_all_partners
    today = berlin_day(now())
    paper: Item = {
        "partner": found.key,
        "name": found.name,
        "kind": found.kind,
        "made_on": today.isoformat(),
        "named": named,
        "no_advice": NO_ADVICE,
        "inhabitants": inhabitants(session, found.key),
        "answers": answers_of(session, found.key),
    }
    start = start_of(paper["answers"], today)
    first = date.fromisoformat(start["day"])
    known = reference(session, today)
    paper["start"] = start
    paper["reference"] = _reference(known)
    paper["agreement"] = _agreement(session, found.key)
    paper["comparable"] = _or_missing(lambda: comparable(session, known, found, named))
    paper["forecast"] = _or_missing(lambda: forecast(session, known, found.key, first, today, named))
    calls: Mapping[str, int] | None = paper["forecast"].get("calls_a_year")
    paper["staff"] = _or_missing(lambda: staff(session, found.key, calls))
    paper["cost"] = _or_missing(
        lambda: accession_cost.cost_by_variant(
            session,
            accession_cost.Basis(found.key, first, YEARS, asked.cost_cents, named),
            known,
            calls,
            None if "missing" in paper["staff"] else paper["staff"]["more_cents_a_year"],
            paper["inhabitants"]["inhabitants"] if paper["inhabitants"] else None,
        )
    )
    paper["duties"] = [duty.to_json() for duty in DUTIES]
    paper["open_points"] = [point.to_json() for point in open_points(_known(paper))]
    return paper


def _or_missing(make: Callable[[], Item]) -> Item:
    try:
        return make()
    except WfmError as error:
        return {"missing": str(error.message), "code": error.code}


def _reference(known: Reference | None) -> Item | None:
    if known is None:
        return None
    return {
        "from": known.first.first.isoformat(),
        "to": known.last.next.first.isoformat(),
        "open_months": list(known.open_months),
        "generated": known.generated,
        "partners": len(known.partners),
    }


def _agreement(session: Session, partner: str) -> Item | None:
    row = session.execute(
        text(
            "SELECT a.reference, lower(a.valid) AS since, t.name, t.version, t.variant FROM agreement a "
            "JOIN terms t ON t.id = a.terms_id WHERE a.partner = :partner ORDER BY lower(a.valid) DESC LIMIT 1"
        ),
        {"partner": partner},
    ).first()
    return None if row is None else {**row._mapping, "since": row.since.isoformat()}


def _known(paper: Item) -> Known:
    answers = paper["answers"]
    cost = paper["cost"]
    missing = [
        paper[part]["missing"] for part in ("comparable", "forecast", "staff", "cost") if "missing" in paper[part]
    ]
    return Known(
        answers=answers is not None,
        handed_in=bool(answers and answers["source"] == "questionnaire"),
        calls=bool(answers and answers["calls_a_year"] is not None),
        disputed=answers["inhabitants_disputed"] if answers else "",
        wished=paper["start"]["wished"] is not None,
        start_over=paper["start"]["wished"] is not None and paper["start"]["assumed"],
        inhabitants=paper["inhabitants"] is not None,
        agreement=paper["agreement"] is not None,
        cost_basis=cost.get("basis"),
        written_terms=bool(cost.get("written_terms")),
        staff_cost="missing" not in paper["staff"] and paper["staff"]["more_cents_a_year"] is not None,
        generated=bool(paper["reference"] and paper["reference"]["generated"]),
        open_months=tuple(paper["reference"]["open_months"]) if paper["reference"] else (),
        bus=bool(answers and answers["bus_entries"]),
        office=bool(answers and answers["contact_office"]),
        questions=answers["questions"] if answers else "",
        missing=tuple(missing),
    )
