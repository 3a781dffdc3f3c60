"""Looking in the database for the other half of a call that may have gone on under another id."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from sqlalchemy.orm import Session

from wfm.core.clock import SECOND, from_micros
from wfm.core.db import cursor
from wfm.queues.rules.stays import Call, Stay

#: Stays of some kind near others, looked up by the index of those that may be half of one.
_NEAR = """SELECT s.callid FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS n (queue, since, until)
           CROSS JOIN LATERAL (
             SELECT callid FROM stay WHERE system_id = %s AND queue = n.queue AND entered_at BETWEEN n.since AND n.until
                                       AND {kind} OFFSET 0) s"""
_IMPLICIT = _NEAR.format(kind="start_unknown")
_UNFINISHED = _NEAR.format(kind="NOT start_unknown AND (ended_by IS NULL OR ended_by = 'age')")


def other_halves(session: Session, system_id: int, calls: Iterable[Call]) -> set[str]:
    """Ids of calls in the database that may be one with one of these calls, which are not there now."""
    stays = list(chain.from_iterable(call.stays for call in calls))
    found = _near(session, system_id, _IMPLICIT, [stay for stay in stays if not stay.start_unknown and stay.unfinished])
    return found | _near(session, system_id, _UNFINISHED, [stay for stay in stays if stay.start_unknown])


def _near(session: Session, system_id: int, query: str, stays: list[Stay]) -> set[str]:
    if not stays:
        return set()
    since = [from_micros(stay.entered_at - SECOND) for stay in stays]
    until = [from_micros(stay.entered_at + SECOND) for stay in stays]
    rows = cursor(session).execute(query, ([stay.queue for stay in stays], since, until, system_id)).fetchall()
    return {callid for (callid,) in rows}
