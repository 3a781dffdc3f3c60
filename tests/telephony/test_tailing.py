"""Following a log through everything that rotation, restarts and accidents do to it: each line once, in order."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select

from wfm.core.db import transaction
from wfm.ingest import take
from wfm.telephony.models import Gap, Quarantine, RawEvent, Stream
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service.intake import lock_stream, open_source
from wfm.telephony.service.tailing import follow, until_signalled

START = 1_780_988_000


def line(number: int) -> bytes:
    return f"{START + number}|NONE|burgdorf|ag{number:05}|UNPAUSE|".encode()


def text(*numbers: int) -> bytes:
    return b"".join(line(number) + b"\n" for number in numbers)


@pytest.fixture
def log(database, tmp_path) -> Path:
    with transaction() as session:
        open_source(session, "pbx", "queue_log")
    return tmp_path / "queue_log"


def write(path: Path, *numbers: int) -> None:
    with path.open("ab") as file:
        file.write(text(*numbers))


def keep(stream_id: int, rows: Sequence[RawRow], end: int) -> None:
    with transaction() as session:
        take(session, lock_stream(session, stream_id), rows, end)


def told() -> list[int]:
    """The numbers of all lines kept so far, stream by stream."""
    with transaction() as session:
        rows = session.scalars(select(RawEvent.payload).order_by(RawEvent.stream_id, RawEvent.position)).all()
    return [int(row.split(b"|")[0]) - START for row in rows]


def gaps() -> list[tuple[str, int, int]]:
    with transaction() as session:
        found = session.scalars(select(Gap).order_by(Gap.id)).all()
    return [(gap.reason, int(gap.starts_at.timestamp()) - START, int(gap.ends_at.timestamp()) - START) for gap in found]


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60  # only so that a test that fails comes to an end
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@contextmanager
def following(path: Path, limit: int = 3) -> Iterator[Callable[..., None]]:
    """A follower at work; yields a function that waits until it has kept just these lines, in this order."""
    stopped, failed = Event(), []

    def run() -> None:
        try:
            follow("pbx", path, keep, stopped.is_set, 0.01, limit=limit)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run)
    thread.start()

    def has(*numbers: int) -> None:
        eventually(lambda: bool(failed) or told() == list(numbers))

    try:
        yield has
    finally:
        stopped.set()
        thread.join()
    assert not failed


# Reading on


def test_lines_are_read_as_they_are_written_and_half_ones_when_they_are_whole(log):
    write(log, 1, 2)
    with following(log) as has:
        has(1, 2)
        with log.open("ab") as file:
            file.write(line(3)[:9])
            file.flush()
            time.sleep(0.1)
            assert told() == [1, 2]
            file.write(line(3)[9:] + b"\n" + line(4)[:5])
            file.flush()
            has(1, 2, 3)
    with following(log) as has:
        with log.open("ab") as file:
            file.write(line(4)[5:] + b"\n")
        has(1, 2, 3, 4)
    assert gaps() == []


def test_a_log_that_comes_later_and_one_that_is_empty(log):
    with following(log) as has:
        time.sleep(0.05)
        log.touch()
        time.sleep(0.05)
        write(log, 1)
        has(1)


def test_the_first_start_reads_the_log_alone(log):
    write(log.with_name("queue_log.0"), 1, 2)
    write(log, 3)
    with following(log) as has:
        has(3)
    assert gaps() == []


# Rotation


def rotate(log: Path, turn: int) -> None:
    """Asterisk's `rotate`: queue_log.0 is the newest."""
    for number in range(turn, 0, -1):
        log.with_name(f"queue_log.{number - 1}").rename(log.with_name(f"queue_log.{number}"))
    log.rename(log.with_name("queue_log.0"))


def sequential(log: Path, turn: int) -> None:
    """Asterisk's `sequential`: the highest number is the newest."""
    log.rename(log.with_name(f"queue_log.{turn}"))


def timestamp(log: Path, turn: int) -> None:
    log.rename(log.with_name(f"queue_log.{START + turn * 1_000}"))


def dated(log: Path, turn: int) -> None:
    """logrotate with dateext."""
    log.rename(log.with_name(f"queue_log-202606{turn + 10}"))


def compressed(log: Path, turn: int) -> None:
    """logrotate with compress."""
    for number in range(turn, 0, -1):
        log.with_name(f"queue_log.{number}.gz").rename(log.with_name(f"queue_log.{number + 1}.gz"))
    packed = log.with_name("queue_log.1.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    os.utime(packed, ns=(0, log.stat().st_mtime_ns))
    log.unlink()


STYLES = [rotate, sequential, timestamp, dated, compressed]


@pytest.mark.parametrize("style", STYLES)
def test_rotation_while_following(log, style):
    write(log, 1)
    with following(log) as has:
        has(1)
        for turn in range(3):
            with log.open("ab") as writer:
                style(log, turn)
                if style is not compressed:  # a writer keeps its file until it is told to open the new one
                    writer.write(text(10 * turn + 2))
            if turn == 1:
                log.touch()  # the new file is there for a while before its first line
                time.sleep(0.05)
            write(log, 10 * turn + 3, 10 * turn + 4)
            has(1, *(10 * t + n for t in range(turn + 1) for n in (2, 3, 4) if n > 2 or style is not compressed))
    assert gaps() == []


@pytest.mark.parametrize("style", STYLES)
def test_rotations_while_nobody_followed(log, style):
    write(log, 1, 2)
    with following(log) as has:
        has(1, 2)
    write(log, 3)
    for turn in range(3):
        style(log, turn)
        write(log, 10 * turn + 4, 10 * turn + 5)
    with following(log, limit=1) as has:
        has(1, 2, 3, 4, 5, 14, 15, 24, 25)
    with following(log) as has:
        write(log, 26)
        has(1, 2, 3, 4, 5, 14, 15, 24, 25, 26)
    assert gaps() == []


def test_two_rotations_between_two_looks(log):
    write(log, 1)
    stopped, asked = Event(), []

    def stop() -> bool:
        asked.append(1)
        if told() == [1] and not log.with_name("queue_log.1").exists():
            write(log, 2)
            rotate(log, 0)
            write(log, 3)
            rotate(log, 1)
            write(log, 4)
        if len(asked) > 50 or told() == [1, 2, 3, 4]:
            stopped.set()
        return stopped.is_set()

    follow("pbx", log, keep, stop, 0.01)
    assert told() == [1, 2, 3, 4]


def test_a_shorter_name_s_neighbours_are_no_siblings(log):
    for name in ("queue_log_realtime.csv", "queue_log.bak", "queue_log.0.tmp", "queue_logs.0"):
        write(log.with_name(name), 99)
    write(log, 1)
    with following(log) as has:
        has(1)
    rotate(log, 0)
    write(log, 2)
    with following(log) as has:
        has(1, 2)


# Truncation


def copy_and_truncate(log: Path) -> None:
    log.with_name("queue_log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def test_copytruncate_while_following(log):
    write(log, 1, 2, 3)
    with following(log) as has:
        has(1, 2, 3)
        inode = log.stat().st_ino
        copy_and_truncate(log)
        write(log, 4)
        assert log.stat().st_ino == inode
        has(1, 2, 3, 4)
    assert gaps() == []


def test_copytruncate_while_nobody_followed_the_copy_has_what_we_missed(log):
    write(log, 1)
    with following(log) as has:
        has(1)
    write(log, 2)
    copy_and_truncate(log)
    write(log, 3, 4, 5, 6)
    with following(log) as has:
        has(1, 2, 3, 4, 5, 6)
    assert gaps() == []


def test_a_copy_that_misses_the_last_line_we_have_is_still_our_generation(log):
    write(log, 1, 2)
    with following(log) as has:
        has(1, 2)
        copy = log.read_bytes()
        write(log, 3)
        has(1, 2, 3)
        log.with_name("queue_log.1").write_bytes(copy)
        os.truncate(log, 0)
        write(log, 4)
        has(1, 2, 3, 4)
    assert gaps() == []


def test_truncated_and_grown_beyond_the_old_size_before_we_looked(log):
    write(log, 1)
    with following(log) as has:
        has(1)
        with log.open("r+b") as file:
            file.write(text(2, 3, 4))
        has(1, 2, 3, 4)
    with transaction() as session:
        assert [stream.lines for stream in session.scalars(select(Stream).order_by(Stream.id))] == [1, 3]


def test_the_new_content_may_begin_with_the_very_same_line(log):
    write(log, 1, 2, 3)
    with following(log) as has:
        has(1, 2, 3)
        copy_and_truncate(log)
        write(log, 1)
        time.sleep(0.1)
        assert told() == [1, 2, 3], "one line alone does not tell"
        write(log, 5)
        has(1, 2, 3, 1, 5)


# Loss


def test_a_file_that_has_gone_is_a_gap_though_its_inode_is_used_again(log):
    write(log, 1, 2)
    with following(log) as has:
        has(1, 2)
    for _ in range(50):
        inode = log.stat().st_ino
        log.unlink()
        write(log, 7, 8, 9)
        if log.stat().st_ino == inode:
            break
    with following(log) as has:
        has(1, 2, 7, 8, 9)
    assert gaps() == [("generation_gone", 2, 7)]
    with following(log) as has:
        write(log, 10)
        has(1, 2, 7, 8, 9, 10)
    assert len(gaps()) == 1


def test_behind_a_gap_everything_that_is_left_is_read(log):
    write(log, 1)
    with following(log) as has:
        has(1)
    log.unlink()
    write(log, 50)
    for turn in range(3):
        rotate(log, turn)
        write(log, 51 + turn)
    with following(log) as has:
        has(1, 50, 51, 52, 53)
    assert gaps() == [("generation_gone", 1, 50)]


def test_a_half_line_at_the_end_of_a_rotated_file_is_shown(log):
    write(log, 1)
    with following(log) as has:
        has(1)
        with log.open("ab") as file:
            file.write(line(2)[:20])
        rotate(log, 0)
        write(log, 3)
        has(1, 3)
    with following(log) as has:
        has(1, 3)
    with transaction() as session:
        rows = session.scalars(select(Quarantine)).all()
    assert [(row.reason, row.payload) for row in rows] == [("half_line", line(2)[:20])]


def test_damaged_archives_are_gaps_and_stop_nobody(log):
    write(log, 1)
    with following(log) as has:
        has(1)
    write(log, 2)
    packed = gzip.compress(log.read_bytes())
    log.with_name("queue_log.3.gz").write_bytes(packed[:-8])  # ours, but its end is missing
    log.with_name("queue_log.2.gz").write_bytes(packed[:15])  # nothing can be read of it
    log.unlink()
    write(log, 7)
    with following(log) as has:
        has(1, 7)
    assert {reason for reason, _, _ in gaps()} >= {"file_damaged"}
    assert all(begin == 1 for _, begin, _ in gaps())


def test_ten_megabytes_in_a_line_and_bytes_of_all_kinds(log):
    with log.open("wb") as file:
        file.write(text(1) + b"x" * 10_000_000 + b"\n\0\xff\r\n\n" + text(2))
    with following(log):
        eventually(lambda: len(raw()) == 5)
        write(log, 3)
        eventually(lambda: raw()[-1:] == [line(3)])
    assert [len(row) for row in raw()] == [len(line(1)), 65_536, 3, 0, len(line(2)), len(line(3))]


def raw() -> list[bytes]:
    with transaction() as session:
        return list(session.scalars(select(RawEvent.payload).order_by(RawEvent.stream_id, RawEvent.position)))


# Accidents


def test_a_failing_batch_is_given_again(log):
    write(log, 1, 2, 3)

    def fail(stream_id: int, rows: Sequence[RawRow], end: int) -> None:
        if not told():
            keep(stream_id, rows, end)
        else:
            raise RuntimeError("out of order")

    with pytest.raises(RuntimeError):
        follow("pbx", log, fail, lambda: False, 0.01, limit=2)
    assert told() == [1, 2]
    with following(log) as has:
        has(1, 2, 3)


def test_signals_end_it_between_two_batches(log):
    write(log, *range(100))
    kept = []
    with until_signalled() as stop:

        def on_batch(stream_id: int, rows: Sequence[RawRow], end: int) -> None:
            kept.extend(rows)
            if len(kept) == 30:
                os.kill(os.getpid(), signal.SIGTERM)

        follow("pbx", log, on_batch, stop, limit=10)
    assert len(kept) == 30
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


FOLLOWER = """
import sys
from pathlib import Path
from wfm.core.db import transaction
from wfm.ingest import take
from wfm.telephony.service.intake import lock_stream
from wfm.telephony.service.tailing import follow, until_signalled

def keep(stream_id, rows, end):
    with transaction() as session:
        take(session, lock_stream(session, stream_id), rows, end)

with until_signalled() as stop:
    follow("pbx", Path(sys.argv[1]), keep, stop, 0.005, limit=7)
"""


def test_killed_again_and_again_among_rotations_every_line_is_kept_once(log):
    chance, number = random.Random(115), 0
    write(log, 0)
    for turn in range(4):
        process = subprocess.Popen([sys.executable, "-c", FOLLOWER, str(log)])
        try:
            before = len(told())
            if turn:
                eventually(lambda before=before: len(told()) > before)
            else:
                eventually(lambda: bool(told()))
            for _ in range(3):
                some = range(number + 1, number + 1 + chance.randrange(1, 60))
                number = some[-1]
                write(log, *some)
                time.sleep(chance.random() * 0.02)
            rotate(log, turn)
            write(log, number + 1)
            number += 1
            time.sleep(chance.random() * 0.05)
        finally:
            process.kill()
            process.wait()
        write(log, number + 1)
        number += 1
    with following(log, limit=100) as has:
        has(*range(number + 1))
    assert gaps() == []
