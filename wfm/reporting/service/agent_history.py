"""What figures need of agents, kept before agents' names and states go: privacy calls this, then takes those away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.reporting.service.facts import STAYS_WITH_WRAPUP


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


def some_are_gone(session: Session, days: Days) -> bool:
    """Whether agents' names or states of these days have begun to go: then each night takes one day's more, and of two
    reports a night apart the difference is that day.

    A name is gone where a stay bears a pseudonym that no state does: who left and was forgotten has one in both.
    """
    found = (
        cursor(session)
        .execute(
            r"""WITH held AS (
              SELECT s.system_id, s.agent FROM stay s WHERE s.day >= %(first)s AND s.day < %(last)s
                AND s.system_id IN (SELECT system_id FROM source WHERE NOT generated))
            SELECT EXISTS (SELECT FROM held WHERE agent LIKE 'pseudonym\_%%' AND NOT EXISTS (
                     SELECT FROM agent_span p WHERE (p.system_id, p.agent) = (held.system_id, held.agent)))
                OR EXISTS (SELECT FROM agent_history WHERE known_from > %(first)s) AND EXISTS (SELECT FROM held)""",
            {"first": days.start, "last": days.end},
        )
        .fetchone()
    )
    return bool(found and found[0])
