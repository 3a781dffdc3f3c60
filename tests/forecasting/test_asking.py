"""A forecast that somebody asks for is kept until the worker has made it, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.directory.service import load_base_data
from wfm.forecasting.models import ForecastWish
from wfm.forecasting.service import asking
from wfm.forecasting.service.asking import State, state_of
from wfm.forecasting.tasks import run_asked


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with transaction() as session:
        load_base_data(session)
        yield session


def wish(session: Session, **more: object) -> ForecastWish:
    made = ForecastWish(first_day=now().date(), end_day=now().date() + timedelta(days=7), asked_at=now(),
                        asked_by="person:1", **more)  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_nobody_takes_it(session: Session):
    waits = wish(session)
    assert state_of(waits, now()) is State.WAITING
    assert state_of(waits, now() + timedelta(minutes=3)) is State.LEFT


def test_what_breaks_off_is_told_and_not_begun_again(session: Session):
    waits = wish(session)
    assert asking.take(session) == waits.id
    assert state_of(waits, now()) is State.RUNNING
    assert asking.take(session) is None
    with time_machine.travel(now() + timedelta(minutes=31)):
        assert state_of(waits, now()) is State.BROKEN


def test_an_unknown_one(session: Session):
    with pytest.raises(NotFound):
        asking.find_wish(session, 4711)


def test_the_worker_keeps_why_it_cannot(database: str):
    with transaction() as session:
        load_base_data(session)
        session.execute(text("INSERT INTO queue (name, label) VALUES ('rathaus', 'Rathaus')"))
        first, second = wish(session).id, wish(session, queues=["rathaus"]).id
    run_asked()
    with transaction() as session:
        for number in (first, second):
            answered = asking.find_wish(session, number)
            assert state_of(answered, now()) is State.REFUSED
            assert answered.refused
            assert "keine Anrufe bekannt" in answered.refused
