"""A centre with half a year of calls in its facts: two queues, three partners, a gap, the leap of March."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, start_of_day
from wfm.core.db import engine, transaction
from wfm.directory.service import load_base_data, run_import
from wfm.reporting.models import FactDay, FactInterval
from wfm.reporting.usage_sums import BY_CLASS

BURGDORF, GARBSEN, LAATZEN, SEHNDE = "03241003", "03241005", "03241010", "03241015"
QUEUES = "queue,label,wrapup_s,partner,valid_from,valid_to\nrathaus,Rathaus,,,,\nkasse,Kasse,,,,\n"
HOURS = "queue,weekday,day,opens,closes,name,valid_from,valid_to\n" + "".join(
    f",{day},,08:00,16:00,,2025-01-01,\n" for day in ("Mo", "Di", "Mi", "Do", "Fr")
)
FIRST, END = date(2026, 1, 5), date(2026, 6, 30)
#: On this day from 10:00 to 11:30 events were lost.
GAP_DAY = date(2026, 5, 12)
NOW = "2026-06-30T07:00:00+02:00"
#: Calls a quarter of an hour by queue, and whose they are.
MEANS = {"rathaus": 9.0, "kasse": 1.5}
PARTS = {
    "rathaus": {BURGDORF: 0.5, GARBSEN: 0.3, LAATZEN: 0.15, "": 0.05},
    "kasse": {BURGDORF: 0.6, GARBSEN: 0.4},
}


def working_days() -> list[date]:
    days = [FIRST + timedelta(days=n) for n in range((END - FIRST).days)]
    return [day for day in days if day.weekday() < 5]


NOTHING = {
    column.name: [0] * BY_CLASS[column.name] if column.name in BY_CLASS else 0
    for column in (*FactInterval.__table__.columns, *FactDay.__table__.columns)
    if column.name != "longest_wait_s"
}


def quarter(queue: str, starts_at: datetime, calls: int) -> dict[str, object]:
    """One quarter of an hour of a queue: all answered, 3 minutes each."""
    own = {name: NOTHING[name] for name in FactInterval.__table__.columns.keys() if name in NOTHING}  # noqa: SIM118
    own |= {"starts_at": starts_at, "queue": queue, "day": starts_at.astimezone(BERLIN).date()}
    return own | {"offered": calls, "answered": calls, "talk_s": 180 * calls}


def part(queue: str, partner: str, day: date, calls: int, *, generated: bool = False) -> dict[str, object]:
    """A day of a partner in a queue."""
    own = {name: NOTHING[name] for name in FactDay.__table__.columns.keys() if name in NOTHING}  # noqa: SIM118
    own |= {"day": day, "partner": partner, "likely": "", "queue": queue, "service": "", "method": "dialled_number"}
    return own | {"offered": calls, "answered": calls, "calls": calls, "generated": calls if generated else 0}


def put_calls(session: Session, queue: str, starts_at: datetime, calls: int) -> None:
    session.execute(insert(FactInterval), [quarter(queue, starts_at, calls)])


def put_day(session: Session, queue: str, partner: str, day: date, calls: int, *, generated: bool = False) -> None:
    session.execute(insert(FactDay), [part(queue, partner, day, calls, generated=generated)])


def fill(session: Session) -> None:
    rng = np.random.default_rng(20260630)
    load_base_data(session)
    run_import(session, "queues", QUEUES)
    run_import(session, "hours", HOURS)
    quarters: list[dict[str, object]] = []
    parts: list[dict[str, object]] = []
    holidays = set(session.scalars(text("SELECT day FROM holiday")))
    for day in working_days():
        if day in holidays:
            continue
        level = rng.lognormal(-0.005, 0.1)
        for queue, mean in MEANS.items():
            total = 0
            for slot in range(32):
                calls = int(rng.poisson(mean * level * (1.3 - slot / 60)))
                at = start_of_day(day) + timedelta(minutes=8 * 60 + 15 * slot)
                lost = day == GAP_DAY and 8 <= slot < 14
                if calls and not lost:
                    quarters.append(quarter(queue, at, calls))
                    total += calls
            names = list(PARTS[queue])
            for partner, calls in zip(names, rng.multinomial(total, list(PARTS[queue].values())), strict=True):
                if calls:
                    parts.append(part(queue, partner, day, int(calls)))
    session.execute(insert(FactInterval), quarters)
    session.execute(insert(FactDay), parts)
    system = session.scalar(text("INSERT INTO system (name) VALUES ('main') RETURNING id"))
    source = session.scalar(
        text("INSERT INTO source (system_id, name, kind, rank) VALUES (:system, 'pbx', 'queue_log', 1) RETURNING id"),
        {"system": system},
    )
    session.execute(
        text(
            """INSERT INTO stream (source_id, name, fingerprint, first_at, last_at)
               VALUES (:source, 'queue_log', 'x', :first, :last)"""
        ),
        {"source": source, "first": start_of_day(FIRST), "last": start_of_day(END) + timedelta(hours=6)},
    )
    begins = start_of_day(GAP_DAY) + timedelta(hours=10)
    session.execute(
        text(
            """INSERT INTO gap (source_id, starts_at, ends_at, reason, detail)
               VALUES (:source, :first, :last, 'rotated', 'queue_log.3')"""
        ),
        {"source": source, "first": begins, "last": begins + timedelta(minutes=90)},
    )


@pytest.fixture(scope="module")
def centre(module_database: str) -> str:
    with transaction() as session:
        fill(session)
    return module_database


@pytest.fixture
def session(centre: str) -> Iterator[Session]:
    """A transaction on the centre that is rolled back."""
    with Session(engine()) as session:
        yield session
        session.rollback()
