"""Restarts of a telephone system, and the last event of its source before each: there, what was open ended unseen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from wfm.core.clock import from_micros, to_micros
from wfm.core.db import cursor
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent, unpack_ref

#: The restarts of a system, those that a copy of the log repeats only once, as the oldest stream tells them.
RESTARTS = """
    SELECT DISTINCT ON (r.source_id, r.at)
           r.source_id, r.stream_id, r.position, r.at, coalesce(r.last_seen, r.at) AS last_seen
    FROM restart r JOIN source s ON s.id = r.source_id JOIN stream st ON st.id = r.stream_id
    WHERE s.system_id = %s ORDER BY r.source_id, r.at, st.first_at, st.fingerprint, r.position"""


class Moved(NamedTuple):
    """A restart that is new, or whose last event before it is known better now; instants in microseconds.

    `since`: that event as it was known or as it is, whichever is earlier; what was before it is not touched.
    """

    at: int
    since: int


def note_restarts(
    session: Session, stream: Stream, events: Sequence[TelephonyEvent], heard_before: int | None
) -> list[Moved]:
    """Keep the restarts among the events; returns those that change what calls and agents were.

    A file may arrive after the one that follows it, so later restarts are told of events nearer to them, too.
    `heard_before` is the time of the stream's newest event before these, if any.
    """
    moved = []
    for restart in events:
        if restart.kind == ev.SOURCE_RESTARTED:
            before = [event.at for event in events if event.ref < restart.ref]
            heard = max(before + ([] if heard_before is None else [heard_before]), default=None)
            seen = None if heard is None else min(heard, restart.at)
            moved.append(Moved(restart.at, _keep(session, stream, restart, seen)))
    return moved + _tell_later_ones(session, stream, events)


def _keep(session: Session, stream: Stream, restart: TelephonyEvent, seen: int | None) -> int:
    """Keep a restart; returns the last event before it. Its own second counts in an older file, not in a copy."""
    kept = cursor(session).execute(
        """INSERT INTO restart (stream_id, position, source_id, at, last_seen)
           SELECT %(stream)s, %(position)s, %(source)s, %(at)s, greatest(max(o.last_at), %(seen)s)
           FROM stream o, stream own
           WHERE own.id = %(stream)s AND o.source_id = %(source)s AND o.id <> own.id
             AND (o.last_at < %(at)s
                  OR o.last_at = %(at)s AND (o.first_at, o.fingerprint) < (own.first_at, own.fingerprint))
           ON CONFLICT (stream_id, position) DO UPDATE SET last_seen = greatest(restart.last_seen, excluded.last_seen)
           RETURNING coalesce(last_seen, at)""",
        {
            "stream": stream.id,
            "position": unpack_ref(restart.ref)[1],
            "source": stream.source_id,
            "at": from_micros(restart.at),
            "seen": None if seen is None else from_micros(seen),
        },
    )
    return to_micros(kept.fetchone()[0])  # type: ignore[index]  # RETURNING gives the row


def _tell_later_ones(session: Session, stream: Stream, events: Sequence[TelephonyEvent]) -> list[Moved]:
    db = cursor(session)
    moved = []
    for stream_id, position, restarted_at, last_seen, older in db.execute(
        """SELECT r.stream_id, r.position, r.at, r.last_seen,
                  (own.first_at, own.fingerprint) < (o.first_at, o.fingerprint)
           FROM restart r JOIN stream o ON o.id = r.stream_id, stream own
           WHERE own.id = %s AND r.source_id = %s AND r.stream_id <> own.id AND r.at >= %s""",
        (stream.id, stream.source_id, from_micros(min(event.at for event in events))),
    ).fetchall():
        at = to_micros(restarted_at)
        before = [event.at for event in events if event.at < at + older]
        if not before or (last_seen is not None and to_micros(last_seen) >= max(before)):
            continue
        db.execute(
            "UPDATE restart SET last_seen = %s WHERE stream_id = %s AND position = %s",
            (from_micros(max(before)), stream_id, position),
        )
        moved.append(Moved(at, max(before) if last_seen is None else to_micros(last_seen)))
    return moved
