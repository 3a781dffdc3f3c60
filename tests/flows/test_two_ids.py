"""A call that goes on under another id is one call, however its lines come, and stays one when persons in it go.

The lines are those of a real Asterisk 22.10: a telephone that passes a citizen on by REFER into a queue where its own
call still waits (1.0 and 2.0), and a local channel optimised away in mid-talk (4.0 and 3.0).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows import capture
from tests.flows.closing import close, settle
from tests.flows.exchange import agents, ingest, lines, queues, run, select, snapshot, usage, write
from tests.privacy.held import days_later, lasting, retain
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.privacy.service import deleting
from wfm.queues.service import calls
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


LOCAL = """
    10:00:04|3.0|burgdorf|NONE|ENTERQUEUE||05136111333|1
    10:00:05|3.0|burgdorf|kurz|CONNECT|1|3.1|1
    10:00:10|4.0|burgdorf|kurz|COMPLETEAGENT|1|5|1
"""
#: Two parts of a log -> its calls and stays, in whatever order they are read: id, other ids, outcome, agent.
STORIES = {
    "a restart hours later changes nothing": (
        LOCAL,
        "11:05:00|NONE|NONE|NONE|QUEUESTART|",
        [("4.0", ["3.0"], "answered", "kurz")],
    ),
    "an agent hangs up on the consulting call before it is passed on": (
        BEGUN + "10:00:05|2.0|burgdorf|lang|AGENTDUMP|",
        GOES_ON,
        [
            ("1.0", ["2.0"], "answered", "kern"),
            ("1.0", ["2.0"], "answered", "lang"),
            ("4.0", ["3.0"], "answered", "kurz"),
            ("5.0", None, "abandoned", None),
        ],
    ),
    "an agent hangs up, and the exchange goes down": (
        "10:00:00|1.0|burgdorf|NONE|ENTERQUEUE||05136111222|1\n10:00:05|1.0|burgdorf|kern|AGENTDUMP|",
        "10:05:00|NONE|NONE|NONE|QUEUESTART|",
        [("1.0", None, "lost", None)],
    ),
    "two are passed on at once, and what fits best is told last": (
        """
        10:00:00|5.0|allgemein|NONE|ENTERQUEUE||05136111222|1
        10:00:00|6.0|allgemein|NONE|ENTERQUEUE||05136111223|1
        10:00:01|5.0|allgemein|kern|CONNECT|1|5.1|0
        10:00:01|6.0|allgemein|lang|CONNECT|1|6.1|0
        10:00:03|1.0|burgdorf|NONE|ENTERQUEUE||4711|1
        10:00:04|2.0|burgdorf|NONE|ENTERQUEUE||4712|1
        10:00:05|5.0|allgemein|kern|ATTENDEDTRANSFER|APP|Queue|1|4|1
        10:00:05|6.0|allgemein|lang|ATTENDEDTRANSFER|APP|Queue|1|4|1
        10:00:12|6.0|burgdorf|kurz|CONNECT|8|6.2|1
        10:00:15|6.0|burgdorf|kurz|COMPLETEAGENT|8|3|1
        """,
        """
        10:00:20|5.0|burgdorf|kurz|CONNECT|16|5.2|1
        10:00:25|5.0|burgdorf|kurz|COMPLETEAGENT|16|5|1
        """,
        [
            ("5.0", ["2.0"], "answered", "kern"),
            ("5.0", ["2.0"], "answered", "kurz"),
            ("6.0", ["1.0"], "answered", "lang"),
            ("6.0", ["1.0"], "answered", "kurz"),
        ],
    ),
    "passed on, and then a local channel optimised away": (
        BEGUN,
        "10:00:11|1.0|burgdorf|lang|CONNECT|8|1.2|2\n10:00:20|7.0|burgdorf|lang|COMPLETEAGENT|8|9|1",
        [
            ("3.0", None, "answered", "kurz"),
            ("7.0", ["1.0", "2.0"], "answered", "kern"),
            ("7.0", ["1.0", "2.0"], "answered", "lang"),
        ],
    ),
}


@pytest.mark.parametrize(("first", "second", "right"), STORIES.values(), ids=STORIES)
def test_stories(first: str, second: str, right: list[tuple], tmp_path: Path):
    parts = [write(tmp_path / name, lines(DAY, told)) for name, told in (("0", first), ("1", second))]
    whole = write(tmp_path / "whole", lines(DAY, f"{first}\n{second}"))
    orders = [(files, batch) for files in (parts, parts[::-1], [whole]) for batch in (1, 1_000)]
    for number, (files, batch) in enumerate(orders):
        name = f"pbx{number}"
        for file in files:
            run("ingest", "queue-log", file, "--source", name, "--system", name, "--batch-size", batch)
    told = "SELECT callid, also, outcome, agent FROM stay s JOIN call USING (system_id, callid, nth)"
    for again in ((), ("--from", DAY, "--to", "2026-03-03")):
        for number in range(len(orders)):
            where = f"JOIN system y ON y.id = s.system_id WHERE y.name = 'pbx{number}' ORDER BY 1, stay_no"
            assert select(f"{told} {where}") == right, orders[number]
        run("rebuild", *again)


def test_halves_of_two_calls_in_one_second_stay_apart_when_names_go(tmp_path: Path):
    with days_later(0):
        ingest(
            write(
                tmp_path / "queue_log",
                lines(
                    DAY,
                    """
                    10:00:04|1.0|burgdorf|NONE|ENTERQUEUE||05136111222|1
                    10:00:04|2.0|burgdorf|NONE|ENTERQUEUE||05136111333|1
                    10:00:05|1.0|burgdorf|kurz|CONNECT|1|1.1|1
                    10:00:05|2.0|burgdorf|lang|CONNECT|1|2.1|1
                    10:00:10|4.0|burgdorf|lang|COMPLETEAGENT|1|5|1
                    10:00:35|5.0|burgdorf|kurz|COMPLETEAGENT|1|30|1
                    """,
                ),
            )
        )
    retain(31)
    with days_later(31):
        run("rebuild")
    assert select("SELECT callid, also, talk_s FROM call ORDER BY 1") == [("4.0", ["2.0"], 5), ("5.0", ["1.0"], 30)]


def test_it_is_whose_it_was_in_a_month_that_closed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The halves were two calls when the month closed: as in every month closed by an older version."""
    capture.know_partners(tmp_path)
    with monkeypatch.context() as older:
        older.setattr(calls, "found_again", lambda calls: {})
        ingest(
            write(tmp_path / "queue_log", lines(DAY, f"09:59:00|3.0|burgdorf|NONE|DID|495136000010\n{LOCAL}")),
        )
    assert select("SELECT callid, partner FROM call ORDER BY 1") == [("3.0", "03241003"), ("4.0", None)]
    close("2026-03")
    run("rebuild")
    assert select("SELECT callid, also, partner FROM call") == [("4.0", ["3.0"], "03241003")]
    settle("2026-03")
    assert deleting.delete_calls(datetime(2027, 1, 1, tzinfo=UTC)) == 1
    assert select("SELECT callid FROM kept_attribution") == []


@pytest.mark.parametrize("who", [{}, {"agent": "kern"}])
def test_two_who_are_answered_are_two(who: dict[str, str], tmp_path: Path):
    """An answer of its own is no sign that a call goes on from another one, whether agents are named or not."""
    told = [
        ("09:00:00", "call.offered", {"call": "a"}),
        ("09:00:05", "call.answered", {"call": "a", **who}),
        ("09:00:05", "call.answered", {"call": "b", "wait_s": 5, **who}),
        ("09:00:30", "call.ended", {"call": "b", "talk_s": 25, **who}),
    ]
    events = [
        {"specversion": "1.0", "id": str(number), "source": "x", "type": kind, "time": f"{DAY}T{time}Z"}
        | {"data": {"queue": "burgdorf", **data}}
        for number, (time, kind, data) in enumerate(told)
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    run("ingest", "events", file, "--source", "other")
    assert select("SELECT callid, also FROM call ORDER BY 1") == [("a", None), ("b", None)]
