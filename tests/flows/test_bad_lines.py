"""Garbage in the log, trouble with its files: no bad byte loses a good one, and whoever runs it sees what was bad."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner

from tests.flows.exchange import add, execute, ingest, lines, queues, report, run, select, snapshot, write
from wfm.cli import cli

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-03-02"
BEFORE = """
    09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    09:00:18|1.1|ausweise|kern|CONNECT|18|1.2|17
"""
BEHIND = """
    09:03:20|1.1|ausweise|kern|COMPLETEAGENT|18|182|1
    09:10:00|1.3|ausweise|NONE|ENTERQUEUE||05136124|1
    09:10:40|1.3|ausweise|NONE|ABANDON|1|1|40
"""
GOOD = {"offered": 2, "answered": 1, "abandoned": 1, "talk_s": 182, "wait_s_answered": 18, "wait_s_abandoned": 40}


def figures(month: str = DAY) -> dict[str, Any]:
    total = queues(month, "2026-03-03", "day")["total"]
    return {name: total[name] for name in GOOD}


def quarantined() -> list[tuple[str, str, int]]:
    """File, reason and line number of what could not be read."""
    rows = json.loads(run("quarantine", "list", "--format", "json"))
    return [(row["file"], row["reason"], row["line"]) for row in rows]


BAD = {
    "garbage": (b"\x07 !garbage! \x1b[0m", "too_few_fields"),
    "garbage with bars": (b"|||||||", "time"),
    "NUL bytes": (b"\0" * 512, "nul_byte"),
    "a NUL byte in a good line": (b"1772438420|1.1|ausweise|NONE|ABAN\0DON|1|1|9", "nul_byte"),
    "half a line": (b"1772438420|1.1|ausw", "too_few_fields"),
    "half a number": (b"1772438420|1.1|ausweise|kern|COMPLETEAGENT|1", "data"),
    "another encoding": ("1772438420|NONE|ausweise|kern|PAUSE|Rückruf".encode("latin-1"), "encoding"),
    "an unknown event": (b"1772438420|1.1|ausweise|kern|FLYTOMOON|1|1|9", "unknown_event"),
    "a time that is none": (b"17724384x0|1.1|ausweise|NONE|ABANDON|1|1|9", "time"),
    "a time before there were telephones": (b"12|1.1|ausweise|NONE|ABANDON|1|1|9", "time"),
    "a word for a number": (b"1772438420|1.1|ausweise|NONE|ABANDON|1|1|soon", "data"),
    "centuries of waiting": (b"1772438420|1.1|ausweise|NONE|ABANDON|1|1|9999999999", "data"),
    "a field without end": (b"1772438420|1.1|" + b"a" * 5_000 + b"|NONE|ABANDON|1|1|9", "field_too_long"),
    "10 MB in a line": (b"1772438420|1.1|ausweise|NONE|ABANDON|" + b"9" * 10_000_000, "line_too_long"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD)
def test_a_bad_line_among_good_ones(bad: bytes, reason: str, tmp_path: Path):
    ingest(write(tmp_path / "queue_log", lines(DAY, BEFORE), bad, b"\n", lines(DAY, BEHIND)), batch=2)
    assert figures() == GOOD
    assert quarantined() == [("queue_log", reason, 3)]
    [kept] = select("SELECT payload FROM raw_event WHERE position = :place", place=len(lines(DAY, BEFORE)))
    assert bytes(kept[0]) == bad[:65_536]  # as received; of an endless line the beginning


def test_all_bad_lines_at_once_in_any_cut(tmp_path: Path):
    told = [lines(DAY, BEFORE), lines(DAY, BEHIND)]
    bad = [one for one, _ in BAD.values()]
    content = told[0] + b"\n".join(bad) + b"\n" + told[1]
    for batch in (1, 3, 1_000):
        source = f"cut-{batch}"
        file = write(tmp_path / source, content)
        run("ingest", "queue-log", file, "--source", source, "--system", source, "--batch-size", batch)
    assert figures() == {name: 3 * value for name, value in GOOD.items()}
    wanted = [(reason, line) for line, (_, reason) in enumerate(BAD.values(), 3)]
    assert sorted(quarantined()) == sorted((f"cut-{batch}", *one) for batch in (1, 3, 1_000) for one in wanted)


def test_a_line_that_is_none_is_no_trouble(tmp_path: Path):
    """Empty lines, and lines ended as in Windows."""
    told = lines(DAY, BEFORE + BEHIND).replace(b"\n", b"\r\n\r\n")
    ingest(write(tmp_path / "queue_log", told))
    assert (figures(), quarantined()) == (GOOD, [])


TORN = {
    "NUL bytes of a file system that lost its power": b"\0" * 40,
    "half a line": b"1772438420|1.1|ausw",
    "half a time": b"17724",
    "a line whole but for its end": b"1772438420|1.1|ausweise|kern|RINGNOANSWER|1",
}


@pytest.mark.parametrize("torn", TORN.values(), ids=TORN)
def test_the_first_line_after_a_crash_stands_behind_a_torn_one(torn: bytes, tmp_path: Path):
    """Asterisk appends: its QUEUESTART goes on where the power failed. Missed, everything open stayed so for hours."""
    told = """
        09:00:00|MANAGER|ausweise|kern|ADDMEMBER|
        09:00:10|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    """
    restart = "09:30:00|NONE|NONE|NONE|QUEUESTART|"
    ingest(write(tmp_path / "queue_log", lines(DAY, told), torn, lines(DAY, restart)))
    assert select("SELECT outcome, ended_by FROM stay") == [("lost", "restart")]
    assert select("SELECT ends_at IS NULL FROM agent_span") == [(False,)]
    assert [(file, line) for file, _, line in quarantined()] == [("queue_log", 3)]
    before = snapshot()
    run("quarantine", "retry", "--all")  # of such a line all was read that can be
    assert snapshot() == before
    run("rebuild")
    assert snapshot() == before
    assert [(file, line) for file, _, line in quarantined()] == [("queue_log", 3)]


def test_what_is_bad_is_visible_and_makes_reports_incomplete(tmp_path: Path):
    bad, _ = BAD["half a line"]
    ingest(write(tmp_path / "queue_log", lines(DAY, BEFORE), bad, b"\n", lines(DAY, BEHIND)))
    found = queues(DAY, "2026-03-03", "day")
    assert not found["complete"]
    [gap] = found["gaps"]
    assert (gap["source"], gap["kind"], gap["count"]) == ("pbx", "unreadable", 1)
    assert (gap["start"], gap["end"]) == ("2026-03-02T09:00:18+01:00", "2026-03-02T09:03:20+01:00")  # its neighbours
    [total] = report("completeness", "--month", "2026-03")["totals"]
    assert (total["arrived"], total["unreadable"]) == (5, 1)
    assert queues("2026-03-03", "2026-03-04", "day")["complete"]  # another day is not concerned


def test_an_unknown_event_costs_nothing_and_can_be_declared_noise(tmp_path: Path):
    bad, _ = BAD["an unknown event"]
    ingest(write(tmp_path / "queue_log", lines(DAY, BEFORE), bad, b"\n", lines(DAY, BEHIND)))
    assert queues(DAY, "2026-03-03", "day")["complete"]
    run("quarantine", "retry", "--all")
    assert quarantined() == [("queue_log", "unknown_event", 3)]  # the reason is still there
    run("source", "set", "pbx", "--ignore-event", "FLYTOMOON")
    run("quarantine", "retry", "--all")
    assert quarantined() == []
    assert figures() == GOOD


def noon(minute: int) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T12:{minute:02}:00+01:00")


def test_events_from_the_future_wait_until_it_has_come(tmp_path: Path):
    told = """
        11:59:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        12:04:00|1.1|ausweise|NONE|ABANDON|1|1|300
        12:06:00|1.3|ausweise|NONE|ENTERQUEUE||05136124|1
        12:07:00|1.3|ausweise|NONE|ABANDON|1|1|60
    """
    with time_machine.travel(noon(0), tick=False):
        ingest(write(tmp_path / "queue_log", lines(DAY, told)))
        assert figures()["abandoned"] == 1  # four minutes ahead: a clock may be a little fast
        assert quarantined() == [("queue_log", "future", 3), ("queue_log", "future", 4)]
        run("quarantine", "retry", "--all")
        assert len(quarantined()) == 2
        assert not queues(DAY, "2026-03-03")["complete"]
    with time_machine.travel(noon(10).replace(hour=18), tick=False):
        run("quarantine", "retry", "--all")
        assert quarantined() == []
        assert figures()["abandoned"] == 2
        assert queues(DAY, "2026-03-03")["complete"]
        before = snapshot()
        run("rebuild")
        assert snapshot() == before


def test_an_empty_file(tmp_path: Path):
    ingest(write(tmp_path / "queue_log"))
    assert select("SELECT count(*) FROM raw_event") == [(0,)]
    ingest(write(tmp_path / "queue_log", lines(DAY, BEFORE + BEHIND)))
    assert figures() == GOOD


def test_a_last_line_without_an_end_waits_for_it(tmp_path: Path):
    """It may be half a line: `…|ABANDON|1|1|4` would be a wait of 4 s."""
    told = lines(DAY, BEFORE + BEHIND)
    log = write(tmp_path / "queue_log", told[:-2])
    result = CliRunner().invoke(cli, ["ingest", "queue-log", str(log), "--source", "pbx"], catch_exceptions=False)
    assert (result.exit_code, "queue_log" in result.stderr) == (0, True)
    assert figures() == GOOD | {"abandoned": 0, "wait_s_abandoned": 0}
    ingest(add(log, told[-2:]))
    assert (figures(), quarantined()) == (GOOD, [])


def test_a_log_truncated_in_place(tmp_path: Path):
    """logrotate's copytruncate keeps the inode; the file grows again beyond where it was read."""
    log = write(tmp_path / "queue_log", lines(DAY, BEFORE))
    ingest(log)
    with log.open("r+b") as file:
        file.truncate()
        file.write(lines(DAY, BEHIND))
    ingest(log)
    assert figures() == GOOD
    assert select("SELECT count(*) FROM stream") == [(2,)]
    more = "".join(f"10:00:{second:02}|9.{second}|ausweise|NONE|ENTERQUEUE||0|1\n" for second in range(10))
    with log.open("r+b") as file:
        file.truncate()
        file.write(lines(DAY, more))
    ingest(log)
    assert figures()["offered"] == 12


def test_a_file_number_used_again(tmp_path: Path):
    """A log deleted and begun anew may get the same inode and the same name: it is another generation."""
    for told in (BEFORE, BEHIND):
        log = write(tmp_path / "queue_log", lines(DAY, told))
        ingest(log)
        log.unlink()
    assert figures() == GOOD
    assert select("SELECT name, position > 0 FROM stream ORDER BY id") == [("queue_log", True)] * 2


def test_two_generations_that_begin_with_the_same_line(tmp_path: Path):
    first = "09:00:00|NONE|NONE|NONE|CONFIGRELOAD|"
    for told in (BEFORE, BEHIND):
        ingest(write(tmp_path / "queue_log", lines(DAY, first), lines(DAY, told)))
    assert figures() == GOOD


def test_equal_lines_in_the_same_second_are_two(tmp_path: Path):
    ringing = "09:00:05|1.1|ausweise|lang|RINGNOANSWER|1000\n" * 2
    told = lines(DAY, BEFORE.replace("09:00:18", f"{ringing}09:00:18") + BEHIND)
    ingest(write(tmp_path / "queue_log", told), batch=3)
    assert select("SELECT callid, attempts_failed FROM stay ORDER BY callid") == [("1.1", 2), ("1.3", 0)]
    ingest(write(tmp_path / "copy", told[10:]))  # another first line, so another stream
    assert select("SELECT callid, attempts_failed FROM stay ORDER BY callid") == [("1.1", 2), ("1.3", 0)]
    assert figures() == GOOD


def test_queues_agents_and_numbers_that_nobody_knows(tmp_path: Path):
    told = """
        09:00:00|1.1|neu|NONE|DID|495110999
        09:00:00|1.1|neu|NONE|ENTERQUEUE||05136123|1
        09:00:18|1.1|neu|SIP/77|CONNECT|18|1.2|17
        09:03:20|1.1|neu|SIP/77|COMPLETEAGENT|18|182|1
    """
    ingest(write(tmp_path / "queue_log", lines(DAY, told)))
    assert select("SELECT name, mapped FROM queue") == [("neu", False)]
    found = report("unmapped", "--month", "2026-03")["rows"]
    assert [(row["kind"], row["name"], row["count"]) for row in found] == [
        ("number", "495110999", 1),
        ("queue", "neu", 1),
    ]
    [row] = report("agents", "--from", DAY, "--to", "2026-03-03")["rows"]
    assert (row["agent"], row["answered"]) == ("SIP/77", 1)
    usage = report("usage", "--month", "2026-03")
    assert (usage["unattributed"]["calls"], usage["total"]["calls"]) == (1, 1)


def test_garbage_that_looks_like_a_call_stops_nothing(tmp_path: Path):
    """More telephones rung in vain than a small number can hold; the good call behind them is counted."""
    ringing = lines(DAY, "09:00:05|1.1|ausweise|lang|RINGNOANSWER|1000") * 40_000
    told = lines(DAY, BEFORE + BEHIND).splitlines(keepends=True)
    ingest(write(tmp_path / "queue_log", told[0], ringing, *told[1:]))
    assert figures() == GOOD


def test_what_was_damaged_by_hand_does_not_come_back(tmp_path: Path):
    """That `figures` reads what is counted: the test of the tests above."""
    ingest(write(tmp_path / "queue_log", lines(DAY, BEFORE + BEHIND)))
    execute("UPDATE fact_interval SET answered = answered + 1")
    assert figures() != GOOD
