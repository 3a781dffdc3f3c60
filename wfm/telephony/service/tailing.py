"""Following a log that is being written, through rotations, truncation, crashes and restarts.

Nothing is remembered but what the database knows: each stream's checkpoint, kept in one transaction with its rows. So a
follower that starts again, or finds the file replaced, does the same: it looks for the generation it knows among the
files beside the log, reads it to its end, then all younger ones, then the log itself.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import BinaryIO

from sqlalchemy.exc import OperationalError

from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.log import get_logger
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service.files import MAX_LINE, complete_lines, open_log, read_line
from wfm.telephony.service.generations import DAMAGED, Generation, note_damage, stream_of, unread_before
from wfm.telephony.service.intake import get_source, lock_stream, lock_system
from wfm.telephony.service.quarantine import set_aside

log = get_logger(__name__)

#: Takes the next complete lines of a stream and the position behind them, in one transaction; rows before the stream's
#: checkpoint are to be passed over.
OnBatch = Callable[[int, Sequence[RawRow], int], object]
Stop = Callable[[], bool]


def follow(
    source_name: str, path: Path, on_batch: OnBatch, stop: Stop, poll_s: float = 1.0, *, limit: int = 1_000
) -> None:
    """Hand every complete line of a log to `on_batch`, in order, until `stop` says so; looks every `poll_s` seconds.

    The source must be there already. At its very first start only the log itself is read, not what lies rotated beside
    it. While the database does not answer it is asked again; other errors of `on_batch` end the following.
    """
    follower = _Follower(source_name, path, on_batch, stop, limit)
    try:
        while not stop():
            try:
                follower.step()
            except OperationalError as error:
                log.warning("follow.database", source=source_name, error=str(error.orig))
                follower.leave()
            _pause(stop, poll_s)
    finally:
        follower.leave()


@contextmanager
def until_signalled() -> Iterator[Stop]:
    """A `stop` that says so after SIGTERM or SIGINT: what is being read is finished first."""
    signalled = Event()
    before = {number: signal.signal(number, lambda *_: signalled.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield signalled.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pause(stop: Stop, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not stop() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))


class _Reader:
    """An open file, the stream it is a generation of, and how far it was read."""

    def __init__(self, handle: BinaryIO, stream_id: int, position: int) -> None:
        self.handle, self.stream_id, self.position = handle, stream_id, position
        self.landmarks = {0: read_line(handle, 0)}

    def read(self, on_batch: OnBatch, stop: Stop, limit: int) -> bool:
        """Read to the last complete line; False if stopped before."""
        for rows, end in complete_lines(self.handle, self.position, limit):
            on_batch(self.stream_id, rows, end)
            self.position = end
            self.landmarks = {0: self.landmarks[0], rows[-1].position: rows[-1].payload}
            if stop():
                return False
        return True

    def intact(self) -> bool:
        """Whether the file still holds what was read: it may have been truncated, and have grown again."""
        if os.fstat(self.handle.fileno()).st_size < self.position:
            return False
        return all(read_line(self.handle, position) == line for position, line in self.landmarks.items())

    def set_half_line_aside(self) -> None:
        """Quarantine what lies behind the last line of a file that nobody writes to any more."""
        self.handle.seek(self.position)
        if half := self.handle.read(MAX_LINE):
            with transaction() as session:
                stream = lock_stream(session, self.stream_id)
                detail = f"{stream.name} ends in the middle of a line, at byte {self.position}"
                set_aside(session, stream, half, "half_line", detail, now(), stream.lines + 1)


class _Follower:
    def __init__(self, source_name: str, path: Path, on_batch: OnBatch, stop: Stop, limit: int) -> None:
        self.source_name, self.path = source_name, path
        self.on_batch, self.stop, self.limit = on_batch, stop, limit
        self.live: _Reader | None = None

    def step(self) -> None:
        """Read what is new now."""
        if self.live is None:
            self._catch_up()
            return
        # Asked before reading on: once the next file has a line, nobody writes to this one any more.
        replaced = self._replaced(self.live)
        intact = self.live.intact()
        if intact and not self.live.read(self.on_batch, self.stop, self.limit):
            return
        if replaced and intact:
            self.live.set_half_line_aside()
        if replaced or not intact:
            self.leave()
            self._catch_up()

    def leave(self) -> None:
        if self.live is not None:
            self.live.handle.close()
            self.live = None

    def _replaced(self, live: _Reader) -> bool:
        """Whether another file with at least one line has taken the log's place."""
        handle = self._open()
        if handle is None:
            return False
        with handle:
            same = os.path.samestat(os.fstat(handle.fileno()), os.fstat(live.handle.fileno()))
            return not same and read_line(handle, 0) is not None

    def _open(self) -> BinaryIO | None:
        """The log; None while rotation has taken it away."""
        try:
            return open_log(self.path)
        except BadInput as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise

    def _catch_up(self) -> None:
        """Read what older generations still hold, then the log itself, which is then followed."""
        handle = self._open()
        if handle is None:
            return
        with ExitStack() as opened:
            opened.enter_context(handle)
            begun = read_line(handle, 0) is not None
            with transaction() as session:
                older = unread_before(session, get_source(session, self.source_name), self.path, handle)
            for generation in older:
                opened.enter_context(generation.handle)
            for generation in older:
                if not self._read_older(generation, final=begun):
                    return
            live = self._reader(handle, self.path.name) if begun else None
            if live is not None:
                live.read(self.on_batch, self.stop, self.limit)
                self.live = live
                opened.pop_all()
                for generation in older:
                    generation.handle.close()

    def _reader(self, handle: BinaryIO, name: str) -> _Reader | None:
        with transaction() as session:
            source = get_source(session, self.source_name)
            lock_system(session, source.system_id)  # so that two readers of a new file do not both begin its stream
            stream = stream_of(session, source, handle, name)
            return None if stream is None else _Reader(handle, stream.id, stream.position)

    def _read_older(self, generation: Generation, *, final: bool) -> bool:
        """Read a rotated file to its end; False if stopped before."""
        try:
            reader = self._reader(generation.handle, generation.path.name)
            if reader is None:
                return True
            if not reader.read(self.on_batch, self.stop, self.limit):
                return False
            if final:
                reader.set_half_line_aside()
        except DAMAGED as error:
            with transaction() as session:
                source = get_source(session, self.source_name)
                note_damage(session, source, generation.path.name, generation.handle, error)
        return True
