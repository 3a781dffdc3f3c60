"""Looking in the database for calls that may be one with those at hand, under another id."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.clock import DAY, from_micros
from wfm.core.db import cursor
from wfm.queues.rules.stays import Call, Stay
from wfm.queues.rules.two_ids import SLACK

_JOINED = "SELECT callid, also FROM call WHERE system_id = %s AND also IS NOT NULL"
#: Stays of some kind near others, looked up by the index of those that may be half of one.
_NEAR = """SELECT s.callid FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS n (queue, since, until)
           CROSS JOIN LATERAL (
             SELECT callid FROM stay WHERE system_id = %s AND queue = n.queue AND entered_at BETWEEN n.since AND n.until
                                       AND {kind} OFFSET 0) s"""
_IMPLICIT = _NEAR.format(kind="start_unknown")
_UNFINISHED = _NEAR.format(kind="(ended_by IS NULL OR ended_by IN ('age', 'restart'))")
#: Joined calls with a stay near others: one of their halves may fit another one better.
_JOINED_NEAR = """
    SELECT c.callid FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS n (queue, since, until)
    CROSS JOIN LATERAL (
      SELECT c.callid FROM call c JOIN stay s USING (system_id, callid, nth)
      WHERE c.system_id = %s AND c.also IS NOT NULL AND c.started_at BETWEEN n.since - interval '4 hours' AND n.until
        AND s.queue = n.queue AND s.entered_at BETWEEN n.since AND n.until OFFSET 0) c"""


def named_otherwise(
    session: Session, system_id: int, callids: Iterable[str], within: tuple[int, int] | None = None
) -> set[str]:
    """Ids of the calls that have one of these as another id, of those that events `within` these instants may tell."""
    wanted, query = set(callids), _JOINED
    values: list[Any] = [system_id]
    if within is not None:
        query += " AND started_at BETWEEN %s AND %s"
        values += [from_micros(within[0] - DAY), from_micros(within[1] + DAY)]
    joined = cursor(session).execute(query, values).fetchall()
    return {callid for callid, also in joined if not wanted.isdisjoint(also)}


def other_halves(session: Session, system_id: int, calls: Iterable[Call]) -> set[str]:
    """Ids of calls in the database that may be one with one of these calls, which are not there now."""
    stays = list(chain.from_iterable(call.stays for call in calls))
    unfinished = [stay for stay in stays if stay.unfinished]
    implicit = [stay for stay in stays if stay.start_unknown]
    return (
        _near(session, system_id, _IMPLICIT, unfinished)
        | _near(session, system_id, _UNFINISHED, implicit)
        | _near(session, system_id, _JOINED_NEAR, [*unfinished, *implicit])
    )


def _near(session: Session, system_id: int, query: str, stays: list[Stay]) -> set[str]:
    if not stays:
        return set()
    since = [from_micros(stay.entered_at - SLACK) for stay in stays]
    until = [from_micros(stay.entered_at + SLACK) for stay in stays]
    rows = cursor(session).execute(query, ([stay.queue for stay in stays], since, until, system_id)).fetchall()
    return {callid for (callid,) in rows}
