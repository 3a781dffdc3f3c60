"""The demonstration's settlement: shown once, goes on where it was stopped, never touches what is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import text

from tests.flows.exchange import execute, import_numbers, ingest, lines, write
from wfm import demo_settlement
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.billing.service import terms
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.directory.service import load_base_data

pytestmark = pytest.mark.usefixtures("database")

BURGDORF, LANGENHAGEN = "03241003", "03241010"
YEAR = Days(date(2025, 10, 1), date(2026, 10, 1))
SOURCES = {"simulation"}
CLOSED = [date(2025, month, 1) for month in (10, 11, 12)] + [date(2026, month, 1) for month in range(1, 7)]


@pytest.fixture(autouse=True)
def calls(database: str, tmp_path: Path) -> Iterator[None]:
    """Burgdorf is called for from October on, Langenhagen from March on; two accounts of the demonstration."""
    with transaction() as session:
        load_base_data(session)
        for role in (Role.FINANCE, Role.SUPERVISOR):
            people.add_person(session, login=f"demo-{role}", name=role, role=role, password="a long one, 12", by="test")
    import_numbers(tmp_path, ["051100001,03241003,2025-01-01,", "051100002,03241010,2025-01-01,"])
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=True):
        told = [
            line
            for day, dialled in (("2025-10-06", 1), ("2026-02-03", 1), ("2026-03-03", 2), ("2026-09-03", 1))
            for line in (
                f"{day}T10:00:00|c{day}|rathaus|NONE|DID|05110000{dialled}",
                f"{day}T10:00:00|c{day}|rathaus|NONE|ENTERQUEUE||05136123456|1",
                f"{day}T10:00:09|c{day}|rathaus|kern|CONNECT|9|x|5",
                f"{day}T10:01:09|c{day}|rathaus|kern|COMPLETECALLER|9|60|1",
            )
        ]
        ingest(write(tmp_path / "queue_log", lines("2025-10-06", "\n".join(told))), source="simulation")
        yield


def rows(query: str) -> list[dict[str, Any]]:
    with transaction() as session:
        return [dict(row) for row in session.execute(text(query)).mappings()]


def closed() -> list[date]:
    return [row["month"] for row in rows("SELECT month FROM month WHERE state = 'closed' ORDER BY 1")]


def shown() -> list[object]:
    return [
        *closed(),
        *rows("SELECT partner, lower(valid) AS first, reference FROM agreement ORDER BY 1"),
        *rows("SELECT name, variant, state FROM terms ORDER BY 1"),
        *rows("SELECT count(*), sum(cents) AS cents, min(note) AS note, max(note) AS last FROM cost_item"),
        *rows("SELECT kind, shadow, state FROM settlement"),
    ]


def test_it_is_shown_once() -> None:
    demo_settlement.settle(YEAR, SOURCES)
    first = shown()
    assert closed() == CLOSED
    assert {"partner": LANGENHAGEN, "first": date(2026, 3, 1), "reference": "Beispiel"} in first
    assert {"kind": "annual", "shadow": True, "state": "draft"} in first
    assert rows("SELECT DISTINCT reason FROM month_override")[0]["reason"].startswith("Beispiel")
    assert not rows("SELECT id FROM party")
    demo_settlement.settle(YEAR, SOURCES)
    assert shown() == first


def test_it_goes_on_where_it_was_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    execute("INSERT INTO touched_day (day) VALUES ('2026-02-03')")
    demo_settlement.settle(YEAR, SOURCES)
    assert closed() == CLOSED[:4]
    assert "Der nächste Start versucht es wieder." in capsys.readouterr().err
    execute("DELETE FROM touched_day")
    demo_settlement.settle(YEAR, SOURCES)
    assert closed() == CLOSED
    assert rows("SELECT count(*) FROM cost_item")[0]["count"] == 120
    assert rows("SELECT count(*) FROM settlement")[0]["count"] == 1


def test_months_that_are_not_over_stay_open() -> None:
    with time_machine.travel("2026-02-10T12:00:00+00:00", tick=True):
        demo_settlement.settle(YEAR, SOURCES)
    assert closed() == CLOSED[:4]


def test_calls_of_somebody_else_are_left_alone() -> None:
    demo_settlement.settle(YEAR, {"another"})
    assert not closed()
    assert not rows("SELECT id FROM cost_item")


def test_terms_of_somebody_else_are_left_alone() -> None:
    with transaction() as session:
        given = {"variant": "V1", "parameters": {}, "counting": demo_settlement.COUNTING}
        terms.draft(session, "Umlage", given | {"keys": demo_settlement.KEYS, "cycle": demo_settlement.CYCLE}, by="me")
    demo_settlement.settle(YEAR, SOURCES)
    assert not closed()
    assert not rows("SELECT id FROM cost_item")
