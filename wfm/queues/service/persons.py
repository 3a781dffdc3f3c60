"""Persons in calls after their raw lines were redacted: as a rebuild would give them, and nothing else changed.

Attribution is left alone: a call of a closed month must not be said to be somebody else's because a line was redacted.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.queues.service.calls import caller_columns, known_calls


def renew_persons(session: Session, system_id: int, callids: Collection[str]) -> None:
    """Write callers' hashes and agents of these calls as their raw lines tell them now. The system must be locked."""
    calls = known_calls(session, system_id, callids)
    db = cursor(session)
    db.execute(
        """UPDATE call c SET caller_period = n.period, caller_hash = n.hash
           FROM unnest(%s::text[], %s::int[], %s::int[], %s::bytea[]) AS n (callid, nth, period, hash)
           WHERE c.system_id = %s AND c.callid = n.callid AND c.nth = n.nth
             AND (c.caller_period, c.caller_hash) IS DISTINCT FROM (n.period, n.hash)""",
        (
            [call.callid for call in calls],
            [call.nth for call in calls],
            *([caller_columns(call)[column] for call in calls] for column in (0, 1)),
            system_id,
        ),
    )
    stays = [(call.callid, call.nth, number, stay.agent) for call in calls for number, stay in enumerate(call.stays)]
    db.execute(
        """UPDATE stay s SET agent = n.agent
           FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[]) AS n (callid, nth, stay_no, agent)
           WHERE s.system_id = %s AND s.callid = n.callid AND s.nth = n.nth AND s.stay_no = n.stay_no
             AND s.agent IS DISTINCT FROM n.agent""",
        (*([row[column] for row in stays] for column in range(4)), system_id),
    )
