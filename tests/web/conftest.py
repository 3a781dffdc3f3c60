"""Pages by the test client: people of every role, signed in, in a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import Caller, signed_in
from wfm.accounts.models import AuditEntry
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

Ask = Callable[..., Caller]


@pytest.fixture(scope="session")
def app() -> Flask:
    app = create_app()
    app.testing = False  # errors are answered as they are in earnest
    return app


@pytest.fixture
def ask(database: str, app: Flask) -> Ask:
    """Somebody of a role in a browser: `ask("admin").get("/verwaltung/konten")`."""
    with transaction() as session:
        load_base_data(session)
    return lambda role, **grant: signed_in(app, role, **grant)


@pytest.fixture
def trail(database: str) -> Callable[[], list[tuple[str, str, str | None]]]:
    """What the audit trail holds besides sign-ins and the accounts that tests begin with: who, what, of whom."""

    def read() -> list[tuple[str, str, str | None]]:
        with transaction() as session:
            entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [
            (entry.actor, entry.action, entry.object_id)
            for entry in entries
            if entry.actor != "test" and not entry.action.startswith("session.")
        ]

    return read


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the database from now on, by SQLAlchemy or without it."""
    found: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self, query, *rest, **more):
        if str(query).strip() != ";":  # the ping of the pool
            found.append(str(query))
        return execute(self, query, *rest, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return found
