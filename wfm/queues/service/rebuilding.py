"""Making the projection anew: all of it, the calls of some days, or what lay in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Select, select, text, tuple_, update
from sqlalchemy.orm import Session

from wfm.core.clock import now, to_micros
from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.queues.service import agents
from wfm.queues.service.calls import newest, refold
from wfm.queues.service.projection import project, touch_days
from wfm.telephony.models import Quarantine, RawEvent, Source, Stream, System
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service.intake import lock_stream, lock_system

CALLS_AT_ONCE = 5_000
#: Agents in queues of a transaction: each has a year of changes.
STATES_AT_ONCE = 100


def forget(session: Session) -> None:
    """Throw the whole projection away; every stream is then to be projected from its beginning.

    Days that had calls are touched, so that facts of what does not come back go as well.
    """
    for system_id in session.scalars(select(System.id).order_by(System.id)).all():
        lock_system(session, system_id)
    session.execute(
        text(
            """INSERT INTO touched_day (day) SELECT DISTINCT day FROM call UNION SELECT DISTINCT day FROM stay
               UNION SELECT DISTINCT day FROM fact_interval UNION SELECT DISTINCT day FROM fact_agent_time
               ON CONFLICT (day) DO UPDATE SET since = excluded.since"""
        )
    )
    session.execute(text("TRUNCATE call, stay, agent_event, agent_span, restart, activity"))
    session.execute(
        text("UPDATE stream SET projected = 0, first_at = NULL, last_at = NULL, failing_since = NULL, retry_at = NULL")
    )
    session.execute(text("UPDATE source SET watermark = NULL, trouble = NULL"))


def calls_of(session: Session, days: Days) -> list[tuple[int, str]]:
    """(system, callid) of every call that began on these days."""
    found = cursor(session).execute(
        "SELECT DISTINCT system_id, callid FROM call WHERE day >= %s AND day < %s ORDER BY 1, 2", (days.start, days.end)
    )
    return found.fetchall()


def rebuild_calls(session: Session, calls: Sequence[tuple[int, str]]) -> None:
    """Fold these calls anew from their own raw events."""
    for system_id, chosen in groupby(calls, key=lambda call: call[0]):
        lock_system(session, system_id)
        callids = [callid for _, callid in chosen]
        touch_days(session, refold(session, system_id, callids, newest(session, system_id)))


def rebuild_states(session: Session, states: Sequence[tuple[int, str, str]], days: Days) -> None:
    """Fold anew what was told of these agents in these queues from the first of some days on."""
    for system_id, chosen in groupby(states, key=lambda state: state[0]):
        lock_system(session, system_id)
        keys = [(agent, queue) for _, agent, queue in chosen]
        touch_days(
            session, agents.refold(session, system_id, keys, to_micros(days.begins_at), newest(session, system_id))
        )


def open_quarantine(session: Session, days: Days | None = None, ids: Sequence[int] = ()) -> list[int]:
    """Ids of what lies in quarantine and can be tried again: all, some, or what belongs to some days."""
    wanted = _retryable()
    if ids:
        wanted = wanted.where(Quarantine.id.in_(ids))
    if days:
        wanted = wanted.where(
            text(
                "coalesce(before_at, after_at, received_at) >= :begin"
                " AND coalesce(after_at, before_at, received_at) < :end"
            ).bindparams(begin=days.begins_at - timedelta(minutes=15), end=days.ends_at + timedelta(minutes=15))
        )
    return list(session.scalars(wanted))


def _retryable() -> Select[int]:
    return select(Quarantine.id).where(Quarantine.state == "open", Quarantine.payload.is_(None)).order_by(Quarantine.id)


def retry(session: Session, ids: Sequence[int]) -> int:
    """Read again what lies in quarantine under these ids; returns how many could be read this time."""
    rows = session.scalars(
        select(Quarantine).where(Quarantine.id.in_(ids)).order_by(Quarantine.stream_id, Quarantine.position)
    ).all()
    for stream_id, chosen in groupby(rows, key=attrgetter("stream_id")):
        stream = lock_stream(session, stream_id)
        # what lies behind `projected` is read anyway, by the rebuild or the worker that goes on there; of a line that
        # goes on in half a one, all was read that can be
        positions = sorted(
            {row.position for row in chosen if row.position < stream.projected and row.reason != "half_line"}
        )
        if not positions:
            continue
        raw = session.execute(
            select(RawEvent.received_at, RawEvent.position, RawEvent.payload)
            .where(tuple_(RawEvent.stream_id, RawEvent.position).in_([(stream_id, position) for position in positions]))
            .order_by(RawEvent.position)
        ).all()
        for received_at, arrived in groupby(raw, key=attrgetter("received_at")):
            lines = [RawRow(position, payload) for _, position, payload in arrived]
            project(session, stream, lines, received_at, again=True, judged_at=now())
    session.execute(update(Quarantine).where(Quarantine.id.in_(ids)).values(retried_at=now(), retry_asked_at=None))
    read = session.scalar(
        select(text("count(*)")).select_from(Quarantine).where(Quarantine.id.in_(ids), Quarantine.state == "read")
    )
    return int(read or 0)


def ask_retry(
    session: Session, *, reason: str | None = None, source: str | None = None, ids: Sequence[int] = ()
) -> int:
    """Let the worker try again what lies in quarantine: for a reason, of a source, or under ids; returns how many."""
    chosen = _retryable().where(Quarantine.reason == reason) if reason else _retryable()
    if source:
        streams = select(Stream.id).join(Source, Source.id == Stream.source_id).where(Source.name == source)
        chosen = chosen.where(Quarantine.stream_id.in_(streams))
    if ids:
        chosen = chosen.where(Quarantine.id.in_(ids))
    asked = update(Quarantine).where(Quarantine.id.in_(chosen)).values(retry_asked_at=now())
    return len(session.scalars(asked.returning(Quarantine.id)).all())


def asked_retries(session: Session, limit: int) -> list[int]:
    """Ids of what waits to be tried again, oldest first."""
    return list(session.scalars(_retryable().where(Quarantine.retry_asked_at.is_not(None)).limit(limit)))


def unprojected(session: Session) -> int:
    """How many streams wait to be projected."""
    waiting = session.scalar(select(text("count(*)")).select_from(Stream).where(Stream.projected < Stream.position))
    return int(waiting or 0)
