"""Days of persons: what they hold, when each part goes, and that figures shown before and after agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.flows.exchange import agents, execute, ingest, lines, run, select, snapshot, write
from tests.privacy.held import days_later, one, retain
from tests.privacy.test_persons import exported
from tests.privacy.test_retention import DAY, count_again, shift
from tests.reporting.test_agent_groups import WORK, month_log
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data, run_import
from wfm.reporting.agent_groups import group_report
from wfm.reporting.persons import own_figures

pytestmark = pytest.mark.usefixtures("database")

KERN = Viewer("kern", Role.AGENT, person_id=3, agent="Kern")
LEADER = Viewer("vera", Role.SUPERVISOR, person_id=1)
CALLS = "SELECT agent, system, queue, names, answered, talk_s, talk_unknown, wrapup_s FROM fact_agent_calls"
TIME = "SELECT logged_on_s, ready_s, talking_s, wrapping_up_s, paused_s FROM fact_agent_time"
#: Logged on from 8 to 9: paused 8:10-8:20, 8:30-8:31 and 8:42:20-9:00, talked two minutes, wrapped up ten seconds.
PAUSED = {"Arzt|mit 0511123456": 600, "Team": 60 + 1060}
ANSWERED = [("Kern", "main", "burgdorf", ["Kern"], 1, 120, 0, 10)]
SPENT = [(3600, 3600 - 600 - 1120 - 130, 120, 10, PAUSED)]


def test_a_day_by_hand(tmp_path: Path):
    shift(tmp_path)
    assert (select(CALLS), select(TIME)) == (ANSWERED, SPENT)
    assert select("SELECT queues, generated FROM fact_agent_time") == [(["burgdorf"], False)]


def test_calls_go_with_names_and_time_goes_with_states(tmp_path: Path):
    shift(tmp_path)
    retain(29)
    assert (select(CALLS), select(TIME)) == (ANSWERED, SPENT)
    retain(30)
    time_only = [(3600, None, None, None, PAUSED)]
    assert (select(CALLS), select(TIME)) == ([], time_only)
    count_again(DAY)
    run("rebuild")
    assert (select(CALLS), select(TIME)) == ([], time_only), "a pseudonym's day would be less than what was"
    assert not select("SELECT FROM broken_invariant")
    retain(90)
    assert select(TIME) == time_only
    done = retain(91)
    assert (done["agent_days_deleted"], done["group_months_kept"]) == (1, 1)
    assert select(TIME) == []
    run("rebuild")
    assert (select(CALLS), select(TIME)) == ([], [])


def test_the_command_line_says_what_it_leaves_out(tmp_path: Path):
    shift(tmp_path)
    retain(40)
    report = agents(DAY, "2026-03-03")
    assert (report["whole_from"], report["days_left_out"], report["rows"]) == ("2026-03-13", [DAY], [])
    told = run("report", "agents", "--from", DAY, "--to", "2026-03-03")
    assert "Nicht mehr vollständig aufbewahrt, daher nicht gezählt: 02.03.2026." in " ".join(told.split())


def test_what_comes_late_for_a_day_that_is_no_longer_whole_gives_nobody_a_figure(tmp_path: Path):
    shift(tmp_path)
    retain(40)
    before = snapshot("fact_agent_calls", "fact_agent_time")
    with days_later(41):
        late = "10:00:00|MANAGER|burgdorf|Lang|ADDMEMBER|\n10:30:00|MANAGER|burgdorf|Lang|REMOVEMEMBER|"
        ingest(write(tmp_path / "late.log", lines(DAY, late)))
    assert snapshot("fact_agent_calls", "fact_agent_time") == before


def test_simulated_persons_lose_nothing(tmp_path: Path):
    hour = "08:00:00|MANAGER|q|A|ADDMEMBER|\n09:00:00|MANAGER|q|A|REMOVEMEMBER|"
    shift(tmp_path, f"07:00:00|NONE|NONE|NONE|WFMGENERATED|\n{hour}")
    retain(400)
    count_again(DAY)
    assert select("SELECT agent, generated, logged_on_s, ready_s FROM fact_agent_time") == [("A", True, 3600, 3600)]


def test_own_figures_leave_days_out_that_are_no_longer_whole(tmp_path: Path):
    shift(tmp_path)
    with days_later(8):
        told = "08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|\n10:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|"
        ingest(write(tmp_path / "next.log", lines("2026-03-10", told)))
    weeks = Days(date(2026, 3, 2), date(2026, 3, 16))

    def own() -> dict[str, Any]:
        with days_later(40), transaction() as session:
            return own_figures(session, KERN, weeks)

    assert [(row["date"], row["logged_on_s"]) for row in own()["days"]] == [(DAY, 3600), ("2026-03-10", 7200)]
    retain(37)  # names of calls until the 9th may have gone
    found = own()
    assert (found["whole_from"], found["days_left_out"]) == (
        "2026-03-10",
        [f"2026-03-{day:02}" for day in range(2, 10)],
    )
    assert [(row["date"], row["logged_on_s"]) for row in found["days"]] == [("2026-03-10", 7200)]
    assert found["total"]["logged_on_s"] == 7200
    weeks_shown = [(row["week"], row["first"], row["logged_on_s"]) for row in found["weeks"]]
    assert weeks_shown == [("2026-03-09", "2026-03-10", 7200)]


def test_an_export_has_the_days_as_far_as_they_are_kept(tmp_path: Path):
    shift(tmp_path)
    held = exported(tmp_path)
    assert [(row["day"], row["queue"], row["answered"], row["talk_s"]) for row in held["day_calls"]] == [
        (DAY, "burgdorf", 1, 120)
    ]
    assert [(row["logged_on_s"], row["paused"]) for row in held["day_times"]] == [
        (3600, ["Arzt|mit 0511123456: 600", "Team: 1120"])
    ]
    retain(40)
    held = exported(tmp_path, name="later.json")
    assert (held["day_calls"], [row["ready_s"] for row in held["day_times"]]) == ([], [None])
    run("privacy", "export-person", "Kern", "--output", tmp_path / "kern.pdf")


def test_forgetting_renames_days_that_can_not_be_counted_anew(tmp_path: Path):
    shift(tmp_path)
    with transaction() as session:
        run_import(session, "aliases", "system,alias,agent,valid_from,valid_to\nmain,Kern,Kerstin Kern,2026-01-01,\n")
    run("directory", "import", "aliases", write(tmp_path / "a.csv", b"system,alias,agent,valid_from,valid_to\n"))
    assert select("SELECT agent, system, names FROM fact_agent_time") == [("Kerstin Kern", "", ["Kern"])]
    retain(40)
    run("privacy", "forget-person", "Kerstin Kern", "--yes")
    [(agent, names, logged_on)] = select("SELECT agent, names, logged_on_s FROM fact_agent_time")
    assert agent.startswith("pseudonym_")
    assert (names, logged_on) == ([agent], 3600)


def test_a_report_of_groups_is_the_same_every_night(tmp_path: Path):
    """While names and states go, when they are gone, and when a smaller group is agreed on."""
    with transaction() as session:
        load_base_data(session)
    with time_machine.travel("2026-10-01T06:00:00+02:00"):
        ingest(write(tmp_path / "queue_log", lines("2026-09-01", month_log(WORK))))
    execute("""INSERT INTO setting (key, value, changed_at, changed_by) VALUES ('smallest_group', '3', now(), 'x')""")
    nights = [datetime(2026, 10, 2, 4, tzinfo=UTC) + timedelta(days=days) for days in (0, 30, 59, 60, 61, 100, 500)]
    reports = []
    for night in nights:
        with time_machine.travel(night):
            retain(0, night)
            with transaction() as session:
                found = group_report(session, LEADER, Month(2026, 9), night.date())
                reports.append({name: value for name, value in found.items() if name != "kept_at"})
        if night == nights[-2]:
            execute("UPDATE setting SET value = '5'")
    assert len(reports[0]["groups"]) == 2
    assert all(report == reports[0] for report in reports)
    assert one("SELECT count(*) FROM fact_agent_time") == 0
    assert one("SELECT made_at::date FROM group_month") == date(2026, 12, 1)


def test_a_month_that_loses_a_day_before_it_is_over_has_no_report(tmp_path: Path):
    shift(tmp_path)
    run("privacy", "retention", "set", "agent_state", 20, "--basis", "DV")
    assert "group_months_kept" not in retain(22)
    with days_later(40), transaction() as session, pytest.raises(RuleBroken, match="nicht mehr vollständig"):
        group_report(session, LEADER, Month(2026, 3), date(2026, 4, 11))
