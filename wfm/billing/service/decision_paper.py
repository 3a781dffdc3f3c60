"""The decision paper: what a council has to know before a municipality joins, from one set of data.

Every part stands by itself: what can't be reckoned says what is missing, and that becomes an open point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.rules.partner_sums import is_safe
from wfm.billing.rules.accession_law import DUTIES, NO_ADVICE
from wfm.billing.rules.open_points import Known, open_points
from wfm.billing.rules.questionnaire import Answers
from wfm.billing.service import accession_cost, questionnaires
from wfm.billing.service.keys import newest
from wfm.billing.service.supposing import Reference, reference
from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotFound, WfmError
from wfm.core.intervals import Days, Month
from wfm.directory.models import Partner
from wfm.directory.queries import service_names
from wfm.forecasting import service as forecasting
from wfm.forecasting.finding import find_run
from wfm.staffing import service as staffing
from wfm.staffing.rules.changes import Changes, Joining
from wfm.staffing.service.plans import PLAIN, Plan

#: Years of the budget effect: the first one, in which the partner joins, and full ones after it.
YEARS = 3
#: Partners are comparable whose inhabitants are at most so many times as many or as few: as in the forecast.
ALIKE = 5
OPEN_DAYS = 250
BEGINNING = date(2000, 1, 1)
#: Of the forecast's levels, those between which 8 of 10 years lie.
_LOW, _HIGH = 1, 2

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
    known = reference(session, today)
    paper["start"] = start
    paper["reference"] = _reference(known)
    paper["agreement"] = _agreement(session, found.key)
    paper["comparable"] = _or_missing(lambda: _comparable(session, known, found, named))
    paper["forecast"] = _or_missing(lambda: _forecast(session, found.key, start, today, named))
    paper["staff"] = _or_missing(lambda: _staff(session, found.key))
    paper["cost"] = _or_missing(
        lambda: accession_cost.cost_by_variant(
            session,
            accession_cost.Basis(found.key, date.fromisoformat(start["day"]), YEARS, asked.cost_cents, named),
            known,
            _calls(paper["forecast"]),
            None if "missing" in paper["staff"] else paper["staff"]["more_cents_a_year"],
            paper["inhabitants"]["inhabitants"] if paper["inhabitants"] else None,
        )
    )
    paper["duties"] = [duty.to_json() for duty in DUTIES]
    paper["open_points"] = [point.to_json() for point in open_points(_known(paper))]
    return paper


def inhabitants(session: Session, partner: str) -> Item | None:
    """The newest count of inhabitants, with source and as-of day."""
    count = newest(session).get(partner)
    return None if count is None else {name: told for name, told in count.to_json().items() if name != "partner"}


def _or_missing(make: Callable[[], Item]) -> Item:
    try:
        return make()
    except WfmError as error:
        return {"missing": str(error.message), "code": error.code}


def answers_of(session: Session, partner: str) -> Item | None:
    """What was handed in last, else what the directory's profile says."""
    names = service_names(session)
    if (state := questionnaires.handed_in(session, partner)) is not None:
        handed = state.questionnaire.handed_in_at
        assert handed is not None
        answers = state.read.answers
        return {
            "source": "questionnaire",
            "questionnaire": state.questionnaire.id,
            "version": state.version,
            "as_of": berlin_day(handed).isoformat(),
            **answers.to_json(),
            "services": [{"key": key, "name": names.get(key, key)} for key in answers.services],
            "all_services": not answers.services,
        }
    row = session.execute(
        text(
            "SELECT calls_a_year, source, hours, services, wished_start, as_of FROM partner_profile "
            "WHERE partner = :partner ORDER BY as_of DESC, version DESC LIMIT 1"
        ),
        {"partner": partner},
    ).first()
    if row is None:
        return None
    empty = Answers(calls_a_year=row.calls_a_year, calls_source=row.source, hours=row.hours,
                                   wished_start=row.wished_start)  # fmt: skip
    return {
        "source": "profile",
        "questionnaire": None,
        "version": None,
        "as_of": row.as_of.isoformat(),
        **empty.to_json(),
        "services": [{"key": key, "name": names.get(key, key)} for key in row.services],
        "all_services": not row.services,
    }


def start_of(answers: Item | None, today: date) -> Item:
    """The first day: as wished, unless it is over; without a wish the first of next year."""
    wished = date.fromisoformat(answers["wished_start"]) if answers and answers["wished_start"] else None
    if wished is not None and wished > today:
        return {"day": wished.isoformat(), "wished": wished.isoformat(), "assumed": False}
    day = date(today.year + 1, 1, 1) if wished is None else Month.of(today).next.first
    return {"day": day.isoformat(), "wished": wished and wished.isoformat(), "assumed": True}


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


def _comparable(session: Session, known: Reference | None, partner: Partner, named: bool) -> Item:
    """Partners of the same kind and of like size, and what they use per 1,000 inhabitants in a year."""
    if known is None:
        raise NotFound("accession.no_usage", "Es gibt in den letzten zwölf Monaten von keinem Partner Nutzung.")
    counts = {key: count.inhabitants for key, count in newest(session).items()}
    own = counts.get(partner.key)
    kinds = {row.key: (row.name, row.kind) for row in session.execute(text("SELECT key, name, kind FROM partner"))}
    rows = []
    for key in known.partners:
        count = counts.get(key)
        if key == partner.key or count is None or kinds[key][1] != partner.kind:
            continue
        if own and not 1 / ALIKE <= count / own <= ALIKE:
            continue
        calls = known.calls_a_year(key)
        rows.append(
            {
                "partner": key,
                "name": kinds[key][0],
                "inhabitants": count,
                "calls_a_year": calls,
                "calls_per_1000": round(1000 * calls / count, 1),
                "months": known.months[key],
            }
        )
    if not rows:
        raise NotFound("accession.nobody_alike", "Es gibt noch keinen vergleichbaren Partner mit Nutzung.")
    calls, people = sum(row["calls_a_year"] for row in rows), sum(row["inhabitants"] for row in rows)
    shown = named or is_safe(row["calls_a_year"] for row in rows)
    return {
        "partners": len(rows),
        # To tens: of two papers with other comparable partners nobody shall reckon the one that makes the difference.
        "calls_per_1000": round(1000 * calls / people, 1 if named else -1) if shown else None,
        "protected": not named,
        "rows": rows if named else [],
    }


def _forecast(session: Session, partner: str, start: Item, today: date, named: bool) -> Item:
    """Calls expected in a full year, with the interval that 8 of 10 lie in."""
    import numpy as np

    from wfm.forecasting.rules.forecast import LEVELS
    from wfm.forecasting.rules.newcomer import forecast_days

    joined = session.scalar(
        text("SELECT min(lower(valid)) FROM partner_membership WHERE partner = :partner AND status <> 'left'"),
        {"partner": partner},
    )
    first = min(filter(None, (joined, date.fromisoformat(start["day"]))))
    newcomer = forecasting.newcomers.newcomer_if(session, partner, first, Days(BEGINNING, today))
    mean, quantiles = forecast_days(newcomer.rate, newcomer.inhabitants, np.array([OPEN_DAYS]), newcomer.dispersion)
    hidden = forecasting.newcomers.COMPARABLE
    return {
        "calls_a_year": {
            "low": round(float(quantiles[_LOW, 0])),
            "expected": round(float(mean[0])),
            "high": round(float(quantiles[_HIGH, 0])),
        },
        "level": round(LEVELS[_HIGH] - LEVELS[_LOW], 3),
        "calls_per_1000": round(1000 * float(mean[0]) / newcomer.inhabitants, 1),
        "open_days": OPEN_DAYS,
        "reasons": [reason for reason in newcomer.reasons if named or hidden not in reason],
    }


def _calls(forecast: Item) -> dict[str, int] | None:
    return forecast.get("calls_a_year")


def _staff(session: Session, partner: str) -> Item:
    """Posts and cost of staff without the partner and with it, over the whole months of the newest forecast, as if it
    took part from their first day: what it needs when it is in."""
    run = find_run(session)
    first = Month.of(run.first_day) if run.first_day.day == 1 else Month.of(run.first_day).next
    without = staffing.capacity.capacity_report(session, PLAIN)
    joining = Plan(None, "", None, Changes(joining=(Joining(partner, first.first),)))
    with_it = staffing.capacity.capacity_report(session, joining)
    months = len(without["rows"])
    posts = [sum(row["posts_needed"] for row in report["rows"]) / months for report in (without, with_it)]
    more = None
    if without["cents"] is not None and with_it["cents"] is not None:
        more = round((with_it["cents"] - without["cents"]) * 12 / months)
    return {
        "from": without["from"],
        "to": without["to"],
        "generated": without["generated"],
        "posts_without": round(posts[0], 2),
        "posts_with": round(posts[1], 2),
        "posts_more": round(posts[1] - posts[0], 2),
        "posts_there": without["rows"][0]["posts_there"],
        "more_cents_a_year": more,
    }


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
