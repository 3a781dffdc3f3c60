"""Log files: which generation is this file, and which complete lines of it are new?

A generation is known by its first line and proven by the last line we have of it, so a file may be renamed, copied or
compressed and its lines are still the same. A file that was truncated, or replaced under the same name, is a new
generation.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import accumulate, repeat
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import BadInput
from wfm.core.garbage import no_search_for_cycles
from wfm.telephony.models import RawEvent, Source, Stream
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service.intake import content_hash, new_stream

MAX_LINE = 65_536
CHUNK = 1 << 18


def open_log(path: Path) -> BinaryIO:
    """Open a log for reading, compressed or not; positions are those of the plain text either way."""
    try:
        handle = path.open("rb")
        if handle.read(2) == b"\x1f\x8b":
            handle.close()
            return cast(BinaryIO, gzip.open(path, "rb"))
        handle.seek(0)
        return handle
    except OSError as error:
        raise BadInput(
            "file.unreadable", f"Die Datei {path} kann nicht gelesen werden: {error.strerror}.", file=str(path)
        ) from error


def is_simulated(path: Path) -> bool:
    """Whether a log says within its first lines that it was written by `wfm simulate`."""
    with open_log(path) as handle:
        return b"|WFMGENERATED|" in handle.read(1_000)


def read_line(handle: BinaryIO, position: int) -> bytes | None:
    """The line at a position as intake keeps it (cut at MAX_LINE), or None where no complete line begins there."""
    handle.seek(position)
    line = handle.readline(MAX_LINE + 1)
    if line.endswith(b"\n"):
        return line[:-1]
    if len(line) <= MAX_LINE:
        return None
    while rest := handle.readline(CHUNK):
        if rest.endswith(b"\n"):
            return line[:MAX_LINE]
    return None


def find_stream(
    session: Session, source: Source, handle: BinaryIO, *, name: str, inode: str | None = None
) -> Stream | None:
    """The stream this file is a generation of, begun if it is new; None while the file has no complete line."""
    first = read_line(handle, 0)
    if first is None:
        return None
    fingerprint = content_hash(first)
    known = session.scalars(
        select(Stream).where(Stream.source_id == source.id, Stream.fingerprint == fingerprint).order_by(Stream.ordinal)
    ).all()
    size = handle.seek(0, 2)
    for stream in known:
        if _holds(session, stream, handle, size):
            return stream
    return new_stream(session, source, name, fingerprint, ordinal=len(known), inode=inode)


def _holds(session: Session, stream: Stream, handle: BinaryIO, size: int) -> bool:
    """Whether the file has the stream's newest line (that it is long enough to have) at its place."""
    newest = session.execute(
        select(RawEvent.position, RawEvent.content_hash)
        .where(RawEvent.stream_id == stream.id, RawEvent.position < size)
        .order_by(RawEvent.position.desc())
        .limit(2)
    ).all()
    for position, known in newest:
        line = read_line(handle, position)
        if line is not None:
            return content_hash(line) == known
    return not newest


def complete_lines(handle: BinaryIO, position: int, limit: int) -> Iterator[tuple[list[RawRow], int]]:
    """Batches of up to `limit` complete lines from a position on, each with the position behind it.

    Half a line at the end is left for the next reading. Memory does not depend on the size of the file or of a line.
    """
    handle.seek(position)
    rows: list[RawRow] = []
    rest = b""
    while chunk := handle.read(CHUNK):
        more, position, rest = _split(rest + chunk, position)
        rows += more
        full = len(rows) - len(rows) % limit
        for start in range(0, full, limit):
            following = start + limit
            yield rows[start:following], rows[following].position if following < len(rows) else position
        rows = rows[full:]
        if len(rest) > MAX_LINE:
            yield from ((rows, position),) if rows else ()
            rows = []
            length = _skip_line(handle, len(rest))
            if length is None:
                return
            rows.append(RawRow(position, rest[:MAX_LINE]))
            position += length
            rest = b""
    if rows:
        yield rows, position


@no_search_for_cycles()
def _split(data: bytes, position: int) -> tuple[list[RawRow], int, bytes]:
    """The complete lines in a piece of a file that begins at `position`; where the rest begins; and the rest."""
    *lines, rest = data.split(b"\n")
    lengths = [len(line) + 1 for line in lines]
    begins = list(accumulate(lengths, initial=position))
    if max(lengths, default=0) > MAX_LINE + 1:
        lines = [line[:MAX_LINE] for line in lines]
    return list(map(tuple.__new__, repeat(RawRow), zip(begins, lines, strict=False))), begins[-1], rest


def _skip_line(handle: BinaryIO, length: int) -> int | None:
    """Read on to the end of an endless line; its whole length, or None if the file ends before the line does."""
    while piece := handle.readline(CHUNK):
        length += len(piece)
        if piece.endswith(b"\n"):
            return length
    return None


def half_line(handle: BinaryIO, position: int) -> int:
    """How many bytes lie behind the last complete line."""
    return max(0, handle.seek(0, 2) - position)
