"""Figures that must stand, or say that they do not: closed months, mappings that change, and a rebuild under way."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from tests.flows.closing import close
from tests.flows.exchange import add, import_numbers, ingest, lines, run, select, snapshot, usage, write
from wfm import ingest as intake
from wfm.core import tasks
from wfm.core.db import after_commit, transaction
from wfm.directory.service import load_base_data, run_import
from wfm.queues.service import rebuilding
from wfm.reporting.service.rederive import rederive

pytestmark = pytest.mark.usefixtures("database")

DAY = "2026-06-09"
LOG = """
    09:00:10|c1|a|NONE|ENTERQUEUE|051100001|05136123456|1
    09:00:20|c1|a|Kern|CONNECT|10|c2|5
    09:01:20|c1|a|Kern|COMPLETECALLER|10|60|1
    2026-07-01T08:00:00|c3|a|NONE|ENTERQUEUE|051100001||1
    2026-07-01T08:00:09|c3|a|NONE|ABANDON|1|1|9
"""
LATER = """
    09:10:00|c9|a|NONE|ENTERQUEUE|||1
    09:10:10|c9|a|NONE|ABANDON|1|1|10
"""
MAPPING = "051100001,03241003,2026-01-01,"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    with transaction() as session:
        load_base_data(session)
    log = write(tmp_path / "queue_log", lines(DAY, LOG))
    ingest(log)
    return log


def close_june() -> None:
    close("2026-06")


def partners() -> dict[str, str | None]:
    return dict(select("SELECT callid, partner FROM call ORDER BY callid"))


def test_a_late_event_changes_no_figure_of_a_closed_month_and_is_named(log: Path) -> None:
    close_june()
    before = snapshot("fact_day", "fact_interval")
    assert usage("2026-06")["complete"]
    ingest(add(log, lines(DAY, LATER)))
    assert snapshot("fact_day", "fact_interval") == before
    june = usage("2026-06")
    assert (june["state"], june["complete"], june["total"]["calls"]) == ("closed", True, 1)
    assert [(one["booked_in"], one["calls"], one["talk_s"]) for one in june["corrections"]] == [(None, 1, 0)]
    run("rebuild", "--from", DAY, "--to", "2026-06-10")
    assert usage("2026-06") == june


def test_a_rebuild_leaves_closed_months_as_they_are(log: Path) -> None:
    close_june()
    before = snapshot("fact_day", "fact_interval")
    run("rebuild")
    assert snapshot("fact_day", "fact_interval") == before
    assert usage("2026-06")["complete"]


def test_a_changed_mapping_derives_open_months_only(log: Path, tmp_path: Path) -> None:
    close_june()
    import_numbers(tmp_path, [MAPPING])
    assert partners() == {"c1": None, "c3": "03241003"}
    assert usage("2026-07")["attribution"]["dialled_number"]["calls"] == 1


def test_changed_numbers_queues_and_words_are_derived_together(log: Path) -> None:
    with transaction() as session:
        assert rederive(session) is None
        run_import(session, "numbers", f"number,partner,valid_from,valid_to\n{MAPPING}\n")
        run_import(session, "queues", "queue,partner,valid_from,valid_to\na,03241010,2026-01-01,\n")
        assert rederive(session) == 2
        assert rederive(session) is None
    assert set(partners().values()) == {"03241003"}
    with transaction() as session:
        run_import(
            session,
            "numbers",
            "number,partner,valid_from,valid_to\n051100001,03241003,2026-01-01,2026-06-30\n051100001,03241001,2026-07-01,\n",
        )
        assert rederive(session) == 1
    assert partners() == {"c1": "03241003", "c3": "03241001"}
    assert select("SELECT day::text FROM touched_day ORDER BY 1") == [(DAY,), ("2026-07-01",)]


def test_a_batch_that_looked_a_mapping_up_before_it_changed_is_derived_too(log: Path, tmp_path: Path) -> None:
    path = add(log, lines(DAY, "09:20:00|c5|a|NONE|ENTERQUEUE|051100001||1\n"))
    with transaction() as session:
        [stream_id] = session.execute(text("SELECT id FROM stream")).scalars()
    before = partners()
    with transaction() as session:
        # as `wfm ingest` does it, stopped just before its commit
        stream = intake.lock_stream(session, stream_id)
        with path.open("rb") as file:
            [(rows, end)] = intake.files.complete_lines(file, stream.position, 10)
        intake.take(session, stream, rows, end)
        session.flush()
        importing = Thread(target=import_numbers, args=(tmp_path, [MAPPING]))
        importing.start()
        importing.join(1)
        assert importing.is_alive()
    importing.join()
    assert before == {"c1": None, "c3": None}
    assert set(partners().values()) == {"03241003"}


def test_a_new_wrapup_time_is_counted_at_once(log: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "queues.csv", b"queue,label,wrapup_s\na,A,30\n")
    run("directory", "import", "queues", file)
    assert (usage("2026-06")["complete"], usage("2026-06")["total"]["wrapup_s"]) == (True, 30)


def test_no_report_is_complete_while_a_rebuild_is_under_way(log: Path) -> None:
    with transaction() as session:
        rebuilding.forget(session)
    intake.count_facts()  # as the worker does meanwhile
    june = usage("2026-06")
    assert (june["total"]["calls"], june["complete"]) == (0, False)
    assert [(gap["kind"], gap["start"]) for gap in june["gaps"]] == [("unprojected", None)]


def test_a_task_is_neither_sent_nor_dropped_by_the_end_of_a_savepoint(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks, "send", lambda name, *arguments: sent.append(name))
    with transaction() as session:
        after_commit(session, "first")
        with session.begin_nested():
            session.execute(text("SELECT 1"))
        session.begin_nested().rollback()
        assert sent == []
        after_commit(session, "second")
    assert sent == ["first", "second"]
    with transaction() as session:
        after_commit(session, "third")
        session.rollback()
    assert sent == ["first", "second"]
