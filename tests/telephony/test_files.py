"""Log files: complete lines whatever their size, and which generation a file is whatever its name."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service.files import CHUNK, MAX_LINE, complete_lines, find_stream, half_line, open_log, read_line
from wfm.telephony.service.intake import append, lock_stream, open_source


def lines_of(content: bytes, position: int = 0, limit: int = 3) -> list[RawRow]:
    rows = []
    for batch, end in complete_lines(io.BytesIO(content), position, limit):
        assert 0 < len(batch) <= limit
        assert content[end - 1 : end] == b"\n"
        rows += batch
    return rows


# Lines


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=9), st.integers(1, 4))
def test_every_complete_line_is_read_at_its_place(lines: list[bytes], limit: int):
    content = b"".join(line + b"\n" for line in lines)
    rows = lines_of(content + b"half", limit=limit)
    assert [row.payload for row in rows] == lines
    handle = io.BytesIO(content + b"half")
    assert [read_line(handle, row.position) for row in rows] == lines
    assert read_line(handle, len(content)) is None
    for row in rows:
        assert [later.position for later in lines_of(content, row.position)] == [
            later.position for later in rows if later.position >= row.position
        ]


@pytest.mark.parametrize("length", [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, CHUNK - 3, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("before", [0, CHUNK - 7])
def test_an_endless_line_is_cut_and_the_next_one_found(length: int, before: int):
    first = b"a" * 40 + b"\n"
    begin = first * (before // len(first))
    content = begin + b"x" * length + b"\n" + b"next\n" + b"half"
    rows = lines_of(content, limit=10_000)[len(begin) // len(first) :]
    assert [row.position for row in rows] == [len(begin), len(begin) + length + 1]
    assert rows[0].payload == b"x" * min(length, MAX_LINE)
    assert rows[1].payload == b"next"
    assert read_line(io.BytesIO(content), len(begin)) == rows[0].payload


@pytest.mark.parametrize("length", [5, MAX_LINE + 1, 2 * CHUNK])
def test_a_line_without_its_end_waits_however_long_it_is(length: int):
    content = b"one\n" + b"x" * length
    assert lines_of(content) == [RawRow(0, b"one")]
    assert read_line(io.BytesIO(content), 4) is None
    assert half_line(io.BytesIO(content), 4) == length
    assert [row.position for row in lines_of(content + b"\ntwo\n")] == [0, 4, 5 + length]


def test_memory_does_not_grow_with_a_line_or_the_file(tmp_path):
    path = tmp_path / "log"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + b"y" * 200 + b"\n")
    tracemalloc.start()
    with open_log(path) as handle:
        assert [len(row.payload) for rows, _ in complete_lines(handle, 0, 10) for row in rows] == [MAX_LINE, 200]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * CHUNK


def test_a_compressed_log_has_the_positions_of_the_plain_one(tmp_path):
    plain, packed = tmp_path / "queue_log", tmp_path / "queue_log.1.gz"
    plain.write_bytes(b"one\ntwo\nhal")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with open_log(plain) as one, open_log(packed) as other:
        assert list(complete_lines(one, 0, 9)) == list(complete_lines(other, 0, 9))
        assert half_line(one, 8) == half_line(other, 8) == 3


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(BadInput) as caught:
        open_log(tmp_path / "missing")
    assert caught.value.details["file"].endswith("missing")


# Generations


@pytest.fixture
def folder(database, tmp_path) -> Path:
    with transaction() as session:
        open_source(session, "pbx", "queue_log")
    return tmp_path


def read(path: Path, source: str = "pbx") -> tuple[int | None, int]:
    """Take in a file as far as it goes: its stream, and how many lines were new."""
    with open_log(path) as handle, transaction() as session:
        stream = find_stream(session, open_source(session, source, "queue_log"), handle, name=path.name)
        if stream is None:
            return None, 0
        lock_stream(session, stream.id)
        before = stream.lines
        for rows, end in complete_lines(handle, stream.position, 2):
            append(session, stream, rows, end, now())
        return stream.id, stream.lines - before


def write(path: Path, lines: Sequence[str], end: str = "") -> Path:
    path.write_text("".join(f"{line}\n" for line in lines) + end, encoding="utf-8")
    return path


def test_a_file_is_known_by_its_content_not_by_its_name(folder):
    log = write(folder / "queue_log", ["a", "b"], "half")
    stream, new = read(log)
    assert new == 2
    copy = write(folder / "copy", ["a", "b"])
    packed = folder / "queue_log.1.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    log.rename(folder / "queue_log.0")
    for path in (folder / "queue_log.0", copy, packed):
        assert read(path) == (stream, 0)
    assert read(write(folder / "queue_log.0", ["a", "b", "halfc", "d"])) == (stream, 2)
    assert read(copy) == (stream, 0), "an older copy is still the same generation"
    assert read(write(folder / "older", ["a"])) == (stream, 0)


def test_another_source_has_its_own_streams(folder):
    log = write(folder / "queue_log", ["a"])
    assert read(log)[0] != read(log, "other")[0]


def test_a_file_without_a_complete_line_is_no_generation_yet(folder):
    assert read(write(folder / "queue_log", [], "half")) == (None, 0)
    assert read(write(folder / "queue_log", [])) == (None, 0)


@pytest.mark.parametrize("then", [["x"], ["x", "y", "z"], ["a", "x"], ["a", "x", "y", "z"], ["a", "b", "x"]])
def test_a_file_replaced_or_truncated_is_a_new_generation(folder, then: list[str]):
    log = write(folder / "queue_log", ["a", "b", "c"])
    inode = log.stat().st_ino
    first, _ = read(log)
    os.truncate(log, 0)
    write(log, then)
    assert log.stat().st_ino == inode
    second, new = read(log)
    assert second != first
    assert new == len(then)
    assert read(write(folder / "old", ["a", "b", "c", "d"])) == (first, 1), "the old one is still told apart"
    assert read(write(log, [*then, "later"])) == (second, 1)


def test_many_generations_may_begin_with_the_same_line(folder):
    streams = [read(write(folder / f"log.{number}", ["header", f"row {number}"]))[0] for number in range(4)]
    assert len(set(streams)) == 4
    assert [read(folder / f"log.{number}") for number in range(4)] == [(stream, 0) for stream in streams]
