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
from wfm.core.intervals import Days
from wfm.forecasting.models import ForecastAdjustment
from wfm.forecasting.queries import SLOTS, STEP
from wfm.forecasting.rules.adjustments import Read
from wfm.forecasting.rules.hierarchy import MILLI
from wfm.forecasting.rules.history import Floats
from wfm.forecasting.rules.layers import Layer

NAMES = ("lo95", "lo80", "hi80", "hi95")


@dataclass(frozen=True, slots=True)
class Kept:
    """Days of one series: calls and quantiles in calls, how unsure each day is, handling times (NaN: not known)."""

    read: Read
    day_sd: Floats
    handling_s: Floats


_DAYS = f"""
    SELECT series_id, day, first_slot, calls, {", ".join(NAMES)}, {", ".join(f"total_{name}" for name in NAMES)},
           day_sd, handling_s
    FROM forecast_day WHERE series_id = ANY(%(series)s) AND day >= %(first)s AND day < %(last)s
    ORDER BY series_id, day
"""


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
