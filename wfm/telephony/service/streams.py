"""Streams that are no files: a table or a connection is one stream for as long as its source lives."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.telephony.models import Source, Stream
from wfm.telephony.service.intake import content_hash, lock_stream, lock_system, new_stream


def only_stream(session: Session, source: Source) -> Stream:
    """The one stream of a source, begun at its first use, locked until the end of the transaction."""
    lock_system(session, source.system_id)  # so that two first readers do not begin it twice
    stream_id = session.scalar(select(Stream.id).where(Stream.source_id == source.id))
    if stream_id is None:
        return new_stream(session, source, source.name, content_hash(b""))
    return lock_stream(session, stream_id)
