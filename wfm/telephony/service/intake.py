"""Intake: raw events and the checkpoint of their stream, in one transaction. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from itertools import chain, repeat
from struct import Struct
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from wfm.core import pgcopy
from wfm.core.clock import to_micros
from wfm.core.config import settings
from wfm.core.db import cursor
from wfm.core.errors import BadInput, Conflict, NotFound, Sentence
from wfm.telephony.adapters import rank
from wfm.telephony.models import Source, Stream, System
from wfm.telephony.rules.events import RawRow
from wfm.telephony.rules.local_time import is_zone

MAIN_SYSTEM = "main"
RAW_COLUMNS = ("stream_id", "position", "received_at", "payload", "content_hash")
#: A row of raw_event as far as its payload, each field behind its length: their number and stream_id; position;
#: received_at; the payload's length.
_STREAM, _RECEIVED, _BEFORE_PAYLOAD = Struct(">h ii i"), Struct(">iq"), Struct(">14s q 12s i")
_BEFORE_HASH = Struct(">i").pack(16)
#: So many rows are packed at once: bounds memory where lines are long.
ROWS_AT_ONCE = 1_000


@cache
def _keyed() -> Any:
    return blake2b(key=settings().secret[:64], digest_size=16)


def content_hash(payload: bytes) -> bytes:
    """Keyed hash (16 bytes) of a raw event.

    Proves what a line said after the line itself had to go, and can't be guessed back from short contents.
    """
    state = _keyed().copy()
    state.update(payload)
    digest: bytes = state.digest()
    return digest


def open_source(
    session: Session, name: str, kind: str, *, timezone: str | None = None, system: str | None = None
) -> Source:
    """The source of this name, made at its first use; it then belongs to `system` (default `main`).

    Raises BadInput for a name or zone that cannot be, Conflict when it exists with another kind, zone or system: a
    source never changes what its events mean.
    """
    if not name or len(name) > 100:
        raise BadInput("source.name", "Der Name der Quelle muss 1 bis 100 Zeichen haben.")
    if timezone is not None and not is_zone(timezone):
        raise BadInput(
            "source.timezone", Sentence("„%(zone)s“ ist keine bekannte Zeitzone.", zone=timezone), timezone=timezone
        )
    found = session.scalar(select(Source).where(Source.name == name))
    if found is None:
        owner = open_system(session, system or MAIN_SYSTEM)
        values = {"system_id": owner.id, "name": name, "kind": kind, "rank": rank(kind)}
        if timezone:
            values["timezone"] = timezone
        session.execute(insert(Source).values(values).on_conflict_do_nothing())
        found = session.scalars(select(Source).where(Source.name == name)).one()
    for field, given, known in (
        ("kind", kind, found.kind),
        ("timezone", timezone or found.timezone, found.timezone),
        ("system", system or found.system.name, found.system.name),
    ):
        if given != known:
            raise Conflict(
                "source.differs",
                Sentence(
                    "Die Quelle „%(name)s“ hat %(field)s = %(known)s, nicht %(given)s. Bitte einen "
                    "anderen Quellennamen wählen.",
                    name=name,
                    field=field,
                    known=known,
                    given=given,
                ),
                source=name,
                field=field,
                known=known,
                given=given,
            )
    return found


def open_system(session: Session, name: str) -> System:
    """The system of this name, made at its first use."""
    session.execute(insert(System).values(name=name).on_conflict_do_nothing())
    return session.scalars(select(System).where(System.name == name)).one()


def get_source(session: Session, name: str) -> Source:
    """The source of this name; raises NotFound."""
    source = session.scalar(select(Source).where(Source.name == name))
    if source is None:
        raise NotFound("source.unknown", Sentence("Eine Quelle „%(name)s“ gibt es nicht.", name=name), source=name)
    return source


def new_stream(
    session: Session, source: Source, name: str, fingerprint: bytes, *, ordinal: int = 0, inode: str | None = None
) -> Stream:
    """Begin a new stream of a source."""
    stream = Stream(
        source_id=source.id,
        name=name,
        fingerprint=fingerprint,
        ordinal=ordinal,
        inode=inode,
        position=0,
        lines=0,
        projected=0,
    )
    session.add(stream)
    session.flush()
    return stream


def lock_stream(session: Session, stream_id: int) -> Stream:
    """The stream's row with its source's, locked with its system until the end of the transaction."""
    session.execute(
        text(
            """SELECT pg_advisory_xact_lock(hashtext('wfm.system'), source.system_id)
               FROM source JOIN stream ON stream.source_id = source.id WHERE stream.id = :stream"""
        ),
        {"stream": stream_id},
    )
    return session.scalars(
        select(Stream)
        .where(Stream.id == stream_id)
        .options(joinedload(Stream.source, innerjoin=True))
        .with_for_update(of=Stream)
        .execution_options(populate_existing=True)
    ).one()


def lock_system(session: Session, system_id: int) -> None:
    """One writer at a time for a system: taken before any row of it, so that no two can wait for each other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('wfm.system'), :system)"), {"system": system_id})


def append(session: Session, stream: Stream, rows: Sequence[RawRow], end: int, received_at: datetime) -> None:
    """Add rows behind the checkpoint of a locked stream and move the checkpoint to `end`.

    Positions must rise and lie at or behind the checkpoint; what lies before it is known already and must not be
    passed.
    """
    pgcopy.copy_packed(cursor(session), "raw_event", RAW_COLUMNS, _packed(stream.id, rows, received_at))
    stream.position = end
    stream.lines += len(rows)
    stream.source.last_received_at = received_at


def _packed(stream_id: int, rows: Sequence[RawRow], received_at: datetime) -> Iterator[bytes]:
    """Rows of raw_event for COPY, column by column: there are more of them than of anything else."""
    stream, received = _STREAM.pack(5, 4, stream_id, 8), _RECEIVED.pack(8, pgcopy.instant(to_micros(received_at)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        positions, payloads = zip(*rows[start : start + ROWS_AT_ONCE], strict=True)
        lengths = map(len, payloads)
        fields = map(_BEFORE_PAYLOAD.pack, repeat(stream), positions, repeat(received), lengths)
        hashes = map(content_hash, payloads)
        yield b"".join(chain.from_iterable(zip(fields, payloads, repeat(_BEFORE_HASH), hashes, strict=False)))
