"""How long snapshots are kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.forecasting.models import ForecastRun


def drop_old_forecasts(session: Session, older_than_days: int) -> int:
    """Delete snapshots made longer ago than this, the newest left out; how many.

    The application's role cannot change or delete snapshots: a function of the database does it, which refuses less
    than 90 days.
    """
    session.flush()
    session.execute(text("SET LOCAL ROLE wfm_retention"))
    dropped = session.scalar(text("SELECT drop_old_forecasts(:days)"), {"days": older_than_days})
    session.execute(text("RESET ROLE"))
    return int(dropped or 0)


def count_old_forecasts(session: Session, older_than_days: int) -> int:
    """How many snapshots `drop_old_forecasts` would delete."""
    newest = select(func.max(ForecastRun.id)).scalar_subquery()
    old = select(func.count()).where(
        ForecastRun.made_at < now() - timedelta(days=older_than_days), ForecastRun.id != newest
    )
    return session.scalar(old) or 0
