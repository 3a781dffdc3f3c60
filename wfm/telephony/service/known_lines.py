"""Lines that come again after they were redacted: a copy of a log, an archive. They come in as they are known."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.core.clock import from_micros
from wfm.core.db import cursor
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Stream
from wfm.telephony.rules.events import RawRow, Reading
from wfm.telephony.service.intake import content_hash

#: So many lines at each end of a batch are read to learn of which time it tells.
EDGE = 20


def as_known(session: Session, stream: Stream, rows: Sequence[RawRow]) -> Sequence[RawRow]:
    """The rows just appended to a stream; what another stream of its source has had redacted, is redacted here, too.

    So neither a number nor a name comes back with a copy, and both lines tell the same event, which counts once.
    """
    others = _redacted_streams(session, stream, rows)
    if not others:
        return rows
    hashes = [content_hash(row.payload) for row in rows]
    # The batch comes along as arrays: of rows just appended the planner knows nothing, and took hours for a day's log.
    known: dict[bytes, bytes] = dict(
        cursor(session)
        .execute(
            """SELECT DISTINCT ON (content_hash) content_hash, other.payload
               FROM unnest(%s::bytea[], %s::bytea[]) AS own (content_hash, payload)
               JOIN raw_event other USING (content_hash)
               WHERE other.stream_id = ANY(%s) AND other.payload <> own.payload
               ORDER BY content_hash, length(other.payload), other.payload""",
            (hashes, [row.payload for row in rows], others),
        )
        .fetchall()
    )
    if not known:
        return rows
    now = [RawRow(row.position, known.get(digest, row.payload)) for row, digest in zip(rows, hashes, strict=True)]
    cursor(session).execute(
        """UPDATE raw_event r SET payload = n.payload FROM unnest(%s::bigint[], %s::bytea[]) AS n (position, payload)
           WHERE r.stream_id = %s AND r.position = n.position AND r.payload <> n.payload""",
        ([row.position for row in now], [row.payload for row in now], stream.id),
    )
    return now


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
