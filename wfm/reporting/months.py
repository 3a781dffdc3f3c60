"""Months and how far they are: open, asked for, closed; what stands against closing, what was corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.clock import BERLIN, berlin_day
from wfm.core.intervals import Month
from wfm.reporting.corrected import corrections_of, corrections_to_book
from wfm.reporting.models import MonthOverride, MonthState
from wfm.reporting.obstacles import find_obstacles
from wfm.reporting.service import freezing
from wfm.reporting.service.corrections import waiting_objections

Row = dict[str, Any]
A_MOMENT = timedelta(microseconds=1)

#: All months that have calls, or a state; sums of a closed one as they were frozen.
_MONTHS = """
    WITH used AS (
      SELECT date_trunc('month', day::timestamp)::date AS month, sum(calls)::bigint AS calls
      FROM fact_day GROUP BY 1
    ), frozen AS (
      SELECT month, sum(calls)::bigint AS calls FROM fact_month GROUP BY 1
    ), booked AS (
      SELECT booked_in AS month, count(*) AS booked FROM usage_correction WHERE booked_in IS NOT NULL GROUP BY 1
    ), waiting AS (
      SELECT date_trunc('month', day::timestamp)::date AS month, count(*) AS waiting
      FROM usage_correction WHERE booked_in IS NULL GROUP BY 1
    )
    SELECT month, CASE WHEN m.state = 'closed' THEN 'closed' WHEN m.asked_by IS NOT NULL THEN 'asked' ELSE 'open' END
             AS state, coalesce(CASE WHEN m.state = 'closed' THEN f.calls ELSE u.calls END, 0) AS calls,
           coalesce(b.booked, 0) AS booked, coalesce(w.waiting, 0) AS waiting,
           m.asked_by, m.asked_at, m.closed_by, m.closed_at, encode(m.content_hash, 'hex') AS content_hash
    FROM used u FULL JOIN month m USING (month) LEFT JOIN frozen f USING (month)
    LEFT JOIN booked b USING (month) LEFT JOIN waiting w USING (month)
    ORDER BY month DESC"""


def months_known(session: Session) -> list[Row]:
    """All months that have calls, or a state."""
    return [_as_data(dict(row)) for row in session.execute(text(_MONTHS)).mappings()]


def list_months(session: Session) -> list[Row]:
    """Months, the newest first. `booked` and `waiting`: rows of corrections booked in it, and of its days that wait.

    `obstacles` says how many stand against closing the month whose turn it is; None for all others.
    """
    rows = months_known(session)
    turn = next((row for row in reversed(rows) if row["state"] != "closed" and row["calls"]), None)
    for row in rows:
        row["obstacles"] = len(find_obstacles(session, Month.parse(row["month"]))) if row is turn else None
    return rows


def month_report(session: Session, month: Month) -> Row:
    """One month: its state, who asked and closed, obstacles (of an open one), overrides, corrections, hash.

    `to_book`: corrections that closing an open month would book. `objections`: those accepted that wait to be booked,
    one by one: to a closed month, or with an open one. Their sums are in `corrections` and `to_book`, too.

    `holds`: whether what is stored is still what it was closed with; None while it is open.
    """
    kept = session.get(MonthState, month.first)
    closed = kept is not None and kept.state == "closed"
    found = find_obstacles(session, month) if not closed else []
    overrides = session.scalars(
        select(MonthOverride).where(MonthOverride.month == month.first).order_by(MonthOverride.kind, MonthOverride.key)
    )
    report = {
        "month": str(month),
        "state": "closed" if closed else "asked" if kept is not None and kept.asked_by else "open",
        **{name: getattr(kept, name, None) for name in ("asked_by", "asked_at", "closed_by", "closed_at", "versions")},
        "content_hash": kept.content_hash.hex() if kept and kept.content_hash else None,
        "holds": freezing.holds(session, kept) if kept and closed else None,
        "obstacles": [
            {
                "kind": one.kind,
                "key": one.key,
                "count": one.count,
                "text": one.text,
                "may_be_overridden": one.may_be_overridden,
            }
            for one in found
        ],
        "overrides": [
            {
                "kind": one.kind,
                "key": one.key,
                "count": one.count,
                "reason": one.reason,
                "made_by": one.made_by,
                "made_at": one.made_at,
            }
            for one in overrides
        ],
        "corrections": corrections_of(session, month),
        "to_book": [] if closed else corrections_to_book(session, month),
        "objections": waiting_objections(session, month, closed=closed),
    }
    return _as_data(report)


def corrected_months(session: Session, viewer: Viewer, starts_at: datetime, ends_at: datetime) -> list[Month]:
    """Closed months with calls in `[starts_at, ends_at)` that have corrections: there, calls and sums are not alike.

    Of one's own calls only, for a municipality.
    """
    found = session.scalars(
        text(
            """SELECT DISTINCT date_trunc('month', day::timestamp)::date FROM usage_correction
               WHERE day >= :first AND day <= :last AND (CAST(:partner AS text) IS NULL OR partner = :partner)
               ORDER BY 1"""
        ),
        {"first": berlin_day(starts_at), "last": berlin_day(ends_at - A_MOMENT), "partner": viewer.partner},
    )
    return [Month.of(month) for month in found]


def _as_data(row: Row) -> Row:
    """Months as 2026-09, times in Berlin."""
    for name in ("asked_at", "closed_at"):
        row[name] = row[name] and row[name].astimezone(BERLIN).isoformat()
    if not isinstance(row["month"], str):
        row["month"] = str(Month.of(row["month"]))
    for one in row.get("overrides", ()):
        one["made_at"] = one["made_at"].astimezone(BERLIN).isoformat()
    return row
