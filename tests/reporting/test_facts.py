"""Facts counted from hand-made logs: what counts where it entered, what lies where it happened, and what must agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.flows.exchange import add, execute, ingest, ledger, lines, queues, run, select, snapshot, usage, write
from tests.flows.exchange import report as report_of
from wfm.core.db import transaction
from wfm.reporting.rules.waits import WAIT_CLASSES
from wfm.reporting.service.facts import recount

pytestmark = pytest.mark.usefixtures("database")

DAY, NEXT = "2026-03-02", "2026-03-03"


def log(folder: Path, told: str) -> Path:
    return write(folder / "queue_log", lines(DAY, told))


def wrapup(folder: Path, **seconds: int) -> None:
    """Configure the wrap-up time of queues."""
    rows = [f"{queue},{queue},{value}" for queue, value in seconds.items()]
    file = folder / "queues.csv"
    file.write_text("\n".join(["queue,label,wrapup_s", *rows, ""]))
    run("directory", "import", "queues", file)


def quarters(*columns: str) -> list[tuple[Any, ...]]:
    """Time of day in Berlin and some columns of every interval that has any of them."""
    return [
        row
        for row in select(
            f"""SELECT to_char(starts_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI'), {", ".join(columns)}
                FROM fact_interval ORDER BY starts_at, queue"""
        )
        if any(row[1:])
    ]


def total(*names: str) -> list[Any]:
    found = queues(DAY, NEXT, "day")["total"]
    return [found[name] for name in names]


def test_by_entry_and_true_to_the_interval(tmp_path: Path):
    """Came at 8:14:50, talked from 8:15:10 to 8:35:10, wrapped up until 8:35:40."""
    wrapup(tmp_path, ausweise=30)
    told = """
        08:14:50|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        08:15:10|1.1|ausweise|kern|CONNECT|20|1.2|9
        08:35:10|1.1|ausweise|kern|COMPLETEAGENT|20|1200|1
    """
    ingest(log(tmp_path, told))
    assert quarters("offered", "answered", "wait_s_answered", "talk_s", "wrapup_s") == [("08:00", 1, 1, 20, 1200, 30)]
    assert quarters("talk_here_s", "wrapup_here_s") == [("08:15", 890, 0), ("08:30", 310, 30)]
    assert queues(DAY, NEXT)["complete"]


def test_talk_that_ends_with_its_interval(tmp_path: Path):
    told = """
        08:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        08:00:00|1.1|ausweise|kern|CONNECT|0|1.2|0
        08:15:00|1.1|ausweise|kern|COMPLETEAGENT|0|900|1
    """
    ingest(log(tmp_path, told))
    assert quarters("talk_here_s") == [("08:00", 900)]


def test_time_logged_on_and_paused_lies_in_its_quarters(tmp_path: Path):
    told = """
        08:10:00|MANAGER|ausweise|kern|ADDMEMBER|
        08:20:00|NONE|ausweise|kern|PAUSE|Pause
        08:40:00|NONE|ausweise|kern|UNPAUSE|
        09:05:00|MANAGER|ausweise|kern|REMOVEMEMBER|
    """
    ingest(log(tmp_path, told))
    assert quarters("staffed_here_s", "paused_here_s") == [
        ("08:00", 300, 0),
        ("08:15", 900, 600),
        ("08:30", 900, 600),
        ("08:45", 900, 0),
        ("09:00", 300, 0),
    ]


TALKED = """
    09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    09:00:10|1.1|ausweise|kern|CONNECT|10|1.2|9
    09:02:10|1.1|ausweise|kern|COMPLETEAGENT|10|120|1
"""
#: What comes behind a talk that ends at 9:02:10, in a queue with 20 s of wrap-up -> seconds of its wrap-up.
WRAPUPS = {
    "nothing": ("", 20),
    "the next call, 8 s later": ("09:02:18|1.3|ausweise|kern|CONNECT|2|1.4|1", 8),
    "the next call at once": ("09:02:10|1.3|ausweise|kern|CONNECT|2|1.4|1", 0),
    "the next call, 21 s later": ("09:02:31|1.3|ausweise|kern|CONNECT|2|1.4|1", 20),
    "the next call in a queue without wrap-up": ("09:02:18|1.3|allgemein|kern|CONNECT|2|1.4|1", 8),
    "another agent's call": ("09:02:18|1.3|ausweise|lang|CONNECT|2|1.4|1", 20),
    "a pause, 5 s later": ("09:02:15|NONE|ausweise|kern|PAUSE|Pause", 5),
    "a pause in another queue": ("09:02:15|NONE|allgemein|kern|PAUSE|Pause", 5),
    "a pause, 20 s later": ("09:02:30|NONE|ausweise|kern|PAUSE|Pause", 20),
    "leaving, 5 s later": ("09:02:15|MANAGER|ausweise|kern|REMOVEMEMBER|", 5),
    "a telephone that rings in vain": ("09:02:15|1.3|ausweise|kern|RINGNOANSWER|5000", 20),
}


@pytest.mark.parametrize(("behind", "seconds"), WRAPUPS.values(), ids=WRAPUPS)
def test_wrapup_is_inferred_from_the_next_event_of_the_agent(behind: str, seconds: int, tmp_path: Path):
    wrapup(tmp_path, ausweise=20)
    ingest(log(tmp_path, f"08:00:00|MANAGER|ausweise|kern|ADDMEMBER|\n{TALKED}\n{behind}"))
    assert quarters("wrapup_s", "wrapup_inferred") == [("09:00", seconds, 1)]
    assert total("wrapup_s") == [seconds]


def test_no_wrapup_where_none_is_configured(tmp_path: Path):
    ingest(log(tmp_path, TALKED))
    [found, source] = total("wrapup_s", "wrapup_source")
    assert (found, source) == (0, {"reported": 0, "inferred": 0, "none": 1})


def test_no_wrapup_behind_a_talk_of_unknown_end(tmp_path: Path):
    wrapup(tmp_path, ausweise=20)
    ingest(log(tmp_path, "\n".join(TALKED.strip().splitlines()[:2])))
    assert total("answered", "talk_unknown", "wrapup_s", "wrapup_source") == [
        1,
        1,
        0,
        {"reported": 0, "inferred": 0, "none": 1},
    ]


def test_wrapup_as_the_source_reports_it(tmp_path: Path):
    """Longer than what is configured: what is reported needs no inference."""
    wrapup(tmp_path, ausweise=20)
    told = [
        ("09:00:00", "call.offered", {"call": "c1", "queue": "ausweise"}),
        ("09:00:10", "call.answered", {"call": "c1", "queue": "ausweise", "agent": "kern"}),
        ("09:02:10", "call.ended", {"call": "c1", "queue": "ausweise", "agent": "kern", "by": "agent"}),
        ("09:02:10", "agent.wrapup_started", {"call": "c1", "agent": "kern", "queue": "ausweise"}),
        ("09:02:45", "agent.wrapup_ended", {"call": "c1", "agent": "kern", "queue": "ausweise"}),
    ]
    file = tmp_path / "events.jsonl"
    with file.open("w") as out:
        for number, (time, kind, data) in enumerate(told):
            envelope = {"specversion": "1.0", "id": str(number), "source": "/acd", "type": kind}
            out.write(json.dumps(envelope | {"time": f"{DAY}T{time}+01:00", "data": data}) + "\n")
    run("ingest", "events", file, "--source", "acd")
    assert total("answered", "talk_s", "wrapup_s", "wrapup_source") == [
        1,
        120,
        35,
        {"reported": 1, "inferred": 0, "none": 0},
    ]


def talks(*seconds: int) -> str:
    return "".join(
        f"""09:00:00|{number}.1|ausweise|NONE|ENTERQUEUE||0|1
            09:00:00|{number}.1|ausweise|a{number}|CONNECT|0|{number}.2|0
            09:{talk // 60:02}:{talk % 60:02}|{number}.1|ausweise|a{number}|COMPLETEAGENT|0|{talk}|1\n"""
        for number, talk in enumerate(seconds, 1)
    )


@pytest.mark.parametrize(
    ("seconds", "minutes"), [((61, 120, 179, 240), 2 + 2 + 3 + 4), ((0,), 0), ((1,), 1), ((60,), 1), ((59, 1), 2)]
)
def test_whole_minutes_begun(seconds: tuple[int, ...], minutes: int, tmp_path: Path):
    ingest(log(tmp_path, talks(*seconds)))
    found = usage("2026-03")["total"]
    assert (found["talk_s"], found["started_minutes"]) == (sum(seconds), minutes)


def test_minutes_begin_with_the_call_not_with_each_stay(tmp_path: Path):
    told = """
        09:00:00|1.1|ausweise|NONE|ENTERQUEUE||0|1
        09:00:00|1.1|ausweise|kern|CONNECT|0|1.2|0
        09:00:30|1.1|ausweise|kern|BLINDTRANSFER|9|x|0|30|1
        09:00:30|1.1|allgemein|NONE|ENTERQUEUE||0|1
        09:00:30|1.1|allgemein|lang|CONNECT|0|1.3|0
        09:01:01|1.1|allgemein|lang|COMPLETEAGENT|0|31|1
    """
    ingest(log(tmp_path, told))
    assert usage("2026-03")["total"]["started_minutes"] == 2  # 61 s of one citizen, not 1 + 1 of two stays


WAITS = (0, 1, 5, 5, 6, 20, 29, 30, 31, 44, 45, 46, 60, 61, 180, 299, 300, 301)


def test_any_threshold_is_exact_whether_it_is_a_class_or_not(tmp_path: Path):
    """Every wait once answered, once abandoned; thresholds at, below and above each."""
    told = ""
    for number, wait in enumerate(WAITS):
        end = f"09:{wait // 60:02}:{wait % 60:02}"
        told += (
            f"09:00:00|{number}.1|ausweise|NONE|ENTERQUEUE||0|1\n{end}|{number}.1|ausweise|NONE|ABANDON|1|1|{wait}\n"
        )
        told += (
            f"09:00:00|{number}.2|ausweise|NONE|ENTERQUEUE||0|1\n{end}|{number}.2|ausweise|kern|CONNECT|{wait}|x|1\n"
        )
    ingest(log(tmp_path, told))
    odd = [1, 4, 6, 7, 29, 31, 44, 46, 61, 299, 301, 302]
    for threshold in (*WAIT_CLASSES, *odd):
        report = queues(DAY, NEXT, "60", threshold)
        within = sum(wait <= threshold for wait in WAITS)
        for row in (report["rows"][0], report["totals"][0], report["total"]):
            assert (row["answered_within"], row["abandoned_within"]) == (within, within), threshold
            assert row["service_level"] == {
                "offered": within / 36,
                "answered": within / 18,
                "excl_abandoned_within": within / (36 - within),
                "abandoned_met": 2 * within / 36,
            }


def test_shares_of_nothing_are_null(tmp_path: Path):
    assert queues(DAY, NEXT)["total"]["service_level"] == dict.fromkeys(
        ("offered", "answered", "excl_abandoned_within", "abandoned_met")
    )
    told = """
        09:00:00|1.1|ausweise|NONE|ENTERQUEUE||0|1
        09:00:07|1.1|ausweise|NONE|ABANDON|1|1|7
        09:00:00|1.2|allgemein|NONE|DID|495110300
    """
    ingest(log(tmp_path, told))
    levels = {row["queue"]: row["service_level"] for row in queues(DAY, NEXT)["totals"]}
    none = {"offered": None, "answered": None, "excl_abandoned_within": None, "abandoned_met": None}
    assert levels["allgemein"] == none  # one refused, none offered
    assert levels["ausweise"] == none | {"offered": 0.0, "abandoned_met": 1.0}  # who gave up in time is left out: 0/0


def test_only_touched_days_are_counted_anew(tmp_path: Path):
    file = log(tmp_path, TALKED + TALKED.replace("09:0", "2026-03-03T09:0").replace("1.1", "3.1"))
    ingest(file)
    execute("UPDATE fact_interval SET talk_s = 7")  # who counts a day anew puts it right
    ingest(add(file, lines(DAY, "2026-03-03T11:00:00|5.1|ausweise|NONE|ENTERQUEUE||0|1")))
    assert select("SELECT day::text, sum(talk_s) FROM fact_interval GROUP BY 1 ORDER BY 1") == [(DAY, 7), (NEXT, 120)]
    assert select("SELECT FROM touched_day") == []


def test_counting_again_changes_nothing(tmp_path: Path):
    ingest(log(tmp_path, TALKED))
    before = snapshot("fact_interval", "fact_day")
    for _ in range(2):
        run("rebuild", "--from", DAY, "--to", NEXT)
        assert snapshot("fact_interval", "fact_day") == before


#: A fault that a trigger puts into what is counted -> the rule that must notice it.
FAULTS = {
    "an offered call too many": ("fact_interval", "offered", "offered = answered + abandoned + left + lost + open"),
    "talk of the day that no interval has": ("fact_day", "talk_s", "stays by interval = stays by day"),
    "talk in an interval in which nobody talked": (
        "fact_interval",
        "talk_here_s",
        "talk by entry = talk where it happened",
    ),
    "an answer of nobody": ("fact_agent_calls", "answered", "answers by agent = answers by queue"),
    "a second that an agent spent on nothing": (
        "fact_agent_time",
        "logged_on_s",
        "time logged on = talking + wrapping up + ready + paused",
    ),
    "a call counted twice": ("fact_day", "calls", "calls counted = calls there are"),
}


@pytest.mark.parametrize(("table", "column", "rule"), FAULTS.values(), ids=FAULTS)
def test_sums_that_do_not_agree_are_shown_until_they_do(
    table: str, column: str, rule: str, tmp_path: Path, owner: Engine
):
    file = log(tmp_path, f"08:00:00|MANAGER|ausweise|kern|ADDMEMBER|\n{TALKED}")
    ingest(file)
    assert queues(DAY, NEXT)["complete"]
    with owner.begin() as connection:
        connection.exec_driver_sql(
            f"""CREATE FUNCTION err() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.{column} := NEW.{column} + 1; RETURN NEW; END'"""
        )
        connection.exec_driver_sql(f"CREATE TRIGGER err BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION err()")
    run("rebuild", "--from", DAY, "--to", NEXT)
    [gap] = [gap for gap in queues(DAY, NEXT)["gaps"] if rule in gap["text"]]
    assert (gap["kind"], gap["start"], gap["source"]) == ("broken", f"{DAY}T00:00:00+01:00", None)
    assert not usage("2026-03")["complete"]
    assert queues(NEXT, "2026-03-04")["complete"]
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER err ON {table}")
    run("rebuild", "--from", DAY, "--to", NEXT)
    assert queues(DAY, NEXT)["complete"]


def test_a_day_not_counted_yet_is_a_gap(tmp_path: Path):
    ingest(log(tmp_path, TALKED))
    execute("INSERT INTO touched_day (day) VALUES (:day)", day=DAY)
    assert [gap["kind"] for gap in queues(DAY, NEXT)["gaps"]] == ["uncounted"]
    with transaction() as session:
        assert recount(session) == 1
    assert queues(DAY, NEXT)["complete"]


def test_simulated_calls_say_so_in_every_report(tmp_path: Path):
    ingest(log(tmp_path, "08:00:00|NONE|NONE|NONE|WFMGENERATED|seed 1\n" + TALKED))
    report = usage("2026-03")
    assert (report["generated"], report["total"]["generated"]) == (True, 1)
    assert queues(DAY, NEXT)["generated"]
    assert not queues(NEXT, "2026-03-04")["generated"]
    assert ledger("2026-03")["generated"]
    unmapped = report_of("unmapped", "--month", "2026-03")
    assert (unmapped["generated"], [row["generated"] for row in unmapped["rows"]]) == (True, [True])
    for kind in ("usage", "completeness", "unmapped"):
        assert "*** ENTHÄLT SIMULIERTE ANRUFE" in run("report", kind, "--month", "2026-03")
        assert "SIMULIERTE" not in run("report", kind, "--month", "2026-04")


def test_real_calls_beside_simulated_ones(tmp_path: Path):
    ingest(log(tmp_path, TALKED))
    for kind in ("usage", "completeness", "unmapped"):
        assert not report_of(kind, "--month", "2026-03")["generated"]
    generated = write(tmp_path / "simulated", lines(DAY, "08:00:00|NONE|NONE|NONE|WFMGENERATED|seed 1\n" + TALKED))
    run("ingest", "queue-log", generated, "--source", "simulation", "--system", "simulation")
    report = usage("2026-03")
    assert (report["generated"], report["total"]["generated"], report["total"]["calls"]) == (True, 1, 2)
    assert ledger("2026-03")["generated"]
