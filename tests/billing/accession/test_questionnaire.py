"""Questionnaires: what was typed is kept, what is wrong is said at its field, and handing in fills the profile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, SUPERVISOR
from wfm.billing.models import Questionnaire
from wfm.billing.rules.questionnaire import Answers, as_typed, read_answers
from wfm.billing.service import questionnaires as q
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotAllowed, NotFound
from wfm.directory.models import PartnerProfile
from wfm.directory.service import run_import

SERVICES = """leika_key;name;rank;source;tag
99115005104000;Wohnsitz Anmeldung;;;
99008001012000;Personalausweis Ausstellung;;;
"""

#: What is typed -> the field at fault and a part of what is said.
FAULTS = [
    ({"calls_a_year": "viele"}, "calls_a_year", "ganze Zahl"),
    ({"calls_a_year": "-5", "calls_source": "x"}, "calls_a_year", "ganze Zahl"),
    ({"calls_a_year": "1.23"}, "calls_a_year", "ganze Zahl"),
    ({"calls_a_year": "999999999999", "calls_source": "x"}, "calls_a_year", "zu groß"),
    ({"calls_a_year": "12000"}, "calls_source", "woher"),
    ({"calls_01": "10", "calls_a_year": "9", "calls_source": "x"}, "calls_a_year", "zusammen 10"),
    ({"wished_start": "31.02.2027"}, "wished_start", "Hier wird ein Tag"),
    ({"wished_start": "2199-01-01"}, "wished_start", "zu weit"),
    ({"hours": "x" * 1001}, "hours", "Höchstens 1000 Zeichen; es sind 1001"),
    ({"contact_office": "a\nb"}, "contact_office", "einer Zeile"),
    ({"services": ["99999999999999"]}, "services", "gibt es nicht"),
    ({"services": []}, "services", "mindestens eine"),
]


@pytest.mark.parametrize(("typed", "field", "said"), FAULTS)
def test_what_is_wrong_is_said_at_its_field_and_stays(typed: dict, field: str, said: str):
    kept = as_typed(typed)
    read = read_answers(kept, {"99115005104000", "99008001012000"})
    assert said in read.errors[field]
    assert kept[field] == typed.get(field, "")


@pytest.mark.parametrize("given", ["12500", "12.500", "12 500", " 12.500 ", "12\u00a0500"])
def test_numbers_as_people_write_them(given: str):
    read = read_answers(as_typed({"calls_a_year": given, "calls_source": "Anlage"}), ())
    assert (read.answers.calls_a_year, read.errors) == (12_500, {})


def test_twelve_months_are_a_year():
    months = {f"calls_{month:02d}": str(100 * month) for month in range(1, 13)}
    read = read_answers(as_typed({**months, "calls_source": "Anlage"}), ())
    assert read.answers.calls_a_year == 7_800
    assert not read.errors
    eleven = {name: value for name, value in months.items() if name != "calls_12"}
    assert read_answers(as_typed({**eleven, "calls_source": "Anlage"}), ()).answers.calls_a_year is None


def test_nothing_said_is_nothing_wrong():
    assert read_answers(as_typed({}), {"99115005104000"}).answers == Answers()
    assert not read_answers({}, ()).errors


def test_from_the_link_to_the_profile(empty: Session):
    run_import(empty, "services", SERVICES)
    made, secret = q.ask(empty, FINANCE, BURGDORF, days=30)
    assert secret.encode() not in made.token_hash
    first = q.save(empty, secret, {"calls_a_year": "viele", "hours": "Mo-Fr\n8-18 Uhr"})
    assert (first.version, first.typed["calls_a_year"]) == (1, "viele")
    with pytest.raises(BadInput) as refused:
        q.hand_in(empty, secret)
    assert list(refused.value.details["faults"]) == ["calls_a_year"]
    # A field that is not sent stays; the same once more is no version.
    second = q.save(empty, secret, {"calls_a_year": "12.500", "calls_source": "Anlage\t2026"})
    assert (second.version, second.typed["hours"]) == (2, "Mo-Fr\n8-18 Uhr")
    assert q.save(empty, secret, {"calls_a_year": "12.500"}).version == 2
    q.save(empty, secret, {"services": ["99115005104000"], "wished_start": "01.07.2027"})
    q.hand_in(empty, secret)
    profile = empty.scalars(select(PartnerProfile)).one()
    assert (profile.partner, profile.version, profile.calls_a_year) == (BURGDORF, 1, 12_500)
    assert (profile.hours, profile.services) == ("Mo-Fr 8-18 Uhr", ["99115005104000"])
    assert profile.source == f"Fragebogen {made.id}: Anlage 2026"
    assert profile.wished_start is not None
    with pytest.raises(Conflict):
        q.save(empty, secret, {"hours": "anders"})
    q.reopen(empty, SUPERVISOR, made.id)
    assert q.save(empty, secret, {"calls_a_year": "13.000"}).version == 4
    q.hand_in(empty, secret)
    newest = empty.scalars(select(PartnerProfile).order_by(PartnerProfile.version.desc())).first()
    assert newest is not None
    assert (newest.version, newest.calls_a_year) == (2, 13_000)
    assert [each.version for each in q.versions(empty, MUNICIPALITY, made.id)] == [4, 3, 2, 1]
    changed = [(one.version, one.field, one.before, one.after) for one in q.changes(empty, MUNICIPALITY, made.id)]
    assert changed[0] == (4, "calls_a_year", "12.500", "13.000")
    assert (3, "services", "", "Wohnsitz Anmeldung") in changed
    assert (3, "wished_start", "", "01.07.2027") in changed
    assert [version for version, *_ in changed] == sorted((version for version, *_ in changed), reverse=True)
    actors = empty.scalars(text("SELECT actor FROM audit_entry WHERE action LIKE 'questionnaire%'"))
    assert set(actors) == {"person:1", "person:2", f"questionnaire:{made.id}"}


def test_links_end(empty: Session):
    made, secret = q.ask(empty, FINANCE, BURGDORF, days=1)
    with pytest.raises(NotFound, match="prüfen"):
        q.open_link(empty, secret + "x")
    with time_machine.travel(now() + timedelta(days=1, seconds=1)), pytest.raises(NotFound, match="abgelaufen"):
        q.save(empty, secret, {"hours": "8-18"})
    q.close(empty, FINANCE, made.id)
    with pytest.raises(NotFound, match="geschlossen"):
        q.save(empty, secret, {"hours": "8-18"})
    with pytest.raises(BadInput):
        q.ask(empty, FINANCE, BURGDORF, days=366)
    with pytest.raises(NotFound):
        q.ask(empty, FINANCE, "03299999")


def test_who_may(empty: Session):
    made, _ = q.ask(empty, FINANCE, LANGENHAGEN)
    with pytest.raises(NotAllowed):
        q.ask(empty, MUNICIPALITY, BURGDORF)
    with pytest.raises(NotAllowed):
        q.close(empty, MUNICIPALITY, made.id)
    assert q.questionnaires(empty, MUNICIPALITY) == []
    with pytest.raises(NotFound):
        q.questionnaires(empty, MUNICIPALITY, LANGENHAGEN)
    with pytest.raises(NotFound):
        q.versions(empty, MUNICIPALITY, made.id)
    assert [each.questionnaire.id for each in q.questionnaires(empty, FINANCE)] == [made.id]


def test_what_was_answered_can_not_be_changed(empty: Session):
    _, secret = q.ask(empty, FINANCE, BURGDORF)
    q.save(empty, secret, {"hours": "8-18"})
    with pytest.raises(ProgrammingError, match="permission denied"), empty.begin_nested():
        empty.execute(text("UPDATE questionnaire_answer SET answers = '{}'"))
    assert empty.scalars(select(Questionnaire)).one().handed_in_at is None
