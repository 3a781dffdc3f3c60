"""Call detail records alone know no waits: nothing is claimed of them, and what a log knows is not diluted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.flows.exchange import ingest, lines, queues, run, usage, write

pytestmark = pytest.mark.usefixtures("database")

DAY, NEXT = "2026-03-02", "2026-03-03"
LOG = """
    09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    09:00:10|1.1|ausweise|kern|CONNECT|10|1.2|9
    09:01:10|1.1|ausweise|kern|COMPLETEAGENT|10|60|1
    09:05:00|1.3|ausweise|NONE|ENTERQUEUE||05136123|1
    09:05:40|1.3|ausweise|NONE|ABANDON|1|1|40
"""
MAP = """
header = true
[fields]
call = "id"
start = "begin"
answered = "answer"
ended = "end"
queue = "queue"
[[outcome]]
is = "answered"
when = { agent = "?*" }
[[outcome]]
is = "timeout"
when = { queue = "full" }
[[outcome]]
is = "abandoned"
"""
RECORDS = f"""id,begin,answer,end,agent,queue
a,{DAY} 09:00:00,{DAY} 09:00:00,{DAY} 09:02:00,kern,ausweise
b,{DAY} 09:10:00,{DAY} 09:10:05,{DAY} 09:12:00,kern,ausweise
c,{DAY} 09:20:00,{DAY} 09:20:00,{DAY} 09:21:00,,ausweise
d,{DAY} 09:25:00,,{DAY} 09:26:00,,full
"""
LEVELS = ("offered", "answered", "excl_abandoned_within", "abandoned_met")


def records(folder: Path, column_map: str = MAP) -> None:
    (folder / "map.toml").write_text(column_map)
    (folder / "records.csv").write_text(RECORDS)
    run("ingest", "cdr", folder / "records.csv", "--map", folder / "map.toml", "--source", "cdr", "--system", "other")


def says(row: dict[str, Any]) -> list[Any]:
    names = ("offered", "answered", "answered_within", "wait_s_answered", "longest_wait_s", "wait_unknown")
    return [row[name] for name in names] + [row["service_level"][name] for name in LEVELS]


@pytest.mark.parametrize("threshold", [30, 17])  # a wait class, and one that is reckoned from the stays
def test_alone_they_claim_no_service_level(tmp_path: Path, threshold: int):
    records(tmp_path)
    nothing = [0, 0, None, {"answered": 2, "unanswered": 2}, None, None, None, None]
    assert says(queues(DAY, NEXT, "day", threshold)["total"]) == [4, 2, *nothing]
    month = usage("2026-03")
    assert says(month["total"]) == [4, 2, *nothing]
    assert set(month["total"]["service_levels"].values()) <= {None}
    assert month["complete"]
    table = run("report", "usage", "--month", "2026-03")
    assert "Wartezeit unbekannt: 4 Aufenthalte" in table
    assert " 0,0 s" not in table


def test_beside_a_log_they_leave_its_service_level_as_it_is(tmp_path: Path):
    ingest(write(tmp_path / "queue_log", lines(DAY, LOG)))
    alone = usage("2026-03")["total"]
    assert says(alone) == [2, 1, 1, 10, 40, {"answered": 0, "unanswered": 0}, 0.5, 1.0, 0.5, 0.5]
    assert "unbekannt:" not in run("report", "usage", "--month", "2026-03")
    records(tmp_path)
    both = [1, 10, 40, {"answered": 2, "unanswered": 2}, 0.5, 1.0, 0.5, 0.5]
    assert says(usage("2026-03")["total"]) == [6, 3, *both]
    found = queues(DAY, NEXT)
    assert says(found["total"]) == [6, 3, *both]
    totals = {row["queue"]: says(row) for row in found["totals"]}
    assert totals["full"] == [1, 0, 0, 0, None, {"answered": 0, "unanswered": 1}, None, None, None, None]
    assert totals["ausweise"] == [5, 3, 1, 10, 40, {"answered": 2, "unanswered": 1}, 0.5, 1.0, 0.5, 0.5]
    before = found
    run("rebuild")
    assert queues(DAY, NEXT) == before


def test_where_the_map_says_that_an_agent_answers_they_count(tmp_path: Path):
    records(tmp_path, f'answered_by = "agent"\n{MAP}')
    known = [2, 5, 60, {"answered": 0, "unanswered": 0}, 0.5, 1.0, 0.5, 0.5]
    assert says(queues(DAY, NEXT, "day")["total"]) == [4, 2, *known]
