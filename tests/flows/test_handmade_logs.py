"""Logs written by hand, with what must come of them written beside: crashes, midnight, months, the double hour.

Times are times of day in Berlin. Every story is told to the commands twice, in two orders of its files or two cuts into
batches, and must come out the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.flows.exchange import add, agents, ingest, lines, meaning, queues, run, select, snapshot, usage, write

pytestmark = pytest.mark.usefixtures("database")


def log(folder: Path, day: str, told: str, name: str = "queue_log") -> Path:
    return write(folder / name, lines(day, told))


def by_entry(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of the queue report: beginning, offered, answered, talk; as a person would write them."""
    return [(row["start"], row["offered"], row["answered"], row["talk_s"]) for row in report["rows"]]


def here(column: str = "talk_here_s") -> list[tuple[str, int]]:
    """Quarters of an hour with seconds that lie in them."""
    return select(
        f"""SELECT to_char(starts_at AT TIME ZONE 'Europe/Berlin', 'MM-DD HH24:MI'), {column}
            FROM fact_interval WHERE {column} > 0 ORDER BY starts_at"""
    )


CRASH = """
    09:00:00|MANAGER|ausweise|kern|ADDMEMBER|
    09:00:00|MANAGER|ausweise|lang|ADDMEMBER|
    09:00:00|MANAGER|ausweise|mohn|ADDMEMBER|
    09:50:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    09:50:10|1.1|ausweise|kern|CONNECT|10|1.2|9
    09:52:10|1.1|ausweise|kern|COMPLETEAGENT|10|120|1
    09:55:00|1.3|ausweise|NONE|ENTERQUEUE||05136124|1
    09:55:20|1.3|ausweise|kern|CONNECT|20|1.4|19
    09:57:00|1.5|ausweise|NONE|ENTERQUEUE||05136125|1
    09:58:07|NONE|ausweise|lang|PAUSE|Mittag
"""
RESTART = """
    10:05:00|NONE|NONE|NONE|QUEUESTART|
    10:06:00|MANAGER|ausweise|kern|ADDMEMBER|
    10:10:00|2.1|ausweise|NONE|ENTERQUEUE||05136126|1
    10:10:30|2.1|ausweise|NONE|ABANDON|1|1|30
"""


@pytest.mark.parametrize("batch", [1, 3, 100])
@pytest.mark.parametrize("order", ["in order", "the wrong way round", "in one file"])
def test_a_crash_and_a_restart(order: str, batch: int, tmp_path: Path):
    if order == "in one file":
        files = [log(tmp_path, "2026-03-02", CRASH + RESTART)]
    else:
        files = [log(tmp_path, "2026-03-02", CRASH, "queue_log.0"), log(tmp_path, "2026-03-02", RESTART)]
    for file in files if order != "the wrong way round" else reversed(files):
        ingest(file, batch=batch)
    assert select(
        """SELECT callid, outcome, talk_s, ended_by, to_char(ended_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS')
           FROM stay ORDER BY callid"""
    ) == [
        ("1.1", "answered", 120, "agent", "09:52:10"),
        ("1.3", "answered", None, "restart", None),  # for how long they talked nobody knows
        ("1.5", "lost", None, "restart", "09:58:07"),  # waiting at the last event before the restart
        ("2.1", "abandoned", None, "caller", "10:10:30"),
    ]
    assert select(
        """SELECT agent, to_char(starts_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS'),
                  to_char(ends_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS'), state FROM agent_span ORDER BY 1, 2"""
    ) == [
        ("kern", "09:00:00", "09:58:07", "ready"),
        ("kern", "10:06:00", None, "ready"),
        ("lang", "09:00:00", "09:58:07", "ready"),
        ("mohn", "09:00:00", "09:58:07", "ready"),  # who did not come back
    ]
    [row] = queues("2026-03-02", "2026-03-03", "day")["totals"]
    counts = ("offered", "answered", "abandoned", "lost", "open", "talk_s", "talk_unknown", "longest_wait_s")
    assert [row[name] for name in counts] == [4, 2, 1, 1, 0, 120, 1, 30]
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def test_a_copy_of_the_log_moves_no_restart(tmp_path: Path):
    ingest(log(tmp_path, "2026-03-02", CRASH + RESTART))
    before = meaning()
    whole = lines("2026-03-02", CRASH + RESTART).splitlines(keepends=True)
    for number in range(1, len(whole)):
        ingest(write(tmp_path / f"tail-{number}.log", b"".join(whole[number:])))
        assert meaning() == before, f"a copy of all but the first {number} lines"
    run("rebuild")
    assert meaning() == before


def test_a_crash_in_the_second_of_the_last_line(tmp_path: Path):
    told = """
        10:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        10:00:00|NONE|NONE|NONE|QUEUESTART|
    """
    ingest(log(tmp_path, "2026-03-02", told), batch=1)
    assert select("SELECT outcome, ended_by FROM stay") == [("lost", "restart")]


def test_a_night_call_over_midnight_and_quarters(tmp_path: Path):
    """By entry it counts on the first day at 23:45, true to interval its talk lies where it was."""
    told = """
        23:58:50|1.1|notruf|NONE|ENTERQUEUE||05136123|1
        23:59:00|1.1|notruf|kern|CONNECT|10|1.2|9
        2026-03-03T00:31:00|1.1|notruf|kern|COMPLETEAGENT|10|1920|1
    """
    ingest(log(tmp_path, "2026-03-02", told), batch=1)
    report = queues("2026-03-02", "2026-03-04", "15")
    assert by_entry(report) == [("2026-03-02T23:45:00+01:00", 1, 1, 1920)]
    assert report["complete"]
    assert here() == [("03-02 23:45", 60), ("03-03 00:00", 900), ("03-03 00:15", 900), ("03-03 00:30", 60)]
    assert [row["calls"] for row in [usage("2026-03")["total"]]] == [1]


@pytest.mark.parametrize("order", ["in order", "the wrong way round"])
def test_over_midnight_though_the_next_day_was_read_before(order: str, tmp_path: Path):
    first = """
        23:58:50|1.1|notruf|NONE|ENTERQUEUE||05136123|1
        23:59:00|1.1|notruf|kern|CONNECT|10|1.2|9
        2026-03-03T00:31:00|1.1|notruf|kern|COMPLETEAGENT|10|1920|1
    """
    second = """
        2026-03-03T08:00:00|1.3|notruf|NONE|ENTERQUEUE||05136124|1
        2026-03-03T08:00:05|1.3|notruf|NONE|ABANDON|1|1|5
        2026-03-05T08:00:00|1.5|notruf|NONE|ENTERQUEUE||05136124|1
        2026-03-05T08:00:05|1.5|notruf|NONE|ABANDON|1|1|5
    """
    files = [log(tmp_path, "2026-03-02", first, "queue_log.0"), log(tmp_path, "2026-03-03", second)]
    for file in files if order == "in order" else reversed(files):
        ingest(file)
    assert here() == [("03-02 23:45", 60), ("03-03 00:00", 900), ("03-03 00:15", 900), ("03-03 00:30", 60)]
    assert queues("2026-03-02", "2026-03-06", "day")["complete"]


@pytest.mark.parametrize(
    "next_thing", ["00:00:05|1.5|notruf|kern|CONNECT|3|1.6|2", "00:00:05|NONE|notruf|kern|PAUSE|Pause"]
)
def test_what_happens_after_midnight_cuts_off_the_wrapup_before_it(next_thing: str, tmp_path: Path):
    """Though the new day was counted before, and the old one is over."""
    queue = write(tmp_path / "queues.csv", b"queue,label,wrapup_s\nnotruf,Notruf,30\n")
    run("directory", "import", "queues", queue)
    told = """
        23:58:00|1.1|notruf|NONE|ENTERQUEUE||05136123|1
        23:58:50|1.1|notruf|kern|CONNECT|50|1.2|9
        23:59:50|1.1|notruf|kern|COMPLETEAGENT|50|60|1
        2026-03-03T00:00:02|1.5|notruf|NONE|ENTERQUEUE||05136124|1
    """
    file = log(tmp_path, "2026-03-02", told)
    ingest(file)
    assert here("wrapup_here_s") == [("03-02 23:45", 10), ("03-03 00:00", 20)]
    ingest(add(file, lines("2026-03-03", next_thing)))
    assert here("wrapup_here_s") == [("03-02 23:45", 10), ("03-03 00:00", 5)]
    assert [row["wrapup_s"] for row in queues("2026-03-02", "2026-03-03", "day")["rows"]] == [15]


def test_a_call_over_the_end_of_a_month(tmp_path: Path):
    """Begun in March, transferred in April: a call of March; each stay counts in the month it entered."""
    told = """
        23:59:30|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        23:59:40|1.1|ausweise|kern|CONNECT|10|1.2|9
        2026-04-01T00:00:40|1.1|ausweise|kern|BLINDTRANSFER|9001|inbound|10|60|1
        2026-04-01T00:00:41|1.1|allgemein|NONE|ENTERQUEUE||05136123|1
        2026-04-01T00:01:00|1.1|allgemein|lang|CONNECT|19|1.3|9
        2026-04-01T00:02:01|1.1|allgemein|lang|COMPLETECALLER|19|61|1
    """
    ingest(log(tmp_path, "2026-03-31", told))
    names = ("calls", "calls_answered", "stays", "answered", "talk_s", "started_minutes")
    assert [usage("2026-03")["total"][name] for name in names] == [1, 1, 1, 1, 60, 3]  # 121 s: three minutes begun
    assert [usage("2026-04")["total"][name] for name in names] == [0, 0, 1, 1, 61, 0]
    assert usage("2026-03")["complete"]
    assert usage("2026-04")["complete"]


DOUBLE_HOUR = """
    02:15:00+02:00|1.1|notruf|NONE|ENTERQUEUE||05136123|1
    02:15:07+02:00|1.1|notruf|NONE|ABANDON|1|1|7
    02:40:00+02:00|1.3|notruf|NONE|ENTERQUEUE||05136124|1
    02:40:10+02:00|1.3|notruf|kern|CONNECT|10|1.4|9
    02:15:00+01:00|1.5|notruf|NONE|ENTERQUEUE||05136125|1
    02:15:20+01:00|1.5|notruf|lang|CONNECT|20|1.6|9
    02:16:20+01:00|1.5|notruf|lang|COMPLETEAGENT|20|60|1
    02:20:10+01:00|1.3|notruf|kern|COMPLETEAGENT|10|2400|1
    03:10:00|1.7|notruf|NONE|ENTERQUEUE||05136126|1
    03:10:01|1.7|notruf|NONE|ABANDON|1|1|1
"""


def test_the_hour_that_comes_twice(tmp_path: Path):
    """25 October 2026: four half hours between 2 and 3 o'clock, a talk of 40 minutes from 2:40 to 2:20."""
    ingest(log(tmp_path, "2026-10-25", DOUBLE_HOUR))
    report = queues("2026-10-25", "2026-10-26", "30")
    assert [(row["start"], row["end"], row["offered"], row["talk_s"]) for row in report["rows"]] == [
        ("2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", 1, 0),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", 1, 2400),
        ("2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", 1, 60),
        ("2026-10-25T03:00:00+01:00", "2026-10-25T03:30:00+01:00", 1, 0),
    ]
    hours = queues("2026-10-25", "2026-10-26", "60")
    assert [(row["start"], row["offered"]) for row in hours["rows"]] == [
        ("2026-10-25T02:00:00+02:00", 2),
        ("2026-10-25T02:00:00+01:00", 1),
        ("2026-10-25T03:00:00+01:00", 1),
    ]
    [day] = queues("2026-10-25", "2026-10-26", "day")["rows"]
    assert (day["start"], day["end"]) == ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")
    assert (day["offered"], day["talk_s"]) == (4, 2460)
    assert report["complete"]
    assert here() == [  # 2:40 to 2:20 is 5 + 15 + 15 + 5 minutes; the minute from 2:15:20 on is the other agent's
        ("10-25 02:30", 290),
        ("10-25 02:45", 900),
        ("10-25 02:00", 900),
        ("10-25 02:15", 310 + 60),
    ]


def test_the_hour_that_comes_twice_in_a_realtime_table(tmp_path: Path):
    """Local times without an offset: which of the two hours it was says the call's id, else the neighbours."""
    first, second = 1_792_887_300, 1_792_890_900  # 02:15 in summer time, and 02:15 an hour later
    rows = [
        '1,"2026-10-25 01:59:00.5",NONE,notruf,kern,ADDMEMBER,"","","","",""',
        f'2,"2026-10-25 02:15:00.1",{first}.1,notruf,NONE,ENTERQUEUE,"",05136123,1,"",""',
        f'3,"2026-10-25 02:15:07.1",{first}.1,notruf,NONE,ABANDON,1,1,7,"",""',
        f'4,"2026-10-25 02:15:00.2",{second}.5,notruf,NONE,ENTERQUEUE,"",05136125,1,"",""',
        f'5,"2026-10-25 02:15:20.2",{second}.5,notruf,kern,CONNECT,20,{second}.6,9,"",""',
        f'6,"2026-10-25 02:16:20.2",{second}.5,notruf,kern,COMPLETEAGENT,20,60,1,"",""',
        '7,"2026-10-25 02:30:00.2",NONE,notruf,kern,PAUSE,Pause,"","","",""',
    ]
    header = "id,time,callid,queuename,agent,event,data1,data2,data3,data4,data5"
    dump = tmp_path / "table.csv"
    dump.write_text("\n".join([header, *rows, ""]))
    run("ingest", "queue-log-table", dump, "--source", "table", "--timezone", "Europe/Berlin")
    report = queues("2026-10-25", "2026-10-26", "30")
    assert by_entry(report) == [
        ("2026-10-25T02:00:00+02:00", 1, 0, 0),
        ("2026-10-25T02:00:00+01:00", 1, 1, 60),
    ]
    assert report["complete"]
    spans = "SELECT state, extract(epoch FROM ends_at - starts_at)::int FROM agent_span ORDER BY starts_at"
    assert select(spans) == [("ready", 91 * 60), ("paused", None)]


def test_the_hour_that_never_comes(tmp_path: Path):
    """29 March 2026: from 1:59:59 to 3:00:00 it is a second."""
    told = """
        01:50:00|MANAGER|notruf|kern|ADDMEMBER|
        01:59:30|1.1|notruf|NONE|ENTERQUEUE||05136123|1
        01:59:50|1.1|notruf|kern|CONNECT|20|1.2|9
        03:00:50|1.1|notruf|kern|COMPLETEAGENT|20|60|1
        03:10:00|MANAGER|notruf|kern|REMOVEMEMBER|
    """
    ingest(log(tmp_path, "2026-03-29", told))
    report = queues("2026-03-29", "2026-03-30", "60")
    assert by_entry(report) == [("2026-03-29T01:00:00+01:00", 1, 1, 60)]
    assert report["rows"][0]["end"] == "2026-03-29T03:00:00+02:00"
    assert here() == [("03-29 01:45", 10), ("03-29 03:00", 50)]
    assert here("staffed_here_s") == [("03-29 01:45", 600), ("03-29 03:00", 600)]
    [row] = agents("2026-03-29", "2026-03-30")["rows"]
    assert (row["logged_on_s"], row["talking_s"]) == (1200, 60)
    [day] = queues("2026-03-29", "2026-03-30", "day")["rows"]
    assert (day["start"], day["end"]) == ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")


@pytest.mark.parametrize("order", ["in order", "the wrong way round", "line by line"])
def test_an_agent_logged_on_for_days(order: str, tmp_path: Path):
    """Time logged on lies on every day of it, also where nobody calls, in whatever order the files come."""
    first = "18:00:00|MANAGER|ausweise|kern|ADDMEMBER|"
    second = """
        2026-03-05T09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        2026-03-05T09:00:05|1.1|ausweise|NONE|ABANDON|1|1|5
    """
    files = [log(tmp_path, "2026-03-02", first, "queue_log.0"), log(tmp_path, "2026-03-02", second)]
    for file in reversed(files) if order == "the wrong way round" else files:
        ingest(file, batch=1 if order == "line by line" else 100)
    staffed = "SELECT day::text, sum(staffed_here_s) FROM fact_interval GROUP BY 1 ORDER BY 1"
    day = 24 * 3600
    wanted = [("2026-03-02", 6 * 3600), ("2026-03-03", day), ("2026-03-04", day), ("2026-03-05", 9 * 3600 + 5)]
    assert select(staffed) == wanted


def test_an_agent_logged_on_for_days_in_one_file(tmp_path: Path):
    told = """
        18:00:00|MANAGER|ausweise|kern|ADDMEMBER|
        2026-03-05T09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        2026-03-05T09:00:05|1.1|ausweise|NONE|ABANDON|1|1|5
    """
    ingest(log(tmp_path, "2026-03-02", told))
    staffed = snapshot("fact_interval")
    run("rebuild")
    assert snapshot("fact_interval") == staffed
    assert select("SELECT sum(staffed_here_s) FROM fact_interval") == [((6 + 24 + 24 + 9) * 3600 + 5,)]
