"""Figures outlive redaction: a rebuild gives the same rows, a copy counts once, a kill leaves nothing half done."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.flows import capture
from tests.flows.exchange import DATA, NEWER, OLDER, ingest, lines, meaning, run, select, snapshot, write
from tests.privacy.held import days_later, lasting, one, payloads, retain
from wfm.core.db import transaction
from wfm.privacy.service import redacting

DAY = "2026-03-02"
#: A day after the capture: so near that its hashes have a key.
RECORDED = datetime(2026, 6, 9, 20, tzinfo=UTC)
CALLERS = {
    line.split(b"|")[6].strip(b"+")
    for line in (OLDER.read_bytes() + NEWER.read_bytes()).splitlines()
    if b"|ENTERQUEUE|" in line and len(line.split(b"|")[6]) >= 8 and line.split(b"|")[6].strip(b"+").isdigit()
}


@pytest.fixture(autouse=True)
def partners(database: str, tmp_path: Path) -> None:
    capture.know_partners(tmp_path)


def callers_left() -> set[bytes]:
    """Numbers of the capture's callers that still stand anywhere; by chance, digits of a mark may be like one."""
    return CALLERS & {number for line in payloads() for number in re.findall(rb"\d+", line)}


@pytest.fixture
def wrapup(tmp_path: Path) -> None:
    """Wrap-up is inferred in two of the queues."""
    file = write(tmp_path / "queues.csv", b"queue,label,wrapup_s\nburgdorf,Burgdorf,20\ngarbsen,Garbsen,45\n")
    run("directory", "import", "queues", file)


def rebuilt() -> dict[str, list[str]]:
    run("rebuild")
    return lasting()


#: Tables with agents' names in them; all others must not change at all while names go.
NAMED = {"stay", "agent_event", "agent_span"}


def others(tables: dict[str, list[str]]) -> dict[str, list[str]]:
    return {table: rows for table, rows in tables.items() if table not in NAMED | {"call"}}


@pytest.mark.usefixtures("wrapup")
def test_the_capture_at_every_stage():
    assert len(CALLERS) > 50
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
    assert len(callers_left()) == len(CALLERS)
    before = lasting()

    assert set(retain(1.1, RECORDED)) == {"numbers_gone"}
    assert callers_left() == set()
    assert one("SELECT count(*) FROM call WHERE caller_hash IS NOT NULL") > 200
    assert {table: rows for table, rows in lasting().items() if table != "call"} == {
        table: rows for table, rows in before.items() if table != "call"
    }
    after = lasting()
    assert rebuilt() == after
    capture.check()

    done = retain(31, RECORDED)
    assert done["lines_redacted"] > 400
    assert done["wrapups_kept"] > 50
    assert one("SELECT count(*) FROM call WHERE caller_hash IS NOT NULL") == 0
    assert one("SELECT count(*) FROM stay WHERE agent IS NOT NULL AND agent NOT LIKE 'pseudonym%'") == 0
    assert snapshot("call")["call"] == before["call"], "the hash came and went, nothing else"
    assert others(lasting()) == others(before)
    after = lasting()
    assert rebuilt() == after
    capture.check_queues()
    capture.check_partners()

    done = retain(91, RECORDED)
    assert (done["spans_deleted"], done["states_deleted"]) == (len(before["agent_span"]), len(before["agent_event"]))
    assert others(lasting()) == others(before)
    after = lasting()
    assert rebuilt() == after
    assert (after["agent_event"], after["agent_span"]) == ([], [])
    assert not [line for line in payloads() if b"|ag" in line]
    assert retain(91, RECORDED) == {}


def test_every_source_of_one_exchange():
    """File, table and call records tell of the same calls, in whatever order their lines are redacted."""
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
        table = DATA / "queue_log_realtime.csv"
        run("ingest", "queue-log-table", table, "--source", "table", "--timezone", "Europe/Berlin")
        column_map = Path(__file__).parents[2] / "docs" / "examples" / "asterisk-cdr-csv.toml"
        run("ingest", "cdr", DATA / "cdr_Master.csv", "--map", column_map, "--source", "records")
    before = lasting()
    for days in (1.1, 31, 91):
        assert "lines_failed" not in retain(days, RECORDED)
        assert others(lasting()) == others(before)
        after = lasting()
        assert rebuilt() == after
    assert callers_left() == set()
    with days_later(92, RECORDED):  # rows of a table are known by their id, whatever is left of them
        run("ingest", "queue-log-table", table, "--source", "table", "--timezone", "Europe/Berlin")
    assert lasting() == after
    assert one("SELECT count(*) FROM quarantine") == 0


@pytest.mark.parametrize("days", [1.1, 31, 91])
def test_a_copy_that_comes_after_redaction_counts_once_and_brings_nothing_back(days: float, tmp_path: Path):
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
    before = meaning()
    retain(days, RECORDED)
    redacted = meaning()
    content = NEWER.read_bytes().splitlines(keepends=True)
    with days_later(days + 1, RECORDED):
        ingest(write(tmp_path / "tail.log", *content[100:]), batch=300)
        ingest(write(tmp_path / "wrong.log", NEWER.read_bytes(), OLDER.read_bytes()), batch=300)
    assert meaning() == redacted
    assert one("SELECT sum(twice) FROM call") > 1_000
    assert callers_left() == set()
    run("rebuild")
    assert meaning() == redacted
    assert meaning("fact_day", "fact_interval") == {table: before[table] for table in ("fact_day", "fact_interval")}


@pytest.mark.parametrize("days", [1.1, 31])
def test_a_copy_with_other_line_ends_counts_once_too(days: float, tmp_path: Path):
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
    retain(days, RECORDED)
    figures = meaning("fact_day", "fact_interval")
    with days_later(days + 1, RECORDED):
        ingest(write(tmp_path / "windows.log", NEWER.read_bytes().replace(b"\n", b"\r\n")))
    assert meaning("fact_day", "fact_interval") == figures
    retain(days + 40, RECORDED)
    run("rebuild")
    assert meaning("fact_day", "fact_interval") == figures


def test_what_came_by_http_or_file_is_known_by_its_id(tmp_path: Path):
    told = (
        '{"specversion":"1.0","id":"1","source":"acd","type":"call.offered","time":"2026-03-02T08:15:00+01:00",'
        '"data":{"call":"a","queue":"burgdorf","caller":"05136111222"}}\n'
    )
    file = write(tmp_path / "events.jsonl", told.encode())
    with days_later(0):
        run("ingest", "events", file, "--source", "acd")
    retain(40)
    before = lasting()
    with days_later(41):
        run("ingest", "events", file, "--source", "acd")
    assert lasting() == before
    assert one("SELECT count(*) FROM raw_event") == 1
    assert not [line for line in payloads() if b"111222" in line]
    assert select("SELECT caller_area FROM call") == [("05136",)]


def test_a_row_of_a_table_that_comes_late_loses_its_number_too(tmp_path: Path):
    """Its id lies before others that were redacted long ago."""
    head = "id,time,callid,queuename,agent,event,data1,data2,data3\n"
    row = "{0},2026-03-02 08:{0}:00.0,17720{0}.1,burgdorf,NONE,ENTERQUEUE,,0513611122{0},1\n"
    with days_later(0):
        dump = write(tmp_path / "a.csv", (head + row.format(11) + row.format(13)).encode())
        run("ingest", "queue-log-table", dump, "--source", "table")
    retain(2)
    with days_later(3):
        dump = write(tmp_path / "b.csv", (head + row.format(12) + row.format(14)).encode())
        run("ingest", "queue-log-table", dump, "--source", "table")
    retain(3.5)
    assert [b"05136111" in line for line in payloads()] == [False, True, False, True]
    retain(4.5)
    assert not [line for line in payloads() if b"05136111" in line]


def test_the_hour_that_comes_twice(tmp_path: Path):
    """Times without an offset are read from their neighbours, before redaction and after it."""
    head = "id,time,callid,queuename,agent,event,data1,data2,data3\n"
    rows = [
        "1,2026-10-25 01:59:50.0,1792886390.1,burgdorf,NONE,ENTERQUEUE,,05136111222,1",
        "2,2026-10-25 02:10:00.0,NONE,burgdorf,Kern,PAUSE,Team|Besprechung,,",
        "3,2026-10-25 02:15:00.0,1792886390.1,burgdorf,Kern,CONNECT,910,1792886390.2,3",
        "4,2026-10-25 02:15:00.0,1792890890.7,burgdorf,NONE,ENTERQUEUE,,0511123456,1",
        "5,2026-10-25 02:20:00.0,1792890890.7,burgdorf,Kern,CONNECT,300,1792890890.8,3",
        "6,2026-10-25 02:25:00.0,1792890890.7,burgdorf,Kern,COMPLETECALLER,300,300,1",
    ]
    night = datetime(2026, 10, 25, 20, tzinfo=UTC)
    with days_later(0, night):
        dump = write(tmp_path / "a.csv", (head + "\n".join(rows) + "\n").encode())
        run("ingest", "queue-log-table", dump, "--source", "table")
    before = lasting()
    for days in (1.1, 31):
        retain(days, night)
        assert others(lasting()) == others(before)
        after = lasting()
        assert rebuilt() == after


def test_two_agents_in_one_call_stay_two(tmp_path: Path):
    """A transfer: the end of the first talk is told after the second has begun."""
    told = """
        08:00:00|1772434800.1|burgdorf|NONE|ENTERQUEUE||05136111|1
        08:00:10|1772434800.1|burgdorf|Kern|CONNECT|10|1.2|9
        08:01:00|1772434800.1|burgdorf|NONE|ENTERQUEUE||05136111|1
        08:01:05|1772434800.1|burgdorf|0511123456|CONNECT|5|1.3|4
        08:01:06|1772434800.1|burgdorf|0511123456|BLINDTRANSFER|01761234567|ext|5|1|1
        08:01:09|1772434800.1|burgdorf|Kern|COMPLETEAGENT|10|59|1
    """
    with days_later(0):
        ingest(write(tmp_path / "queue_log", lines(DAY, told)))
    before = select("SELECT talk_s, ended_by FROM stay ORDER BY stay_no")
    retain(31)
    run("rebuild")
    assert select("SELECT talk_s, ended_by FROM stay ORDER BY stay_no") == before == [(59, "agent"), (1, "blind")]
    agents = [agent for (agent,) in select("SELECT agent FROM stay ORDER BY stay_no")]
    assert len(set(agents)) == 2
    assert not [line for line in payloads() if b"Kern" in line or b"0511123456" in line]


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", [1, 4, 9, 20, 33])
def test_ended_between_batches_and_begun_again(after: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redacting, "BATCH", 80)
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
    written = redacting.write_payloads
    calls = 0

    def write_and_die(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        written(*arguments)  # type: ignore[arg-type]
        if calls == after:
            raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(redacting, "write_payloads", write_and_die)
        try:
            retain(31, RECORDED)
        except Killed:
            # Each batch is whole, so a rebuild in the middle tells no other figures.
            figures = meaning("fact_day", "fact_interval")
            rows = snapshot("call", "stay")
            run("rebuild")
            assert meaning("fact_day", "fact_interval") == figures
            assert snapshot("call", "stay") == rows
    retain(31, RECORDED)
    after_all = lasting()
    assert rebuilt() == after_all
    assert callers_left() == set()
    capture.check_queues()
    capture.check_partners()


def test_killed_inside_a_transaction():
    """The process waits for a table in the middle of its work, and dies there: nothing of that batch remains."""
    ingest(OLDER, NEWER)
    with transaction() as session:
        session.execute(text("UPDATE raw_event SET received_at = received_at - interval '40 days'"))
    before, said = lasting(), payloads()
    waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'raw_event'::regclass"
    command = [sys.executable, "-m", "wfm.cli", "privacy", "retain"]
    with transaction() as session:
        session.execute(text("LOCK TABLE raw_event IN EXCLUSIVE MODE"))
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        try:
            wait_for(lambda: select(waiting) or process.poll() is not None)
            ((backend,),) = select(waiting)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
    wait_for(lambda: not select("SELECT FROM pg_stat_activity WHERE pid = :backend", backend=backend))
    assert (lasting(), payloads()) == (before, said)
    run("privacy", "retain")
    capture.check_queues()
    capture.check_partners()
    assert callers_left() == set()


def wait_for(condition: object) -> None:
    until = time.monotonic() + 120
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def test_simulated_lines_are_left_alone(tmp_path: Path):
    told = "08:00:00|NONE|NONE|NONE|WFMGENERATED|\n08:00:01|1.1|burgdorf|NONE|ENTERQUEUE||05136111222|1"
    with days_later(0):
        ingest(write(tmp_path / "queue_log", lines(DAY, told)))
    before = payloads()
    assert retain(400) == {}
    assert payloads() == before
