"""Log lines: JSON, with their ids, without numbers and tokens."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from wfm.core import log


@pytest.fixture(autouse=True)
def _configured():
    log.configure(readable=False)
    yield
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_line_is_json_with_what_is_bound(capsys):
    structlog.contextvars.bind_contextvars(request_id="4f1c2a7e")
    structlog.get_logger("wfm.test").info("call.projected", calls=3, partner="Neustadt am Rübenberge")
    (line,) = lines(capsys)
    assert (line["event"], line["calls"], line["request_id"], line["level"]) == (
        "call.projected",
        3,
        "4f1c2a7e",
        "info",
    )
    assert line["partner"] == "Neustadt am Rübenberge"
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_look_the_same(capsys):
    structlog.contextvars.bind_contextvars(task_id="t-1")
    logging.getLogger("some.library").warning("lost %s", "connection")
    (line,) = lines(capsys)
    assert (line["event"], line["task_id"], line["logger"]) == ("lost connection", "t-1", "some.library")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caller +495136111222 hung up", "caller *** hung up"),
        ("from 0511 168-12345.", "from ***."),
        ("sip:+4951116812345@pbx", "sip:***@pbx"),
        ("at 2026-09-01 08:15:00 2026-09-01 01.09.2026", "at 2026-09-01 08:15:00 2026-09-01 01.09.2026"),
        ("Bearer wfm_" + "aB3-_" * 8, "Bearer wfm_***"),
        ("postgresql+psycopg://wfm:geheim@host/wfm", "postgresql+psycopg://wfm:***@host/wfm"),
        ("2026-09-01T08:15:00+02:00 took 12.5 s", "2026-09-01T08:15:00+02:00 took 12.5 s"),
        ("call 1795468800.123 of partner 03241003x", "call 1795468800.123 of partner 03241003x"),
    ],
)
def test_numbers_and_secrets_are_masked(text: str, shown: str):
    assert log.masked(text) == shown


def test_fields_that_hold_secrets_are_dropped(capsys):
    structlog.get_logger().info("x", caller="1234", token="abc", payload="line")
    (line,) = lines(capsys)
    assert (line["caller"], line["token"], line["payload"]) == ("***", "***", "***")


def test_tracebacks_are_masked_too(capsys):
    try:
        raise ValueError("cannot read +495136111222")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed")
    for line in lines(capsys):
        assert "ValueError" in line["exception"]
        assert "+4951" not in line["exception"]


def test_people_get_readable_lines(capsys):
    log.configure(readable=True)
    structlog.get_logger().info("started", port=8080)
    text = capsys.readouterr().err
    assert "started" in text
    assert "8080" in text


def test_intake_that_nobody_configured_logs_to_standard_error():
    """The command line's modules configure nothing: their first line must not lie among the data."""
    said = subprocess.run(
        [sys.executable, "-c", "from wfm import ingest; ingest.log.warning('projection.failed')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == ""
    assert "projection.failed" in said.stderr


def test_every_logger_is_ours():
    """structlog's own writes to standard output until somebody has configured it."""
    package = Path(log.__file__).parents[1]
    assert [file.name for file in package.rglob("*.py") if "structlog.get_logger" in file.read_text("utf-8")] == [
        "log.py"
    ]
