"""The ledger of what arrived, and the gaps that every report carries, each told by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.flows.exchange import (
    NEWER,
    OLDER,
    add,
    agents,
    execute,
    ingest,
    lines,
    queues,
    report,
    run,
    select,
    usage,
    write,
)
from wfm.core.clock import BERLIN

pytestmark = pytest.mark.usefixtures("database")

DAY, NEXT = "2026-03-02", "2026-03-03"


def call(callid: str, time: str) -> str:
    """A call of 40 seconds, in two lines."""
    return f"""
        {time}:00|{callid}|ausweise|NONE|ENTERQUEUE||05136123|1
        {time}:40|{callid}|ausweise|NONE|ABANDON|1|1|40
    """


def log(folder: Path, *told: str, name: str = "queue_log") -> Path:
    return write(folder / name, *(lines(DAY, text) for text in told))


def table(folder: Path, *told: str) -> None:
    """Lines of a log as rows of a realtime table, a quarter of a second later."""
    found = ["id,time,callid,queuename,agent,event,data1,data2,data3,data4,data5"]
    for number, line in enumerate(lines(DAY, "\n".join(told)).decode().splitlines(), 1):
        second, *fields = line.split("|")
        local = datetime.fromtimestamp(int(second), BERLIN)
        found.append(",".join([str(number), f"{local:%Y-%m-%d %H:%M:%S}.25", *fields, *[""] * (9 - len(fields))]))
    file = folder / "table.csv"
    file.write_text("\n".join([*found, ""]))
    run("ingest", "queue-log-table", file, "--source", "table", "--timezone", "Europe/Berlin")


def ledger(*names: str) -> list[tuple[Any, ...]]:
    """Source, quarter of an hour, and some columns of the ledger of March."""
    rows = report("completeness", "--month", "2026-03")["rows"]
    return [(row["source"], row["start"][11:16], *(row[name] for name in names)) for row in rows]


def gaps(start: str = DAY, end: str = NEXT) -> list[tuple[Any, ...]]:
    return [(gap["source"], gap["kind"], gap["count"]) for gap in queues(start, end)["gaps"]]


def test_the_capture_is_complete():
    ingest(OLDER, NEWER)
    found = report("completeness", "--month", "2026-06")
    assert (found["complete"], found["gaps"]) == (True, [])
    # 1,306 lines, less 14 PAUSEALL, 13 UNPAUSEALL and one CONFIGRELOAD, which tell nothing of their own
    wanted = {"source": "pbx", "arrived": 1278, "twice": 0, "never": 0, "unreadable": 0, "restarted": 1}
    [total] = found["totals"]
    assert {name: total[name] for name in wanted} == wanted
    assert sum(row["arrived"] for row in found["rows"]) == 1278
    assert all(row["start"].startswith("2026-06-09T") for row in found["rows"])
    for other in (
        queues("2026-06-01", "2026-07-01"),
        usage("2026-06"),
        agents("2026-06-09", "2026-06-10"),
    ):
        assert (other["complete"], other["gaps"]) == (True, [])


def test_what_arrived_stands_in_the_quarter_in_which_it_happened(tmp_path: Path):
    told = [
        call("1.1", "08:14"),
        call("1.3", "08:15"),
        "08:29:59|1.5|ausweise|NONE|ENTERQUEUE||0|1",
        call("1.7", "23:59"),
    ]
    ingest(log(tmp_path, *told), batch=2)
    assert ledger("arrived") == [("pbx", "08:00", 2), ("pbx", "08:15", 3), ("pbx", "23:45", 2)]


def test_late_is_what_came_more_than_a_quarter_of_an_hour_after_it_happened(tmp_path: Path):
    told = """
        11:44:59|1.1|ausweise|NONE|ENTERQUEUE||0|1
        11:45:00|1.3|ausweise|NONE|ENTERQUEUE||0|1
        11:59:00|1.5|ausweise|NONE|ENTERQUEUE||0|1
    """
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=BERLIN), tick=False):
        ingest(log(tmp_path, told))
    assert ledger("arrived", "late") == [("pbx", "11:30", 1, 1), ("pbx", "11:45", 2, 0)]
    run("rebuild")  # what is built anew did not come late again
    assert ledger("arrived", "late") == [("pbx", "11:30", 1, 1), ("pbx", "11:45", 2, 0)]


def test_twice_is_what_a_copy_tells_again(tmp_path: Path):
    file = log(tmp_path, call("1.1", "08:00"), call("1.3", "08:20"))
    ingest(file)
    copy = file.read_bytes().splitlines(keepends=True)[1:]  # it lacks the first line
    ingest(write(tmp_path / "copy", *copy))
    assert ledger("arrived", "twice") == [("pbx", "08:00", 3, 1), ("pbx", "08:15", 4, 2)]
    assert queues(DAY, NEXT)["total"]["offered"] == 2
    assert gaps() == []  # a nuisance, but nothing is missing


def test_the_same_file_again_is_not_even_twice(tmp_path: Path):
    file = log(tmp_path, call("1.1", "08:00"))
    ingest(file)
    ingest(file)
    ingest(file.rename(tmp_path / "another-name"))
    assert ledger("arrived", "twice") == [("pbx", "08:00", 2, 0)]


def test_never_is_what_only_a_lesser_source_tells(tmp_path: Path):
    """Of three calls the log has lost the second; the table has it, so it is counted, and the loss is shown."""
    told = [call("1.1", "08:00"), call("1.3", "08:20"), call("1.5", "08:40")]
    ingest(log(tmp_path, told[0], told[2]))
    table(tmp_path, *told)
    assert queues(DAY, NEXT)["total"]["offered"] == 3
    assert [row for row in ledger("never") if row[2]] == [("pbx", "08:15", 1)]
    assert gaps() == [("pbx", "never", 1)]
    assert not usage("2026-03")["complete"]
    ingest(log(tmp_path, told[1], name="found-again"))
    assert gaps() == []
    assert [row for row in ledger("never") if row[2]] == []
    assert queues(DAY, NEXT)["total"]["offered"] == 3


def test_nothing_is_missing_before_a_source_was_ever_heard(tmp_path: Path):
    """The table is older than the log: before the log began, it was nobody's fault."""
    told = [call("1.1", "08:00"), call("1.3", "08:20"), call("1.5", "08:40")]
    ingest(log(tmp_path, *told[1:]))
    table(tmp_path, *told)
    assert queues(DAY, NEXT)["total"]["offered"] == 3
    assert gaps() == []
    assert [row for row in ledger("never") if row[2]] == []


def test_restarts_stand_in_their_quarter(tmp_path: Path):
    told = call("1.1", "08:00") + "08:20:00|NONE|NONE|NONE|QUEUESTART|\n08:25:00|NONE|NONE|NONE|QUEUESTART|"
    ingest(log(tmp_path, told))
    assert ledger("arrived", "restarted") == [("pbx", "08:00", 2, 0), ("pbx", "08:15", 2, 2)]
    assert gaps() == []


def test_what_is_kept_but_not_read_yet_is_a_gap(tmp_path: Path):
    ingest(log(tmp_path, call("1.1", "08:00"), call("1.3", "08:20")))
    [(place,)] = select("SELECT max(position) FROM raw_event")
    execute("UPDATE stream SET projected = :place", place=place)  # as if the last line had failed
    assert gaps() == [("pbx", "unprojected", 1)]
    ingest(add(tmp_path / "queue_log"))
    assert gaps() == []


@pytest.mark.parametrize(
    ("begins", "ends", "shown"),
    [
        ("2026-03-02T10:00", "2026-03-02T11:00", [("pbx", "missing", 1)]),
        ("2026-03-01T10:00", "2026-03-02T00:01", [("pbx", "missing", 1)]),
        ("2026-03-01T10:00", "2026-03-02T00:00", []),
        ("2026-03-03T00:00", "2026-03-03T01:00", []),
        ("2026-02-01T10:00", None, [("pbx", "missing", 1)]),
    ],
)
def test_lost_events_are_a_gap_of_the_days_they_touch(begins: str, ends: str | None, shown: list, tmp_path: Path):
    ingest(log(tmp_path, call("1.1", "08:00")))
    execute(
        """INSERT INTO gap (source_id, starts_at, ends_at, reason, detail)
           SELECT id, CAST(:begins AS timestamp) AT TIME ZONE 'Europe/Berlin',
                  CAST(:ends AS timestamp) AT TIME ZONE 'Europe/Berlin', 'generation_gone', 'queue_log.7'
           FROM source""",
        begins=begins,
        ends=ends,
    )
    assert gaps() == shown


def test_a_line_that_cannot_be_read_is_a_gap_where_its_neighbours_are(tmp_path: Path):
    ingest(write(tmp_path / "queue_log", lines(DAY, call("1.1", "08:00")), b"?\n", lines(DAY, call("1.3", "09:00"))))
    assert gaps() == [("pbx", "unreadable", 1)]
    assert [row for row in ledger("unreadable") if row[2]] == [("pbx", "08:00", 1)]
    [(quarantined,)] = select("SELECT id FROM quarantine")
    run("quarantine", "accept", quarantined, "--reason", "noise")
    assert gaps() == []


def test_a_line_at_the_very_end_of_a_batch_knows_its_neighbours_too(tmp_path: Path):
    file = log(tmp_path, call("1.1", "08:00"))
    ingest(add(file, b"?\n"), batch=1)
    ingest(add(file, lines(DAY, call("1.3", "09:00"))), batch=1)
    [gap] = queues(DAY, NEXT)["gaps"]
    assert (gap["start"], gap["end"]) == (f"{DAY}T08:00:40+01:00", f"{DAY}T09:00:00+01:00")


def test_gaps_of_one_day_are_not_those_of_another(tmp_path: Path):
    ingest(write(tmp_path / "queue_log", lines(DAY, call("1.1", "08:00")), b"?\n", lines(DAY, call("1.3", "09:00"))))
    assert gaps() != []
    assert gaps("2026-03-01", DAY) == gaps(NEXT, "2026-03-04") == []
