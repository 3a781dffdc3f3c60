"""What somebody sees first: today and this month so far, what waits for somebody, and what a new centre lacks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.intervals import Month

_GLANCE = """
    SELECT span.name, sum(calls)::bigint AS calls, sum(calls_answered)::bigint AS calls_answered,
           sum(answered - wait_unknown_answered)::bigint AS waited, sum(wait_s_answered)::bigint AS wait_s,
           sum(talk_s)::bigint AS talk_s, sum(generated)::bigint AS generated
    FROM (VALUES ('today', cast(:today AS date), cast(:tomorrow AS date)),
                 ('month', :month, :tomorrow), ('last_month', :last_month, :month)) span (name, first, last)
    LEFT JOIN fact_day f ON f.day >= span.first AND f.day < span.last
                        AND (cast(:partner AS text) IS NULL OR f.partner = :partner)
    GROUP BY 1"""
_WAITING = """
    SELECT (SELECT count(*) FROM quarantine WHERE state = 'open') AS quarantine,
           (SELECT count(*) FROM queue WHERE NOT mapped) AS queues,
           (SELECT count(*) FROM staff_agreement WHERE signed_at IS NULL AND ended_at IS NULL) AS agreements"""

_SET_UP = """
    SELECT (SELECT count(*) > 1 FROM (SELECT FROM person WHERE disabled_at IS NULL LIMIT 2) two) AS accounts,
           EXISTS (SELECT FROM source) AS source, EXISTS (SELECT FROM call) AS calls,
           EXISTS (SELECT FROM dialled_number) AS numbers, EXISTS (SELECT FROM partner_membership) AS membership,
           EXISTS (SELECT FROM opening_hours) AS hours"""


def at_a_glance(session: Session, partner: str | None = None) -> dict[str, dict[str, int]]:
    """Sums of today, of this month so far and of the month before: of one partner, or of the whole centre."""
    today = berlin_day(now())
    month = Month.of(today)
    days = {
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "month": month.first,
        "last_month": month.earlier(1).first,
        "partner": partner,
    }
    rows = session.execute(text(_GLANCE), days).mappings()
    return {row["name"]: {name: int(row[name] or 0) for name in row if name != "name"} for row in rows}


def waiting(session: Session) -> dict[str, int]:
    """How many lines are in quarantine, queues nobody has described, agreements nobody has signed."""
    found: dict[str, Any] = dict(session.execute(text(_WAITING)).mappings().one())
    return found


def set_up(session: Session) -> dict[str, bool]:
    """What a new centre has already: accounts beside the first one, a source, its first calls, numbers, membership of
    partners, opening hours."""
    return dict(session.execute(text(_SET_UP)).mappings().one())
