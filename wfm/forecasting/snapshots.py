"""Snapshots read back: arrays of days as they were kept, and the layers that lie on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import start_of_day
from wfm.core.db import cursor
from wfm.core.errors import NotFound, Sentence
from wfm.core.intervals import Days
from wfm.forecasting.models import GREATEST_ID, ForecastAdjustment, ForecastRun, ForecastSeries
from wfm.forecasting.queries import SLOTS, STEP
from wfm.forecasting.rules.adjustments import Layer, Read
from wfm.forecasting.rules.hierarchy import MILLI
from wfm.forecasting.rules.history import Floats

NAMES = ("lo95", "lo80", "hi80", "hi95")


@dataclass(frozen=True, slots=True)
class Kept:
    """Days of one series: calls and quantiles in calls, how unsure each day is, handling times (NaN: not known)."""

    read: Read
    day_sd: Floats
    handling_s: Floats


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


_DAYS = f"""
    SELECT series_id, day, first_slot, calls, {", ".join(NAMES)}, {", ".join(f"total_{name}" for name in NAMES)},
           day_sd, handling_s
    FROM forecast_day WHERE series_id = ANY(%(series)s) AND day >= %(first)s AND day < %(last)s
    ORDER BY series_id, day
"""


def contains(session: Session, run_id: int, partner: str) -> bool:
    """Whether a partner's calls are among those of the run's queues: in their history, or as a new partner's."""
    statement = select(ForecastSeries.id).where(
        ForecastSeries.run_id == run_id,
        ForecastSeries.kind.in_(("part", "newcomer")),
        ForecastSeries.partner == partner,
        ForecastSeries.queue.is_not(None),
    )
    return session.scalars(statement.limit(1)).first() is not None


def read_series(session: Session, series: Iterable[int], days: Days) -> dict[int, Kept]:
    """Days of these series, only those that were forecast; by id of the series."""
    wanted = {"series": list(series), "first": days.start, "last": days.end}
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for row in cursor(session).execute(_DAYS, wanted):
        rows.setdefault(row[0], []).append(row)
    return {number: _unpack(own) for number, own in rows.items()}


def _unpack(rows: Sequence[tuple[Any, ...]]) -> Kept:
    calls = np.zeros((len(rows), SLOTS))
    quantiles = np.zeros((len(NAMES), len(rows), SLOTS))
    totals = np.zeros((len(NAMES), len(rows)))
    handling = np.full((len(rows), SLOTS), np.nan)
    for place, (_, _, first, own, *rest) in enumerate(rows):
        window = slice(first, first + len(own))
        calls[place, window] = own
        quantiles[:, place, window] = rest[:4]
        totals[:, place] = rest[4:8]
        if rest[9] is not None:
            handling[place, window] = rest[9]
    read = Read(tuple(row[1] for row in rows), calls / MILLI, quantiles / MILLI, totals / MILLI)
    return Kept(read, np.array([row[-2] for row in rows]), handling)


def adjustments_on(session: Session, days: Days, queue: str | None = None) -> Sequence[ForecastAdjustment]:
    """Every layer that touches these days, also those taken back, in the order in which they were made."""
    statement = select(ForecastAdjustment).where(
        ForecastAdjustment.first_day < days.end, ForecastAdjustment.last_day >= days.start
    )
    if queue is not None:
        statement = statement.where(ForecastAdjustment.queue == queue)
    return session.scalars(statement.order_by(ForecastAdjustment.id)).all()


def layers_of(session: Session, days: Days, *, queue: str | None = None) -> dict[str, list[Layer]]:
    """The layers of each queue that touch these days and hold now, in the order in which they were made."""
    found: dict[str, list[Layer]] = {}
    for row in adjustments_on(session, days, queue):
        if row.taken_back_at is None:
            found.setdefault(row.queue, []).append(layer(row))
    return found


def layers_then(rows: Iterable[ForecastAdjustment], days: Iterable[date]) -> list[Layer]:
    """The layers as they held when each of these days began: what was changed afterwards is wise after the event."""
    return [
        replace(layer(row), first_day=day, last_day=day)
        for row in rows
        for day in days
        if row.first_day <= day <= row.last_day and holds(row, start_of_day(day))
    ]


def holds(row: ForecastAdjustment, moment: datetime) -> bool:
    """Whether a layer lay on the forecast at that moment."""
    return row.made_at <= moment and (row.taken_back_at is None or row.taken_back_at > moment)


def layer(row: ForecastAdjustment) -> Layer:
    """A row as rules take it."""
    slots = row.from_minute // STEP, -(-row.to_minute // STEP)
    return Layer(row.first_day, row.last_day, *slots, row.kind, float(row.value))


def covered(run: ForecastRun, first: date | None, end: date | None) -> Days:
    """The days asked for, as far as the run has them; all of them by default. Raises NotFound for none."""
    start, stop = max(first or run.first_day, run.first_day), min(end or run.end_day, run.end_day)
    if stop <= start:
        message = Sentence(
            "Diese Prognose reicht vom %(first)s bis vor den %(end)s.", first=run.first_day, end=run.end_day
        )
        raise NotFound("forecast.not_these_days", message, first=run.first_day, end=run.end_day)
    return Days(start, stop)
