"""The first command on a new machine may be any: the bundled database is made ready by whoever finds it empty."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tests.flows.exchange import NEWER, OLDER
from wfm.core import embedded


def wfm(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wfm.cli", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


@pytest.fixture
def home() -> Iterator[str]:
    path = tempfile.mkdtemp(prefix="wfm-new-")
    os.chmod(path, 0o755)  # root's servers run as another user
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_the_first_command_finds_partners_and_takes_in_a_log(home: str):
    given = {"WFM_HOME": home, "WFM_DATABASE_URL": "", "WFM_REDIS_URL": ""}
    done = wfm("ingest", "queue-log", OLDER, NEWER, "--source", "pbx", **given)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    report = json.loads(wfm("report", "usage", "--month", "2026-06", "--format", "json", **given).stdout)
    assert (report["total"]["calls"], len(report["rows"])) == (300, 22)


def test_a_port_that_is_taken_is_said_at_once(home: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = wfm("up", "--port", taken.getsockname()[1], WFM_HOME=home)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--port" in done.stderr
    assert not list(Path(home).iterdir()), "nothing was started"


@pytest.fixture
def empty() -> Iterator[str]:
    """A database of one's own server, without tables."""
    server = make_url(embedded.owner_url())
    name = f"wfm_empty_{os.getpid()}"
    engine = create_engine(server.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.mark.parametrize("command", [("report", "usage", "--month", "2026-06"), ("source", "list"), ("rebuild",)])
def test_a_database_of_ones_own_is_not_changed_unasked(empty: str, command: tuple[str, ...]):
    done = wfm(*command, WFM_DATABASE_URL=empty)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "Fehler: Die Datenbank ist nicht auf dem Stand dieses Programms: bitte zuerst „wfm db upgrade“.\n"
    )
    assert wfm("db", "upgrade", WFM_DATABASE_URL=empty).returncode == 0
    assert wfm(*command, WFM_DATABASE_URL=empty).returncode == 0
