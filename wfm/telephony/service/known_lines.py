"""Lines that come again after they were redacted: a copy of a log, an archive. They come in as they are known."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.core.clock import from_micros
from wfm.core.db import cursor
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules.events import RawRow, Reading

#: So many lines at each end of a batch are read to learn of which time it tells.
EDGE = 20


def as_known(session: Session, stream: Stream, rows: Sequence[RawRow]) -> Sequence[RawRow]:
    """The rows just appended to a stream; what another stream of its source has had redacted, is redacted here, too.

    So neither a number nor a name comes back with a copy, and both lines tell the same event, which counts once.
    """
    others = _redacted_streams(session, stream, rows)
    if not others:
        return rows
    found = dict(
        cursor(session)
        .execute(
            """WITH known AS (
                 SELECT DISTINCT ON (own.position) own.position, other.payload
                 FROM raw_event own JOIN raw_event other USING (content_hash)
                 WHERE own.stream_id = %(stream)s AND own.position BETWEEN %(first)s AND %(last)s
                   AND other.stream_id = ANY(%(others)s) AND other.payload <> own.payload
                 ORDER BY own.position, length(other.payload), other.payload
               )
               UPDATE raw_event r SET payload = known.payload FROM known
               WHERE r.stream_id = %(stream)s AND r.position = known.position RETURNING r.position, r.payload""",
            {"stream": stream.id, "others": others, "first": rows[0].position, "last": rows[-1].position},
        )
        .fetchall()
    )
    return [RawRow(row.position, found.get(row.position, row.payload)) for row in rows] if found else rows


def _redacted_streams(session: Session, stream: Stream, rows: Sequence[RawRow]) -> list[int]:
    """The source's other streams with redacted lines of the time that the rows tell of: seldom any."""
    source = stream.source
    candidates = (
        cursor(session, flush=False)
        .execute(
            """SELECT id, first_at, last_at FROM stream
               WHERE source_id = %s AND id <> %s AND numbers_gone_to > 0 AND first_at IS NOT NULL""",
            (source.id, stream.id),
        )
        .fetchall()
    )
    if not candidates:
        return []
    edges = list(rows) if len(rows) <= 2 * EDGE else [*rows[:EDGE], *rows[-EDGE:]]
    reading = Reading(stream.id, source.timezone, frozenset(source.ignored_events), source.settings)
    times = [from_micros(event.at) for event in decoder(source.kind)(edges, reading).events]
    if not times:
        return []
    return [other for other, first_at, last_at in candidates if last_at >= min(times) and first_at <= max(times)]
