"""Figures of groups: the capture's morning, and a month made by hand, whose real reports the attacker has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.accounts.test_groups import Figure, told_of
from tests.flows.exchange import lines
from wfm import ingest
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service.settings import set_setting
from wfm.core.db import transaction
from wfm.core.errors import NotAllowed, RuleBroken
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.reporting.agent_groups import group_report, keep_months, week_of
from wfm.reporting.queries import definition, queue_report
from wfm.reporting.service.agent_history import whole_from

LEADER = Viewer("vera", Role.SUPERVISOR, person_id=1)
JUNE = Month(2026, 6)
TODAY = date(2026, 11, 25)


def report(session: Session, month: Month, smallest: int) -> dict:
    set_setting(session, "smallest_group", smallest, by="test")
    return group_report(session, LEADER, month, TODAY)


def test_the_captures_sums_are_those_of_the_queue_report(session: Session):
    found = report(session, JUNE, 3)
    queues = queue_report(session, JUNE.days, "month", definition(session, JUNE.first))["total"]
    for name in ("answered", "talk_s", "wrapup_s"):
        assert found["total"][name] == queues[name]
    assert sum(group["agents"] for group in found["groups"]) == found["total"]["agents"]
    assert sum(group["logged_on_s"] for group in found["groups"]) == found["total"]["logged_on_s"]
    assert all(group["agents"] >= 3 for group in found["groups"])
    assert "ag1" not in str({name: value for name, value in found.items() if name != "gaps"})


def test_too_few_are_not_shown_at_all(session: Session):
    found = report(session, JUNE, 100)
    assert (found["total"], found["weeks"], found["groups"]) == (None, [], [])


def test_who_may_not_see_groups_and_a_month_that_is_not_over(session: Session):
    with pytest.raises(NotAllowed):
        group_report(session, Viewer("f", Role.FINANCE), JUNE, TODAY)
    for today in (date(2026, 6, 15), date(2026, 6, 30)):
        with pytest.raises(RuleBroken):
            group_report(session, LEADER, JUNE, today)
    assert group_report(session, LEADER, JUNE, date(2026, 7, 1))["month"] == "2026-06"


def test_a_month_of_which_retention_has_begun_to_take_is_not_shown(session: Session):
    """Each night takes a day more: of two reports the difference would be that day."""
    session.execute(text("INSERT INTO agent_history (known_from) VALUES ('2026-06-02')"))
    with pytest.raises(RuleBroken, match="nicht mehr vollständig"):
        group_report(session, LEADER, JUNE, TODAY)


def test_a_month_is_kept_before_its_first_day_goes_and_never_made_again(session: Session):
    """Whatever is agreed later or comes late: who asks twice gets the same."""
    before = report(session, JUNE, 3)
    assert keep_months(session, date(2026, 6, 9), TODAY) == 0, "nobody was logged on before the 9th"
    assert keep_months(session, date(2026, 6, 10), date(2026, 6, 30)) == 0, "not over"
    assert keep_months(session, date(2026, 6, 10), TODAY) == 1
    assert keep_months(session, date(2026, 7, 1), TODAY) == 0, "once"
    session.execute(text("INSERT INTO agent_history (known_from) VALUES ('2026-06-10')"))
    session.execute(text("DELETE FROM fact_agent_time"))
    kept = report(session, JUNE, 4)
    assert kept["kept_at"] is not None
    assert {**kept, "kept_at": None} == before
    assert "ag1" not in str({name: value for name, value in before.items() if name != "gaps"})
    with pytest.raises(NotAllowed):
        group_report(session, Viewer("f", Role.FINANCE), JUNE, TODAY)


def test_a_month_of_which_a_day_has_gone_already_is_not_kept(session: Session):
    session.execute(text("INSERT INTO agent_history (known_from) VALUES ('2026-06-02')"))
    assert keep_months(session, date(2026, 6, 10), TODAY) == 0


def test_names_of_calls_that_have_gone_change_nothing(session: Session):
    """Groups are of those logged on to the same queues: who answered what is not asked."""
    before = report(session, JUNE, 3)
    whole_from(session, date(2026, 7, 1))
    session.execute(text("UPDATE stay SET agent = 'pseudonym_' || md5(callid) WHERE agent IS NOT NULL"))
    assert report(session, JUNE, 3) == before


def test_somebody_who_left_and_was_forgotten_takes_no_month_away(session: Session):
    (name,) = session.execute(text("SELECT agent FROM agent_span JOIN stay USING (system_id, agent) LIMIT 1")).one()
    for table in ("stay", "agent_span", "fact_agent_time"):
        session.execute(text(f"UPDATE {table} SET agent = 'pseudonym_0' WHERE agent = :name"), {"name": name})
    assert group_report(session, LEADER, JUNE, TODAY)["groups"]


# ---- a month with guests, newcomers and a week of few ---------------------------------------------------------------

#: Who answers where on which days of September 2026 (Mondays: 7, 14, 21, 28), and why they paused.
WORK = {
    "Anna": ("a", (1, 8, 15, 22), "Mittag"),
    "Bert": ("a", (1, 8, 15, 22), "Mittag"),
    "Cem": ("a", (1, 8, 15, 22), "Mittag"),
    "Dora": ("a b", (1, 8, 15, 22), "Schulung"),
    "Emil": ("b", (1, 8, 15, 22), "Mittag"),
    "Finn": ("b", (8, 15, 22), "Mittag"),
    "Gül": ("b", (1, 8, 15), "Mittag"),
    "Hans": ("c", (8,), "Schulung"),
}


def month_log(work: dict) -> str:
    told, call = [], 0
    for place, (agent, (queues, days, reason)) in enumerate(work.items()):
        for day in days:
            for number, queue in enumerate(queues.split()):
                call, minute = call + 1, 10 * number
                head = f"2026-09-{day:02}T{8 + place:02}:{minute:02}"
                told += [
                    f"{head}:00|MANAGER|{queue}|{agent}|ADDMEMBER|",
                    f"{head}:10|c{call}|{queue}|NONE|ENTERQUEUE||0511000447|1",
                    f"{head}:15|c{call}|{queue}|{agent}|CONNECT|5|x|5",
                    f"{head}:55|c{call}|{queue}|{agent}|COMPLETECALLER|5|40|1",
                    f"2026-09-{day:02}T{8 + place:02}:{minute + 2:02}:00|NONE|{queue}|{agent}|PAUSE|{reason}",
                    f"2026-09-{day:02}T{8 + place:02}:{minute + 5:02}:00|MANAGER|{queue}|{agent}|REMOVEMEMBER|",
                ]
    return "\n".join(sorted(told))


@pytest.fixture
def september(database: str, tmp_path: Path) -> Iterator[Session]:
    with transaction() as session:
        load_base_data(session)
    log = tmp_path / "queue_log"
    log.write_bytes(lines("2026-09-01", month_log(WORK)))
    ingest.ingest_log(log, "pbx")
    ingest.count_facts()
    with transaction() as session:
        yield session


def test_guests_are_not_found_by_differences(september: Session):
    """Every figure of the pages as a sum of what somebody did in reality; then the attacker reckons."""
    found = report(september, Month(2026, 9), 3)
    people = {}
    for name, day, queues, paused_s in september.execute(
        text("SELECT agent, day, queues, paused_s FROM fact_agent_time ORDER BY agent, day")
    ):
        people.setdefault(name, {})[day] = {"queues": queues, "paused_s": paused_s}
    talks = september.execute(text("SELECT agent, queue, day, entered_at FROM stay WHERE outcome = 'answered'")).all()
    talk = {(agent, "talk", day, queue, at) for agent, queue, day, at in talks}
    ready = {(agent, "ready", day) for agent, days in people.items() for day in days}
    paused = {
        (name, "paused", day, why) for name, days in people.items() for day in days for why in days[day]["paused_s"]
    }
    everything = talk | ready | paused

    queues = [dict.fromkeys({each for each in talk if each[3:] == cell}, 1) for cell in {each[3:] for each in talk}]
    in_group = {group_name(people[name], found["groups"]) for name in people}
    assert in_group == set(range(len(found["groups"]))), "the groups are those of the people"
    groups: list[Figure] = []
    for number, group in enumerate(found["groups"]):
        of_group = {each for each in everything if group_name(people[each[0]], found["groups"]) == number}
        groups.append(dict.fromkeys(of_group, 1))
        assert group["agents"] == len({each[0] for each in of_group}) >= 3
        groups += [
            dict.fromkeys({each for each in of_group if each[1] == "paused" and each[3] in part["reasons"]}, 1)
            for part in group["reasons"]
        ]
    bounds = [(date.fromisoformat(week["from"]), date.fromisoformat(week["to"])) for week in found["weeks"]]
    groups += [dict.fromkeys({each for each in everything if start <= each[2] < end}, 1) for start, end in bounds]
    if found["total"]["occupancy"] is not None:
        groups.append(dict.fromkeys(ready, 1))

    assert len(groups) > 3
    for few in map(frozenset, combinations(people, 2)):
        assert told_of(few, [*queues, *groups]) == told_of(few, queues)


def group_name(days: dict, groups: list[dict]) -> int:
    """Which group somebody is in, as an attacker would find out: the one of their queues, else the rest."""
    queues = sorted({queue for row in days.values() for queue in row["queues"]})
    named = [group["queues"] for group in groups]
    return named.index(queues if queues in named else None)


def test_what_the_month_shows(september: Session):
    found = report(september, Month(2026, 9), 3)
    shape = [(group["queues"], group["agents"], group["logged_on_s"]) for group in found["groups"]]
    # Dora and Hans are two kinds of one: they take in the smallest of the others, which come by their names
    assert shape == [(["b"], 3, 10 * 300), (None, 5, (12 + 8 + 1) * 300)]
    assert found["total"]["answered"] == 31
    # in the first and the last week only two of the first group were there, but four of the second: all hang together
    weeks = [(week["from"], week["to"], week["answered"]) for week in found["weeks"]]
    assert weeks == [
        ("2026-09-01", "2026-09-07", 7),
        ("2026-09-07", "2026-09-14", 9),
        ("2026-09-14", "2026-09-21", 8),
        ("2026-09-21", "2026-10-01", 7),
    ]


def test_weeks_begin_on_mondays_and_with_the_month():
    assert week_of(date(2026, 9, 3), Month(2026, 9)) == date(2026, 9, 1)
    assert week_of(date(2026, 9, 13), Month(2026, 9)) == date(2026, 9, 7)
