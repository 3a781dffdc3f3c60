"""People who sign in: adding, changing, locking out, passwords."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from wfm.accounts.models import LoginSession, Person
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.rules.passwords import check_password
from wfm.accounts.service.audit import record
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound, Sentence

#: argon2id; RFC 9106, second recommendation: 64 MiB, 3 passes.
PARAMETERS = RFC_9106_LOW_MEMORY
_hasher = PasswordHasher.from_parameters(PARAMETERS)
#: What an administrator may change of a person, and thus what the audit trail names.
CHANGEABLE = ("name", "role", "partner", "agent", "language")


def add_person(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    partner: str | None = None,
    agent: str | None = None,
    password: str | None = None,
    loopback_only: bool = False,
    by: str,
) -> tuple[Person, str | None]:
    """A new account, and its first password where none was given: to be changed at the first sign-in."""
    login = _checked_login(login)
    if session.scalar(select(Person.id).where(Person.login == login)):
        raise Conflict(
            "person.exists", Sentence("Den Anmeldenamen „%(login)s“ gibt es schon.", login=login), field="login"
        )
    _check_ties(session, role, partner, agent)
    made = None
    if password is None:
        password = made = secrets.token_urlsafe(12)
    else:
        check_password(password, login=login)
    person = Person(
        login=login,
        name=name.strip(),
        role=role,
        partner=partner,
        agent=agent,
        password_hash=_hasher.hash(password),
        must_change_password=made is not None,
        loopback_only=loopback_only,
        created_at=now(),
    )
    session.add(person)
    session.flush()
    details = {"role": str(role), "partner": partner}
    given = [field for field in CHANGEABLE if getattr(person, field) is not None]
    record(session, by, "person.added", object_kind="person", object_id=person.id, fields=given, details=details)
    return person, made


def change_person(session: Session, person_id: int, *, by: str, **values: Any) -> Person:
    """Change what an administrator may change. A new role or partner ends the person's sessions."""
    person = _with_a_name(session, person_id)
    changed = {name: value for name, value in values.items() if name in CHANGEABLE and getattr(person, name) != value}
    role, partner, agent = (changed.get(name, getattr(person, name)) for name in ("role", "partner", "agent"))
    _check_ties(session, Role(role), partner, agent, person_id)
    if person.role == Role.ADMIN and role != Role.ADMIN:
        _check_other_admin(session, person)
    for name, value in changed.items():
        setattr(person, name, value)
    if changed:
        details: dict[str, object] = {
            name: changed[name] for name in ("role", "partner", "language") if name in changed
        }
        record(
            session, by, "person.changed", object_kind="person", object_id=person_id, fields=changed, details=details
        )
    if changed.keys() & {"role", "partner", "agent"}:
        end_sessions(session, person_id)
    return person


def disable_person(session: Session, person_id: int, *, by: str) -> Person:
    """Lock a person out, at once; what they did stays. Doing it again changes nothing."""
    person = get_person(session, person_id, for_update=True)
    if person.disabled_at is None:
        _check_other_admin(session, person)
        person.disabled_at = now()
        end_sessions(session, person_id)
        record(session, by, "person.disabled", object_kind="person", object_id=person_id)
    return person


def enable_person(session: Session, person_id: int, *, by: str) -> Person:
    """Let a person in again. Raises Conflict for an account that has no name any more."""
    person = _with_a_name(session, person_id)
    if person.disabled_at is not None:
        person.disabled_at = None
        record(session, by, "person.enabled", object_kind="person", object_id=person_id)
    return person


def reset_password(session: Session, person_id: int, *, by: str) -> str:
    """A new first password for somebody who has lost theirs; ends all their sessions."""
    person = _with_a_name(session, person_id)
    made = secrets.token_urlsafe(12)
    person.password_hash, person.must_change_password = _hasher.hash(made), True
    end_sessions(session, person_id)
    record(session, by, "person.password_reset", object_kind="person", object_id=person_id)
    return made


def change_own_password(
    session: Session, person_id: int, *, old: str, new: str, keep_session: int | None = None
) -> None:
    """A person's own new password; ends their other sessions. Raises BadInput for a wrong old or a weak new one."""
    person = get_person(session, person_id, for_update=True)
    if not password_fits(person, old):
        raise BadInput("password.wrong", "Das bisherige Passwort ist nicht richtig.", field="old")
    if new == old:
        raise BadInput("password.same", "Das neue Passwort muss ein anderes sein.", field="password")
    check_password(new, login=person.login)
    person.password_hash, person.must_change_password = _hasher.hash(new), False
    end_sessions(session, person_id, but=keep_session)
    record(session, f"person:{person_id}", "person.password_changed", object_kind="person", object_id=person_id)


def password_fits(person: Person | None, password: str) -> bool:
    """Whether this is the person's password. Takes as long for somebody who does not exist."""
    kept = person.password_hash if person else None
    try:
        fits = _hasher.verify(kept or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    if person and kept and _hasher.check_needs_rehash(kept):
        person.password_hash = _hasher.hash(password)
    return fits and kept is not None


def person_by_password(session: Session, login: str, password: str) -> Person:
    """Who proves at a terminal who they are; raises NotSignedIn otherwise, in the same words whatever does not fit."""
    person = find_person(session, login.strip().lower())
    if not password_fits(person, password) or person is None or person.disabled_at is not None:
        raise NotSignedIn("sign_in.wrong", "Anmeldename oder Passwort ist nicht richtig.")
    if person.must_change_password:
        message = "Bitte zuerst auf der Seite anmelden und das erste Passwort ändern: andere kennen es."
        raise NotSignedIn("sign_in.first_password", message)
    return person


def sign_out_everywhere(session: Session, person_id: int, *, by: str) -> Person:
    """End all sessions of a person: a device was lost, or somebody else sits at it."""
    person = get_person(session, person_id, for_update=True)
    end_sessions(session, person_id)
    record(session, by, "person.signed_out", object_kind="person", object_id=person_id)
    return person


def get_person(session: Session, person_id: int, *, for_update: bool = False) -> Person:
    """The person with this number; raises NotFound."""
    person = session.get(Person, person_id, with_for_update=for_update or None)
    if person is None:
        raise NotFound("person.unknown", "Dieses Konto gibt es nicht.", person=person_id)
    return person


def find_person(session: Session, login: str) -> Person | None:
    """Who signs in under this name."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower()))


def list_people(session: Session) -> Sequence[Person]:
    """Everybody, also those locked out, by login."""
    return session.scalars(select(Person).order_by(Person.login)).all()


def end_sessions(session: Session, person_id: int, *, but: int | None = None) -> None:
    """Sign a person out everywhere, or everywhere else."""
    ending = update(LoginSession).where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
    if but is not None:
        ending = ending.where(LoginSession.id != but)
    session.execute(ending.values(ended_at=now()))


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _checked_login(login: str) -> str:
    login = login.strip().lower()
    if not (3 <= len(login) <= 100) or any(sign.isspace() or not sign.isprintable() for sign in login):
        raise BadInput("person.login", "Ein Anmeldename hat 3 bis 100 Zeichen ohne Leerzeichen.", field="login")
    return login


def _check_ties(
    session: Session, role: Role, partner: str | None, agent: str | None, person: int | None = None
) -> None:
    """What a role needs, and what only one person can be."""
    if role is Role.MUNICIPALITY and partner is None:
        raise BadInput("person.partner_missing", "Zur Rolle Kommune gehört ihr Partner.", field="partner")
    if role is not Role.MUNICIPALITY and partner is not None:
        raise BadInput("person.partner_useless", "Nur zur Rolle Kommune gehört ein Partner.", field="partner")
    if partner is not None and not session.scalar(text("SELECT 1 FROM partner WHERE key = :key"), {"key": partner}):
        raise NotFound(
            "partner.unknown", Sentence("Einen Partner „%(partner)s“ gibt es nicht.", partner=partner), field="partner"
        )
    taken = agent and session.scalar(select(Person.id).where(Person.agent == agent, Person.id != (person or 0)))
    if taken:
        raise Conflict(
            "person.agent_taken",
            Sentence("„%(agent)s“ gehört schon zu einem anderen Konto.", agent=agent),
            field="agent",
        )


def _with_a_name(session: Session, person_id: int) -> Person:
    person = get_person(session, person_id, for_update=True)
    if person.is_nameless:
        raise Conflict("person.nameless", "Der Name dieses Kontos ist gelöscht: bitte ein neues anlegen.")
    return person


def _check_other_admin(session: Session, person: Person) -> None:
    """The last administrator can't be locked out or become something else: nobody could undo it."""
    if person.role != Role.ADMIN or person.disabled_at is not None:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('wfm.accounts.admins'))"))
    others = select(Person.id).where(Person.role == Role.ADMIN, Person.disabled_at.is_(None), Person.id != person.id)
    if session.scalar(others.limit(1)) is None:
        raise Conflict("person.last_admin", "Das ist das letzte Konto der Verwaltung: zuerst ein anderes anlegen.")
