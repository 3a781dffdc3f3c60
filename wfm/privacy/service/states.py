"""Agents' states when their time is over; what a state that still lasts rests on stays until that ends."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day
from wfm.core.db import cursor, transaction
from wfm.privacy.rules.redaction import without_states
from wfm.privacy.service.redacting import write_payloads
from wfm.reporting.service.agent_history import known_from
from wfm.telephony.service.intake import lock_system

BATCH = 2_000
#: Systems in which real people work.
_REAL = "(SELECT system_id FROM source WHERE NOT generated)"
_OVER = f"FROM agent_span WHERE ends_at < %(before)s AND system_id IN {_REAL}"
#: States that were told before an instant, but for those with which a span began that is still kept.
_TOLD = f"""
    FROM agent_event e WHERE e.at < %(before)s AND e.system_id IN {_REAL} AND NOT EXISTS (
      SELECT FROM agent_span p
      WHERE (p.system_id, p.agent, p.queue, p.starts_at) = (e.system_id, e.agent, e.queue, e.at)
        AND (p.ends_at IS NULL OR p.ends_at >= %(before)s))"""


def days_with_names(session: Session, before: date) -> list[date]:
    """Days before one on which stays name their agents: of those wrap-up must be kept before the names go."""
    found = cursor(session).execute(
        rf"""SELECT DISTINCT day FROM stay WHERE day < %s AND agent IS NOT NULL AND agent NOT LIKE 'pseudonym\_%%'
             AND system_id IN {_REAL} ORDER BY 1""",
        (before,),
    )
    return [day for (day,) in found.fetchall()]


def count_spans(session: Session, before: datetime) -> int:
    return _count(session, _OVER, before)


def count_events(session: Session, before: datetime) -> int:
    return _count(session, _TOLD, before)


def _count(session: Session, what: str, before: datetime) -> int:
    return int(cursor(session).execute(f"SELECT count(*) {what}", {"before": before}).fetchone()[0])  # type: ignore[index]


def delete_spans(before: datetime) -> int:
    """Delete spans that ended before an instant; facts of the days before it keep what rested on them."""
    with transaction() as session:
        db = cursor(session)
        if not count_spans(session, before):
            return 0
        known_from(session, berlin_day(before))
        db.execute(f"DELETE {_OVER}", {"before": before})
        return db.rowcount


def delete_events(before: datetime) -> int:
    """Delete states told before an instant, with what their raw lines say of them; returns how many."""
    total = 0
    while True:
        with transaction() as session:
            done = _delete_some(session, before)
        if not done:
            return total
        total += done


def _delete_some(session: Session, before: datetime) -> int:
    db = cursor(session)
    found = db.execute(
        f"""SELECT e.stream_id, e.position, e.system_id, so.kind, r.payload
            FROM (SELECT stream_id, position, system_id {_TOLD} LIMIT {BATCH}) e
            JOIN raw_event r USING (stream_id, position)
            JOIN stream st ON st.id = e.stream_id JOIN source so ON so.id = st.source_id ORDER BY 1, 2""",
        {"before": before},
    ).fetchall()
    if not found:
        return 0
    for system_id in sorted({row[2] for row in found}):
        lock_system(session, system_id)
    lines: dict[int, dict[int, bytes]] = {}
    for stream_id, position, _, kind, payload in found:
        lines.setdefault(stream_id, {})[position] = without_states(kind, payload)
    for stream_id, payloads in lines.items():
        write_payloads(session, stream_id, payloads)
    db.execute(
        """DELETE FROM agent_event e USING unnest(%s::int[], %s::bigint[]) AS n (stream_id, position)
           WHERE e.stream_id = n.stream_id AND e.position = n.position""",
        ([row[0] for row in found], [row[1] for row in found]),
    )
    return len(found)
