"""A centre of six partners over a closed year, and one municipality that has not decided: Burgdorf."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, LANGENHAGEN, WEDEMARK, close, cost
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data

GARBSEN, LAATZEN, LEHRTE, SEHNDE = "03241005", "03241009", "03241011", "03241016"
NOW = "2027-01-10T09:00:00+01:00"
#: Calls and seconds of talk a month.
USAGE = {
    LANGENHAGEN: (1_000, 200_000),
    WEDEMARK: (500, 100_000),
    GARBSEN: (1_100, 220_000),
    LAATZEN: (800, 160_000),
    LEHRTE: (750, 150_000),
    SEHNDE: (600, 120_000),
    "": (100, 10_000),
}


def fill(session: Session) -> None:
    """The year 2026 closed, and a cost plan of 1,200,000 EUR for each of 2027 to 2029."""
    load_base_data(session)
    for number in range(1, 13):
        close(session, Month(2026, number), USAGE)
        for year in (2027, 2028, 2029):
            cost(session, Month(year, number), 10_000_000, "plan")


def fill_months(session: Session) -> None:
    """The same in the last twelve months, whenever that is, and a plan for three years to come."""
    today = berlin_day(now())
    for earlier in range(1, 13):
        close(session, Month.of(today).earlier(earlier), USAGE)
    for year in range(today.year, today.year + 5):
        for number in range(1, 13):
            cost(session, Month(year, number), 10_000_000, "plan")


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with time_machine.travel(NOW, tick=False), transaction() as session:
        fill(session)
        yield session


@pytest.fixture
def empty(database: str) -> Iterator[Session]:
    """Base data and nothing else."""
    with time_machine.travel(NOW, tick=False), transaction() as session:
        load_base_data(session)
        yield session


__all__ = ["BURGDORF", "NOW", "USAGE"]
