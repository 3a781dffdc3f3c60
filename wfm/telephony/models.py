"""Tables of the event store. Hot tables (raw_event) are written with COPY, not through the mapper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wfm.core.db import Base, Instant


class System(Base):
    """One telephone exchange: the owner of sources that tell of the same calls."""

    __tablename__ = "system"
    id: Mapped[int] = mapped_column(SmallInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Source(Base):
    """One door through which a system tells its events."""

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("system.id"))
    name: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text, server_default=text("'Europe/Berlin'"))
    rank: Mapped[int] = mapped_column(SmallInteger)
    generated: Mapped[bool] = mapped_column(server_default=text("false"))
    """It said that its events are simulated: every figure made of them says so, too."""
    ignored_events: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    settings: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    watermark: Mapped[datetime | None] = mapped_column(Instant)
    """Time of the newest event so far, events from the future left out."""
    last_received_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str | None] = mapped_column(Text)
    """What keeps the source from being read or projected, in words; null while it is well."""
    system: Mapped[System] = relationship()


class Stream(Base):
    """One generation of one file, one table, one connection: inside it a position means one line for ever."""

    __tablename__ = "stream"
    __table_args__ = (UniqueConstraint("source_id", "fingerprint", "ordinal"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    name: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of the first complete line: inodes are re-used, first lines hardly ever."""
    ordinal: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Counts generations that begin with the very same line."""
    inode: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The checkpoint: everything before it is in raw_event."""
    lines: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    projected: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Everything before it has become calls and agent states."""
    numbers_gone_to: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Before it no line has a caller's number any more."""
    redacted_to: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Before it lines have no hash of a number and no agent of a call any more."""
    states_gone_to: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Before it lines tell no agent's state any more, but for one that goes on."""
    first_at: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime | None] = mapped_column(Instant)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when projecting it fails, and before when it is not tried again; null while all is well."""
    source: Mapped[Source] = relationship()


class RawEvent(Base):
    """A line, row or message as received, until the persons in it have to go; rows are only ever added.

    The hash is that of the line as received for ever, so the same line is known when it comes again.
    """

    __tablename__ = "raw_event"
    stream_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)


class EventKey(Base):
    """The ids under which HTTP events came: the same id again is the same event, or a conflict."""

    __tablename__ = "event_key"
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    stream_id: Mapped[int]
    position: Mapped[int] = mapped_column(BigInteger)


class Delivery(Base):
    """What came together, of a dump, a file of events or in a request: where each new row stood."""

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "stream_id", "received_at"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"))
    received_at: Mapped[datetime] = mapped_column(Instant)
    file: Mapped[str | None] = mapped_column(Text)
    """None for a request."""
    positions: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    lines: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Of each position its line in the file, or its place in the request; from 1."""


class Quarantine(Base):
    """A raw event that could not be read: kept, shown, replayable."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("stream_id", "position", "reason"),
        Index(None, "state", "id"),
        Index("quarantine_asked_idx", "id", postgresql_where=text("retry_asked_at IS NOT NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    file: Mapped[str | None] = mapped_column(Text)
    """The dump or file of events it stood in; None for a log (its stream is the file), a request, a live table."""
    line: Mapped[int | None] = mapped_column(BigInteger)
    """Its line in the file, from 1; of an event in a request its place there, from 1."""
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Only for what never became a raw event (a conflicting HTTP event); else the raw event has it."""
    received_at: Mapped[datetime] = mapped_column(Instant)
    after_at: Mapped[datetime | None] = mapped_column(Instant)
    before_at: Mapped[datetime | None] = mapped_column(Instant)
    """Times of the readable neighbours: the line belongs to their intervals."""
    state: Mapped[str] = mapped_column(Text, server_default=text("'open'"))
    """open, read (a retry could read it), accepted (an operator vouches for it), or dropped (its time was over)."""
    retried_at: Mapped[datetime | None] = mapped_column(Instant)
    retry_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when somebody waits for it to be read again; null once it was tried."""


class Gap(Base):
    """A stretch of time of which a source is known to have lost events."""

    __tablename__ = "gap"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
