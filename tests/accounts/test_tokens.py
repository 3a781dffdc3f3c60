"""Tokens: shown once, kept as a hash, scoped, revoked, expired; every step in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wfm.accounts.models import ApiToken, AuditEntry
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.service import tokens
from wfm.core.db import engine
from wfm.core.errors import BadInput, NotFound

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def session(module_database: str) -> Iterator[Session]:
    with Session(engine()) as session, time_machine.travel(NOON, tick=False):
        session.execute(text("INSERT INTO partner VALUES ('03241003', 'Burgdorf', 'municipality', '03241003')"))
        yield session
        session.rollback()


def make(session: Session, role: Role = Role.FINANCE, **grant) -> tuple[ApiToken, str]:
    return tokens.create_token(session, name="test", role=role, by="somebody", **grant)


def refused(session: Session, secret: str) -> str:
    with pytest.raises(NotSignedIn) as error:
        tokens.authenticate(session, secret)
    return error.value.code


def test_whoever_has_the_secret_is_known(session: Session):
    token, secret = make(session, Role.MUNICIPALITY, partner="03241003", scopes=["usage.read"])
    viewer = tokens.authenticate(session, secret)
    assert (viewer.name, viewer.role, viewer.partner) == ("test", Role.MUNICIPALITY, "03241003")
    assert viewer.scopes == {"usage.read"}
    assert token.last_used_at is None or token.last_used_at == NOON


def test_the_secret_is_nowhere(session: Session):
    _, secret = make(session)
    assert secret.startswith("wfm_")
    assert len(secret) > 40
    for table in ("api_token", "audit_entry"):
        for row in session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")):
            assert secret not in row[0]
            assert secret.encode().hex() not in row[0]


def test_two_tokens_are_never_the_same(session: Session):
    assert len({make(session)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("secret", ["", "wfm_", "wfm_" + "A" * 43, "ü", "\ud800"])
def test_what_is_unknown_is_refused(session: Session, secret: str):
    make(session)
    assert refused(session, secret) == "token.unknown"


def test_revoked_is_revoked(session: Session):
    token, secret = make(session)
    tokens.revoke_token(session, token.id, by="somebody")
    assert refused(session, secret) == "token.revoked"
    with time_machine.travel(NOON + timedelta(days=1)):
        assert tokens.revoke_token(session, token.id, by="somebody").revoked_at == NOON
    with pytest.raises(NotFound):
        tokens.revoke_token(session, 10**6, by="somebody")


def test_expired_is_expired(session: Session):
    _, secret = make(session, expires_at=NOON + timedelta(days=1))
    tokens.authenticate(session, secret)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert refused(session, secret) == "token.expired"
    with pytest.raises(BadInput):
        make(session, expires_at=NOON)


def test_last_use_is_noted_to_the_minute(session: Session):
    token, secret = make(session)
    for seconds, noted in ((0, 0), (30, 0), (61, 61)):
        with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
            tokens.authenticate(session, secret)
            session.refresh(token)
            assert token.last_used_at == NOON + timedelta(seconds=noted)


def test_the_partner_must_exist(session: Session):
    with pytest.raises(NotFound):
        make(session, Role.MUNICIPALITY, partner="99999999")


@pytest.mark.parametrize(
    ("role", "partner"), [("municipality", None), ("admin", "03241003"), ("municipality", "99999999")]
)
def test_the_database_holds_to_it_too(session: Session, role: str, partner: str | None):
    session.add(ApiToken(token_hash=b"x", name="x", role=role, partner=partner, created_at=NOON))
    with pytest.raises(IntegrityError):
        session.flush()


def test_every_step_is_in_the_audit_trail(session: Session):
    token, _ = make(session, scopes=["usage.read"])
    tokens.revoke_token(session, token.id, by="terminal:root")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.object_id == str(token.id)).order_by(AuditEntry.id)
    ).all()
    assert [(entry.actor, entry.action, entry.object_kind) for entry in entries] == [
        ("somebody", "token.created", "api_token"),
        ("terminal:root", "token.revoked", "api_token"),
    ]
    assert entries[0].details == {"role": "finance", "partner": None, "scopes": ["usage.read"], "source": None}
    assert entries[0].at == NOON
