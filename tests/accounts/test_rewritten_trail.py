"""Every way to rewrite the audit trail or its seals, by the owner of the tables whom nothing stops: it is noticed."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from wfm.accounts.service import sealing
from wfm.core.db import transaction

NOW = "2024-03-06 03:10+01:00"
CHANGED = ("2024-03-02", "changed")
SEAL_CHANGED = ("2024-03-02", "seal_changed")
ADDED = "INSERT INTO audit_entry (at, actor, action) VALUES ('{} 12:00+01', 'a', 'b')"

#: Entries 1 to 6 lie on March 1st, 2nd and 4th, two a day; seals reach until the 5th.
REWRITTEN = [
    ("UPDATE audit_entry SET actor = 'nobody' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET action = 'other' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET object_kind = NULL WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET object_id = '8' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET fields = '{\"a,b\"}' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET details = '{\"n\": 1.0}' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET purpose = NULL WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET id = 99 WHERE id = 3", CHANGED),
    ("UPDATE audit_entry SET at = at + interval '1 day' WHERE id = 3", ("2024-03-02", "missing")),
    ("UPDATE audit_entry SET at = at - interval '1 day' WHERE id = 3", ("2024-03-01", "added")),
    ("DELETE FROM audit_entry WHERE id = 3", ("2024-03-02", "missing")),
    ("DELETE FROM audit_entry WHERE id IN (3, 4)", ("2024-03-02", "missing")),
    ("DELETE FROM audit_entry WHERE id IN (5, 6)", ("2024-03-04", "missing")),
    (ADDED.format("2024-03-03"), ("2024-03-03", "added")),
    (ADDED.format("2024-02-03"), ("2024-02-03", "seal_missing")),
    ("DELETE FROM audit_seal WHERE day = '2024-03-01'", ("2024-03-01", "seal_missing")),
    ("DELETE FROM audit_seal WHERE day = '2024-03-03'", ("2024-03-03", "seal_missing")),
    ("DELETE FROM audit_seal", ("2024-03-01", "seal_missing")),
    ("UPDATE audit_seal SET hash = sha256('x') WHERE day = '2024-03-02'", SEAL_CHANGED),
    ("UPDATE audit_seal SET entries_hash = sha256('x') WHERE day = '2024-03-02'", SEAL_CHANGED),
    ("UPDATE audit_seal SET entries = 3 WHERE day = '2024-03-02'", SEAL_CHANGED),
    ("UPDATE audit_seal SET day = '2024-02-29' WHERE day = '2024-03-01'", ("2024-02-29", "seal_changed")),
    ("DELETE FROM audit_entry WHERE id < 3; DELETE FROM audit_seal WHERE day = '2024-03-01'", SEAL_CHANGED),
]

#: The seal of March 2nd made anew for no entries, as its maker would have made it.
RESEALED = """
    DELETE FROM audit_entry WHERE id IN (3, 4);
    UPDATE audit_seal SET entries = 0, entries_hash = sha256(''), hash = sha256(
        (SELECT hash FROM audit_seal WHERE day = '2024-03-01') || convert_to(E'2024-03-02 0\n', 'UTF8') || sha256('')
    ) WHERE day = '2024-03-02'
"""


@pytest.fixture(scope="module", autouse=True)
def _sealed(module_database: str) -> None:
    with transaction() as session:
        session.execute(
            text(
                """INSERT INTO audit_entry (at, actor, action, object_kind, object_id, fields, details, purpose)
                   SELECT d + time '09:00' AT TIME ZONE 'UTC', 'somebody', 'seen', 'report', '7', '{a,b}', '{"n": 1}',
                       'settlement'
                   FROM (VALUES (DATE '2024-03-01'), ('2024-03-02'), ('2024-03-04')) AS days (d), generate_series(1, 2)
                   ORDER BY d"""
            )
        )
    with time_machine.travel(NOW, tick=False), transaction() as session:
        assert len(sealing.seal(session)) == 5


def first_flaw(owner: Engine, statement: str) -> tuple[str, str] | None:
    """What is found after this statement, which is undone again."""
    with time_machine.travel(NOW, tick=False), Session(owner) as session:
        session.connection().exec_driver_sql(statement)
        flaw = sealing.verify(session).flaw
    return flaw and (str(flaw.day), flaw.what)


@pytest.mark.parametrize(("statement", "expected"), REWRITTEN)
def test_rewriting_is_noticed(statement: str, expected: tuple[str, str], owner: Engine):
    assert first_flaw(owner, "SELECT 1") is None
    assert first_flaw(owner, statement) == expected


def test_a_seal_made_anew_does_not_fit_the_one_after_it(owner: Engine):
    assert first_flaw(owner, RESEALED) == ("2024-03-03", "seal_changed")
