"""Looking in the database for calls that may be one with those at hand, under another id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.clock import DAY, from_micros
from wfm.core.db import cursor
from wfm.queues.rules.stays import MAX_AGE, UNFINISHED, Call, Stay
from wfm.queues.rules.two_ids import SLACK

_UNFINISHED = "(ended_by IS NULL OR ended_by IN ('age', 'restart'))"
_JOINED = "SELECT callid, also FROM call WHERE system_id = %s AND also IS NOT NULL"
#: Near stays that are unfinished or implicit: those that may be the other half, by an index of their own; and joined
#: calls with a stay there, one of whose halves may fit better.
_NEAR = f"""
    SELECT other.callid
    FROM unnest(%(queues)s::text[], %(instants)s::timestamptz[], %(unfinished)s::bool[], %(implicit)s::bool[])
           AS n (queue, at, unfinished, implicit),
    LATERAL (SELECT n.at - interval '{SLACK} us' AS since, n.at + interval '{SLACK} us' AS until) AS near
    CROSS JOIN LATERAL (
      SELECT callid FROM stay
      WHERE system_id = %(system)s AND entered_at BETWEEN since AND until AND queue = n.queue
        AND (start_unknown OR {_UNFINISHED})
        AND (n.unfinished AND start_unknown OR n.implicit AND {_UNFINISHED})
      UNION ALL
      SELECT c.callid FROM call c JOIN stay s USING (system_id, callid, nth)
      WHERE c.system_id = %(system)s AND c.also IS NOT NULL
        AND c.started_at BETWEEN since - interval '{MAX_AGE} us' AND until AND s.entered_at BETWEEN since AND until
        AND s.queue = n.queue OFFSET 0) AS other"""


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


def other_halves(session: Session, system_id: int, halves: Sequence[tuple[Call, Stay]]) -> set[str]:
    """Ids of calls in the database that may be one with calls that have these halves, which are not there now."""
    if not halves:
        return set()
    stays = [stay for _, stay in halves]
    near = {
        "system": system_id,
        "queues": [stay.queue for stay in stays],
        "instants": [from_micros(stay.entered_at) for stay in stays],
        "unfinished": [stay.ended_by in UNFINISHED for stay in stays],
        "implicit": [stay.start_unknown for stay in stays],
    }
    return {callid for (callid,) in cursor(session).execute(_NEAR, near).fetchall()}
