"""When callers call and how long they wait: a queue's week by hour, and its waits in classes."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.reporting.rules.waits import WAIT_CLASSES

Row = dict[str, Any]

_WEEK = """
    SELECT extract(isodow FROM local)::int - 1, extract(hour FROM local)::int, sum(offered)::int, sum(answered)::int,
           sum(abandoned)::int
    FROM (SELECT *, starts_at AT TIME ZONE 'Europe/Berlin' AS local FROM fact_interval
          WHERE starts_at >= %(from)s AND starts_at < %(to)s AND (%(queue)s::text IS NULL OR queue = %(queue)s)) f
    GROUP BY 1, 2 HAVING sum(offered) > 0 ORDER BY 1, 2
"""
_WAITS = f"""
    SELECT {
    ", ".join(
        f"coalesce(sum({kind}_by_class[{number + 1}]), 0)::int"
        for kind in ("answered", "abandoned")
        for number in range(len(WAIT_CLASSES))
    )
},
           coalesce(sum(answered), 0)::int, coalesce(sum(abandoned), 0)::int
    FROM fact_interval
    WHERE starts_at >= %(from)s AND starts_at < %(to)s AND (%(queue)s::text IS NULL OR queue = %(queue)s)
"""


def queue_week(session: Session, days: Days, queue: str | None = None) -> list[Row]:
    """Stays offered, answered and abandoned by weekday (0 = Monday) and hour in Berlin, with the mean offered over the
    days of that weekday in the period."""
    weekdays = [0] * 7
    for day in days:
        weekdays[day.weekday()] += 1
    found = cursor(session).execute(_WEEK, _parameters(days, queue)).fetchall()
    return [
        {
            "weekday": weekday,
            "hour": hour,
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "mean_offered": offered / weekdays[weekday],
        }
        for weekday, hour, offered, answered, abandoned in found
    ]


def queue_waits(session: Session, days: Days, queue: str | None = None) -> list[Row]:
    """How many were answered and how many gave up after a wait above `above_s` and up to `up_to_s` seconds (None: any
    longer one)."""
    row = cursor(session).execute(_WAITS, _parameters(days, queue)).fetchone()
    assert row is not None
    classes = len(WAIT_CLASSES)
    answered, abandoned = [*row[:classes], row[-2]], [*row[classes : 2 * classes], row[-1]]
    edges: list[int | None] = [None, *WAIT_CLASSES, None]
    return [
        {
            "above_s": edges[place],
            "up_to_s": edges[place + 1],
            "answered": answered[place] - (answered[place - 1] if place else 0),
            "abandoned": abandoned[place] - (abandoned[place - 1] if place else 0),
        }
        for place in range(classes + 1)
    ]


def latest_day(session: Session) -> date | None:
    """The newest day of which there are figures."""
    found: date | None = session.scalar(text("SELECT max(day) FROM fact_interval"))
    return found


def _parameters(days: Days, queue: str | None) -> Row:
    return {"from": days.begins_at, "to": days.ends_at, "queue": queue}
