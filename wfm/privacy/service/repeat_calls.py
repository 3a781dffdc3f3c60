"""Repeat calls: known from hashes of callers' numbers, for as long as they and their keys are there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.privacy.service.agreed import retention_days


class RepeatCalls(NamedTuple):
    """A day's calls, those of known callers, and those of them that are repeat calls.

    `repeats` is null where it can't be told: numbers of the day are not all hashed yet, hashes of the time to look back
    on have gone with their lines, or the key of the day is deleted.
    """

    day: date
    calls: int
    known: int
    repeats: int | None


def repeat_calls(session: Session, days: Days, within: timedelta) -> list[RepeatCalls]:
    """By day, how many calls came from a number that had called less than `within` before.

    Only inside one period of keys: a call in the first days of a period may be a repeat of one before it without
    anybody knowing, so the figure is a lower bound there. Withheld numbers are nobody's. Simulated calls and days
    without calls are left out.
    """
    kept = retention_days(session)
    found = cursor(session).execute(
        """WITH called AS (
             SELECT c.day, c.caller_hash,
                    c.started_at - lag(c.started_at) OVER (
                      PARTITION BY c.caller_period, c.caller_hash ORDER BY c.started_at, c.system_id, c.callid, c.nth
                    ) AS since,
                    k.period IS NOT NULL AS key_there
             FROM call c JOIN source so ON so.id = c.source_id AND NOT so.generated
             LEFT JOIN caller_key k ON k.period = c.caller_period
             WHERE c.day >= %(first)s::date - %(before)s AND c.day < %(end)s
           )
           SELECT day, count(*), count(caller_hash),
                  CASE WHEN bool_or(key_there) AND day < %(hashed_to)s AND day - %(before)s >= %(hashed_from)s
                       THEN count(*) FILTER (WHERE caller_hash IS NOT NULL AND since < %(within)s) END
           FROM called WHERE day >= %(first)s GROUP BY day ORDER BY day""",
        {
            "first": days.start,
            "end": days.end,
            "within": within,
            "before": -(-within // timedelta(days=1)),
            "hashed_from": berlin_day(now() - timedelta(days=kept["raw_event"])) + timedelta(days=1),
            "hashed_to": berlin_day(now() - timedelta(days=kept["caller_number"])),
        },
    )
    return [RepeatCalls(*row) for row in found.fetchall()]
