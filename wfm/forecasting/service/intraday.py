"""The rest of a day, forecast again from what has come of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, berlin_day, now, start_of_day
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.core.intervals import Days
from wfm.forecasting import queries, snapshots
from wfm.forecasting.models import ForecastIntraday, ForecastRun, ForecastSeries
from wfm.forecasting.queries import SLOTS, STEP
from wfm.forecasting.rules.adjustments import put_on
from wfm.forecasting.rules.hierarchy import to_milli
from wfm.forecasting.rules.history import Floats
from wfm.forecasting.rules.intraday import Rest, learn, reforecast
from wfm.forecasting.snapshots import NAMES, Kept

#: The history that teaches how a morning carries over to the afternoon.
LESSON_DAYS = 365


def rest_of_day(session: Session, *, queue: str, at: datetime | None = None) -> dict[str, Any]:
    """The day of `at` (now) as it is expected to go on: what came by slot, the forecast with its layers, and the
    forecast made anew of the rest. Raises NotFound where no snapshot has that day."""
    moment = at or now()
    if moment > now() + timedelta(minutes=STEP):
        raise BadInput("forecast.future", "Dieser Zeitpunkt liegt noch vor uns.", field="at")
    run, kept = _expected(session, moment, [queue])
    if queue not in kept:
        raise NotFound(
            "forecast.no_series",
            Sentence("In dieser Prognose gibt es nichts für „%(queue)s“.", queue=queue),
            queue=queue,
        )
    found = _rests(session, moment, kept)[queue]
    return _shown(run, queue, moment, kept[queue], *found)


def reforecast_today(session: Session) -> int:
    """Forecast the rest of today for every queue and keep it; how many queues. Nothing without a snapshot."""
    moment = now()
    try:
        _, kept = _expected(session, moment, None)
    except NotFound:
        return 0
    rows = [
        {
            "queue": queue,
            "day": berlin_day(moment),
            "slot": rest.slot,
            "made_at": moment,
            "came": round(rest.came),
            "rest": int(to_milli(np.array(rest.rest))),
            **{f"rest_{name}": int(to_milli(rest.rest_quantiles)[level]) for level, name in enumerate(NAMES)},
        }
        for queue, (_, rest) in _rests(session, moment, kept).items()
        if kept[queue].read.calls.any()
    ]
    if rows:
        session.execute(insert(ForecastIntraday).on_conflict_do_nothing(), rows)
    return len(rows)


def _expected(
    session: Session, moment: datetime, queues: Collection[str] | None
) -> tuple[ForecastRun, dict[str, Kept]]:
    """The newest snapshot of that day that was made without knowing it, and its queues with their layers."""
    day = berlin_day(moment)
    statement = (
        select(ForecastRun)
        .join(ForecastSeries, ForecastSeries.run_id == ForecastRun.id)
        .where(ForecastRun.first_day <= day, ForecastRun.end_day > day, ForecastSeries.kind == "queue")
        .where(ForecastSeries.history_to <= day)
        .order_by(ForecastSeries.history_to.desc(), ForecastRun.id.desc())
        .limit(1)
    )
    if queues is not None:
        statement = statement.where(ForecastSeries.queue.in_(queues))
    run = session.scalars(statement).first()
    if run is None:
        raise NotFound("forecast.not_today", Sentence("Für den %(day)s gibt es keine Prognose.", day=f"{day:%d.%m.%Y}"))
    names = select(ForecastSeries.id, ForecastSeries.queue).where(
        ForecastSeries.run_id == run.id, ForecastSeries.kind == "queue"
    )
    if queues is not None:
        names = names.where(ForecastSeries.queue.in_(queues))
    by_id = {number: str(name) for number, name in session.execute(names)}
    days = Days(day, day + timedelta(days=1))
    layers = snapshots.layers_of(session, days)
    kept = {}
    for number, own in snapshots.read_series(session, by_id, days).items():
        read = put_on(own.read, layers.get(by_id[number], []))
        kept[by_id[number]] = Kept(read, own.day_sd, own.handling_s)
    return run, kept


def _rests(session: Session, moment: datetime, kept: dict[str, Kept]) -> dict[str, tuple[Floats, Rest]]:
    """What came of the day by slot, NaN where it is not known, and the rest forecast anew."""
    day = berlin_day(moment)
    local = moment.astimezone(BERLIN)
    slot = (local.hour * 60 + local.minute) // STEP
    today = Days(day, day + timedelta(days=1))
    grids = queries.quarters(session, today, list(kept))
    hidden = queries.unknown_slots(session, today, {})[0]
    before = Days(day - timedelta(days=LESSON_DAYS), day)
    pasts = queries.queue_pasts(session, before, list(kept))
    nothing = np.where(queries.times_a_day(today)[0] > 0, 0.0, np.nan)
    found = {}
    for queue, own in kept.items():
        came = grids[queue]["offered"][0] if queue in grids else nothing
        came = np.where(hidden | (np.arange(SLOTS) >= slot), np.nan, came)
        history = pasts[queue].calls if queue in pasts else queries.nothing_known(day)
        found[queue] = came, reforecast(learn(history), own.read.calls[0], came, slot)
    return found


def _shown(run: ForecastRun, queue: str, moment: datetime, kept: Kept, came: Floats, rest: Rest) -> dict[str, Any]:
    day = kept.read.days[0]
    expected = kept.read.calls[0]
    rows = []
    start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
    while start < end:
        local = start.astimezone(BERLIN)
        slot = (local.hour * 60 + local.minute) // STEP
        if expected[slot] > 0 or np.nan_to_num(came[slot]) > 0:
            later = slot >= rest.slot
            rows.append(
                {
                    "start": local.isoformat(),
                    "end": (start + timedelta(minutes=STEP)).astimezone(BERLIN).isoformat(),
                    "came": None if np.isnan(came[slot]) else float(came[slot]),
                    "forecast": round(float(expected[slot]), 3),
                    "now_expected": round(float(rest.calls[slot]), 3) if later else None,
                    **{
                        name: round(float(rest.quantiles[level, slot]), 3) if later else None
                        for level, name in enumerate(NAMES)
                    },
                }
            )
        start += timedelta(minutes=STEP)
    quantiles = {f"rest_{name}": float(rest.rest_quantiles[level]) for level, name in enumerate(NAMES)}
    return {
        "run": run.id,
        "queue": queue,
        "day": day.isoformat(),
        "at": moment.astimezone(BERLIN).isoformat(),
        "generated": run.generated,
        "came": rest.came,
        "expected_so_far": round(rest.expected_so_far, 3),
        "factor": round(rest.factor, 4),
        "forecast": round(float(expected.sum()), 3),
        "rest": round(rest.rest, 3),
        **quantiles,
        "rows": rows,
    }
