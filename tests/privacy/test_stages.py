"""Every drill-down says what is left of a call's raw lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows import capture
from tests.flows.exchange import execute, ingest, lines, write
from tests.privacy.held import days_later, retain
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.reporting.drilldown import call, raw_events
from wfm.reporting.rules.stages import STAGES, least, stage_of

SUPERVISOR = Viewer("supervisor", Role.SUPERVISOR)
DAY = "2026-03-02"
TOLD = """
    08:40:00|1772436000.1|burgdorf|NONE|ENTERQUEUE||05136111222|1
    08:40:10|1772436000.1|burgdorf|Kern|CONNECT|10|1772436005.2|9
    08:42:10|1772436000.1|burgdorf|Kern|COMPLETEAGENT|10|120|1
"""


def shown() -> tuple[str, list[str], list[str]]:
    """The call's stage, its lines' stages, and the lines as anybody sees them."""
    with transaction() as session:
        found = call(session, SUPERVISOR, "main", "1772436000.1", 0)
        events = raw_events(session, SUPERVISOR, "main", "1772436000.1", 0)
    assert found["stage_text"] == STAGES[found["stage"]]
    assert all(event["stage_text"] == STAGES[event["stage"]] for event in events)
    return found["stage"], [event["stage"] for event in events], [event["line"] for event in events]


@pytest.fixture
def shift(database: str, tmp_path: Path) -> None:
    capture.know_partners(tmp_path)
    with days_later(0):
        ingest(write(tmp_path / "queue_log", lines(DAY, TOLD)))


@pytest.mark.usefixtures("shift")
def test_stage_after_stage(tmp_path: Path):
    stage, _, before = shown()
    assert stage == "number"
    retain(1.1)
    assert shown() == ("line", ["line"] * 3, before), "what is shown never was more than this"
    retain(31)
    stage, stages, redacted = shown()
    assert (stage, stages) == ("redacted", ["redacted"] * 3)
    assert redacted[0] == before[0]
    with days_later(32):  # a copy that came later is as far as what it repeats
        ingest(write(tmp_path / "copy.log", lines(DAY, "08:00:00|1.1|burgdorf|NONE|ENTERQUEUE||1|1\n" + TOLD)))
    stage, stages, _ = shown()
    assert stage == "line", "of the line with the caller nothing tells that it was redacted, but that it was altered"
    assert set(stages) == {"line", "redacted"}


@pytest.mark.usefixtures("shift")
def test_lines_of_a_month_that_is_settled_are_gone():
    execute("UPDATE raw_event SET payload = ''")
    assert shown()[:2] == ("gone", ["gone"] * 3)


@pytest.mark.parametrize(
    ("payload", "altered", "position", "stage"),
    [
        (b"x", False, 9, "number"),
        (b"x", False, 4, "line"),
        (b"x", False, 2, "redacted"),
        (b"x", True, 9, "line"),
        (b"1|2|q|pseudonym_00aa|CONNECT", True, 9, "redacted"),
        (b'{"agent":"pseudonym_00aa"}', True, 9, "redacted"),
        (b"1|2|q|pseudonym_00aa|CONNECT", False, 9, "number"),
        (b"", True, 9, "gone"),
        (b"", False, 9, "number"),
    ],
)
def test_rules(payload: bytes, altered: bool, position: int, stage: str):
    assert stage_of(payload, altered, position, 5, 3) == stage


def test_a_call_is_as_far_as_its_last_line():
    assert least(["redacted", "number", "gone"]) == "number"
    assert least([]) == "gone"
