"""Quarantine's pages, files and interface say where a thing stood: file and line, or its place in a request."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.conftest import Callers, event, project
from tests.flows.exchange import run, write
from tests.telephony.test_quarantine_places import ROWS, places


def test_events_over_http(empty: Callers) -> None:
    good, strange = event(1, "call.offered", call="a", queue="q"), event(2, "call.unheard_of", call="a")
    admin = empty("admin")
    admin.send(good, good, {**good, "type": "call.abandoned"}, strange, source="acd")
    project()
    assert places() == {(None, None, 3, "conflict"), (None, None, 4, "unknown_event")}
    assert {(row["file"], row["item"]) for row in admin.get("/api/v1/quarantine").json["items"]} == {
        (None, 3),
        (None, 4),
    }
    page = empty("admin", page=True)
    assert "HTTP, Ereignis 4 der Sendung" in page.get("/quarantaene").text
    assert "HTTP, Ereignis 3 der Sendung" in page.get("/quarantaene/1").text
    assert "3 der HTTP-Sendung" in run("quarantine", "show", 1)


def test_a_page_and_its_file_show_file_and_line(empty: Callers, tmp_path: Path) -> None:
    run("ingest", "queue-log-table", write(tmp_path / "dump.csv", ROWS), "--source", "table")
    page = empty("admin", page=True)
    assert "dump.csv" in page.get("/quarantaene").text
    assert "dump.csv" in page.get("/quarantaene/1").text
    told = page.get("/quarantaene?liste=zeilen-in-quarantaene&format=csv").text
    assert any("dump.csv" in line and ";3;" in line for line in told.splitlines())
    [number] = [row["id"] for row in json.loads(run("quarantine", "list", "--format", "json")) if row["line"] == 3]
    shown = run("quarantine", "show", number)
    assert "dump.csv" in shown
    assert "Zeile:" in shown
