"""Asterisk knows a queue whatever the case of its name, and tells it as the dialplan wrote it or as configured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flows.exchange import ingest, lines, queues, run, select, snapshot, write
from wfm.core.db import transaction
from wfm.directory.service import ensure_queues

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-03-02"
MORNING = """
    09:00:00|MANAGER|Burgdorf|kern|ADDMEMBER|
    09:10:00|1.0|Burgdorf|NONE|ENTERQUEUE||05136111222|1
    09:10:09|1.0|burgdorf|kern|CONNECT|9|1.1|3
"""
NOON = """
    09:11:09|1.0|burgdorf|kern|COMPLETEAGENT|9|60|1
    09:20:00|2.0|BURGDORF|NONE|ENTERQUEUE||05136111333|1
    09:20:07|2.0|BURGDORF|NONE|ABANDON|1|1|7
    10:00:00|NONE|burgdorf|kern|PAUSE|Mittag
    10:30:00|MANAGER|Burgdorf|kern|REMOVEMEMBER|
"""


def found() -> tuple[list, list]:
    """Stays and agents' states, with the queue's name in any case."""
    stays = select("SELECT callid, lower(queue), outcome, wait_s, talk_s, agent FROM stay ORDER BY 1")
    spans = select(
        """SELECT lower(queue), agent, state, reason, extract(epoch FROM ends_at - starts_at)::int
           FROM agent_span ORDER BY starts_at"""
    )
    return stays, spans


RIGHT = (
    [("1.0", "burgdorf", "answered", 9, 60, "kern"), ("2.0", "burgdorf", "abandoned", 7, None, None)],
    [("burgdorf", "kern", "ready", "", 3_600), ("burgdorf", "kern", "paused", "Mittag", 1_800)],
)


@pytest.mark.parametrize("batch", [1, 1_000])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_queue(order: tuple[int, int], batch: int, tmp_path: Path):
    files = [write(tmp_path / f"{name}.log", lines(DAY, told)) for name, told in (("0", MORNING), ("1", NOON))]
    for number in order:
        ingest(files[number], batch=batch)
    assert found() == RIGHT
    [row] = queues(DAY, "2026-03-03")["totals"]
    assert (row["offered"], row["answered"], row["abandoned"]) == (2, 1, 1)
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def test_the_name_is_the_directorys(tmp_path: Path):
    with transaction() as session:
        ensure_queues(session, ["burgdorf"])
    ingest(write(tmp_path / "queue_log", lines(DAY, MORNING + NOON)))
    assert select("SELECT DISTINCT queue FROM stay UNION SELECT queue FROM agent_span") == [("burgdorf",)]
    assert select("SELECT name FROM queue") == [("burgdorf",)]


def test_other_telephone_systems_mean_what_they_say(tmp_path: Path):
    events = [
        {"specversion": "1.0", "id": queue, "source": "x", "type": "call.offered", "time": f"{DAY}T09:00:00Z"}
        | {"data": {"call": queue, "queue": queue}}
        for queue in ("pass", "Pass")
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, events)) + "\n")
    run("ingest", "events", file, "--source", "other")
    assert select("SELECT queue FROM stay ORDER BY 1") == [("Pass",), ("pass",)]


def test_a_second_spelling_that_another_system_means_changes_nothing_for_good(tmp_path: Path):
    ingest(write(tmp_path / "0.log", lines(DAY, MORNING)))
    with transaction() as session:
        ensure_queues(session, ["burgdorf"])
    ingest(write(tmp_path / "1.log", lines(DAY, NOON)))
    assert found() == RIGHT
    run("rebuild")
    assert found() == RIGHT
    assert select("SELECT DISTINCT queue FROM stay UNION SELECT queue FROM agent_span") == [("Burgdorf",)]


def test_only_letters_of_ascii_have_two_cases_to_asterisk(tmp_path: Path):
    told = "\n".join(
        f"09:00:0{n}|{n}.0|{q}|NONE|ENTERQUEUE||1|1"
        for n, q in enumerate(["Straße", "STRAßE", "strasse", "Ämter", "ämter"])
    )
    ingest(write(tmp_path / "queue_log", lines(DAY, told)))
    assert select("SELECT queue FROM stay ORDER BY entered_at") == [
        ("Straße",),
        ("Straße",),
        ("strasse",),
        ("Ämter",),
        ("ämter",),
    ]
