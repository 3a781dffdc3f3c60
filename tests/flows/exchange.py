"""Stories of a whole day: a log's lines, the commands that take them in, the reports and tables that come out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import text

from wfm.cli import cli
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.telephony.adapters import queue_log

DATA = Path(__file__).parents[1] / "data" / "asterisk"
CAPTURE = Path(queue_log.__file__).parents[1] / "data" / "asterisk"
OLDER, NEWER = CAPTURE / "queue_log.0", CAPTURE / "queue_log"

#: Tables of the projection and of facts, with the columns that order their rows.
PROJECTION = {
    "call": "system_id, callid, nth",
    "stay": "system_id, callid, nth, stay_no",
    "agent_event": "stream_id, position",
    "agent_span": "system_id, agent, queue, starts_at",
    "restart": "stream_id, position",
    "activity": "source_id, starts_at",
    "fact_interval": "starts_at, queue",
    "fact_day": "day, partner, likely, queue, service, method",
    "fact_agent_calls": "day, agent, system, queue",
    "fact_agent_time": "day, agent, system",
}
#: What says by which door and in which order things came, not what happened.
_OF_THE_WAY = {"call": {"events", "twice", "source_id"}}

_TIME = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d)T)?(?P<time>\d\d:\d\d:\d\d)(?P<offset>[+-]\d\d:\d\d)?(?=\|)", re.MULTILINE
)


def lines(day: str, told: str) -> bytes:
    """Lines of a queue_log from a readable text: the time of day in Berlin stands for seconds since 1970.

    `02:30:00+01:00|…` says which of two, `2026-03-01T00:10:00|…` another day than `day`.
    """

    def epoch(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(f"{match['day'] or day}T{match['time']}{match['offset'] or ''}")
        return str(int((moment if match["offset"] else moment.replace(tzinfo=BERLIN)).timestamp()))

    text_lines = [line.strip() for line in told.strip().splitlines()]
    return "".join(f"{_TIME.sub(epoch, line, count=1)}\n" for line in text_lines if line).encode()


def run(*arguments: object) -> str:
    """Run a command of `wfm`; what it says on standard output."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    if result.exit_code:
        raise AssertionError(f"wfm {' '.join(map(str, arguments))}: {result.exit_code}\n{result.output}")
    return result.stdout


def ingest(*files: Path, source: str = "pbx", batch: int = 10_000) -> None:
    run("ingest", "queue-log", *files, "--source", source, "--batch-size", batch)


def queues(start: str, end: str, step: str = "30", threshold: int = 30) -> dict[str, Any]:
    """`wfm report queues`, from `start` until before `end`."""
    return report("queues", "--from", start, "--to", end, "--interval", step, "--threshold", threshold)


def usage(month: str) -> dict[str, Any]:
    return report("usage", "--month", month)


def agents(start: str, end: str) -> dict[str, Any]:
    return report("agents", "--from", start, "--to", end)


def ledger(month: str) -> dict[str, Any]:
    return report("completeness", "--month", month)


def report(kind: str, *options: object) -> dict[str, Any]:
    """A report of `wfm` as a program gets it."""
    found: dict[str, Any] = json.loads(run("report", kind, *options, "--format", "json"))
    return found


def select(statement: str, **values: object) -> list[tuple[Any, ...]]:
    with transaction() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]


def execute(statement: str, **values: object) -> None:
    with transaction() as session:
        session.execute(text(statement), values)


def snapshot(*tables: str) -> dict[str, list[str]]:
    """Every row of the projection's tables, whole."""
    return {
        table: [row for (row,) in select(f"SELECT t::text FROM {table} t ORDER BY {PROJECTION[table]}")]
        for table in tables or PROJECTION
    }


def meaning(*tables: str) -> dict[str, list[str]]:
    """The rows without what tells by which files they came: the same for every order of files and cut of batches."""
    found = {}
    for table in tables or (
        "call",
        "stay",
        "agent_span",
        "fact_interval",
        "fact_day",
        "fact_agent_calls",
        "fact_agent_time",
    ):
        hidden = "".join(f" - '{column}'" for column in sorted(_OF_THE_WAY.get(table, ())))
        rows = select(f"SELECT (to_jsonb(t){hidden})::text FROM {table} t ORDER BY {PROJECTION[table]}")
        found[table] = [row for (row,) in rows]
    return found


def write(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def add(path: Path, *parts: bytes) -> Path:
    with path.open("ab") as file:
        file.writelines(parts)
    return path


def import_numbers(folder: Path, rows: Iterable[str]) -> None:
    """`wfm directory import numbers`; rows as `number,partner,valid_from,valid_to`."""
    file = folder / "numbers.csv"
    file.write_text("\n".join(["number,partner,valid_from,valid_to", *rows, ""]))
    run("directory", "import", "numbers", file)
