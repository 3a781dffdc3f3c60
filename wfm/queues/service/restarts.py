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


class Moved(NamedTuple):
    """A restart that is new, or whose last event before it is known better now; instants in microseconds."""

    at: int
    last_seen: int


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
            before = [event.at for event in events if event.ref < restart.ref and event.at <= restart.at]
            heard = max(before, default=heard_before)
            seen = None if heard is None else min(heard, restart.at)
            moved.append(Moved(restart.at, _keep(session, stream, restart, seen)))
    return moved + _tell_later_ones(session, stream, events)


def _keep(session: Session, stream: Stream, restart: TelephonyEvent, seen: int | None) -> int:
    kept = cursor(session).execute(
        """INSERT INTO restart (stream_id, position, source_id, at, last_seen)
           SELECT %(stream)s, %(position)s, %(source)s, %(at)s, greatest(max(last_at), %(seen)s)
           FROM stream WHERE source_id = %(source)s AND id <> %(stream)s AND last_at <= %(at)s
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
    for stream_id, position, restarted_at in db.execute(
        "SELECT stream_id, position, at FROM restart WHERE source_id = %s AND stream_id <> %s AND at >= %s",
        (stream.source_id, stream.id, from_micros(min(event.at for event in events))),
    ).fetchall():
        at = to_micros(restarted_at)
        seen = max(event.at for event in events if event.at <= at)
        nearer = db.execute(
            """UPDATE restart SET last_seen = greatest(last_seen, %(seen)s)
               WHERE stream_id = %(stream)s AND position = %(position)s
                 AND last_seen IS DISTINCT FROM greatest(last_seen, %(seen)s)""",
            {"seen": from_micros(seen), "stream": stream_id, "position": position},
        )
        if nearer.rowcount:
            moved.append(Moved(at, seen))
    return moved
