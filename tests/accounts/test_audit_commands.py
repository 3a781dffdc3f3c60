"""`wfm audit`: what auditors read, and an exit status that a nightly script can act on."""

from __future__ import annotations

import json

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from wfm.accounts.audit_commands import audit
from wfm.core import db, embedded
from wfm.core.db import transaction

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _entries(database: str) -> None:
    with transaction() as session:
        session.execute(
            text(
                """INSERT INTO audit_entry (at, actor, action, fields, details, purpose) VALUES
                   ('2024-03-01 00:00+01', '=cmd()', 'report.agents', '{talk_s,agent}', '{"month": "2024-02"}', 'day'),
                   ('2024-03-01 23:59+01', E'terminal:\\u001b[2J', 'token.created', '{}', '{}', NULL),
                   ('2024-03-02 00:00+01', 'Jörg', 'token.created', '{}', '{}', NULL)"""
            )
        )


def run(*words: str, at: str = "2024-03-04 03:10+01:00") -> Result:
    with time_machine.travel(at, tick=False):
        return CliRunner().invoke(audit, words, catch_exceptions=False)


def listed(*words: str) -> list[int]:
    return [entry["id"] for entry in json.loads(run("list", "--format", "json", *words).stdout)]


def test_filters():
    assert listed() == [1, 2, 3]
    assert listed("--from", "2024-03-02") == [3]
    assert listed("--to", "2024-03-02") == [1, 2]
    assert listed("--actor", "Jörg") == [3]
    assert listed("--action", "token.created", "--to", "2024-03-02") == [2]
    assert listed("--actor", "nobody") == []
    assert run("list", "--from", "2024-03-02", "--to", "2024-03-02").exit_code == 2
    assert run("list", "--from", "gestern").exit_code == 2


def test_all_formats_show_the_same():
    entry = json.loads(run("list", "--format", "json").stdout)[0]
    assert entry == {
        "id": 1,
        "at": "2024-02-29T23:00:00+00:00",
        "actor": "=cmd()",
        "action": "report.agents",
        "object_kind": None,
        "object_id": None,
        "purpose": "day",
        "fields": ["talk_s", "agent"],
        "details": {"month": "2024-02"},
    }
    sheet = run("list", "--format", "csv").stdout_bytes.decode("utf-8-sig").split("\r\n")
    assert sheet[0] == "id;at;actor;action;object_kind;object_id;purpose;fields;details"
    assert sheet[1].startswith("1;2024-03-01 00:00:00;'=cmd();report.agents;;;day;talk_s agent;")
    table = run("list").stdout
    assert "Jörg" in table
    assert "\x1b" not in table


def test_seal_and_verify(owner: Engine):
    assert run("seal").stderr == "3 Tage versiegelt.\n"
    found = run("verify")
    assert (found.exit_code, found.stderr) == (0, "")
    first, newest = found.stdout.splitlines()
    assert first == "3 Tage versiegelt, 3 Einträge, 0 Tage nach Ablauf gelöscht."
    assert newest.startswith("Neuestes Siegel: 2024-03-03 ")
    kept = newest.split()[-1]
    assert run("verify", "--known", kept).exit_code == 0
    lost = run("verify", "--known", "00" * 32)
    assert (lost.exit_code, lost.stderr) == (
        1,
        f"Nicht in Ordnung: Kein Siegel hat den aufbewahrten Hash {'00' * 32}.\n",
    )
    assert run("verify", "--known", "00").exit_code == 2
    with owner.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE id = 2")
    found = run("verify")
    assert found.exit_code == 1
    assert found.stderr == "Nicht in Ordnung: 2024-03-01: Einträge fehlen (versiegelt 2, vorhanden 1).\n"


def test_a_connection_that_could_rewrite_is_warned_of():
    db.use_database(embedded.owner_url())
    found = run("verify")
    assert found.stderr.startswith("Achtung: Diese Verbindung darf Einträge ändern")
