"""Forecasts that somebody asks for: kept as a wish until the worker has made them or says why it can't.

The worker tries each once: what breaks off is not tried again by itself, since it would break off again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.db import after_commit
from wfm.core.errors import NotFound, WfmError
from wfm.forecasting.models import GREATEST_ID, ForecastWish
from wfm.forecasting.service import runs

#: A worker takes a wish within seconds, and needs minutes at most.
TAKEN_WITHIN, MADE_WITHIN = timedelta(minutes=2), timedelta(minutes=30)


class State(StrEnum):
    """What has become of a wish."""

    WAITING = "waiting"
    LEFT = "left"
    """Nobody has taken it: no worker runs."""
    RUNNING = "running"
    MADE = "made"
    REFUSED = "refused"
    BROKEN = "broken"
    """Begun, and not made in time: the worker was stopped, or failed."""


def ask_for_run(
    session: Session,
    *,
    by: str,
    first: date | None = None,
    end: date | None = None,
    queues: Collection[str] | None = None,
) -> ForecastWish:
    """Let the worker make a snapshot; refuses at once what `make_run` would refuse."""
    today = berlin_day(now())
    start = first or today
    stop = end or start + timedelta(days=runs.NIGHTLY)
    runs.check_wanted(session, start, stop, queues, today)
    wanted = None if queues is None else sorted(queues)
    wish = ForecastWish(first_day=start, end_day=stop, queues=wanted, asked_at=now(), asked_by=by)
    session.add(wish)
    session.flush()
    after_commit(session, "forecasting.run_asked")
    return wish


def find_wish(session: Session, wish_id: int) -> ForecastWish:
    """Raises NotFound."""
    wish = session.get(ForecastWish, wish_id) if 0 < wish_id <= GREATEST_ID else None
    if wish is None:
        raise NotFound("forecast.wish_unknown", "Eine solche Anforderung gibt es nicht.")
    return wish


def state_of(wish: ForecastWish, at: datetime) -> State:
    """What has become of a wish by a moment."""
    if wish.run_id is not None:
        return State.MADE
    if wish.refused is not None:
        return State.REFUSED
    if wish.begun_at is None:
        return State.LEFT if wish.asked_at + TAKEN_WITHIN < at else State.WAITING
    return State.BROKEN if wish.begun_at + MADE_WITHIN < at else State.RUNNING


def take(session: Session) -> int | None:
    """Begin the oldest wish that nobody has begun; its id, or None."""
    waits = select(ForecastWish).where(ForecastWish.begun_at.is_(None)).order_by(ForecastWish.id).limit(1)
    wish = session.scalar(waits.with_for_update(skip_locked=True))
    if wish is None:
        return None
    wish.begun_at = now()
    return wish.id


def make(session: Session, wish_id: int) -> None:
    """Make the snapshot that was wished for, or keep why there is none."""
    wish = find_wish(session, wish_id)
    try:
        with session.begin_nested():
            run = runs.make_run(session, by=wish.asked_by, first=wish.first_day, end=wish.end_day, queues=wish.queues)
    except WfmError as error:
        wish.refused = str(error.message)
    else:
        wish.run_id = run.id
