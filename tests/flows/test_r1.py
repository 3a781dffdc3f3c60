"""Bar R1: the capture of a real Asterisk comes out exact, whatever the way its files take."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.flows import capture
from tests.flows.exchange import (
    DATA,
    NEWER,
    OLDER,
    add,
    execute,
    ingest,
    ledger,
    meaning,
    run,
    select,
    snapshot,
    write,
)

#: Lines of the newer file that tell of calls: those that a copy in another stream makes "twice".
CALL_LINES = sum(line.split("|")[1][:1].isdigit() and "AGENTLOG" not in line for line in NEWER.read_text().splitlines())


@pytest.fixture(autouse=True)
def partners(database: str, tmp_path: Path) -> None:
    capture.know_partners(tmp_path)


@pytest.fixture
def originals(tmp_path: Path) -> tuple[Path, Path]:
    """The two files where they may be renamed, cut and copied."""
    return shutil.copy(OLDER, tmp_path / "queue_log.0"), shutil.copy(NEWER, tmp_path / "queue_log")


def kept() -> int:
    return select("SELECT count(*) FROM raw_event")[0][0]


def twice() -> int:
    return sum(total["twice"] for total in ledger("2026-06")["totals"])


@pytest.mark.parametrize("order", [(OLDER, NEWER), (NEWER, OLDER)], ids=["older first", "newer first"])
@pytest.mark.parametrize("batch", [7, 1_000])
def test_any_order_of_files_and_any_cut_of_batches(order: tuple[Path, Path], batch: int):
    ingest(*order, batch=batch)
    capture.check()


def test_line_by_line():
    ingest(NEWER, OLDER, batch=1)
    capture.check()


def test_everything_twice_changes_nothing():
    ingest(OLDER, NEWER)
    before = snapshot()
    ingest(NEWER, OLDER, NEWER, batch=100)
    capture.check()
    assert snapshot() == before
    assert (kept(), twice()) == (1306, 0)  # known by their place: not even a second raw event


def test_a_file_read_while_it_grows_and_is_rotated(tmp_path: Path):
    """Cut anywhere, also in the middle of a line; the log is renamed when it is full, and written anew."""
    log, rotated = tmp_path / "queue_log", tmp_path / "queue_log.0"
    chance = Random(115)
    for content in (OLDER.read_bytes(), NEWER.read_bytes()):
        cuts = [0, *sorted(chance.sample(range(1, len(content)), 9)), len(content)]
        for begin, end in pairwise(cuts):
            add(log, content[begin:end])
            ingest(log, batch=50)
        log.rename(rotated)
    capture.check()
    assert kept() == 1306


def test_compressed_and_renamed_files_are_the_same_files(originals: tuple[Path, Path], tmp_path: Path):
    ingest(OLDER, NEWER)
    older, newer = originals
    packed = tmp_path / "queue_log-20260609.gz"
    packed.write_bytes(gzip.compress(older.read_bytes()))
    ingest(packed, newer.rename(tmp_path / "somewhere-else.txt"))
    capture.check()
    assert (kept(), twice()) == (1306, 0)


def test_compressed_files_alone(tmp_path: Path):
    packed = [tmp_path / "queue_log.0.gz", tmp_path / "queue_log.gz"]
    for path, original in zip(packed, (OLDER, NEWER), strict=True):
        path.write_bytes(gzip.compress(original.read_bytes()))
    ingest(*packed, batch=100)
    capture.check()


@pytest.mark.parametrize("first", ["the originals", "the copy"])
def test_both_files_in_one_beside_the_originals(first: str, tmp_path: Path):
    """The copy goes on where the older file ends: the newer file's lines are known from two streams."""
    joined = write(tmp_path / "all.log", OLDER.read_bytes(), NEWER.read_bytes())
    ingest(*([OLDER, NEWER, joined] if first == "the originals" else [joined, NEWER, OLDER]), batch=500)
    capture.check()
    assert twice() == CALL_LINES


def test_parts_of_the_files_beside_the_originals(tmp_path: Path):
    """Somebody's `tail` and a copy in which the files stand the wrong way round."""
    tail = write(tmp_path / "tail.log", b"".join(NEWER.read_bytes().splitlines(keepends=True)[100:]))
    wrong_way = write(tmp_path / "wrong.log", NEWER.read_bytes(), OLDER.read_bytes())
    ingest(tail, OLDER, wrong_way, NEWER, batch=300)
    capture.check()
    before = meaning()
    run("rebuild")
    assert meaning() == before


def test_rebuilding_gives_the_same_rows():
    ingest(NEWER, OLDER, batch=100)
    before = snapshot()
    run("rebuild")
    assert snapshot() == before
    run("rebuild", "--from", "2026-06-09", "--to", "2026-06-10")
    assert snapshot() == before
    capture.check()


def test_a_damaged_projection_is_repaired_by_rebuilding():
    """That rebuilding really makes the rows anew."""
    ingest(OLDER, NEWER)
    before = snapshot()
    execute("DELETE FROM stay WHERE queue = 'garbsen'")
    execute("UPDATE call SET talk_s = talk_s + 60, partner = NULL")
    run("rebuild", "--from", "2026-06-09", "--to", "2026-06-10")
    assert snapshot() == before
    execute("DELETE FROM agent_span")
    execute("DELETE FROM agent_event")
    execute("UPDATE fact_interval SET answered = 0")
    run("rebuild")
    assert snapshot() == before


def test_partners_known_only_afterwards(tmp_path: Path):
    execute("DELETE FROM dialled_number")
    ingest(OLDER, NEWER)
    assert not select("SELECT FROM call WHERE partner IS NOT NULL")
    capture.know_partners(tmp_path)
    capture.check()
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def table(source: str = "table") -> None:
    run("ingest", "queue-log-table", DATA / "queue_log_realtime.csv", "--source", source, "--timezone", "Europe/Berlin")


def test_the_realtime_table_alone():
    table()
    capture.check()
    before = snapshot()
    table()
    assert snapshot() == before
    run("rebuild")
    assert snapshot() == before


def files() -> None:
    ingest(OLDER, NEWER)


def records() -> None:
    column_map = Path(__file__).parents[2] / "docs" / "examples" / "asterisk-cdr-csv.toml"
    run("ingest", "cdr", DATA / "cdr_Master.csv", "--map", column_map, "--source", "records")


@pytest.mark.parametrize(
    "doors",
    [(files, table), (table, files), (files, table, records), (records, table, files), (table, records, files)],
    ids=lambda doors: " ".join(door.__name__ for door in doors),
)
def test_file_and_table_and_call_records_of_one_exchange(doors: tuple[Callable[[], None], ...]):
    """Three sources tell of the same calls: nothing is counted twice, nothing is missing at the first of them."""
    for door in doors:
        door()
    capture.check()
    assert twice() == 0
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def test_no_file_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    ingest(OLDER, NEWER)
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # the engine's first connection
