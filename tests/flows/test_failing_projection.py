"""A batch that cannot be made calls of: its lines are kept, its source says so, and it is tried again after a pause."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.flows.exchange import execute, ingest, lines, meaning, run, select, snapshot, write
from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import ServerTrouble
from wfm.ingest import project_all
from wfm.queues.service.failing import FIRST_PAUSE, LONGEST_PAUSE, TROUBLE, waiting_streams

DAY, NEXT = "2026-03-02", "2026-03-03"
TALKED = """
    08:00:00|NONE|ausweise|ag01|ADDMEMBER|
    09:00:00|1.1|ausweise|NONE|ENTERQUEUE||05136123|1
    09:00:05|1.1|ausweise|ag01|CONNECT|5|1.2|3
    09:02:05|1.1|ausweise|ag01|COMPLETEAGENT|5|120|1
"""

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def no_stays(owner: Engine, database: str) -> None:
    """The table of stays takes none."""
    with owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE stay ADD CONSTRAINT never CHECK (false) NOT VALID")


def mend(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE stay DROP CONSTRAINT never")


def pause() -> timedelta:
    [(retry_at,)] = select("SELECT retry_at FROM stream")
    return retry_at - now()


def trouble() -> str | None:
    [(words,)] = select("SELECT trouble FROM source")
    return words


def test_lines_are_kept_and_projected_later(tmp_path: Path, owner: Engine, no_stays: None):
    with pytest.raises(ServerTrouble, match="pbx: Neue Rohzeilen lassen sich nicht auswerten"):
        ingest(write(tmp_path / "queue_log", lines(DAY, TALKED)), batch=3)
    assert select("SELECT position, lines, projected FROM stream") == [(len(lines(DAY, TALKED)), 4, 0)]
    assert select("SELECT count(*) FROM raw_event") == [(4,)]
    assert [select(f"SELECT FROM {table}") for table in ("call", "stay", "agent_event", "activity")] == [[], [], [], []]
    mend(owner)
    execute("UPDATE stream SET retry_at = now()")
    project_all()
    assert select("SELECT callid, outcome, talk_s FROM stay") == [("1.1", "answered", 120)]
    before = snapshot("call", "stay", "agent_event", "agent_span", "activity")
    run("rebuild")
    assert snapshot("call", "stay", "agent_event", "agent_span", "activity") == before


def test_it_rests_after_a_failure_longer_and_longer_and_its_source_says_so(
    tmp_path: Path, owner: Engine, no_stays: None
):
    with pytest.raises(ServerTrouble):
        ingest(write(tmp_path / "queue_log", lines(DAY, TALKED)))
    project_all()
    assert trouble() == TROUBLE
    assert timedelta() < pause() <= FIRST_PAUSE
    with transaction() as session:
        assert waiting_streams(session) == []
    execute("UPDATE stream SET failing_since = now() - interval '4 minutes', retry_at = now()")
    project_all()
    assert FIRST_PAUSE < pause() <= timedelta(minutes=4, seconds=30)
    execute("UPDATE stream SET failing_since = now() - interval '4 days', retry_at = now()")
    project_all()
    assert timedelta(minutes=4, seconds=30) < pause() <= LONGEST_PAUSE
    mend(owner)
    project_all()  # still at rest
    assert select("SELECT FROM stay") == []
    execute("UPDATE stream SET retry_at = now()")
    project_all()
    assert len(select("SELECT FROM stay")) == 1
    assert trouble() is None
    assert select("SELECT failing_since, retry_at FROM stream") == [(None, None)]


def test_a_rebuild_does_not_wait(tmp_path: Path, owner: Engine, no_stays: None):
    with pytest.raises(ServerTrouble):
        ingest(write(tmp_path / "queue_log", lines(DAY, TALKED)))
    project_all()
    mend(owner)
    run("rebuild")
    assert len(select("SELECT FROM stay")) == 1
    assert trouble() is None


def test_some_days_are_made_anew_with_their_agents(tmp_path: Path):
    told = (
        TALKED
        + f"""
        10:00:00|NONE|ausweise|ag01|PAUSE|Mittag
        10:30:00|NONE|ausweise|ag01|UNPAUSE|
        {NEXT}T08:00:00|NONE|ausweise|ag02|ADDMEMBER|
        {NEXT}T16:00:00|NONE|ausweise|ag01|REMOVEMEMBER|
    """
    )
    ingest(write(tmp_path / "queue_log", lines(DAY, told)))
    before = meaning()
    assert len(before["agent_span"]) == 4
    run("rebuild", "--from", DAY, "--to", NEXT)
    assert meaning() == before
    execute("UPDATE agent_span SET state = 'ready', reason = '' WHERE state = 'paused'")
    execute("DELETE FROM agent_span WHERE ends_at IS NOT NULL AND state = 'ready' AND agent = 'ag01'")
    run("rebuild", "--from", DAY, "--to", NEXT)
    assert meaning() == before
