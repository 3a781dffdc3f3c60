"""What came lately, in the steps in which a forecast is read: the past beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, start_of_day
from wfm.core.intervals import Days
from wfm.forecasting import queries
from wfm.forecasting.queries import SLOTS, STEP
from wfm.forecasting.rules.history import Bools, Floats

Row = dict[str, Any]


def came_rows(session: Session, queue: str | None, days: Days, interval: str) -> list[Row]:
    """Calls that came to a queue, or (None) to the centre, by interval or day: `start`, `end`, `calls`.

    `calls` is None where something of the stretch is not known: a gap, or still to come. Closed times are left out.
    """
    shape = ((days.end - days.start).days, SLOTS)
    calls: Floats = np.zeros(shape)
    is_open: Bools = np.zeros(shape, dtype=bool)
    for past in queries.queue_pasts(session, days, None if queue is None else [queue]).values():
        rows = slice((past.calls.first_day - days.start).days, None)
        calls[rows] += np.where(past.open, past.calls.counts, 0.0)
        is_open[rows] |= past.open
    return list(_days(days, calls, is_open) if interval == "day" else _slots(days, calls, is_open, int(interval)))


def _days(days: Days, calls: Floats, is_open: Bools) -> Iterator[Row]:
    for place, day in enumerate(days):
        if is_open[place].any():
            yield _row(start_of_day(day), start_of_day(day + timedelta(days=1)), calls[place])


def _slots(days: Days, calls: Floats, is_open: Bools, minutes: int) -> Iterator[Row]:
    for place, day in enumerate(days):
        start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
        while start < end:
            local = start.astimezone(BERLIN)
            slot = (local.hour * 60 + local.minute) // STEP
            window = slice(slot, slot + minutes // STEP)
            if is_open[place, window].any():
                yield _row(start, start + timedelta(minutes=minutes), calls[place, window])
            start += timedelta(minutes=minutes)


def _row(start: Any, end: Any, calls: Floats) -> Row:
    total = float(calls.sum())
    return {
        "start": start.astimezone(BERLIN).isoformat(),
        "end": end.astimezone(BERLIN).isoformat(),
        "calls": None if np.isnan(total) else total,
    }
