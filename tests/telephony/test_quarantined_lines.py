"""What lies in quarantine says where it stood, whatever there is of it; simulated futures are no mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.exchange import add, ingest, lines, run, select, usage, write
from wfm.core.errors import NotFound

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-06-09"


def told(first: int, count: int) -> bytes:
    """Each third line is unreadable."""
    return lines(
        DAY,
        "\n".join(
            f"09:00:00|c{n}|a|NONE|{'FOO' if n % 3 == 0 else 'CONFIGRELOAD'}|" for n in range(first, first + count)
        ),
    )


@pytest.mark.parametrize("batch", [7, 10_000])
def test_every_line_in_quarantine_has_its_number(tmp_path: Path, batch: int) -> None:
    log = write(tmp_path / "queue_log", told(1, 60 if batch < 60 else 6_000))
    ingest(log, batch=batch)
    add(log, told(1, 9))
    ingest(log, batch=batch)
    before = select("SELECT position, line FROM quarantine ORDER BY position")
    count = len(before) - 3
    assert [line for _, line in before] == [3 * n for n in range(1, count + 4)]
    run("rebuild")
    assert select("SELECT position, line FROM quarantine ORDER BY position") == before


def test_what_an_operator_vouches_for_is_no_gap_any_more(tmp_path: Path) -> None:
    good = lines(DAY, "09:00:00|c1|a|NONE|ENTERQUEUE|||1\n09:00:09|c1|a|NONE|ABANDON|1|1|9\n")
    ingest(write(tmp_path / "queue_log", good, b"garbage\n", lines(DAY, "09:01:00|NONE|NONE|NONE|CONFIGRELOAD|")))
    assert not usage("2026-06")["complete"]
    [(row_id,)] = select("SELECT id FROM quarantine")
    run("quarantine", "accept", row_id, "--reason", "a test")
    assert usage("2026-06")["complete"]
    assert select("SELECT object_id, details FROM audit_entry") == [(str(row_id), {"reason": "a test"})]
    with pytest.raises(NotFound):
        run("quarantine", "accept", row_id, "--reason", "again")
    run("rebuild")
    assert select("SELECT state FROM quarantine") == [("accepted",)]


def test_a_simulated_future_is_taken_in(tmp_path: Path) -> None:
    options = ("--from", "2040-03-05", "--to", "2040-03-06", "--calls-per-year", 5_000)
    run("simulate", *options, "--output", tmp_path / "queue_log")
    ingest(tmp_path / "queue_log", source="simulation")
    assert select("SELECT FROM quarantine") == []
    assert select("SELECT generated FROM source") == [(True,)]
