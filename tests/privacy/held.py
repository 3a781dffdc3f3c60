"""What is held, and time that passes: a story's steps in the tests of privacy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from tests.flows.exchange import PROJECTION, select, snapshot
from wfm.core.db import load_models
from wfm.privacy.service import retaining

#: Evening of the day that most stories tell of.
EVENING = datetime(2026, 3, 2, 20, tzinfo=UTC)


@contextmanager
def days_later(days: float, since: datetime = EVENING) -> Iterator[None]:
    """It is so many days later."""
    with time_machine.travel(since + timedelta(days=days), tick=True):
        yield


def retain(days: float = 0, since: datetime = EVENING) -> dict[str, int]:
    """A night's retention so many days later; what it did."""
    with days_later(days, since):
        done = retaining.retain(by="test")
    return {name: count for name, count in done.items() if count}


def lasting() -> dict[str, list[str]]:
    """Every row of the projection's tables but for days of persons, which go."""
    return snapshot(*(table for table in PROJECTION if not table.startswith("fact_agent_")))


def payloads() -> list[bytes]:
    return [bytes(payload) for (payload,) in select("SELECT payload FROM raw_event ORDER BY stream_id, position")]


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    tables = sorted(load_models().tables)
    return {table: sorted(row for (row,) in select(f"SELECT t::text FROM {table} t")) for table in tables}


def one(statement: str, **values: Any) -> Any:
    ((value,),) = select(statement, **values)
    return value
