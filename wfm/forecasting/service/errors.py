"""What became of forecasts: errors by queue and by how many days ahead they were made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, Sentence
from wfm.core.intervals import Days
from wfm.forecasting import queries, snapshots
from wfm.forecasting.finding import find_run
from wfm.forecasting.models import ForecastRun, ForecastSeries
from wfm.forecasting.queries import Past
from wfm.forecasting.rules.adjustments import put_on
from wfm.forecasting.rules.errors import LEADS, Errors, lead_of
from wfm.forecasting.rules.history import Floats

Rows = list[dict[str, Any]]
#: Days compared unless told otherwise, and at most.
USUAL_DAYS, LONGEST_DAYS = 28, 366


def forecast_errors(
    session: Session, *, run: int | None = None, queue: str | None = None, first: date | None = None,
    end: date | None = None, adjusted: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Errors of one snapshot over all its days that are over, or of all snapshots over the last four weeks.

    Days and slots of which nothing certain is known are left out. `adjusted` judges the snapshots with the layers of
    people that held when the day began.
    """
    today = berlin_day(now())
    if run is not None:
        found = find_run(session, run)
        first, end = first or found.first_day, end or found.end_day
    end = min(end or today, today)
    first = first or end - timedelta(days=USUAL_DAYS)
    rows: Rows = []
    generated = False
    if first < end:
        if (end - first).days > LONGEST_DAYS:
            raise BadInput(
                "forecast.errors", Sentence("Höchstens %(most)s Tage auf einmal.", most=LONGEST_DAYS), field="from"
            )
        rows, generated = _rows(session, Days(first, end), run, queue, adjusted)
    shown = {"run": run, "queue": queue, "from": first.isoformat(), "to": end.isoformat(), "adjusted": adjusted}
    return {**shown, "generated": generated, "rows": rows}


def _rows(session: Session, days: Days, run: int | None, queue: str | None, adjusted: bool) -> tuple[Rows, bool]:
    statement = (
        select(ForecastSeries.id, ForecastSeries.queue, ForecastSeries.history_to)
        .join(ForecastRun, ForecastRun.id == ForecastSeries.run_id)
        .where(ForecastSeries.kind == "queue", ForecastRun.first_day < days.end, ForecastRun.end_day > days.start)
    )
    if run is not None:
        statement = statement.where(ForecastRun.id == run)
    if queue is not None:
        statement = statement.where(ForecastSeries.queue == queue)
    by_queue: dict[str, list[tuple[int, date]]] = {}
    for number, name, history_to in session.execute(statement.order_by(ForecastSeries.queue, ForecastSeries.id)):
        by_queue.setdefault(str(name), []).append((number, history_to or days.start))
    pasts = queries.queue_pasts(session, _with_history(days), by_queue) if by_queue else {}
    rows = []
    for name, series in by_queue.items():
        if name in pasts:
            found = _errors(session, days, name, series, pasts[name], adjusted)
            rows += [
                {"queue": name, "lead_from": LEADS[lead][0], "lead_to": LEADS[lead][1], **errors.figures()}
                for lead, errors in sorted(found.items())
            ]
    return rows, any(past.generated for past in pasts.values())


def _with_history(days: Days) -> Days:
    """Some weeks more, so that hours which are not on file can be told from the calls."""
    return Days(days.start - timedelta(days=91), days.end)


def _errors(
    session: Session, days: Days, queue: str, series: list[tuple[int, date]], past: Past, adjusted: bool
) -> dict[int, Errors]:
    made = snapshots.adjustments_on(session, days, queue) if adjusted else ()
    found: dict[int, Errors] = {}
    for number, kept in snapshots.read_series(session, [number for number, _ in series], days).items():
        ends = dict(series)[number]
        read = put_on(kept.read, snapshots.layers_then(made, kept.read.days))
        came = past.calls.on(read.days)
        for place, day in enumerate(read.days):
            ahead = (day - ends).days + 1
            if ahead < 1:
                continue
            errors = found.setdefault(lead_of(ahead), Errors())
            errors.add_day(_open(came[place], read.calls[place]), read.calls[place], read.quantiles[:, place],
                           read.total_quantiles[:, place])  # fmt: skip
    return {lead: errors for lead, errors in found.items() if errors.days}


def _open(came: Floats, expected: Floats) -> Floats:
    """A day on which the queue proved closed as a whole, and was forecast closed, says nothing of a forecast."""
    return np.full_like(came, np.nan) if not expected.any() and not np.nansum(came) else came
