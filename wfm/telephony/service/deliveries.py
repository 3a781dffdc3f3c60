"""Where rows stood that do not bear their place: the line of a dump or of a file of events, the place in a request.

A log's position is the place itself. An event's position is a running number and a table row's is its id, so what came
together is noted once, as one row: the time of receipt tells which raw events those are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.telephony.models import Delivery, Stream


def note_delivery(
    session: Session, stream: Stream, received_at: datetime, file: str | None, lines: Mapping[int, int]
) -> None:
    """Note where the raw events of a locked stream stood that were received together: lines by position."""
    values = {"positions": list(lines), "lines": list(lines.values())}
    session.execute(insert(Delivery).values(stream_id=stream.id, received_at=received_at, file=file, **values))


def places(session: Session, stream: Stream, positions: Sequence[int]) -> dict[int, tuple[str | None, int]]:
    """File and line of raw events of a stream, or None and the place in a request; a live table's rows have neither."""
    found = cursor(session).execute(
        """SELECT told.position, d.file, told.line
           FROM delivery d, unnest(d.positions, d.lines) AS told (position, line)
           WHERE d.stream_id = %(stream)s AND told.position = ANY(%(positions)s)
             AND d.received_at IN (SELECT received_at FROM raw_event
                                   WHERE stream_id = %(stream)s AND position = ANY(%(positions)s))""",
        {"stream": stream.id, "positions": list(positions)},
    )
    return {position: (file, line) for position, file, line in found.fetchall()}
