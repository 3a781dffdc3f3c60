"""`wfm token`: the secret alone on standard output, so that scripts can catch it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from wfm.accounts.commands import token
from wfm.accounts.rules import NotSignedIn
from wfm.accounts.service import tokens
from wfm.core.db import transaction
from wfm.core.errors import BadInput


@pytest.fixture(autouse=True)
def _database(database: str) -> None:
    with transaction() as session:
        session.execute(text("INSERT INTO partner VALUES ('03241003', 'Burgdorf', 'municipality', '03241003')"))


def run(*words: str) -> Result:
    return CliRunner().invoke(token, words, catch_exceptions=False)


def test_create_list_revoke():
    made = run("create", "--role", "municipality", "--partner", "03241003", "--expires", "2099-12-31")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    with transaction() as session:
        assert tokens.authenticate(session, secret).partner == "03241003"
    listed = run("list").stdout
    assert "municipality 03241003" in listed
    assert "2099-12-31" in listed
    assert secret not in listed
    assert run("revoke", "1").exit_code == 0
    with transaction() as session, pytest.raises(NotSignedIn):
        tokens.authenticate(session, secret)


def test_a_bound_and_scoped_token():
    secret = run(
        "create", "--role", "admin", "--scope", "events.write", "--source", "acd", "--name", "ACD 1"
    ).stdout.strip()
    with transaction() as session:
        viewer = tokens.authenticate(session, secret)
    assert (viewer.name, viewer.source, viewer.scopes) == ("ACD 1", "acd", {"events.write"})


def test_wrong_words():
    assert run("create", "--role", "king").exit_code == 2
    assert run("create", "--role", "admin", "--expires", "morgen").exit_code == 2
    with pytest.raises(BadInput):
        run("create", "--role", "municipality")
