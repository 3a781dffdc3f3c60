"""Generations of a log: the file that is being written, and what rotation made of the ones before it.

Asterisk rotates in three styles (`queue_log.0` is the newest; numbers that rise; time stamps), logrotate in its own
(`.1`, `-20260901`, `.gz`, or a copy of a file that is then truncated). None of it is relied on: which generation a file
is says its content, and how old it is says its first event.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from os import fstat
from os.path import samestat
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import from_micros
from wfm.core.errors import BadInput
from wfm.core.log import get_logger
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Gap, Source, Stream
from wfm.telephony.rules.events import Reading
from wfm.telephony.service.files import complete_lines, find_stream, open_log

log = get_logger(__name__)

_ROTATED = re.compile(r"[.-]\d[\d.:T+-]*(\.gz)?")
#: So many lines at its beginning are looked at for a file's first event.
HEAD = 20
#: What a compressed file may raise that is damaged, or not wholly written yet.
DAMAGED = (EOFError, OSError, zlib.error)


class Generation(NamedTuple):
    """A file beside the live log, held open since it may be renamed under our hands; times in microseconds."""

    path: Path
    handle: BinaryIO
    began: int
    changed: int


def stream_of(session: Session, source: Source, handle: BinaryIO, name: str) -> Stream | None:
    """The stream that a file is a generation of, begun if it is new.

    None while that can't be told: the file has no complete line, or only a first one that it shares with a generation
    known already (a log truncated in place may begin with the same line again).
    """
    stream = find_stream(session, source, handle, name=name)
    if stream is None or stream.position <= handle.seek(0, 2):
        return stream
    rows, _ = next(complete_lines(handle, 0, 2))
    return stream if len(rows) == 2 else None


def unread_before(session: Session, source: Source, live: Path, handle: BinaryIO) -> list[Generation]:
    """The generations beside an opened live log that may hold lines we have not read, oldest first, open.

    These are the youngest one we know, whose end we may have missed, and all that are younger. Where none is known
    though something was read before, a gap is recorded, and those are taken that were written to since.
    """
    if _known(session, source, handle, live.name):
        return []
    family = sorted(_siblings(session, source, live, handle), key=attrgetter("began", "changed"))
    chosen = _from_youngest_known(session, source, family)
    if chosen is None:
        chosen = _since_gap(session, source, live, handle, family)
    for generation in family:
        if generation not in chosen:
            generation.handle.close()
    return chosen


def note_gap(session: Session, source: Source, reason: str, detail: str, ends_at: datetime) -> None:
    """Record that a source has lost events between the newest one we have and `ends_at`, if there is such a time."""
    starts_at = source.watermark or source.last_received_at
    if starts_at is None or starts_at >= ends_at:
        return
    same = select(Gap.id).where(Gap.source_id == source.id, Gap.starts_at == starts_at, Gap.reason == reason)
    if session.scalar(same) is None:
        session.add(Gap(source_id=source.id, starts_at=starts_at, ends_at=ends_at, reason=reason, detail=detail))
        log.warning("source.gap", source=source.name, reason=reason, starts_at=str(starts_at), ends_at=str(ends_at))


def note_damage(session: Session, source: Source, name: str, handle: BinaryIO, error: BaseException) -> None:
    """Record that an archive can't be read (to its end): a gap until it was written, and no reason to stop."""
    log.warning("log.damaged", file=name, error=str(error))
    detail = f"{name} ist beschädigt und kann nicht (zu Ende) gelesen werden."
    note_gap(session, source, "file_damaged", detail, from_micros(_changed(handle)))


def _from_youngest_known(session: Session, source: Source, family: list[Generation]) -> list[Generation] | None:
    for index in range(len(family) - 1, -1, -1):
        if _known(session, source, family[index].handle, family[index].path.name):
            return family[index:]
    return None


def _since_gap(
    session: Session, source: Source, live: Path, handle: BinaryIO, family: list[Generation]
) -> list[Generation]:
    """What there is behind the generation that has gone; nothing where nothing was read before."""
    newest = source.watermark or source.last_received_at
    if newest is None:
        return []
    later = [one for one in family if from_micros(max(one.began, one.changed)) > newest]
    began = later[0].began if later else _beginning(source, handle)
    if began is not None:
        detail = f"Die Datei, in der zuletzt gelesen wurde, ist neben {live.name} nicht mehr zu finden."
        note_gap(session, source, "generation_gone", detail, from_micros(began))
    return later


def _known(session: Session, source: Source, handle: BinaryIO, name: str) -> bool:
    """Whether lines of this generation were read before; looking leaves no trace."""
    looking = session.begin_nested()
    try:
        stream = stream_of(session, source, handle, name)
        return stream is not None and stream.lines > 0
    except DAMAGED:
        return False
    finally:
        looking.rollback()


def _siblings(session: Session, source: Source, live: Path, handle: BinaryIO) -> Iterator[Generation]:
    """The rotated files beside the live log that have a complete line; of one there plain and compressed, the plain."""
    names = {path.name for path in live.parent.iterdir() if path.name.startswith(live.name)}
    for name in sorted(names):
        if not _ROTATED.fullmatch(name[len(live.name) :]) or (name.endswith(".gz") and name[:-3] in names):
            continue
        path = live.parent / name
        try:
            opened = open_log(path)
        except BadInput as error:
            log.warning("log.unreadable", file=name, error=error.message)
            continue
        same = samestat(fstat(opened.fileno()), fstat(handle.fileno()))
        try:
            began = None if same else _beginning(source, opened)
        except DAMAGED as error:
            note_damage(session, source, name, opened, error)
            began = None
        if began is None:
            opened.close()
        else:
            yield Generation(path, opened, began, _changed(opened))


def _beginning(source: Source, handle: BinaryIO) -> int | None:
    """When a file's first event was, or else when it was written last; None where there is no line."""
    rows, _ = next(complete_lines(handle, 0, HEAD), ([], 0))
    if not rows:
        return None
    reading = Reading(0, source.timezone, frozenset(source.ignored_events), source.settings)
    events = decoder(source.kind)(rows, reading).events
    return events[0].at if events else _changed(handle)


def _changed(handle: BinaryIO) -> int:
    return fstat(handle.fileno()).st_mtime_ns // 1_000
