"""Corrections of closed months as reports tell them: booked with a month, of a month's own days, still to be booked."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.intervals import Month
from wfm.directory.queries import partner_names
from wfm.reporting.rules.figures import Row

#: Sums that a correction tells in reports.
CORRECTED = ("calls", "calls_answered", "answered", "talk_s", "wrapup_s", "started_minutes")


def corrections_of(session: Session, month: Month, partner: str | None = None) -> list[Row]:
    """Corrections that a month has to do with: of earlier months, booked in it, and of its own, booked later or not yet
    (`booked_in` None). Of one partner if one is named."""
    return _corrections(session, month, "booked_in = :first OR day >= :first AND day < :next", partner)


def corrections_to_book(session: Session, month: Month) -> list[Row]:
    """What closing a month would book: corrections of earlier months that wait."""
    return _corrections(session, month, "booked_in IS NULL AND day < :first", None)


def _corrections(session: Session, month: Month, which: str, partner: str | None) -> list[Row]:
    names = partner_names(session)
    query = f"""
        SELECT date_trunc('month', day::timestamp)::date AS service_month, booked_in, cause, partner,
               {", ".join(f"sum({name}) AS {name}" for name in CORRECTED)}
        FROM usage_correction
        WHERE ({which}) AND (CAST(:partner AS text) IS NULL OR partner = :partner)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2 NULLS LAST, 3, 4"""
    found = session.execute(text(query), {"first": month.first, "next": month.next.first, "partner": partner})
    return [
        {
            "month": str(Month.of(record["service_month"])),
            "booked_in": record["booked_in"] and str(Month.of(record["booked_in"])),
            "cause": record["cause"],
            "partner": record["partner"] or None,
            "name": names.get(record["partner"], "nicht zugeordnet"),
            **{name: int(record[name]) for name in CORRECTED},
        }
        for record in found.mappings()
    ]
