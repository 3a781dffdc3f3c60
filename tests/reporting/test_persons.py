"""One person's figures: their own, today's, the past by agreement; and who has looked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text

from tests.flows.exchange import lines
from wfm import ingest
from wfm.accounts.models import AuditEntry
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service.agreements import end_agreement, propose_agreement, sign_agreement
from wfm.core.db import transaction
from wfm.core.errors import Conflict, NotAllowed
from wfm.core.intervals import Days
from wfm.directory.service import load_base_data
from wfm.reporting.agreed_agents import agreed_report
from wfm.reporting.persons import agents_today, looks_at, own_figures, person_history

LEADER = Viewer("vera", Role.SUPERVISOR, person_id=1)
COUNCIL = Viewer("petra", Role.STAFF_COUNCIL, person_id=2)
ANNA = Viewer("anna", Role.AGENT, person_id=3, agent="Anna")
MONDAY = date(2026, 9, 7)
WEEK = Days(MONDAY, MONDAY + timedelta(days=7))
NAMES = ("Anna", "Bert", "Cem", "Dora", "Emil", "Finn")


def told(day: str, names: tuple[str, ...] = NAMES) -> str:
    """Everybody is logged on 08:00 to 09:00, answers one call of 60 seconds, and pauses ten minutes with a reason."""
    rows = []
    for place, name in enumerate(names):
        rows += [
            f"{day}T08:00:00|MANAGER|q|{name}|ADDMEMBER|",
            f"{day}T08:0{place}:00|{day}{name}|q|NONE|ENTERQUEUE||0511000447|1",
            f"{day}T08:0{place}:10|{day}{name}|q|{name}|CONNECT|10|x|9",
            f"{day}T08:0{place + 1}:10|{day}{name}|q|{name}|COMPLETECALLER|10|60|1",
            f"{day}T08:20:00|NONE|q|{name}|PAUSE|Arzt",
            f"{day}T08:30:00|NONE|q|{name}|UNPAUSE|",
            f"{day}T09:00:00|MANAGER|q|{name}|REMOVEMEMBER|",
        ]
    return "\n".join(rows)


@pytest.fixture
def centre(database: str, tmp_path: Path) -> None:
    with transaction() as session:
        load_base_data(session)
    take_in(tmp_path, told("2026-09-07"), told("2026-09-08", NAMES[:3]))


def take_in(folder: Path, *days: str, system: str = "main") -> None:
    log = folder / f"log-{system}"
    log.write_bytes(lines("2026-09-07", "\n".join(sorted(line for day in days for line in day.splitlines()))))
    ingest.ingest_log(log, f"pbx-{system}", system=system)
    ingest.count_facts()


@pytest.mark.usefixtures("centre")
def test_own_days_and_weeks_and_the_mean_of_enough_others():
    with transaction() as session:
        found = own_figures(session, ANNA, WEEK)
    assert (found["whole_from"], found["days_left_out"]) == (None, [])
    assert [row["date"] for row in found["days"]] == ["2026-09-07", "2026-09-08"]
    first = found["days"][0]
    assert (first["answered"], first["talk_s"], first["logged_on_s"], first["paused_s"]) == (1, 60, 3600, 600)
    [week] = found["weeks"]
    assert (week["aht_s"], week["answered_per_hour"], week["paused_share"]) == (60, 1, 600 / 3600)
    # five others: seven hours, seven calls
    assert week["others"] == {"aht_s": 60, "answered_per_hour": 1, "paused_share": 600 / 3600}
    with transaction() as session:
        session.execute(text("INSERT INTO agent_history (whole_from) VALUES ('2026-09-08')"))
        found = own_figures(session, ANNA, WEEK)
    assert (found["whole_from"], found["days_left_out"]) == ("2026-09-08", ["2026-09-07"])
    assert [(row["date"], row["answered"]) for row in found["days"]] == [("2026-09-08", 1)]
    assert (found["total"]["answered"], found["total"]["logged_on_s"]) == (1, 3600), "only whole days are summed up"
    [week] = found["weeks"]
    assert (week["week"], week["first"], week["answered"]) == ("2026-09-07", "2026-09-08", 1)
    assert week["others"] is None, "each night of retention would take one day from it"
    assert "Arzt" not in str(found)
    assert not any(name in str(found) for name in NAMES[1:])


@pytest.mark.usefixtures("centre")
def test_of_too_few_others_there_is_no_mean(tmp_path: Path):
    days = (f"2026-09-{14 + n}" for n in range(2))
    take_in(tmp_path, *(told(day, NAMES[:5]) for day in days), system="other")  # namesakes of no alias: others
    with transaction() as session:
        bert = Viewer("x", Role.AGENT, agent="Finn")
        [week] = own_figures(session, bert, Days(date(2026, 9, 14), date(2026, 9, 21)))["weeks"]
        assert week["others"] is not None  # five, and he was not there
    with time_machine.travel("2026-09-09T12:00:00+02:00", tick=False), transaction() as session:
        [week] = own_figures(session, ANNA, WEEK)["weeks"]
        assert week["others"] is None, "the week is not over: tomorrow's mean less today's would be one day"


@pytest.mark.usefixtures("centre")
def test_a_namesake_is_somebody_else(tmp_path: Path):
    take_in(tmp_path, told("2026-09-07", ("Anna",)), system="other")
    with transaction() as session, pytest.raises(Conflict, match="heißen mehrere"):
        own_figures(session, ANNA, WEEK)


@pytest.mark.usefixtures("centre")
@pytest.mark.parametrize("viewer", [LEADER, COUNCIL, Viewer("a", Role.ADMIN), Viewer("a", Role.AGENT)])
def test_who_takes_no_calls_has_no_figures(viewer: Viewer):
    with transaction() as session, pytest.raises(NotAllowed):
        own_figures(session, viewer, WEEK)


def agree(scope: str = "calls", agents: tuple[str, ...] = ("Anna",)) -> int:
    days = {"first_day": date(2026, 9, 7), "last_day": date(2026, 9, 30)}
    with transaction() as session:
        made = propose_agreement(session, LEADER, reference="DV 1", scope=scope, reason="x", agents=agents, **days)
        return made.id


def sign(agreement: int, day: str = "2026-09-06") -> None:
    with time_machine.travel(f"{day}T12:00:00+02:00", tick=False), transaction() as session:
        sign_agreement(session, COUNCIL, agreement)


def agreed(days: Days = WEEK) -> dict:
    with transaction() as session:
        return agreed_report(session, days)


def history(agent: str = "Anna", days: Days = WEEK, viewer: Viewer = LEADER) -> dict:
    with transaction() as session:
        return person_history(session, viewer, agent, days)


@pytest.mark.usefixtures("centre")
@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_the_past_opens_with_a_signature_and_closes_with_its_end():
    with pytest.raises(NotAllowed):
        history()
    agreement = agree()
    with pytest.raises(NotAllowed):
        history()
    sign(agreement)
    found = history()
    assert found["days"][0] == {"date": "2026-09-07", "answered": 1, "talk_s": 60, "talk_unknown": 0, "wrapup_s": 0}
    assert [row["date"] for row in found["days"]] == [f"2026-09-{day:02}" for day in (7, 8, 9, 10)]
    for other in ({"agent": "Bert"}, {"days": Days(date(2026, 9, 1), date(2026, 9, 7))}, {"viewer": COUNCIL}):
        with pytest.raises(NotAllowed):
            history(**other)
    with transaction() as session:
        end_agreement(session, COUNCIL, agreement)
    with pytest.raises(NotAllowed):
        history()


@pytest.mark.usefixtures("centre")
@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_days_before_the_signature_stay_closed():
    sign(agree(), "2026-09-08")
    assert [row["date"] for row in history()["days"]] == [f"2026-09-{day:02}" for day in (8, 9, 10)]
    with pytest.raises(NotAllowed):
        history(days=Days(MONDAY, MONDAY + timedelta(days=1)))
    assert [(row["agent"], row["answered"]) for row in agreed()["rows"]] == [("Anna", 1)]  # of 2 in all


@pytest.mark.usefixtures("centre")
@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_the_report_by_agreement_shows_what_agreements_open():
    for _ in range(2):  # without one, and with one that nobody has signed
        with pytest.raises(NotAllowed):
            agreed()
        agreement = agree("time", ("Anna", "Bert"))
    sign(agreement)
    anna, bert = agreed()["rows"]
    assert (anna["agent"], anna["logged_on_s"], anna["paused_s"]) == ("Anna", 7200, {"alle Gründe": 1200})
    assert (anna["answered"], anna["talk_s"], anna["talking_s"], anna["by_queue"]) == (None, None, None, {})
    assert bert["agent"] == "Bert"
    sign(agree("calls", ("Bert",)), "2026-09-08")
    _, bert = agreed()["rows"]
    assert (bert["answered"], bert["by_queue"], bert["logged_on_s"]) == (1, {"q": {"answered": 1, "talk_s": 60}}, 7200)
    with pytest.raises(NotAllowed):
        agreed(Days(date(2026, 9, 1), date(2026, 9, 7)))


@pytest.mark.usefixtures("centre")
def test_it_closes_by_itself_after_its_last_day():
    with time_machine.travel("2026-09-10T12:00:00+02:00", tick=False):
        sign(agree("time", ()))
        assert history("Bert")["days"][0] == {
            "date": "2026-09-07",
            "logged_on_s": 3600,
            "paused_s": 600,
            "ready_s": 2940,
        }
    with time_machine.travel("2026-10-01T00:00:00+02:00", tick=False), pytest.raises(NotAllowed):
        history("Bert")


@pytest.mark.usefixtures("centre")
@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_every_look_is_an_entry_that_the_person_sees():
    sign(agree())
    history()
    with transaction() as session:
        agents_today(session, LEADER)
    with transaction() as session:
        looks = [(look.actor, look.action, look.purpose) for look, _who in looks_at(session, "Anna")]
        others = [look.action for look, _who in looks_at(session, "Bert")]
        entry = session.scalar(select(AuditEntry).where(AuditEntry.action == "person.seen"))
    assert looks == [("person:1", "agents.seen", "day"), ("person:1", "person.seen", "agreement")]
    assert others == ["agents.seen"]
    assert entry.fields == ["answered", "talk_s", "talk_unknown", "wrapup_s"]
    assert entry.details == {"from": "2026-09-07", "to": "2026-09-14", "agreements": ["DV 1"]}


@pytest.mark.usefixtures("centre")
@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_a_look_at_one_is_not_pushed_out_of_sight_by_many_at_all():
    sign(agree())
    history()
    with transaction() as session:
        for _ in range(60):
            agents_today(session, LEADER)
    with transaction() as session:
        assert looks_at(session, "Anna")[-1][0].action == "person.seen"


@pytest.mark.usefixtures("centre")
def test_a_refused_look_leaves_no_figures():
    with pytest.raises(NotAllowed):
        history()
    with transaction() as session:
        assert looks_at(session, "Anna") == []


NOW = """
2026-09-09T08:00:00|MANAGER|q|Anna|ADDMEMBER|
2026-09-09T08:00:00|MANAGER|q|Bert|ADDMEMBER|
2026-09-09T08:00:00|MANAGER|r|Bert|ADDMEMBER|
2026-09-09T08:00:00|MANAGER|q|Cem|ADDMEMBER|
2026-09-09T08:01:00|c1|q|NONE|ENTERQUEUE||0511000447|1
2026-09-09T08:01:05|c1|q|Anna|CONNECT|5|x|5
2026-09-09T08:02:00|NONE|q|Bert|PAUSE|Arzt
2026-09-09T08:02:00|NONE|r|Bert|PAUSE|Arzt
2026-09-09T08:02:30|MANAGER|q|Cem|REMOVEMEMBER|
"""


def test_today_by_name_without_reasons(database: str, tmp_path: Path):
    with transaction() as session:
        load_base_data(session)
    take_in(tmp_path, NOW.strip())
    with time_machine.travel("2026-09-09T08:03:00+02:00", tick=False), transaction() as session:
        assert agents_today(session, LEADER) == [
            {"agent": "Anna", "state": "talking", "queues": ["q"]},
            {"agent": "Bert", "state": "paused", "queues": ["q", "r"]},
        ]
    with time_machine.travel("2026-09-10T08:03:00+02:00", tick=False), transaction() as session:
        assert agents_today(session, LEADER) == []
    for viewer in (ANNA, COUNCIL, Viewer("a", Role.ADMIN)):
        with transaction() as session, pytest.raises(NotAllowed):
            agents_today(session, viewer)
