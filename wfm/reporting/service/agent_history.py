"""What figures need of agents, kept before agents' names and states go: privacy calls this, then takes those away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.reporting.service.wrapup import STAYS_WITH_WRAPUP


def keep_wrapups(session: Session, days: Sequence[date]) -> int:
    """Keep the inferred wrap-up of the stays of these days, unless it is kept; returns how many are new."""
    if not days:
        return 0
    db = cursor(session)
    db.execute(
        f"""INSERT INTO kept_wrapup (system_id, callid, nth, stay_no, answered_at, wrapup_s)
            SELECT system_id, callid, nth, stay_no, answered_at, wrapup FROM ({STAYS_WITH_WRAPUP}) s
            WHERE day = ANY(%(days)s) AND wrapup_source = 'inferred' ON CONFLICT DO NOTHING""",
        {"days": list(days), "read": sorted({day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)})},
    )
    return db.rowcount


def known_from(session: Session, day: date) -> None:
    """From now on agents' states are known from this day on only; it never goes back."""
    cursor(session).execute(
        """INSERT INTO agent_history (known_from) VALUES (%s)
           ON CONFLICT (one) DO UPDATE SET known_from = greatest(agent_history.known_from, excluded.known_from)""",
        (day,),
    )


def whole_from(session: Session, day: date) -> None:
    """From now on figures of persons are whole from this day on only, since before it names or states begin to go; it
    never goes back. What tells of persons' calls before it goes at once.
    """
    db = cursor(session)
    db.execute(
        """INSERT INTO agent_history (whole_from) VALUES (%s)
           ON CONFLICT (one) DO UPDATE SET whole_from = greatest(agent_history.whole_from, excluded.whole_from)""",
        (day,),
    )
    db.execute("DELETE FROM fact_agent_calls WHERE day < %s AND NOT generated", (day,))
    db.execute(
        """UPDATE fact_agent_time SET ready_s = NULL, talking_s = NULL, wrapping_up_s = NULL
           WHERE day < %s AND NOT generated AND ready_s IS NOT NULL""",
        (day,),
    )


def count_agent_days(session: Session, day: date) -> int:
    """How many days of persons there are before one."""
    found = cursor(session).execute("SELECT count(*) FROM fact_agent_time WHERE day < %s AND NOT generated", (day,))
    return int(found.fetchone()[0])  # type: ignore[index]  # an aggregate always gives a row


def delete_agent_days(session: Session, day: date) -> int:
    """Delete what is left of persons before a day, their time logged on; returns how many days of persons went."""
    db = cursor(session)
    db.execute("DELETE FROM fact_agent_time WHERE day < %s AND NOT generated", (day,))
    deleted = db.rowcount
    if deleted:
        known_from(session, day)
    return deleted
