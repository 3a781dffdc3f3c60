"""From figures to calls to raw lines, and nothing of callers or agents on the way."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm import ingest
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import engine
from wfm.core.errors import BadInput, NotAllowed, NotFound
from wfm.core.intervals import Days, Month
from wfm.directory.rules.numbers import area_code, canonical_number
from wfm.directory.service import attribution_tables
from wfm.reporting.drilldown import Cell, call, calls, raw_events
from wfm.reporting.queries import definition, queue_report, usage_report

from .conftest import CAPTURE, know_directory

DATA = Path(__file__).parents[1] / "data" / "asterisk"
JUNE = Month(2026, 6)
DAY = Days(date(2026, 6, 9), date(2026, 6, 10))
ALL = Cell(JUNE.days.begins_at, JUNE.days.ends_at)
SUPERVISOR = Viewer("supervisor", Role.SUPERVISOR)
BURGDORF = Viewer("Burgdorf", Role.MUNICIPALITY, partner="03241003")


def found(session: Session, cell: Cell, viewer: Viewer = SUPERVISOR) -> list[dict[str, Any]]:
    return calls(session, viewer, cell, None, 500).items


def key(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["system"], row["callid"], row["nth"]


def test_each_usage_figure_leads_to_as_many_calls(session: Session):
    report = usage_report(session, JUNE, definition(session, JUNE.first))
    for row in [*report["rows"], {**report["unattributed"], "partner": ""}]:
        cell = replace(ALL, partner=row["partner"])
        assert len(found(session, cell)) == row["calls"]
        assert len(found(session, replace(cell, result="answered"))) == row["calls_answered"]
        assert len(found(session, replace(cell, result="refused"))) == row["calls_refused"]
        assert sum(each["talk_s"] for each in found(session, cell)) == row["talk_s"]
        for service in row.get("by_service", ()):
            assert len(found(session, replace(cell, service=service["service"] or ""))) == service["calls"]
    for method, quality in report["attribution"].items():
        assert len(found(session, replace(ALL, method=method))) == quality["calls"]
    for likely in report["unattributed"]["likely"]:
        assert len(found(session, replace(ALL, partner="", likely=likely["partner"]))) == likely["calls"]


def test_each_queue_figure_leads_to_its_stays(session: Session):
    report = queue_report(session, DAY, "60", definition(session, DAY.start))
    for row in report["rows"]:
        start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
        cell = Cell(start, end, queue=row["queue"])
        for outcome in ("offered", "answered", "abandoned", "refused"):
            assert stays(session, replace(cell, outcome=outcome)) == row[outcome], (row["queue"], start, outcome)
        for reason, number in row["left"].items():
            assert stays(session, replace(cell, outcome=reason)) == number


def stays(session: Session, cell: Cell) -> int:
    """How many stays of the calls that a cell leads to are in the cell."""
    return sum(
        stay["queue"] == cell.queue
        and cell.starts_at <= datetime.fromisoformat(stay["entered_at"]) < cell.ends_at
        and (stay["outcome"] == cell.outcome or (cell.outcome == "offered" and stay["outcome"] != "refused"))
        for row in found(session, cell)
        for stay in call(session, SUPERVISOR, *key(row))["stays"]
    )


def test_pages_hold_every_call_once_in_order(session: Session):
    everything, cursor = [], None
    while True:
        page = calls(session, SUPERVISOR, ALL, cursor, 7)
        everything += page.items
        cursor = page.next
        if cursor is None:
            break
    assert len({key(row) for row in everything}) == len(everything) == 300
    assert [row["started_at"] for row in everything] == sorted(row["started_at"] for row in everything)
    assert everything == found(session, ALL)


def test_a_call_with_two_stays_and_its_lines(session: Session):
    """A blind transfer back into the same queue, by hand from the log: waits of 42 and 5 s, talk of 156 and 22 s."""
    row = call(session, SUPERVISOR, "main", "1780988861.19", 0)
    assert [(stay["queue"], stay["outcome"], stay["wait_s"], stay["talk_s"]) for stay in row["stays"]] == [
        ("hannover_allgemein", "answered", 42, 156),
        ("hannover_allgemein", "answered", 5, 22),
    ]
    assert row["attribution"] == {
        "partner": "03241001",
        "name": "Hannover",
        "likely": None,
        "method": "dialled_number",
        "confidence": "firm",
        "dialled": "495110000168",
        "caller": "0511 ***",
    }
    first, second = (stay["agent"] for stay in row["stays"])
    assert first != second
    lines = [event["line"] for event in raw_events(session, SUPERVISOR, "main", "1780988861.19", 0)]
    assert lines == [
        "1780988862|1780988861.19|hannover_allgemein|NONE|DID|495110000168",
        "1780988863|1780988861.19|hannover_allgemein|NONE|ENTERQUEUE||0511 ***|1|",
        f"1780988895|1780988861.19|hannover_allgemein|{first}|RINGNOANSWER|1000",
        f"1780988904|1780988861.19|hannover_allgemein|{first}|CONNECT|42|1780988899.25|4",
        f"1780989060|1780988861.19|hannover_allgemein|{first}|BLINDTRANSFER|qhannover_allgemein|transfer|42|156|1",
        "1780989061|1780988861.19|hannover_allgemein|NONE|DID|495110000168",
        "1780989061|1780988861.19|hannover_allgemein|NONE|ENTERQUEUE||0511 ***|1|",
        f"1780989066|1780988861.19|hannover_allgemein|{second}|CONNECT|5|1780989062.51|4",
        f"1780989088|1780988861.19|hannover_allgemein|{second}|COMPLETECALLER|5|22|1",
    ]


def test_a_municipality_sees_its_own_calls_only(session: Session):
    own = found(session, ALL, BURGDORF)
    assert len(own) == 55
    assert {row["attribution"]["partner"] for row in own} == {"03241003"}
    assert call(session, BURGDORF, *key(own[0]))["stays"]
    with pytest.raises(NotFound):
        found(session, replace(ALL, partner="03241001"), BURGDORF)
    with pytest.raises(NotFound):
        found(session, replace(ALL, partner=""), BURGDORF)
    with pytest.raises(NotFound) as foreign:
        call(session, BURGDORF, "main", "1780988861.19", 0)
    with pytest.raises(NotFound) as missing:
        call(session, BURGDORF, "main", "1.1", 0)
    assert foreign.value.code == missing.value.code == "call.unknown"
    assert raw_events(session, BURGDORF, *key(own[0]))
    with pytest.raises(NotFound):
        raw_events(session, BURGDORF, "main", "1780988861.19", 0)


def test_who_may_not_see_calls_sees_none(session: Session):
    with pytest.raises(NotAllowed):
        found(session, ALL, Viewer("agent", Role.AGENT))
    with pytest.raises(NotAllowed):
        raw_events(session, Viewer("agent", Role.AGENT), "main", "1780988861.19", 0)
    with pytest.raises(NotAllowed):
        call(session, Viewer("narrow", Role.ADMIN, scopes=frozenset({"usage.read"})), "main", "1780988861.19", 0)


def test_what_does_not_exist_is_not_found(session: Session):
    for name in (("main", "1780988861.19", 1), ("other", "1780988861.19", 0), ("main", "x\0y", 0)):
        with pytest.raises(NotFound):
            call(session, SUPERVISOR, *name)
        with pytest.raises(NotFound):
            raw_events(session, SUPERVISOR, *name)
    with pytest.raises(BadInput):
        replace(ALL, outcome="lucky")
    with pytest.raises(BadInput):
        calls(session, SUPERVISOR, ALL, "nonsense", 10)


def test_nothing_of_callers_and_agents_in_any_output(session: Session):
    check_privacy(session)


def test_nor_where_the_realtime_table_and_events_tell_of_the_calls(database: str, tmp_path: Path):
    know_directory()
    ingest.ingest_table("table", timezone="Europe/Berlin", file=DATA / "queue_log_realtime.csv")
    events = tmp_path / "events.jsonl"
    events.write_text("".join(json.dumps(event) + "\n" for event in as_events()))
    ingest.ingest_events(events, "http")
    ingest.project_all()
    with Session(engine()) as session:
        assert session.scalar(text("SELECT count(DISTINCT stream_id) FROM raw_event")) == 2
        check_privacy(session)


def as_events() -> list[dict[str, Any]]:
    """The beginning of the capture's calls once more, as CloudEvents."""
    events = []
    for number, fields in enumerate(capture_lines()):
        if fields[4] in ("ENTERQUEUE", "CONNECT"):
            data = {"call": fields[1], "queue": fields[2]}
            kind = "call.offered" if fields[4] == "ENTERQUEUE" else "call.answered"
            data |= {"caller": fields[6]} if fields[4] == "ENTERQUEUE" and fields[6] else {}
            data |= {"agent": fields[3], "wait_s": int(fields[5])} if fields[4] == "CONNECT" else {}
            at = datetime.fromtimestamp(int(fields[0])).astimezone().isoformat()
            head = {"specversion": "1.0", "id": str(number), "source": "pbx", "subject": fields[6] or "-"}
            events.append({**head, "type": kind, "time": at, "data": data})
    return events


def capture_lines() -> list[list[str]]:
    lines = [line for name in ("queue_log.0", "queue_log") for line in (CAPTURE / name).read_text().splitlines()]
    return [line.split("|") for line in lines]


def check_privacy(session: Session) -> None:
    """No digit of a subscriber's number, and no agent's name, in what is shown of any call of the capture."""
    agents = {fields[3] for fields in capture_lines()} - {"NONE", "1013"}
    assert len(agents) == 6
    named = re.compile("|".join([*(rf"\b{name}\b" for name in agents), "ag[01]", "Local/"]))
    callers = defaultdict(set)
    for fields in capture_lines():
        if fields[4] == "ENTERQUEUE" and (number := canonical_number(fields[6])):
            callers[fields[1]].add(number)
    codes = attribution_tables(session).area_codes
    events = 0
    for row in found(session, ALL):
        shown = [row, call(session, SUPERVISOR, *key(row))]
        for event in raw_events(session, SUPERVISOR, *key(row)):
            events += 1
            shown.append({name: value for name, value in event.items() if name != "received_at"})
        output = json.dumps(shown, ensure_ascii=False)
        assert not named.search(output), output
        for number in callers[row["callid"]]:
            known = area_code(number, codes)  # 05136; the number has 49 in place of the nought, or nothing
            subscriber = number.partition(known[1:])[2] if known else number[-5:]
            assert len(subscriber) >= 5
            assert subscriber not in output, (number, output)
    assert events > 1_000
