"""The capture of a real Asterisk with the directory's examples, for tests that only read it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from wfm import ingest
from wfm.core.db import engine, transaction
from wfm.directory.service import load_base_data, run_import

CAPTURE = Path(str(files("wfm.telephony") / "data" / "asterisk"))
EXAMPLES = Path(str(files("wfm.directory") / "data" / "examples"))


@pytest.fixture(scope="module")
def capture(module_database: str) -> str:
    """Database with one morning of five queues and 300 calls: 2026-06-09."""
    know_directory()
    for name in ("queue_log.0", "queue_log"):
        ingest.ingest_log(CAPTURE / name, "pbx")
    ingest.count_facts()
    return module_database


def know_directory() -> None:
    """Base data and the examples; pool id 1013 is ag13 in the system `main`."""
    with transaction() as session:
        load_base_data(session)
        for kind in ("queues", "numbers", "services"):
            run_import(session, kind, EXAMPLES / f"{kind}.csv")
        run_import(session, "aliases", "system,alias,agent,valid_from,valid_to\nmain,1013,ag13,2026-01-01,\n")


@pytest.fixture
def session(capture: str):
    """A transaction on the capture that is rolled back."""
    with Session(engine()) as session:
        yield session
        session.rollback()
