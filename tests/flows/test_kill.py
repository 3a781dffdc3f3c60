"""Bar R1 under kill -9: an ingest dies between two batches or inside a transaction, and is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.flows import capture
from tests.flows.exchange import NEWER, OLDER, ingest, select, snapshot
from wfm.core.db import transaction

COMMAND = [sys.executable, "-m", "wfm.cli", "ingest", "queue-log", OLDER, NEWER, "--source", "pbx", "--batch-size"]
#: Only so that a test that fails comes to an end.
PATIENCE_S = 120


@pytest.fixture(autouse=True)
def partners(database: str, tmp_path: Path) -> None:
    capture.know_partners(tmp_path)


@contextmanager
def started(batch: int) -> Iterator[subprocess.Popen[bytes]]:
    """`wfm ingest` in a process of its own, killed at the end of the block unless it has ended by then."""
    process = subprocess.Popen([*COMMAND, str(batch)], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        _, errors = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), errors.decode()


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)


def kept() -> int:
    return select("SELECT count(*) FROM raw_event")[0][0]


def test_killed_between_batches_again_and_again():
    """The process gets the machine for moments only, so that it cannot run away between two looks at it."""
    chance = Random(115)
    kills, ended = [], False
    while not ended:
        goal = kept() + chance.randint(50, 450)
        with started(batch=25) as process:
            while kept() < goal and process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                time.sleep(0.05)
                os.kill(process.pid, signal.SIGSTOP)
            ended = process.poll() is not None
            kills += [] if ended else [kept()]
    assert len(kills) >= 3, kills
    capture.check()
    before = snapshot()
    ingest(OLDER, NEWER)
    assert snapshot() == before


@pytest.mark.parametrize("table", ["raw_event", "stay", "touched_day", "fact_day"])
def test_killed_inside_a_transaction(table: str):
    """It is made to wait for a table in the middle of its work, and dies there: nothing of that work remains."""
    ingest(OLDER, batch=1_000)
    before, kept_before = snapshot(), kept()
    waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = CAST(:table AS regclass)"
    with transaction() as session, started(batch=100) as process:
        session.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        wait_for(lambda: select(waiting, table=table) or process.poll() is not None)
        [(backend,)] = select(waiting, table=table)  # it would be none if the process had ended
    # the process is dead and the table free: now the server notices, and undoes what was under way
    wait_for(lambda: not select("SELECT FROM pg_stat_activity WHERE pid = :backend", backend=backend))
    if table.startswith("fact"):
        assert kept() == 1_306  # all batches were through; only the counting was cut off
        assert select("SELECT FROM touched_day")
    else:
        assert (kept(), snapshot()) == (kept_before, before)
    ingest(OLDER, NEWER)
    capture.check()
