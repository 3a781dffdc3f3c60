"""Pages of agents' figures: what they show, to whom, and in how many queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import time_machine
from sqlalchemy import text

from tests.reporting.test_persons import NAMES
from wfm.accounts.service.people import find_person
from wfm.core.db import transaction

OCTOBER = "2026-10-05T12:00:00+02:00"


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile, by SQLAlchemy or without it."""
    found: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self, query, *rest, **more):
        if str(query).strip() != ";":  # the ping of the pool
            found.append(str(query))
        return execute(self, query, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        yield found


@time_machine.travel(OCTOBER, tick=False)
def test_groups_of_a_month(ask):
    page = ask("supervisor").get("/gruppen").text
    assert "September 2026" in page
    assert re.search(r"Personen.*?wfm-figure__value\">6<", page, re.DOTALL)
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", page)]
    assert "Zu wenige Personen" not in page
    assert "Zu wenige Personen" in ask("supervisor").get("/gruppen?month=2026-08").text


@time_machine.travel(OCTOBER, tick=False)
@pytest.mark.parametrize("month", ["2026-10", "2027-01", "September", "2026-13"])
def test_a_month_that_is_not_over_or_none_at_all(ask, month: str):
    answer = ask("supervisor").get(f"/gruppen?month={month}")
    assert answer.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text


@time_machine.travel(OCTOBER, tick=False)
def test_an_agent_sees_their_own_only(ask):
    page = ask("agent", agent="Anna").get("/meine-zahlen?month=2026-09").text
    assert "07.09.2026" in page
    assert "Arzt" not in page
    assert not [name for name in NAMES[1:] if name in page]
    assert ask("agent").get("/meine-zahlen?month=x").status_code == 422


@time_machine.travel(OCTOBER, tick=False)
def test_an_account_without_a_name(ask):
    caller = ask("agent", agent="Anna")
    with transaction() as session:
        find_person(session, "agent").agent = None
    assert "mit keinem Namen verbunden" in caller.get("/meine-zahlen").text
    with transaction() as session:
        find_person(session, "agent").agent = "Anna"


@time_machine.travel("2026-09-10T12:00:00+02:00", tick=False)
def test_the_past_of_persons_is_closed_until_signed_and_every_look_is_kept(ask):
    supervisor, council = ask("supervisor"), ask("staff_council")
    address = "/personen?agent=Anna&first_day=2026-09-07&last_day=2026-09-08"
    assert "ist verschlossen" in supervisor.get(address).text
    proposal = {"reference": "DV 1", "scope": "calls", "reason": "x", "agents": "Anna"}
    days = {"first_day": "2026-09-07", "last_day": "2026-09-30"}
    supervisor("POST", "/verwaltung/zwecke", data=proposal | days)
    assert "ist verschlossen" in supervisor.get(address).text
    council("POST", "/verwaltung/zwecke/1/unterzeichnen")
    page = supervisor.get(address)
    assert (page.status_code, "gilt keine Vereinbarung" in page.text) == (422, True)  # days before the signature
    assert "für Tage ab 10.09.2026" in supervisor.get("/verwaltung/zwecke").text
    with transaction() as session:  # as if signed in time
        session.execute(text("UPDATE staff_agreement SET signed_at = '2026-09-06T12:00:00+02:00'"))
    page = supervisor.get(address).text
    assert "Tage von Anna" in page
    assert "0:01:00" in page
    for wrong in (
        "agent=&first_day=2026-09-07&last_day=2026-09-08",
        "agent=Anna&first_day=x&last_day=2026-09-08",
        "agent=Anna&first_day=2026-09-08&last_day=2026-09-07",
        "agent=Anna&first_day=2026-09-01&last_day=2026-12-01",
        "agent=Anna&first_day=2026-09-01&last_day=2026-09-02",
        "agent=%00&first_day=2026-09-07&last_day=2026-09-08",
    ):
        answer = supervisor.get(f"/personen?{wrong}")
        assert (answer.status_code, "Tage von" in answer.text) == (422, False), wrong
    answer = supervisor.get("/personen?agent=Bert&first_day=2026-09-07&last_day=2026-09-08")
    assert (answer.status_code, "gilt keine Vereinbarung" in answer.text) == (422, True)
    looks = ask("agent", agent="Anna").get("/meine-zahlen").text
    assert "Nach Vereinbarung" in looks
    assert "Ihre Tage 07.09.2026 bis 08.09.2026" in looks
    with transaction() as session:
        seen = session.execute(text("SELECT purpose, object_id FROM audit_entry WHERE action = 'person.seen'")).all()
    assert seen == [("agreement", "Anna")]
    council("POST", "/verwaltung/zwecke/1/beenden")
    assert "ist verschlossen" in supervisor.get(address).text


@time_machine.travel(OCTOBER, tick=False)
def test_questions_to_the_database_do_not_grow_with_people_and_days(ask):
    """Five, and the one that knows whose session it is."""
    for role, address in (("supervisor", "/gruppen"), ("agent", "/meine-zahlen?month=2026-09")):
        caller = ask(role)
        with statements() as found:
            assert caller.get(address).status_code == 200
        assert [statement for statement in found if "login_session" in statement] == found[:1]
        assert len(found) == 6, found
