"""What facts say of staffing: how long callers waited before they gave up, how agents' time was spent."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.intervals import Days


class Waited(NamedTuple):
    """All waiting of a queue's callers, answered or not, and how many of them gave up."""

    wait_s: int
    abandoned: int


def waited(session: Session, days: Days) -> dict[str, Waited]:
    """By queue. Waits that ended otherwise (overflow, key, restart) are in no sum and so in neither part."""
    rows = session.execute(
        text(
            """SELECT queue, sum(wait_s_answered + wait_s_abandoned)::bigint, sum(abandoned)::bigint
               FROM fact_interval WHERE starts_at >= :first AND starts_at < :last GROUP BY 1"""
        ),
        {"first": days.begins_at, "last": days.ends_at},
    )
    return {queue: Waited(*sums) for queue, *sums in rows}


class Spent(NamedTuple):
    """Agent seconds logged on, and paused; both true to interval."""

    staffed_s: int
    paused_s: int


def time_spent(session: Session, days: Days) -> Spent:
    """Of all agents over all queues: an agent in two queues counts in both, alike above and below the line."""
    row = session.execute(
        text(
            """SELECT coalesce(sum(staffed_here_s), 0)::bigint, coalesce(sum(paused_here_s), 0)::bigint
               FROM fact_interval WHERE starts_at >= :first AND starts_at < :last"""
        ),
        {"first": days.begins_at, "last": days.ends_at},
    ).one()
    return Spent(*row)
