"""Two readers of one file at a time: it is one stream, and each line is one raw event."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from tests.flows.exchange import ingest, lines, select, write
from wfm import ingest as intake
from wfm.core.db import transaction

pytestmark = pytest.mark.usefixtures("database")


def test_a_file_that_another_reader_has_just_begun_is_the_same_stream(tmp_path: Path) -> None:
    log = write(
        tmp_path / "queue_log",
        lines("2026-06-09", "09:00:00|c1|a|NONE|ENTERQUEUE|||1\n09:00:09|c1|a|NONE|ABANDON|1|1|9\n"),
    )
    with transaction() as session:
        source = intake.open_source(session, "pbx", "queue_log")
    with log.open("rb") as file, transaction() as session:
        intake.lock_system(session, source.system_id)
        intake.files.find_stream(session, source, file, name="another name")
        second = Thread(target=ingest, args=(log,))
        second.start()
        second.join(1)
        assert second.is_alive()
    second.join()
    assert select("SELECT name, lines FROM stream") == [("another name", 2)]
