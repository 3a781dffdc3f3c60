"""The report of agents: against the capture's expectation, and against a hand-made day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.flows.exchange import lines
from wfm import ingest
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.directory.service import load_base_data, run_import
from wfm.reporting.agents import agents_report
from wfm.reporting.queries import definition, queue_report
from wfm.reporting.service.facts import recount
from wfm.reporting.service.rederive import rederive

EXPECTED = json.loads((Path(__file__).parents[1] / "data/asterisk/expected_from_log.json").read_text())["agents"]
CAPTURE_DAY = Days(date(2026, 6, 9), date(2026, 6, 10))


def test_answers_and_talk_of_the_capture_are_exact(session: Session):
    report = agents_report(session, CAPTURE_DAY)
    found = {row["agent"]: {"answered": row["answered"], "talk_sum_s": row["talk_s"]} for row in report["rows"]}
    assert found == EXPECTED
    assert report["complete"]
    assert not report["generated"]


def test_sums_agree_with_the_queue_report(session: Session):
    rows = agents_report(session, CAPTURE_DAY)["rows"]
    queues = queue_report(session, CAPTURE_DAY, "day", definition(session, CAPTURE_DAY.start))
    for name in ("answered", "talk_s", "talk_unknown", "wrapup_s"):
        assert sum(row[name] for row in rows) == queues["total"][name], name
    for queue in queues["totals"]:
        of_queue = [row["by_queue"][queue["queue"]] for row in rows if queue["queue"] in row["by_queue"]]
        assert sum(row["talk_s"] for row in of_queue) == queue["talk_s"]


def test_times_of_the_capture(session: Session):
    """ag13, by hand from the log: in the queues from 1780989606 to 1781002865, in the pool, as 1013, a second longer;
    paused in both queues 1780994307-1780996107 (Mittag) and 1780999300-1780999635 (Schulung). The Bildschirmpause was
    in one queue only."""
    rows = {row["agent"]: row for row in agents_report(session, CAPTURE_DAY)["rows"]}
    assert rows["ag13"]["logged_on_s"] == 13_260
    assert rows["ag13"]["paused_s"] == {"Mittag": 1_800, "Schulung": 335}
    assert "1013" not in rows
    for row in rows.values():
        spent = row["talking_s"] + row["wrapping_up_s"] + row["ready_s"] + sum(row["paused_s"].values())
        assert row["logged_on_s"] == spent


def test_time_logged_on_is_the_union_over_queues(session: Session):
    """The same by PostgreSQL's multiranges, another way of reckoning."""
    union = dict(
        session.execute(
            text(
                """SELECT replace(agent, '1013', 'ag13'), (SELECT sum(upper(r) - lower(r)) FROM unnest(spans) r)
                   FROM (SELECT replace(agent, '1013', 'ag13') AS agent,
                                range_agg(tstzrange(starts_at, coalesce(ends_at, watermark))) AS spans
                         FROM agent_span, (SELECT max(watermark) AS watermark FROM source) w GROUP BY 1) x"""
            )
        ).all()
    )
    rows = agents_report(session, CAPTURE_DAY)["rows"]
    assert {row["agent"]: row["logged_on_s"] for row in rows} == {
        agent: time.total_seconds() for agent, time in union.items()
    }


#: Anna is ready in q2 until 08:20, paused in both queues from then to 08:50 (the pause told last says why), talks from
#: 09:01 to 09:10, pauses the second queue meanwhile, has both back at 10:00, and talks as SIP/anna, ten seconds. The
#: log ends at 11:00 with her still there. Bert came the evening before and stays to 08:30. Nobody answers for q3.
DAY = """
2026-08-31T22:00:00|MANAGER|q1|Bert|ADDMEMBER|
08:00:00|MANAGER|q1|Anna|ADDMEMBER|
08:00:00|MANAGER|q2|Anna|ADDMEMBER|
08:10:00|NONE|q1|Anna|PAUSE|Rückruf
08:20:00|NONE|q2|Anna|PAUSE|Mittag
08:30:00|MANAGER|q1|Bert|REMOVEMEMBER|
08:50:00|NONE|q2|Anna|UNPAUSE|
09:00:00|c1|q2|NONE|ENTERQUEUE||0511000447|1
09:01:00|c1|q2|Anna|CONNECT|60|x|9
09:05:00|NONE|q2|Anna|PAUSE|Büro|Post
09:10:00|c1|q2|Anna|COMPLETEAGENT|60|540|1
10:00:00|NONE|q1|Anna|UNPAUSE|
10:00:00|NONE|q2|Anna|UNPAUSE|
10:30:00|MANAGER|q4|SIP/anna|ADDMEMBER|
10:40:00|c2|q4|NONE|ENTERQUEUE||0511000447|1
10:40:05|c2|q4|SIP/anna|CONNECT|5|x|5
10:40:15|c2|q4|SIP/anna|COMPLETECALLER|5|10|1
11:00:00|c3|q3|NONE|ENTERQUEUE||0511000447|1
"""
SEPTEMBER_1 = Days(date(2026, 9, 1), date(2026, 9, 2))


@pytest.fixture
def day(database: str, tmp_path: Path) -> None:
    with transaction() as session:
        load_base_data(session)
        run_import(session, "aliases", "system,alias,agent,valid_from,valid_to\nmain,SIP/anna,Anna,2026-01-01,\n")
    log = tmp_path / "queue_log"
    log.write_bytes(lines("2026-09-01", DAY))
    ingest.ingest_log(log, "pbx")
    other = tmp_path / "other"
    other.write_bytes(
        lines("2026-09-01", "09:00:00|MANAGER|q9|Anna|ADDMEMBER|\n09:30:00|MANAGER|q9|Anna|REMOVEMEMBER|")
    )
    ingest.ingest_log(other, "branch", system="branch")
    ingest.count_facts()


@pytest.mark.usefixtures("day")
def test_a_person_is_paused_only_in_all_queues_and_never_while_talking():
    with transaction() as session:
        anna, namesake, bert = agents_report(session, SEPTEMBER_1)["rows"]
    assert anna == {
        "agent": "Anna",
        "system": None,
        "answered": 2,
        "talk_s": 550,
        "talk_unknown": 0,
        "wrapup_s": 0,
        "logged_on_s": 3 * 3600,
        "talking_s": 550,
        "wrapping_up_s": 0,
        # 08:00-08:20, 08:50-09:01, 10:00-11:00 less ten seconds of talk
        "ready_s": 20 * 60 + 11 * 60 + 3600 - 10,
        # 08:20-08:50; 09:10-10:00, since a pause during talk takes effect after it
        "paused_s": {"Mittag": 30 * 60, "Büro|Post": 50 * 60},
        "by_queue": {"q2": {"answered": 1, "talk_s": 540}, "q4": {"answered": 1, "talk_s": 10}},
    }
    assert (namesake["agent"], namesake["system"], namesake["logged_on_s"]) == ("Anna", "branch", 1_800)
    assert (bert["agent"], bert["logged_on_s"], bert["ready_s"]) == ("Bert", 8 * 3600 + 1_800, 8 * 3600 + 1_800)


@pytest.mark.usefixtures("day")
def test_time_is_cut_at_midnight():
    with transaction() as session:
        (bert,) = agents_report(session, Days(date(2026, 8, 31), date(2026, 9, 1)))["rows"]
        both_days = agents_report(session, Days(date(2026, 8, 31), date(2026, 9, 2)))["rows"]
    assert bert["logged_on_s"] == 2 * 3600
    assert both_days[-1]["logged_on_s"] == 10 * 3600 + 1_800


@pytest.mark.usefixtures("day")
def test_an_alias_holds_from_its_day_on():
    with transaction() as session:
        run_import(
            session, "aliases", "system,alias,agent,valid_from,valid_to\nmain,SIP/anna,Anna,2026-01-01,2026-08-31\n"
        )
        assert rederive(session) == 0, "no call is anybody else's"
        recount(session)
        names = [(row["agent"], row["answered"]) for row in agents_report(session, SEPTEMBER_1)["rows"]]
    assert names == [("Anna", 1), ("Anna", 0), ("Bert", 0), ("SIP/anna", 1)]
