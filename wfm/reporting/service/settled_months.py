"""Months whose annual settlement is final: from then on their calls need not be kept (privacy, stage 3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from wfm.core.intervals import Days
from wfm.reporting.models import MonthState


def set_settled(session: Session, days: Days, at: datetime | None) -> None:
    """Mark the closed months of these days as finally settled, or (None: the settlement was reversed) as not yet."""
    session.execute(
        update(MonthState)
        .where(MonthState.month >= days.start, MonthState.month < days.end, MonthState.state == "closed")
        .values(settled_at=at)
    )
