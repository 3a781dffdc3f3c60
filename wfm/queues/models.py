"""Tables of the projection. All of them can be rebuilt from raw events; call and stay are written with COPY.

Keys are natural, so a rebuild gives the same rows. `day` is the day in Berlin.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Date, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


class Call(Base):
    """One citizen's call. `queue` is its first one, `source_id` the source its stays were taken from."""

    __tablename__ = "call"
    __table_args__ = (
        Index("call_day_idx", "day"),
        Index("call_open_idx", "system_id", "started_at", postgresql_where=text("open")),
        Index("call_joined_idx", "system_id", "started_at", postgresql_where=text("also IS NOT NULL")),
    )
    system_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    callid: Mapped[str] = mapped_column(Text, primary_key=True)
    nth: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    started_at: Mapped[datetime] = mapped_column(Instant)
    source_id: Mapped[int]
    queue: Mapped[str] = mapped_column(Text)
    dialled: Mapped[str] = mapped_column(Text)
    caller_area: Mapped[str | None] = mapped_column(Text)
    caller_period: Mapped[int | None]
    """Which key `caller_hash` was made with; both come with redaction and go with the line's last personal data."""
    caller_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    tag: Mapped[str] = mapped_column(Text)
    """What the telephone system said of the matter; `service` is the LeiKa key it stands for, if known."""
    service: Mapped[str | None] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    likely: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    answered: Mapped[bool]
    refused: Mapped[bool]
    open: Mapped[bool]
    talk_s: Mapped[int]
    twice: Mapped[int] = mapped_column(SmallInteger)
    events: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """The raw events it was made of, in order: `stream_id << 40 | position`."""
    also: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Other ids under which the telephone system told of it (`rules.two_ids`); nearly always none."""


class KeptAttribution(Base):
    """Whose a call of a closed month was: so it stays, whatever mappings say later and however often it is folded."""

    __tablename__ = "kept_attribution"
    __table_args__ = (Index("kept_attribution_day_idx", "day"),)
    system_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    callid: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    service: Mapped[str | None] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    likely: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)


class Stay(Base):
    """One citizen's time in one queue; see `rules.calls.Stay` for the meaning of the columns."""

    __tablename__ = "stay"
    __table_args__ = (
        Index("stay_day_idx", "day"),
        # What may be half of a stay, whose other half has another id.
        Index(
            "stay_half_idx",
            "system_id",
            "entered_at",
            postgresql_where=text("start_unknown OR ended_by IS NULL OR ended_by IN ('age', 'restart')"),
        ),
    )
    system_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    callid: Mapped[str] = mapped_column(Text, primary_key=True)
    nth: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stay_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    queue: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(Text)
    start_unknown: Mapped[bool]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    wait_s: Mapped[int | None]
    talk_s: Mapped[int | None]
    wrapup_s: Mapped[int | None]
    """Wrap-up as the source reported it; inferred wrap-up is reckoned by reporting."""
    agent: Mapped[str | None] = mapped_column(Text)
    ended_by: Mapped[str | None] = mapped_column(Text)
    attempts_failed: Mapped[int] = mapped_column(SmallInteger)


class AgentEvent(Base):
    """One thing told of an agent's state in a queue ('' = in all of them, as an agent pool logs on)."""

    __tablename__ = "agent_event"
    __table_args__ = (Index("agent_event_agent_idx", "system_id", "agent", "queue", "at"),)
    stream_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    system_id: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    agent: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class AgentSpan(Base):
    """A stretch in which an agent was ready or paused in a queue; without an end while it lasts."""

    __tablename__ = "agent_span"
    __table_args__ = (
        Index("agent_span_starts_at_idx", "starts_at"),
        # What may reach into a day from long before it.
        Index(
            "agent_span_long_idx",
            "starts_at",
            postgresql_where=text("ends_at IS NULL OR ends_at - starts_at > interval '24 hours'"),
        ),
    )
    system_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    agent: Mapped[str] = mapped_column(Text, primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class Restart(Base):
    """The telephone system began anew; `last_seen` is the newest event before it in its own stream, if any."""

    __tablename__ = "restart"
    stream_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    source_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    last_seen: Mapped[datetime | None] = mapped_column(Instant)


class Activity(Base):
    """Completeness: what arrived of a source for a quarter of an hour, and how.

    `late` came more than a quarter of an hour after it happened. What came twice, or never at the first source, is
    read from the calls.
    """

    __tablename__ = "activity"
    source_id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    arrived: Mapped[int]
    late: Mapped[int]
    restarted: Mapped[int]


class TouchedDay(Base):
    """A day whose calls or agent states changed since its facts were last counted."""

    __tablename__ = "touched_day"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant, server_default=text("now()"))
