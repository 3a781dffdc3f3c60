"""Background work on forecasts."""

from __future__ import annotations

from datetime import timedelta

from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.tasks import task
from wfm.forecasting.queries import first_fact_day
from wfm.forecasting.service import asking, intraday, runs

SUNDAY = 6
BY = "worker"


@task("forecasting.run", one_at_a_time=True)
def run() -> None:
    """Make the snapshot of the night: three months ahead, on Sundays 18 months. Without any calls there is nothing to
    forecast from."""
    today = berlin_day(now())
    ahead = runs.LONGEST if today.weekday() == SUNDAY else runs.NIGHTLY
    with transaction() as session:
        begins = first_fact_day(session)
        if begins is not None and begins < today:
            runs.make_run(session, by=BY, first=today, end=today + timedelta(days=ahead))


@task("forecasting.run_asked", one_at_a_time=True)
def run_asked() -> None:
    """Make the snapshots that somebody asked for."""
    while True:
        with transaction() as session:
            wish = asking.take(session)
        if wish is None:
            return
        with transaction() as session:
            asking.make(session, wish)


@task("forecasting.reforecast_today", one_at_a_time=True)
def reforecast_today() -> None:
    """Forecast the rest of today from what has come so far, and keep it."""
    with transaction() as session:
        intraday.reforecast_today(session)
