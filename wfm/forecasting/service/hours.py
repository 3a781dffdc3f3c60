"""When a queue will be open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from wfm.core.intervals import Days
from wfm.directory.rules.calendar import Calendar as OpeningCalendar
from wfm.forecasting import queries
from wfm.forecasting.queries import SLOTS, Past
from wfm.forecasting.rules.history import Bools


def future_hours(opening: OpeningCalendar, past: Past, days: Sequence[date]) -> Bools:
    """When the queue will be open: by the hours on file, if they were believed; else as on the same weekday lately."""
    span = Days(days[0], days[-1] + timedelta(days=1))
    stated = queries.stated_hours(opening, span, past.queue)[[(day - span.start).days for day in days]]
    weekdays, lately = past.calls.weekdays[-91:], past.open[-91:]
    usual = np.zeros((7, SLOTS), dtype=bool)
    for weekday in range(7):
        rows = lately[weekdays == weekday]
        if len(rows):
            usual[weekday] = rows.mean(axis=0) > 0.5
    closed = np.array([bool(_closed_by_exception(opening, past.queue, day)) for day in days])
    seen = usual[[day.weekday() for day in days]] & ~closed[:, None]
    if not past.believed:
        return seen
    return np.where(np.isnan(stated), seen, stated == 1)


def _closed_by_exception(opening: OpeningCalendar, queue: str, day: date) -> bool:
    hours = opening.on(day, queue)
    return bool(hours.reason) and not hours.periods
