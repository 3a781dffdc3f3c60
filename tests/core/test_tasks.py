"""Hints after the commit, locks, tasks and the worker, with a real PostgreSQL and a real Valkey."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery.exceptions import Retry
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError

from wfm.core import tasks
from wfm.core.db import after_commit, transaction
from wfm.core.locks import one_at_a_time

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    found: list[tuple] = []
    monkeypatch.setattr(tasks, "send", lambda name, *args: found.append((name, *args)))
    return found


def test_hints_go_out_after_the_commit(module_database: str, sent: list[tuple]):
    with transaction() as session:
        after_commit(session, "a", 1)
        after_commit(session, "b")
        after_commit(session, "a", 1)
        assert sent == []
    assert sent == [("a", 1), ("b",)]


def test_a_roll_back_drops_them(module_database: str, sent: list[tuple]):
    def fail() -> None:
        with transaction() as session:
            after_commit(session, "a")
            session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DataError):
        fail()
    assert sent == []


def test_one_at_a_time(module_database: str):
    with one_at_a_time("job") as first, one_at_a_time("job") as second, one_at_a_time("other") as other:
        assert (first, second, other) == (True, False, True)
    with one_at_a_time("job") as again:
        assert again
    with pytest.raises(ZeroDivisionError), one_at_a_time("job"):
        raise ZeroDivisionError
    with one_at_a_time("job") as again:
        assert again


def test_a_task_that_runs_already_ends_at_once(module_database: str):
    runs: list[int] = []

    @tasks.task("tests.lonely", one_at_a_time=True)
    def lonely() -> None:
        runs.append(len(runs))
        lonely()

    lonely()
    assert runs == [0]
    lonely()
    assert runs == [0, 1]


def test_a_lost_database_is_tried_again(valkey, monkeypatch: pytest.MonkeyPatch):
    tasks.celery().set_current()

    @tasks.task("tests.unlucky")
    def unlucky() -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    unlucky.push_request(called_directly=False, id="t-1", retries=2, delivery_info={}, args=(), kwargs={})
    try:
        with pytest.raises(Retry) as retry:
            unlucky()
    finally:
        unlucky.pop_request()
    assert retry.value.when == 4


def test_a_broker_that_is_away_costs_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WFM_REDIS_URL", f"unix://{tmp_path}/nobody?db=0")
    monkeypatch.setattr(tasks, "_left_alone_until", 0.0)
    began = time.monotonic()
    tasks.send("queues.project")
    assert time.monotonic() - began < 2
    began = time.monotonic()
    tasks.send("queues.project")
    assert time.monotonic() - began < 0.01


def test_a_message_waits_for_the_worker(valkey, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tasks, "_left_alone_until", 0.0)
    tasks.send("queues.project")
    assert valkey.llen("wfm") == 1


def test_the_timetable_names_tasks_that_exist(valkey, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT))
    import worker

    worker.app.loader.import_default_modules()
    known = worker.app.tasks.keys()
    assert {entry.task for entry in worker.TIMETABLE} <= known
    assert all(entry.why for entry in worker.TIMETABLE)
    assert worker.app.conf.task_acks_late
    assert worker.app.conf.task_ignore_result
    assert worker.app.conf.accept_content == ["json"]


@pytest.mark.slow
def test_the_worker_turns_events_into_figures(database: str, valkey, monkeypatch: pytest.MonkeyPatch):
    from wfm.telephony.service import events, intake

    monkeypatch.setattr(tasks, "_left_alone_until", 0.0)
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "worker",
        "worker",
        "--pool",
        "solo",
        "--without-mingle",
        "--without-gossip",
    ]
    worker = subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE, text=True)
    try:
        offered = {
            "specversion": "1.0",
            "id": "1",
            "source": "urn:x",
            "type": "call.offered",
            "time": "2026-09-01T08:00:00+02:00",
        }
        with transaction() as session:
            source = intake.open_source(session, "acd", "events")
            events.accept(session, source, [offered | {"data": {"call": "a", "queue": "q"}}])
            after_commit(session, "queues.project")
        wait_for("SELECT sum(offered) = 1 FROM fact_interval", worker)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0, log


def wait_for(question: str, worker: subprocess.Popen[str], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and worker.poll() is None:
        with transaction() as session:
            if session.scalar(text(question)):
                return
        time.sleep(0.1)
    pytest.fail(f"the worker did not do it: {question}")
