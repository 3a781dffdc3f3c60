"""A call that goes on under another id is one call, however its lines come, and stays one when persons in it go.

The lines are those of a real Asterisk 22.10: a telephone that passes a citizen on by REFER into a queue where its own
call still waits (1.0 and 2.0), and a local channel optimised away in mid-talk (4.0 and 3.0).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows import capture
from tests.flows.exchange import agents, ingest, lines, meaning, queues, run, select, snapshot, usage, write
from tests.privacy.held import days_later, lasting, retain
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.reporting.drilldown import call, raw_events

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-03-02"
BEGUN = """
    10:00:00|1.0|hannover_allgemein|NONE|DID|495136000010
    10:00:00|1.0|hannover_allgemein|NONE|ENTERQUEUE||05136111222|1
    10:00:01|1.0|hannover_allgemein|kern|CONNECT|1|1.1|0
    10:00:03|2.0|burgdorf|NONE|ENTERQUEUE||4711|1|consult
    10:00:04|3.0|burgdorf|NONE|ENTERQUEUE||05136111333|1
    10:00:05|3.0|burgdorf|kurz|CONNECT|1|3.1|1
    10:00:05|1.0|hannover_allgemein|kern|ATTENDEDTRANSFER|APP|Queue|1|4|1
"""
GOES_ON = """
    10:00:10|4.0|burgdorf|kurz|COMPLETEAGENT|1|5|1
    10:00:11|1.0|burgdorf|lang|CONNECT|8|1.2|2
    10:00:20|1.0|burgdorf|lang|COMPLETEAGENT|8|9|1
    10:00:30|5.0|burgdorf|NONE|ENTERQUEUE||05136111444|1
    10:00:36|5.0|burgdorf|NONE|ABANDON|1|1|6
"""
RIGHT = [
    ("1.0", ["2.0"], "hannover_allgemein", "answered", 1, 4, "kern"),
    ("1.0", ["2.0"], "burgdorf", "answered", 8, 9, "lang"),
    ("4.0", ["3.0"], "burgdorf", "answered", 1, 5, "kurz"),
    ("5.0", None, "burgdorf", "abandoned", 6, None, None),
]


def stays() -> list[tuple]:
    return select(
        """SELECT callid, also, s.queue, outcome, wait_s, s.talk_s, agent
           FROM stay s JOIN call USING (system_id, callid, nth) ORDER BY callid, nth, stay_no"""
    )


def halves(folder: Path) -> tuple[Path, Path]:
    return write(folder / "queue_log.0", lines(DAY, BEGUN)), write(folder / "queue_log", lines(DAY, GOES_ON))


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_in_any_order_and_any_cut(batch: int, tmp_path: Path):
    capture.know_partners(tmp_path)
    older, newer = halves(tmp_path)
    whole = write(tmp_path / "whole.log", lines(DAY, BEGUN + GOES_ON))
    orders = [(older, newer), (newer, older), (whole,), (newer, older, whole)]
    found = []
    for number, files in enumerate(orders):
        for file in files:
            run(
                "ingest",
                "queue-log",
                file,
                "--source",
                f"pbx{number}",
                "--system",
                f"pbx{number}",
                "--batch-size",
                batch,
            )
        made = snapshot("call", "stay")
        run("rebuild")
        assert snapshot("call", "stay") == made
        found.append(meaning("call", "stay"))
        run("rebuild", "--from", DAY, "--to", "2026-03-03")
        assert snapshot("call", "stay") == made
        assert stays() == [row for row in RIGHT for _ in range(number + 1)]


def test_while_it_happens(tmp_path: Path):
    """Until the citizen's own id is heard of in the queue, the consulting call is a call."""
    capture.know_partners(tmp_path)
    older, newer = halves(tmp_path)
    ingest(older)
    assert [(row[0], row[2], row[3]) for row in stays()] == [
        ("1.0", "hannover_allgemein", "answered"),
        ("2.0", "burgdorf", "open"),
        ("3.0", "burgdorf", "answered"),
    ]
    ingest(newer)
    assert stays() == RIGHT
    [burgdorf] = [row for row in queues(DAY, "2026-03-03")["totals"] if row["queue"] == "burgdorf"]
    assert (burgdorf["offered"], burgdorf["answered"], burgdorf["abandoned"], burgdorf["open"]) == (3, 2, 1, 0)
    assert (burgdorf["talk_s"], burgdorf["wait_s_answered"], burgdorf["talk_unknown"]) == (14, 9, 0)
    [row] = [row for row in usage("2026-03")["rows"] if row["partner"] == "03241003"]
    assert (row["calls"], row["stays"], row["talk_s"]) == (1, 2, 13), "the consulting call was the citizen's"
    assert usage("2026-03")["unattributed"]["calls"] == 2
    talks = {row["agent"]: row["talk_s"] for row in agents(DAY, "2026-03-03")["rows"]}
    assert talks == {"kern": 4, "kurz": 5, "lang": 9}


def test_it_opens_to_the_lines_of_both_ids(tmp_path: Path):
    capture.know_partners(tmp_path)
    ingest(*halves(tmp_path))
    viewer = Viewer("supervisor", Role.SUPERVISOR)
    with transaction() as session:
        assert call(session, viewer, "main", "1.0", 0)["also"] == ["2.0"]
        told = [event["line"].split("|")[1:5:3] for event in raw_events(session, viewer, "main", "1.0", 0)]
    words = ["DID", "ENTERQUEUE", "CONNECT", "ENTERQUEUE", "ATTENDEDTRANSFER", "CONNECT", "COMPLETEAGENT"]
    assert told == [["2.0" if number == 3 else "1.0", word] for number, word in enumerate(words)]


def test_it_stays_one_call_when_persons_go(tmp_path: Path):
    capture.know_partners(tmp_path)
    with days_later(0):
        ingest(*halves(tmp_path))
    for days in (1.1, 31):
        retain(days)
        rows = stays()
        assert [row[:6] for row in rows] == [row[:6] for row in RIGHT]
        held = lasting()
        with days_later(days):
            run("rebuild")
        assert lasting() == held
    assert [bool(row[6]) and row[6].startswith("pseudonym_") for row in rows] == [True, True, True, False]
