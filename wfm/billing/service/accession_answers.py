"""What a municipality said of itself before it joins, and what is on file of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.billing.rules.questionnaire import Answers
from wfm.billing.service import questionnaires
from wfm.billing.service.keys import newest
from wfm.core.clock import berlin_day
from wfm.core.intervals import Month
from wfm.directory.queries import service_names

Item = dict[str, Any]


def inhabitants(session: Session, partner: str) -> Item | None:
    """The newest count of inhabitants, with source and as-of day."""
    count = newest(session).get(partner)
    return None if count is None else {name: told for name, told in count.to_json().items() if name != "partner"}


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
