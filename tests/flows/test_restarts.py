"""What was last heard before a restart is told by the raw rows alone, whatever came first, was copied, or grew late."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.flows.exchange import ingest, lines, meaning, run, select, snapshot, write

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-03-02"
BEFORE = """
    09:00:00|MANAGER|ausweise|kern|ADDMEMBER|
    09:50:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
"""
NEWEST = "09:58:07|NONE|ausweise|lang|PAUSE|Mittag"
BEHIND = """
    10:05:00|NONE|NONE|NONE|QUEUESTART|
    10:10:00|2.1|ausweise|NONE|ENTERQUEUE||05136126|1
    10:10:30|2.1|ausweise|NONE|ABANDON|1|1|30
"""
LOST_AT_NEWEST = [("1.1", "lost", "09:58:07"), ("2.1", "abandoned", "10:10:30")]


def ends() -> list[tuple[str, str, str]]:
    return select(
        """SELECT callid, outcome, to_char(ended_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS')
           FROM stay ORDER BY callid"""
    )


def check_rebuild() -> None:
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def file(folder: Path, name: str, *parts: str) -> Path:
    return write(folder / name, *(lines(DAY, part) for part in parts))


@pytest.mark.parametrize("batch", [1, 100])
def test_a_file_that_goes_on_after_its_copy_was_read(batch: int, tmp_path: Path):
    """The copy begins with the restart: what it hears of the time before, it hears from the other file."""
    ingest(file(tmp_path, "queue_log", BEFORE), batch=batch)
    ingest(file(tmp_path, "tail.log", BEHIND), batch=batch)
    assert ends() == [("1.1", "lost", "09:50:00"), ("2.1", "abandoned", "10:10:30")]
    ingest(file(tmp_path, "queue_log", BEFORE, NEWEST, BEHIND), batch=batch)
    assert ends() == LOST_AT_NEWEST
    check_rebuild()
    assert ends() == LOST_AT_NEWEST


def test_files_and_copies_in_every_order(tmp_path: Path):
    """Each order as a system of its own; all must come out alike, and stay so when they are made anew."""
    files = {
        "older": (BEFORE, NEWEST),
        "newer": (BEHIND,),
        "tail": (NEWEST, BEHIND),
        "whole": (BEFORE, NEWEST, BEHIND),
    }
    ended = "to_char(ended_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS')"
    for number, order in enumerate(permutations(files)):
        for name in order:
            path = file(tmp_path, f"{number}-{name}", *files[name])
            run("ingest", "queue-log", path, "--source", f"pbx-{number}", "--system", f"pbx-{number}")
    assert select(f"SELECT callid, outcome, {ended}, count(*) FROM stay GROUP BY 1, 2, 3 ORDER BY 1") == [
        (*stay, number + 1) for stay in LOST_AT_NEWEST
    ]
    check_rebuild()


def test_agents_and_a_copy_that_begins_in_the_second_of_the_restart(tmp_path: Path):
    """Who came in the very second of the restart came before it, in the copy as in the log."""
    told = """
        10:04:00|MANAGER|ausweise|kern|ADDMEMBER|
        10:05:00|MANAGER|ausweise|lang|ADDMEMBER|
        10:05:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
        10:05:00|NONE|NONE|NONE|QUEUESTART|
        10:06:00|MANAGER|ausweise|mohn|ADDMEMBER|
    """
    whole = lines(DAY, told).splitlines(keepends=True)
    ingest(write(tmp_path / "queue_log", b"".join(whole)))
    wanted = meaning()
    assert select("SELECT agent FROM agent_span WHERE ends_at IS NULL") == [("mohn",)]
    for number in range(1, len(whole)):
        ingest(write(tmp_path / f"tail-{number}.log", b"".join(whole[number:])))
        assert meaning() == wanted, f"a copy of all but the first {number} lines"
    check_rebuild()


@pytest.mark.parametrize("late", ["the restart", "what was before it"])
def test_a_row_of_a_table_that_was_committed_late(late: str, tmp_path: Path):
    header = "id,time,callid,queuename,agent,event,data1,data2,data3,data4,data5\n"
    rows = [
        '1,"2026-03-02 09:00:00.1",NONE,ausweise,kern,ADDMEMBER,"","","","",""',
        '2,"2026-03-02 09:50:00.1",1.1,ausweise,NONE,ENTERQUEUE,"",05136123,1,"",""',
        '3,"2026-03-02 09:58:07.1",NONE,ausweise,lang,PAUSE,Mittag,"","","",""',
        '4,"2026-03-02 10:05:00.1",NONE,NONE,NONE,QUEUESTART,"","","","",""',
        '5,"2026-03-02 10:10:00.1",2.1,ausweise,NONE,ENTERQUEUE,"",05136126,1,"",""',
        '6,"2026-03-02 10:10:30.1",2.1,ausweise,NONE,ABANDON,1,1,30,"",""',
    ]
    missing = 3 if late == "the restart" else 2
    for known in ([row for number, row in enumerate(rows) if number != missing], rows):
        dump = tmp_path / "table.csv"
        dump.write_text(header + "\n".join([*known, ""]))
        run("ingest", "queue-log-table", dump, "--source", "table", "--timezone", "Europe/Berlin")
    assert ends() == LOST_AT_NEWEST
    check_rebuild()
    assert ends() == LOST_AT_NEWEST


FIRST_SECOND = """
    10:05:00|MANAGER|ausweise|kern|ADDMEMBER|
    10:05:00|NONE|ausweise|kern|PAUSE|Mittag
    10:05:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    10:05:00|1.1|ausweise|kern|CONNECT|0|1.2|0
    10:05:00|1.1|ausweise|kern|BLINDTRANSFER|9001|inbound|0|0|1
    10:05:00|1.1|allgemein|NONE|ENTERQUEUE||05136123|1
    10:05:00|NONE|ausweise|kern|UNPAUSE|
    10:05:00|NONE|NONE|NONE|QUEUESTART|
    10:05:00|MANAGER|ausweise|lang|ADDMEMBER|
    10:05:00|2.1|ausweise|NONE|ENTERQUEUE||05136124|1
    10:05:40|2.1|ausweise|NONE|ABANDON|1|1|40
"""


@pytest.mark.parametrize("copy_first", [True, False])
def test_copies_that_begin_in_the_first_second_of_the_log(copy_first: bool, tmp_path: Path):
    """Nothing but the second tells which file is older: what they say does, not the hash that tells them apart."""
    whole = lines(DAY, FIRST_SECOND).splitlines(keepends=True)
    for number in range(1, len(whole) - 1):
        name = f"pbx-{number}"
        log = write(tmp_path / f"{name}.log", b"".join(whole))
        tail = write(tmp_path / f"{name}-tail.log", b"".join(whole[number:]))
        for path in (tail, log) if copy_first else (log, tail):
            run("ingest", "queue-log", path, "--source", name, "--system", name, "--batch-size", 2)
    told = "callid, stay_no, queue, outcome, coalesce(ended_by, ''), coalesce(wait_s, -1)"
    copies = len(whole) - 2
    assert select(f"SELECT {told}, count(*) FROM stay GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2") == [
        ("1.1", 0, "ausweise", "answered", "blind", 0, copies),
        ("1.1", 1, "allgemein", "lost", "restart", -1, copies),
        ("2.1", 0, "ausweise", "abandoned", "caller", 40, copies),
    ]
    assert select("SELECT agent, state, ends_at IS NULL, count(*) FROM agent_span GROUP BY 1, 2, 3") == [
        ("lang", "ready", True, copies)
    ]
    check_rebuild()
