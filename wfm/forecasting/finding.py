"""Which snapshot is meant, which of its series, and which of its days."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import NotFound, Sentence
from wfm.core.intervals import Days
from wfm.forecasting.models import GREATEST_ID, ForecastRun, ForecastSeries


def find_run(session: Session, run_id: int | None = None) -> ForecastRun:
    """A run, the newest one by default; raises NotFound."""
    if run_id is None:
        run = session.scalars(select(ForecastRun).order_by(ForecastRun.id.desc()).limit(1)).first()
    else:
        run = session.get(ForecastRun, run_id) if run_id <= GREATEST_ID else None
    if run is None:
        message = "Diese Prognose gibt es nicht." if run_id else "Es gibt noch keine Prognose: „wfm forecast run“."
        raise NotFound("forecast.unknown", message, run=run_id)
    return run


def series_of(session: Session, run_id: int, kind: str, queue: str | None = None) -> ForecastSeries:
    """The centre's series of a run, or that of a queue; raises NotFound."""
    statement = select(ForecastSeries).where(
        ForecastSeries.run_id == run_id,
        ForecastSeries.kind == kind,
        ForecastSeries.queue.is_not_distinct_from(queue),
    )
    series = session.scalars(statement).first()
    if series is None:
        message: str = "In dieser Prognose gibt es nichts für das ganze Zentrum."
        if queue is not None:
            message = Sentence("In dieser Prognose gibt es nichts für „%(queue)s“.", queue=queue)
        raise NotFound("forecast.no_series", message, queue=queue)
    return series


def covered(run: ForecastRun, first: date | None, end: date | None) -> Days:
    """The days asked for, as far as the run has them; all of them by default. Raises NotFound for none."""
    start, stop = max(first or run.first_day, run.first_day), min(end or run.end_day, run.end_day)
    if stop <= start:
        message = Sentence(
            "Diese Prognose reicht vom %(first)s bis zum %(last)s.",
            first=run.first_day,
            last=run.end_day - timedelta(days=1),
        )
        raise NotFound("forecast.not_these_days", message, first=run.first_day, end=run.end_day)
    return Days(start, stop)


def contains(session: Session, run_id: int, partner: str) -> bool:
    """Whether a partner's calls are among those of the run's queues: in their history, or as a new partner's."""
    statement = select(ForecastSeries.id).where(
        ForecastSeries.run_id == run_id,
        ForecastSeries.kind.in_(("part", "newcomer")),
        ForecastSeries.partner == partner,
        ForecastSeries.queue.is_not(None),
    )
    return session.scalars(statement.limit(1)).first() is not None
