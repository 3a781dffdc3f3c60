"""A small centre with two municipalities, a call each, and a caller of every role."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from wfm.accounts.rules import Role
from wfm.accounts.service import people, tokens
from wfm.accounts.service.sign_in import Browser, begin_session
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.directory.service import load_base_data, run_import
from wfm.queues.service.failing import waiting_streams
from wfm.queues.service.projection import project_stream
from wfm.reporting.service.facts import recount

BURGDORF, GARBSEN = "03241003", "03241005"
NUMBERS = f"""number;partner;valid_from;valid_to
+495136898200;{BURGDORF};2026-01-01;
+495131707200;{GARBSEN};2026-01-01;
+495136898300;{BURGDORF};2026-01-01;2026-06-30
"""
QUEUES = f"""queue;label;wrapup_s;partner;valid_from;valid_to
burgdorf;Burgdorf;;{BURGDORF};2026-01-01;
garbsen;Garbsen;;{GARBSEN};2026-01-01;
zentrale;Zentrale;30;;;
"""


class Caller:
    """Somebody with a token, somebody signed in with a browser, or nobody."""

    def __init__(self, client: FlaskClient, token: str | None = None, csrf: str | None = None) -> None:
        self.client, self.token, self.csrf = client, token, csrf

    def __call__(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.csrf and method not in ("GET", "HEAD"):
            headers.setdefault("X-CSRF-Token", self.csrf)
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self("GET", path, **kwargs)

    def send(self, *events: dict[str, Any], source: str | None = None) -> TestResponse:
        query = {"source": source} if source else None
        body = json.dumps(events)
        return self(
            "POST", "/api/v1/events", data=body, content_type="application/cloudevents-batch+json", query_string=query
        )


Callers = Callable[..., Caller]


def event(number: int, kind: str, at: str = "08:15:00", **data: Any) -> dict[str, Any]:
    """A CloudEvent of 1 September 2026."""
    head = {"specversion": "1.0", "id": f"e{number}", "source": "urn:test", "type": kind}
    return head | {"time": f"2026-09-01T{at}+02:00", "data": data}


def project() -> None:
    """What the worker does."""
    with transaction() as session:
        for stream in waiting_streams(session):
            project_stream(session, stream)
        recount(session)


@pytest.fixture(scope="session")
def app() -> Flask:
    app = create_app()
    app.testing = False  # errors are answered as they are in earnest
    return app


@pytest.fixture
def empty(database: str, app: Flask) -> Callers:
    """Callers of an empty database of one's own."""
    return _callers(app)


@pytest.fixture(scope="module")
def callers(module_database: str, app: Flask) -> Callers:
    """Callers of the small centre; tests only read it."""
    found = _callers(app)
    with transaction() as session:
        load_base_data(session)
        run_import(session, "numbers", NUMBERS)
        run_import(session, "queues", QUEUES)
    response = found("admin").send(
        event(
            1, "call.offered", "08:15:00", call="a", queue="zentrale", dialled="+495136898200", caller="+495136111222"
        ),
        event(2, "call.answered", "08:15:20", call="a", queue="zentrale", agent="Kern", wait_s=20),
        event(3, "call.ended", "08:17:20", call="a", queue="zentrale", agent="Kern", by="caller", talk_s=120),
        event(4, "call.offered", "09:00:00", call="b", queue="zentrale", dialled="+495131707200"),
        event(5, "call.abandoned", "09:00:40", call="b", queue="zentrale", wait_s=40),
        event(6, "call.unheard_of", "09:30:00", call="c"),
        source="acd",
    )
    assert response.status_code == 202, response.text
    project()
    return found


def _callers(app: Flask) -> Callers:
    """A caller of a role, made at first use; None is nobody."""
    made: dict[Any, Caller] = {}

    def caller(role: str | None, *, page: bool = False, **grant: Any) -> Caller:
        if page and role is not None:
            return signed_in(app, role, **grant)  # anew each time: a test may sign out
        key = (role, *sorted(grant.items()))
        if key not in made:
            made[key] = Caller(app.test_client(), None if role is None else _token(role, grant))
        return made[key]

    return caller


def signed_in(app: Flask, role: str, **grant: Any) -> Caller:
    """Somebody of this role in a browser, with a session."""
    if role == "municipality":
        grant = {"partner": BURGDORF, **grant}
    if role == "agent":
        grant = {"agent": "Kern", **grant}
    with transaction() as session:
        person = people.find_person(session, role)
        if person is None:
            person, _ = people.add_person(session, login=role, name=role, role=Role(role), by="test", **grant)
            person.must_change_password = False
        begun, secret = begin_session(session, person, Browser("127.0.0.1"), method="password")
    client = app.test_client()
    client.set_cookie("wfm_session", secret)
    return Caller(client, csrf=begun.csrf_token)


def _token(role: str, grant: dict[str, Any]) -> str:
    if role == "municipality":
        grant = {"partner": BURGDORF, **grant}
    with transaction() as session:
        return tokens.create_token(session, name=role, role=Role(role), by="test", **grant)[1]
