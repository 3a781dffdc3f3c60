"""Restarts of a telephone system, and the last event of its source before each: there, what was open ended unseen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy.orm import Session

from wfm.core.clock import from_micros, to_micros
from wfm.core.db import cursor
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent, unpack_ref

#: The restarts of a system from an instant on, those that a copy of the log repeats only once, as the oldest stream
#: tells them (of those that begin alike, the one with the most before it). `last_seen` is the last event before it in
#: any stream that tells it, or the end of a file that ends before it; in its very second only if that file is older.
#: What a stream that goes on beyond a restart without telling it heard last, says nothing of it.
RESTARTS = """
    SELECT told.source_id, told.stream_id, told.position, told.at,
           coalesce(greatest(told.last_seen, (
             SELECT max(other.last_at) FROM stream other
             WHERE other.source_id = told.source_id
               AND (other.last_at < told.at OR other.last_at = told.at AND other.first_at < told.first_at)
           )), told.at) AS last_seen
    FROM (
      SELECT DISTINCT ON (r.source_id, r.at)
             r.source_id, r.stream_id, r.position, r.at, st.first_at,
             max(r.last_seen) OVER (PARTITION BY r.source_id, r.at) AS last_seen
      FROM (SELECT DISTINCT ON (stream_id, at) * FROM restart ORDER BY stream_id, at, position) r
      JOIN source s ON s.id = r.source_id JOIN stream st ON st.id = r.stream_id
      WHERE s.system_id = %s AND r.at >= %s
      ORDER BY r.source_id, r.at, st.first_at, r.position DESC, st.fingerprint, st.id
    ) told"""

#: By instant, in microseconds: which row tells a restart (stream, position), and the last event before it.
Restarts = dict[int, tuple[int, int, int]]


class Moved(NamedTuple):
    """A restart that is new, or known otherwise now; instants in microseconds.

    `since`: the last event before it as it was known or as it is, whichever is earlier; what was before it is not
    touched.
    """

    at: int
    since: int


def restarts_of(session: Session, stream: Stream, since: datetime) -> Restarts:
    """The restarts of a stream's source from an instant on, as they are known in the database."""
    found = cursor(session, flush=False).execute(
        f"SELECT at, stream_id, position, last_seen FROM ({RESTARTS}) r WHERE source_id = %s",
        (stream.source.system_id, since, stream.source_id),
    )
    return {to_micros(at): (told_by, position, to_micros(seen)) for at, told_by, position, seen in found.fetchall()}


def note_restarts(
    session: Session, stream: Stream, events: Sequence[TelephonyEvent], heard_before: int | None, *, in_order: bool
) -> None:
    """Keep the restarts among a stream's events, each with the newest event that stands before it in this stream.

    `heard_before` is the time of the stream's newest event so far, if any. Unless events came `in_order`, that may
    stand behind them, and they before a restart that is known already.
    """
    events = sorted(events, key=attrgetter("ref"))
    newest = heard_before
    for event in events:
        if event.kind == ev.SOURCE_RESTARTED:
            if not in_order:
                newest = _newest_before(session, stream, event)
            seen = None if newest is None else from_micros(min(newest, event.at))
            cursor(session).execute(
                """INSERT INTO restart (stream_id, position, source_id, at, last_seen) VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (stream_id, position) DO NOTHING""",
                (stream.id, unpack_ref(event.ref)[1], stream.source_id, from_micros(event.at), seen),
            )
        newest = event.at if newest is None else max(newest, event.at)
    if not in_order:
        _tell_known_ones(session, stream, events)


def _tell_known_ones(session: Session, stream: Stream, events: Sequence[TelephonyEvent]) -> None:
    """Tell the stream's restarts of events that stand before them and came later."""
    cursor(session).execute(
        """UPDATE restart r SET last_seen = heard.last_seen
           FROM (SELECT known.position, greatest(known.last_seen, least(known.at, max(event.at))) AS last_seen
                 FROM restart known
                 JOIN unnest(%(positions)s::bigint[], %(instants)s::timestamptz[]) event (position, at)
                   ON event.position < known.position
                 WHERE known.stream_id = %(stream)s AND known.position > %(first)s
                 GROUP BY known.stream_id, known.position) heard
           WHERE r.stream_id = %(stream)s AND r.position = heard.position""",
        {
            "stream": stream.id,
            "first": unpack_ref(events[0].ref)[1],
            "positions": [unpack_ref(event.ref)[1] for event in events],
            "instants": [from_micros(event.at) for event in events],
        },
    )


def _newest_before(session: Session, stream: Stream, restart: TelephonyEvent) -> int | None:
    """The newest event that stands before a restart, read again from the raw rows: seldom needed."""
    reading = Reading(
        stream.id, stream.source.timezone, frozenset(stream.source.ignored_events), stream.source.settings
    )
    newest: int | None = None
    after = -1
    while rows := [
        RawRow(*row)
        for row in cursor(session).execute(
            """SELECT position, payload FROM raw_event r
               WHERE stream_id = %(stream)s AND position > %(after)s AND position < %(restart)s AND NOT EXISTS (
                 SELECT FROM quarantine q
                 WHERE q.stream_id = r.stream_id AND q.position = r.position
                   AND q.reason = 'future' AND q.state <> 'read')
               ORDER BY position LIMIT 10000""",
            {"stream": stream.id, "after": after, "restart": unpack_ref(restart.ref)[1]},
        )
    ]:
        instants = [event.at for event in decoder(stream.source.kind)(rows, reading).events]
        newest = max(instants if newest is None else [newest, *instants], default=None)
        after = rows[-1].position
    return newest


def moved_restarts(before: Restarts, now: Restarts) -> list[Moved]:
    """Those that change what calls and agents were; a restart once known stays known."""
    return [Moved(at, min(told[2], before.get(at, told)[2])) for at, told in now.items() if before.get(at) != told]
