"""Adding, changing and locking out people."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import Type
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.accounts.commands import user
from wfm.accounts.models import AuditEntry, LoginSession, Person
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.service import people
from wfm.accounts.service.sign_in import Browser, begin_session, resume
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound

GOOD = "Pferd Batterie Heft"


@pytest.fixture
def session(database: str):
    with transaction() as session:
        session.execute(text("INSERT INTO partner VALUES ('03241003', 'Burgdorf', 'municipality', '03241003')"))
        yield session


def add(session: Session, login: str = "kern", role: Role = Role.SUPERVISOR, **more: Any) -> Person:
    return people.add_person(session, login=login, name="Vera Kern", role=role, password=GOOD, by="test", **more)[0]


def test_a_made_password_must_be_changed(session: Session):
    person, made = people.add_person(session, login=" Kern ", name="Vera Kern", role=Role.ADMIN, by="test")
    assert person.login == "kern"
    assert person.must_change_password
    assert made is not None
    assert people.password_fits(person, made)
    people.change_own_password(session, person.id, old=made, new=GOOD)
    assert not person.must_change_password
    assert people.password_fits(person, GOOD)
    assert not people.password_fits(person, made)


def test_the_hash_is_argon2id_and_nothing_else_is_kept(session: Session):
    person = add(session)
    assert person.password_hash is not None
    assert person.password_hash.startswith("$argon2id$")
    asked = people.PARAMETERS
    assert (asked.type, asked.memory_cost, asked.time_cost) == (Type.ID, 65_536, 3)
    kept = session.execute(text("SELECT to_jsonb(p) FROM person p")).scalar_one()
    assert GOOD not in str(kept)


def test_nobody_has_no_password():
    assert not people.password_fits(None, "")
    assert not people.password_fits(Person(password_hash=None), "")


@pytest.mark.parametrize("login", ["", "ab", "mit leer", "x" * 101, "zeile\n1", "nul\0l"])
def test_bad_logins(session: Session, login: str):
    with pytest.raises(BadInput):
        add(session, login)


def test_each_login_once_whatever_its_case(session: Session):
    add(session)
    with pytest.raises(Conflict):
        add(session, "KERN")


def test_a_municipality_has_a_partner_and_only_she(session: Session):
    assert add(session, "burgdorf", Role.MUNICIPALITY, partner="03241003").partner == "03241003"
    with pytest.raises(BadInput):
        add(session, "ohne", Role.MUNICIPALITY)
    with pytest.raises(BadInput):
        add(session, "mit", Role.FINANCE, partner="03241003")
    with pytest.raises(NotFound):
        add(session, "fremd", Role.MUNICIPALITY, partner="99999999")


def test_an_agent_is_one_person(session: Session):
    add(session, "kern", Role.AGENT, agent="Kern")
    with pytest.raises(Conflict):
        add(session, "kern2", Role.AGENT, agent="Kern")


def test_the_last_admin_stays(session: Session):
    first = add(session, "admin", Role.ADMIN)
    with pytest.raises(Conflict):
        people.disable_person(session, first.id, by="test")
    with pytest.raises(Conflict):
        people.change_person(session, first.id, role=Role.AGENT, by="test")
    second = add(session, "admin2", Role.ADMIN)
    people.disable_person(session, first.id, by="test")
    with pytest.raises(Conflict):
        people.disable_person(session, second.id, by="test")
    people.enable_person(session, first.id, by="test")
    people.disable_person(session, second.id, by="test")


@pytest.mark.parametrize("change", ["role", "disable", "reset", "agent"])
def test_a_change_of_rights_ends_the_sessions(session: Session, change: str):
    person = add(session)
    _, secret = begin_session(session, person, Browser("127.0.0.1"), method="password")
    assert resume(session, secret).person.id == person.id
    if change == "role":
        people.change_person(session, person.id, role=Role.FINANCE, by="test")
    elif change == "agent":
        people.change_person(session, person.id, agent="Kern", by="test")
    elif change == "disable":
        people.disable_person(session, person.id, by="test")
    else:
        people.reset_password(session, person.id, by="test")
    session.flush()
    session.expire_all()
    with pytest.raises(NotSignedIn):
        resume(session, secret)


def test_a_new_name_ends_no_session(session: Session):
    person = add(session)
    _, secret = begin_session(session, person, Browser("127.0.0.1"), method="password")
    people.change_person(session, person.id, name="Vera Kern-Lauf", by="test")
    session.flush()
    assert resume(session, secret).person.name == "Vera Kern-Lauf"


def test_one_s_own_new_password_ends_the_others_only(session: Session):
    person = add(session)
    here, secret = begin_session(session, person, Browser("127.0.0.1"), method="password")
    _, other = begin_session(session, person, Browser("127.0.0.1"), method="password")
    people.change_own_password(session, person.id, old=GOOD, new="Ganz anderes Heft", keep_session=here.id)
    session.flush()
    session.expire_all()
    resume(session, secret)
    with pytest.raises(NotSignedIn):
        resume(session, other)


def test_the_trail_names_fields_and_no_personal_value(session: Session):
    person = add(session)
    people.change_person(session, person.id, name="Vera Lauf", role=Role.FINANCE, by="person:1")
    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "person.changed")).one()
    assert entry.fields == ["name", "role"]
    assert entry.details == {"role": "finance"}
    trail = session.execute(text("SELECT jsonb_agg(a) FROM audit_entry a")).scalar_one()
    assert "Vera" not in str(trail)
    assert "kern" not in str(trail)


def test_the_command(session: Session):
    def run(*words: str, **more: Any):
        return CliRunner().invoke(user, words, catch_exceptions=False, **more)

    session.commit()
    first = run("add", "chefin", "--role", "admin", "--name", "Die Chefin")
    assert (first.exit_code, len(first.stdout.strip())) == (0, 16)
    assert run("add", "zweite", "--role", "admin", "--password-stdin", input=f"{GOOD}\n").stdout == ""
    assert "Die Chefin" in run("list").stdout
    assert run("disable", "chefin").exit_code == 0
    assert run("enable", "chefin").exit_code == 0
    assert run("password", "chefin").stdout.strip()
    assert run("add", "x", "--role", "king").exit_code == 2
    with pytest.raises(NotFound):
        run("disable", "niemand")
    with transaction() as fresh:
        found = people.find_person(fresh, "zweite")
        assert people.password_fits(found, GOOD)
        assert fresh.scalar(select(LoginSession.id)) is None
