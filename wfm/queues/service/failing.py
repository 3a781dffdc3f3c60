"""Streams that cannot be projected: said at their source, and tried again after pauses that grow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.telephony.models import Stream
from wfm.telephony.service.intake import lock_stream

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
#: Which error it is stands in the log, which stream among those of the source.
TROUBLE = (
    "Neue Rohzeilen lassen sich nicht auswerten. Sie sind sicher, und es wird von selbst wieder versucht. "
    "Den Grund nennt das Protokoll des Programms (projection.failed)."
)


def waiting_streams(session: Session) -> list[int]:
    """Streams with raw events that were not projected yet, oldest first; not those that rest after a failure."""
    waiting = select(Stream.id).where(Stream.projected < Stream.position).order_by(Stream.id)
    return list(session.scalars(waiting.where(Stream.retry_at.is_(None) | (Stream.retry_at <= now()))))


def note_failure(session: Session, stream_id: int) -> None:
    """Let a stream rest, for as long as it has been failing already, within limits."""
    stream = lock_stream(session, stream_id)
    moment = now()
    stream.failing_since = stream.failing_since or moment
    stream.retry_at = moment + min(max(moment - stream.failing_since, FIRST_PAUSE), LONGEST_PAUSE)
    stream.source.trouble = TROUBLE


def note_success(session: Session, stream: Stream) -> None:
    """Take back what was noted of a locked stream, if it was failing."""
    if stream.failing_since is None:
        return
    stream.failing_since = stream.retry_at = None
    others = select(Stream.id).where(Stream.source_id == stream.source_id, Stream.failing_since.is_not(None)).limit(1)
    if session.scalar(others) is None:
        stream.source.trouble = None
