"""What the operator sees of the event store: sources and how they are, what could not be read."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BigInteger, case, cast, func, select
from sqlalchemy.orm import Session

from wfm.core.errors import NotFound, Sentence
from wfm.core.paging import Statement
from wfm.telephony.adapters import NUMBERED
from wfm.telephony.models import Quarantine, RawEvent, Source, Stream, System


def sources() -> Statement:
    """Sources with their system: how much came of each, whether some waits to be projected, and lies in quarantine."""
    came = (
        select(
            Stream.source_id,
            cast(func.sum(Stream.lines), BigInteger).label("events"),
            func.bool_or(Stream.projected < Stream.position).label("unprojected"),
        )
        .group_by(Stream.source_id)
        .subquery()
    )
    unread = (
        select(Stream.source_id, func.count().label("quarantined"))
        .join(Quarantine, Quarantine.stream_id == Stream.id)
        .where(Quarantine.state == "open")
        .group_by(Stream.source_id)
        .subquery()
    )
    return (
        select(
            Source.name,
            Source.kind,
            System.name.label("system"),
            Source.rank,
            Source.timezone,
            Source.generated,
            Source.watermark.label("newest_event_at"),
            Source.last_received_at,
            func.coalesce(came.c.events, 0).label("events"),
            func.coalesce(came.c.unprojected, False).label("unprojected"),
            func.coalesce(unread.c.quarantined, 0).label("quarantined"),
            Source.ignored_events,
            Source.trouble,
        )
        .join(System)
        .outerjoin(came, came.c.source_id == Source.id)
        .outerjoin(unread, unread.c.source_id == Source.id)
    )


def streams(source: str) -> Statement:
    """What a source was read from: files and their generations, tables, connections, and how far each was read."""
    return (
        select(
            Stream.id,
            Stream.name,
            Stream.position,
            Stream.lines,
            Stream.projected,
            Stream.first_at,
            Stream.last_at,
        )
        .join(Source)
        .where(Source.name == source)
    )


def quarantine_reasons() -> Statement:
    """How much lies in quarantine by source, reason and state, and how much of it waits to be read again."""
    return (
        select(
            Source.name.label("source"),
            Quarantine.reason,
            Quarantine.state,
            func.count().label("count"),
            func.count(Quarantine.retry_asked_at).label("asked"),
            func.count().filter(Quarantine.payload.is_(None)).label("retryable"),
            func.max(Quarantine.received_at).label("newest"),
            func.max(Quarantine.retried_at).label("retried_at"),
        )
        .join(Stream, Stream.id == Quarantine.stream_id)
        .join(Source, Source.id == Stream.source_id)
        .group_by(Source.name, Quarantine.reason, Quarantine.state)
        .order_by(Source.name, Quarantine.reason, Quarantine.state)
    )


class Place(NamedTuple):
    """Where something in quarantine stood: a line of a file, or an item of a request, both from 1."""

    file: str | None
    line: int | None
    item: int | None


_FILE = case((Source.kind.in_(NUMBERED), Quarantine.file), else_=Stream.name)


def quarantined(state: str, source: str | None, reason: str | None = None) -> Statement:
    """What could not be read, of one source or of all, for one reason or for any."""
    found = (
        select(
            Quarantine.id,
            Source.name.label("source"),
            Stream.name.label("stream"),
            Quarantine.position,
            _FILE.label("file"),
            case((_FILE.is_not(None), Quarantine.line)).label("line"),
            case((_FILE.is_(None), Quarantine.line)).label("item"),
            Quarantine.reason,
            Quarantine.detail,
            Quarantine.received_at,
            Quarantine.state,
        )
        .join(Stream, Stream.id == Quarantine.stream_id)
        .join(Source, Source.id == Stream.source_id)
        .where(Quarantine.state == state)
    )
    if reason is not None:
        found = found.where(Quarantine.reason == reason)
    return found if source is None else found.where(Source.name == source)


def place_of(row: Quarantine, stream: Stream) -> Place:
    """Where it stood: the file of a log is its stream, as the file is called now."""
    file = row.file if stream.source.kind in NUMBERED else stream.name
    return Place(file, row.line, None) if file else Place(None, None, row.line)


def quarantined_row(session: Session, row_id: int) -> tuple[Quarantine, Stream, bytes]:
    """One row of the quarantine, the stream it came in, and what it says; raises NotFound."""
    row = session.get(Quarantine, row_id)
    if row is None:
        raise NotFound(
            "quarantine.unknown", Sentence("In Quarantäne gibt es keine Nummer %(number)s.", number=row_id), id=row_id
        )
    payload = row.payload
    if payload is None:
        raw = (RawEvent.stream_id == row.stream_id, RawEvent.position == row.position)
        payload = session.scalars(select(RawEvent.payload).where(*raw)).one_or_none()
    return row, session.get_one(Stream, row.stream_id), payload or b""
