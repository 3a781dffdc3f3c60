"""Quarantine says file and line of every kind of file, and of an event over HTTP its place in the request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.api.conftest import event
from tests.flows.exchange import execute, run, write

pytestmark = pytest.mark.usefixtures("database")

ROWS = b"""id,time,callid,queuename,agent,event,data1
5,2026-06-09 09:00:00,NONE,NONE,NONE,CONFIGRELOAD,
9,2026-06-09 09:02:00,c3,a,NONE,FOO,
7,2026-06-09 09:01:00,c2,a,NONE,ENTERQUEUE
8,2026-06-09 09:01:30,c2,a,NONE,BAR,
x,2026-06-09 09:01:30,c2,a,NONE,ABANDON,
5,2026-06-09 09:00:00,c1,another,NONE,ENTERQUEUE,
"""
MAP = b"""delimiter = ";"
header = true
answered_by = "agent"
[fields]
call = "id"
start = "start"
queue = "queue"
[[outcome]]
is = "abandoned"
when = { end = "ok" }
"""


def places() -> set[tuple[str | None, int | None, int | None, str]]:
    """File, line, place in a request, and reason."""
    rows = json.loads(run("quarantine", "list", "--format", "json"))
    return {(row["file"], row["line"], row["item"], row["reason"]) for row in rows}


def told(*events: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in events)


@pytest.mark.parametrize("later", [False, True], ids=["at once", "read again later"])
def test_a_dump_of_a_table(tmp_path: Path, later: bool) -> None:
    run("ingest", "queue-log-table", write(tmp_path / "dump.csv", ROWS), "--source", "table")
    if later:
        execute("DELETE FROM quarantine WHERE reason = 'unknown_event'")
        run("rebuild")
    assert places() == {
        ("dump.csv", 3, None, "unknown_event"),
        ("dump.csv", 4, None, "columns"),
        ("dump.csv", 5, None, "unknown_event"),
        ("dump.csv", 6, None, "id"),
        ("dump.csv", 7, None, "conflict"),
    }


def test_two_dumps_of_a_table_are_told_apart(tmp_path: Path) -> None:
    run("ingest", "queue-log-table", write(tmp_path / "monday.csv", ROWS), "--source", "table")
    more = ROWS + b"12,2026-06-09 09:03:00,c3,a,NONE,BAZ,\n"
    run("ingest", "queue-log-table", write(tmp_path / "tuesday.csv", more), "--source", "table")
    assert ("tuesday.csv", 8, None, "unknown_event") in places()
    assert ("monday.csv", 3, None, "unknown_event") in places()


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_two_files_of_events_at_one_instant(tmp_path: Path) -> None:
    for number in (1, 2):
        strange = event(number, "call.unheard_of", call="a")
        run("ingest", "events", write(tmp_path / f"{number}.jsonl", b"\n" * number + told(strange)), "--source", "ivr")
    assert places() == {("1.jsonl", 2, None, "unknown_event"), ("2.jsonl", 3, None, "unknown_event")}


def test_a_file_of_events(tmp_path: Path) -> None:
    good = event(1, "call.offered", call="a", queue="q")
    strange = event(2, "call.unheard_of", call="a")
    future = event(3, "call.offered", call="b", queue="q") | {"time": "2090-01-01T00:00:00+01:00"}
    content = told(good) + b"\n\nno event\n" + told(good, good | {"type": "call.abandoned"}, strange, future)
    run("ingest", "events", write(tmp_path / "events.jsonl", content), "--source", "ivr")
    assert places() == {
        ("events.jsonl", 3, None, "events.not_json"),
        ("events.jsonl", 5, None, "conflict"),
        ("events.jsonl", 6, None, "unknown_event"),
        ("events.jsonl", 7, None, "future"),
    }


def test_call_detail_records(tmp_path: Path) -> None:
    rows = b"id;start;queue;end\n1;2026-06-09 09:00:00;a;ok\n\n2;2026-06-09 09:00:00;a;lost\n3;when;a;ok\n"
    arguments = ("--map", write(tmp_path / "map.toml", MAP), "--source", "records")
    run("ingest", "cdr", write(tmp_path / "june.csv", rows), *arguments)
    assert places() == {("june.csv", 4, None, "unknown_outcome"), ("june.csv", 5, None, "time")}
