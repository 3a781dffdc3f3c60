# ruff: noqa: E501 - tables of lines
"""Each class of data goes when its time is over, and not before; figures stay; a dry run changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.flows import capture
from tests.flows.exchange import execute, import_numbers, ingest, lines, meaning, run, select, snapshot, write
from tests.privacy.held import EVENING, days_later, everything, one, payloads, retain
from wfm import ingest as intake
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.accounts.service.sign_in import Browser, begin_session
from wfm.cli import cli
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound, WfmError
from wfm.directory.service.uploads import keep_upload
from wfm.privacy.rules.retention import CLASSES, PROPOSAL, check, is_final
from wfm.privacy.service import deleting, retaining
from wfm.privacy.service.agreed import list_retention, retention_days
from wfm.queues.service.projection import touch_days
from wfm.reporting.service.facts import recount

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-03-02"
SHIFT = """
    08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|
    08:10:00|NONE|burgdorf|Kern|PAUSE|Arzt|mit 0511123456
    08:20:00|NONE|burgdorf|Kern|UNPAUSE|
    08:30:00|NONE|NONE|Kern|PAUSEALL|
    08:30:00|NONE|burgdorf|Kern|PAUSE|Team
    08:31:00|NONE|burgdorf|Kern|UNPAUSE|
    08:40:00|1772436000.1|burgdorf|NONE|DID|4951369999
    08:40:00|1772436000.1|burgdorf|NONE|ENTERQUEUE||05136111222|1
    08:40:10|1772436000.1|burgdorf|Kern|CONNECT|10|1772436005.2|9
    08:42:10|1772436000.1|burgdorf|Kern|COMPLETEAGENT|10|120|1
    08:42:20|NONE|burgdorf|Kern|PAUSE|Team
    09:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|
"""


def days(**changed: int) -> dict[str, int]:
    return {name: known.default for name, known in CLASSES.items()} | changed


def shift(folder: Path, told: str = SHIFT, *, days: float = 0) -> None:
    capture.know_partners(folder)
    file = write(folder / "queues.csv", b"queue,label,wrapup_s\nburgdorf,Burgdorf,30\n")
    with days_later(days):
        run("directory", "import", "queues", file)
        ingest(write(folder / "queue_log", lines(DAY, told)))


def count_again(*dates: str) -> None:
    with transaction() as session:
        touch_days(session, [date.fromisoformat(day).toordinal() for day in dates])
    with transaction() as session:
        recount(session)


# ---- what is agreed ---------------------------------------------------------------------------------------------------


def test_defaults_are_in_bounds_and_say_that_they_are_proposals():
    for name in CLASSES:
        check(days(), name, "Dienstvereinbarung 3")
    with transaction() as session:
        assert {row["basis"] for row in list_retention(session)} == {PROPOSAL}


@pytest.mark.parametrize(
    ("data_class", "number", "code"),
    [
        ("caller_number", 31, "retention.days"),
        ("agent_state", 6, "retention.days"),
        ("settlement", 364, "retention.days"),
        ("caller_number", 30, None),
        ("repeat_calls", 31, "retention.order"),
        ("raw_event", 29, "retention.order"),
        ("raw_event", 0, "retention.days"),
        ("calls", 3, "retention.unknown"),
    ],
)
def test_bounds(data_class: str, number: int, code: str | None):
    if code is None:
        check(days(**{data_class: number}), data_class, "DV")
        return
    with pytest.raises(WfmError) as raised:
        check(days(**{data_class: number}), data_class, "DV")
    assert raised.value.code == code


def test_another_retention_is_agreed_on_and_noted():
    run("privacy", "retention", "set", "agent_state", 60, "--basis", "DV Telefonie vom 01.03.2026, Ziffer 4")
    assert "DV Telefonie" in run("privacy", "retention", "list")
    with transaction() as session:
        assert retention_days(session)["agent_state"] == 60
    action, details = select("SELECT action, details FROM audit_entry")[0]
    assert (action, details["from"], details["to"]) == ("retention.set", 90, 60)
    refused = CliRunner().invoke(cli, ["privacy", "retention", "set", "agent_state", "60", "--basis", " "])
    assert isinstance(refused.exception, BadInput)
    refused = CliRunner().invoke(cli, ["privacy", "retention", "set", "nonsense", "60", "--basis", "x"])
    assert isinstance(refused.exception, NotFound)


def test_a_dry_run_says_how_much_and_changes_nothing(tmp_path: Path):
    shift(tmp_path)
    before = everything()
    with days_later(100):
        said = run("privacy", "retain", "--dry-run")
    assert everything() == before
    assert "Zustandswechsel" in said
    done = retain(100)
    assert done["states_deleted"] == 7
    assert one("SELECT counts FROM retention_run")["states_deleted"] == 7
    assert retain(100) == {}


# ---- agents' states ----------------------------------------------------------------------------------------------------


def test_facts_of_days_whose_states_are_gone_stay(tmp_path: Path):
    """Also when the day is counted anew, and when its calls turn out to be another partner's."""
    shift(tmp_path)
    figures = meaning("fact_interval", "fact_day")
    assert one("SELECT sum(staffed_here_s) FROM fact_interval") == 3600
    assert one("SELECT sum(paused_here_s) FROM fact_interval") == 600 + 60 + 1060
    assert one("SELECT sum(wrapup_s) FROM fact_day") == 10, "cut off by the pause"
    retain(31)
    count_again(DAY)
    assert meaning("fact_interval", "fact_day") == figures
    done = retain(91)
    assert (done["spans_deleted"], done["states_deleted"]) == (6, 7)
    count_again(DAY)
    assert meaning("fact_interval", "fact_day") == figures
    run("rebuild")
    assert meaning("fact_interval", "fact_day") == figures
    with days_later(92):
        import_numbers(tmp_path, ["4951369999,03241005,2026-01-01,"])
    assert select("SELECT partner, wrapup_s, wrapup_inferred FROM fact_day WHERE offered > 0") == [("03241005", 10, 1)]
    assert one("SELECT sum(staffed_here_s) FROM fact_interval") == 3600
    assert not [line for line in payloads() if b"Kern" in line or b"Arzt" in line or b"Team" in line][1:]


def test_a_state_that_still_lasts_stays_until_it_ends(tmp_path: Path):
    """Logged on in March, never off; only what that rests on is kept, and a rebuild agrees."""
    told = """
        08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|
        08:10:00|NONE|burgdorf|Kern|PAUSE|Team
        08:20:00|NONE|burgdorf|Kern|UNPAUSE|
    """
    shift(tmp_path, told)
    with days_later(100):
        later = lines("2026-06-10", "08:00:00|1.9|burgdorf|NONE|ENTERQUEUE||05136111222|1")
        ingest(write(tmp_path / "later.log", later))
    staffed = select("SELECT day, sum(staffed_here_s) FROM fact_interval GROUP BY day ORDER BY day")
    assert len(staffed) == 101
    done = retain(100)
    assert (done["spans_deleted"], done["states_deleted"]) == (2, 2)
    spans = snapshot("agent_span", "agent_event")
    assert [len(rows) for rows in spans.values()] == [1, 1]
    run("rebuild")
    assert snapshot("agent_span", "agent_event") == spans
    assert select("SELECT day, sum(staffed_here_s) FROM fact_interval GROUP BY day ORDER BY day") == staffed
    with days_later(101):
        off = lines("2026-06-11", "09:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|")
        ingest(write(tmp_path / "off.log", off))
    assert one("SELECT count(*) FROM agent_span WHERE ends_at IS NULL") == 0
    retain(300)
    assert select("SELECT count(*) FROM agent_event") == [(0,)]
    assert not [line for line in payloads() if b"Kern" in line]


def test_days_before_which_nothing_was_deleted_are_counted_as_ever(tmp_path: Path):
    """A late event corrects staffed seconds of days whose states are still known, downwards too."""
    shift(tmp_path, "08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|\n10:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|")
    retain(40)
    with days_later(41):
        ingest(write(tmp_path / "late.log", lines(DAY, "09:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|")))
    assert one("SELECT sum(staffed_here_s) FROM fact_interval") == 3600


# ---- what could not be read --------------------------------------------------------------------------------------------


def test_quarantine_loses_numbers_first_and_lines_later(tmp_path: Path):
    """Reports go on saying that something could not be read."""
    torn = "08:41:00|1772436000.1|burgdorf|05136 / 11 12 22\n08:42:00|1.1|burgdorf|NONE|NOVELTY|05136111222|Erika\n"
    shift(tmp_path, torn + SHIFT)
    assert one("SELECT count(*) FROM quarantine") == 2
    retain(2)
    assert not [line for line in payloads() if b"111222" in line.replace(b" ", b"")]
    assert not select("SELECT FROM quarantine WHERE detail ~ '111222'")
    assert one("SELECT count(*) FROM quarantine WHERE state = 'open'") == 2
    done = retain(91)
    assert done["quarantined_dropped"] == 2
    assert not [line for line in payloads() if b"Erika" in line or b"NOVELTY" in line]
    assert select("SELECT DISTINCT state, detail FROM quarantine") == [("dropped", "")]
    report = json.loads(run("report", "queues", "--from", DAY, "--to", "2026-03-03", "--format", "json"))
    assert "unreadable" in {gap["kind"] for gap in report["gaps"]}
    run("rebuild")
    assert select("SELECT state, count(*) FROM quarantine GROUP BY 1") == [("dropped", 2)]
    assert retain(91) == {}


def test_the_line_that_goes_on_in_half_a_one_is_not_dropped(tmp_path: Path):
    shift(tmp_path, "08:00:00|1.0|burgdorf|NONE|QUEUESTART|\n")
    with days_later(0):
        torn = lines(DAY, "08:00:00|1.1|burg").rstrip(b"\n") + lines(
            DAY, "08:40:00|7.1|burgdorf|NONE|ENTERQUEUE||05136111222|1"
        )
        ingest(write(tmp_path / "torn.log", torn), source="other")
    assert one("SELECT count(*) FROM call WHERE callid = '7.1'") == 1
    before = snapshot("call", "stay")
    retain(31)
    retain(91)
    run("rebuild")
    assert snapshot("call", "stay") == before
    assert not [line for line in payloads() if b"111222" in line]


def test_what_never_became_a_raw_event_is_emptied_too(tmp_path: Path):
    shift(tmp_path)
    with days_later(0):
        for number, content in enumerate(("05136111222", "05136333444")):
            row = f"1,2026-03-02 09:00:00.0,5.1,burgdorf,NONE,ENTERQUEUE,,{content},1\n"
            dump = write(
                tmp_path / f"{number}.csv", f"id,time,callid,queuename,agent,event,data1,data2,data3\n{row}".encode()
            )
            run("ingest", "queue-log-table", dump, "--source", "table")
    assert select("SELECT reason FROM quarantine") == [("conflict",)]
    retain(2)
    assert b"333444" not in bytes(one("SELECT payload FROM quarantine"))
    retain(91)
    assert bytes(one("SELECT payload FROM quarantine")) == b""


def test_a_stream_that_cannot_be_read_holds_up_no_other(tmp_path: Path):
    """Here the first one, by a zone that is unknown: as after an update of the system's zones, or an error of ours."""
    row = "1,2026-03-02 09:00:00.0,5.1,burgdorf,NONE,ENTERQUEUE,,05136333444,1\n"
    dump = write(tmp_path / "0.csv", f"id,time,callid,queuename,agent,event,data1,data2,data3\n{row}".encode())
    with days_later(0):
        run("ingest", "queue-log-table", dump, "--source", "table")
    execute("UPDATE source SET timezone = 'Mars/Phobos'")
    shift(tmp_path)
    counts = retain(2)
    assert counts["lines_failed"] == 1
    assert b"05136111222" not in b"".join(payloads())
    assert one("SELECT count(*) FROM retention_run") == 1
    execute("UPDATE source SET timezone = 'Europe/Berlin'")
    assert "lines_failed" not in retain(2)
    assert b"05136333444" not in b"".join(payloads())


# ---- months that are settled, sums, sign-ins, keys ----------------------------------------------------------------------


def test_no_month_is_final_until_its_settlement_is():
    assert not is_final("open", None)
    assert not is_final("closed", None)
    assert not is_final("open", EVENING)
    assert is_final("closed", EVENING)


def test_calls_of_settled_months_go_and_their_sums_stay(tmp_path: Path):
    shift(tmp_path)
    with days_later(35):
        ingest(
            write(tmp_path / "april.log", lines("2026-04-06", "08:00:00|9.9|burgdorf|NONE|ENTERQUEUE||05136111222|1"))
        )
    execute("INSERT INTO month (month, state, closed_at) VALUES ('2026-03-01', 'closed', now())")
    retain(500)
    assert one("SELECT count(*) FROM call WHERE day = :day", day=date(2026, 3, 2)) == 1
    figures = meaning("fact_interval", "fact_day")
    settled = EVENING + timedelta(days=400)
    execute("UPDATE month SET settled_at = :at", at=settled)
    assert "calls_deleted" not in retain(429)
    assert retain(431)["calls_deleted"] == 1
    assert select("SELECT DISTINCT day FROM call") == [(date(2026, 4, 6),)]
    assert select("SELECT DISTINCT day FROM stay") == [(date(2026, 4, 6),)]
    assert meaning("fact_interval", "fact_day") == figures
    run("rebuild")
    assert meaning("fact_interval", "fact_day") == figures
    assert not select("SELECT FROM broken_invariant"), "with nothing left there is nothing to compare with"
    assert not select("SELECT FROM touched_day")
    with days_later(500):  # the same lines again, in a copy
        content = lines(DAY, SHIFT)
        ingest(write(tmp_path / "copy.log", content[content.index(b"\n") + 1 :]))
    assert meaning("fact_interval", "fact_day") == figures
    assert not select("SELECT FROM call WHERE day < '2026-04-01'")
    assert not [line for line in payloads() if b"111222" in line]


def test_a_call_into_a_month_that_is_not_final_stays(tmp_path: Path):
    told = """
        2026-03-31T23:59:50|1.1|burgdorf|NONE|ENTERQUEUE||05136111222|1
        2026-04-01T00:00:05|1.1|burgdorf|NONE|EXITWITHTIMEOUT|1|1|15
        2026-04-01T00:00:05|1.1|garbsen|NONE|ENTERQUEUE||05136111222|1
        2026-04-01T00:00:25|1.1|garbsen|NONE|ABANDON|1|1|20
    """
    shift(tmp_path, told, days=31)
    execute(
        "INSERT INTO month (month, state, closed_at, settled_at) VALUES ('2026-03-01', 'closed', :at, :at)", at=EVENING
    )
    assert "calls_deleted" not in retain(200)
    execute(
        "INSERT INTO month (month, state, closed_at, settled_at) VALUES ('2026-04-01', 'closed', :at, :at)", at=EVENING
    )
    assert retain(200)["calls_deleted"] == 1


def test_sums_go_last(tmp_path: Path):
    shift(tmp_path)
    sums = one("SELECT count(*) FROM fact_interval") + one("SELECT count(*) FROM fact_day")
    assert "sums_deleted" not in retain(3_700), "not while the month is not final"
    execute(
        "INSERT INTO month (month, state, closed_at, settled_at) VALUES ('2026-03-01', 'closed', :at, :at)", at=EVENING
    )
    assert "sums_deleted" not in retain(3_652)
    assert retain(3_655)["sums_deleted"] == sums


def test_ended_sign_ins_go():
    with transaction() as session:
        assert deleting.delete_sessions(session, EVENING) == 0
        person, _ = people.add_person(session, login="kern", name="Kern", role=Role.AGENT, by="test")
        for ended, ends in ((-40, -39), (None, -31), (-29, 5), (None, -29)):
            begun, _ = begin_session(session, person, Browser("127.0.0.1"), method="password")
            begun.ended_at = None if ended is None else EVENING + timedelta(days=ended)
            begun.ends_at = EVENING + timedelta(days=ends)
    assert retain(0)["sessions_deleted"] == 2
    assert one("SELECT count(*) FROM login_session") == 2


def test_the_run_itself_is_in_the_audit_trail_without_anybody_in_it(tmp_path: Path):
    shift(tmp_path)
    retain(100)
    actor, details = select("SELECT actor, details FROM audit_entry WHERE action = 'retention.run'")[0]
    assert actor == "test"
    assert all(type(count) is int for count in details.values())


def test_two_runs_do_not_meet(tmp_path: Path):
    from wfm.core.locks import one_at_a_time

    with one_at_a_time("wfm.privacy") as mine:
        assert mine
        with pytest.raises(Conflict):
            retaining.retain(by="test")
        assert retaining.redact_numbers() == 0
    assert intake.count_facts() == 0


# ---- accounts, names of agents, files ----------------------------------------------------------------------------------


def test_files_that_nobody_took_over_go_after_a_day():
    with transaction() as session:
        header = b"number,partner,valid_from,valid_to\n"
        drafts = [keep_upload(session, "numbers", "n.csv", header, by=f"person:{hours}") for hours in (25, 23)]
        for draft, hours in zip(drafts, (25, 23), strict=True):
            draft.sent_at = EVENING - timedelta(hours=hours)
    assert would()["uploads_deleted"] == 1
    assert retain(0)["uploads_deleted"] == 1
    assert one("SELECT sent_by FROM import_draft") == "person:23"


def test_files_may_be_agreed_to_lie_longer():
    run("privacy", "retention", "set", "import_draft", 3, "--basis", "DV 5")
    with transaction() as session:
        keep_upload(session, "numbers", "n.csv", b"number,partner\n", by="person:1").sent_at = EVENING
    assert "uploads_deleted" not in retain(2.9)
    assert retain(3.1)["uploads_deleted"] == 1


def would(days: float = 0) -> dict[str, int]:
    with days_later(days):
        return {name: count for name, count in retaining.retain(by="test", dry_run=True).items() if count}


def account(login: str, **more: Any) -> int:
    with transaction() as session:
        return people.add_person(session, login=login, name=f"Vera {login}", role=Role.AGENT, by="test", **more)[0].id


def lock_out(number: int, at: datetime) -> None:
    execute("UPDATE person SET disabled_at = :at WHERE id = :id", at=at, id=number)


def test_a_locked_account_loses_its_name_and_the_trail_keeps_its_number():
    with days_later(-800):
        gone, working = account("kern"), account("linde")
    execute("UPDATE person SET subject = 'https://idp kern', language = 'en' WHERE id = :id", id=gone)
    lock_out(gone, EVENING)
    assert "accounts_nameless" not in retain(730), "730 whole days in Berlin"
    assert would(731)["accounts_nameless"] == 1
    assert retain(731)["accounts_nameless"] == 1
    row = one("SELECT to_jsonb(p) FROM person p WHERE id = :id", id=gone)
    assert (row["login"], row["name"], row["role"]) == (f"konto {gone}", f"Konto {gone}", "agent")
    assert (row["password_hash"], row["agent"], row["language"]) == (None, None, "de")
    assert "kern" not in json.dumps(row).lower()
    assert one("SELECT name FROM person WHERE id = :id", id=working) == "Vera linde"
    assert select("SELECT object_id FROM audit_entry WHERE action = 'person.added' ORDER BY id")[0] == (str(gone),)
    assert "accounts_nameless" not in retain(732), "once"


def test_an_account_of_an_agent_in_the_directory_waits_for_that_tie_to_end(tmp_path: Path):
    number = account("kern", agent="Kern")
    lock_out(number, EVENING)
    alias(tmp_path, "PJSIP/7", "Kern", "2026-01-01")
    assert "accounts_nameless" not in retain(731)
    execute("DELETE FROM agent_alias")
    assert retain(731)["accounts_nameless"] == 1


def test_an_account_without_a_name_can_t_be_taken_up_again():
    number = account("kern")
    lock_out(number, EVENING)
    retain(731)
    with transaction() as session:
        for attempt in (
            lambda: people.enable_person(session, number, by="test"),
            lambda: people.reset_password(session, number, by="test"),
            lambda: people.change_person(session, number, name="Vera Kern", by="test"),
        ):
            with pytest.raises(Conflict) as refused:
                attempt()
            assert refused.value.code == "person.nameless"
    assert account("kern") != number, "the login is free again"


def alias(folder: Path, name: str, agent: str, first: str, last: str = "") -> None:
    row = f"system,alias,agent,valid_from,valid_to\nmain,{name},{agent},{first},{last}\n"
    run("directory", "import", "aliases", write(folder / "aliases.csv", row.encode()))


def test_names_of_agents_go_after_their_last_day(tmp_path: Path):
    shift(tmp_path)
    alias(tmp_path, "PJSIP/7", "Kern", "2026-01-01", "2026-02-28")
    alias(tmp_path, "PJSIP/8", "Linde", "2026-01-01")
    days_ = (date(2026, 5, 29) - EVENING.date()).days  # the 90th day after the last one
    assert "aliases_deleted" not in retain(days_)
    assert would(days_ + 1)["aliases_deleted"] == 1
    assert retain(days_ + 1)["aliases_deleted"] == 1
    assert select("SELECT alias FROM agent_alias") == [("PJSIP/8",)], "what has no last day is still in use"


def test_a_name_stays_while_a_call_of_its_time_does(tmp_path: Path):
    shift(tmp_path)
    alias(tmp_path, "Kern", "Vera Kern", "2026-01-01", "2026-03-31")
    assert "aliases_deleted" not in retain(500), "a pseudonym must lead to whom it belongs, for their own disclosure"
    execute(
        "INSERT INTO month (month, state, closed_at, settled_at) VALUES ('2026-03-01', 'closed', :at, :at)", at=EVENING
    )
    assert retain(500)["aliases_deleted"] == 1, "calls go first, in the same night"


def test_monthly_files_go_with_the_sums_of_their_month():
    execute("INSERT INTO report_file (month, format, wanted_at) VALUES ('2026-03-01', 'pdf', :at)", at=EVENING)
    days_ = (date(2026, 4, 1) - EVENING.date()).days + CLASSES["report_file"].default
    assert "files_deleted" not in retain(days_), "not while the month is not final"
    execute(
        "INSERT INTO month (month, state, closed_at, settled_at) VALUES ('2026-03-01', 'closed', :at, :at)", at=EVENING
    )
    assert "files_deleted" not in retain(days_ - 1)
    assert would(days_)["files_deleted"] == 1
    assert retain(days_)["files_deleted"] == 1


@pytest.mark.parametrize(("data_class", "number"), [("agent_alias", 89), ("account", 729), ("agent_state", 91)])
def test_what_explains_other_data_is_kept_as_long_as_they(data_class: str, number: int):
    with pytest.raises(BadInput) as refused:
        check(days(**{data_class: number}), data_class, "DV")
    assert refused.value.code == "retention.order"


def test_whatever_is_counted_is_told_in_words_and_tried_before():
    assert retaining.retain(by="test").keys() == retaining.COUNTS.keys()
    assert retaining.retain(by="test", dry_run=True).keys() <= retaining.COUNTS.keys()
