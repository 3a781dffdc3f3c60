"""How long each class of data is kept: what was agreed, or else the proposal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day, now, start_of_day
from wfm.privacy.models import Retention
from wfm.privacy.rules.retention import CLASSES, PROPOSAL, check


def retention_days(session: Session) -> dict[str, int]:
    """Days of every class."""
    agreed = dict(session.execute(select(Retention.data_class, Retention.days)).all())
    return {name: agreed.get(name, known.default) for name, known in CLASSES.items()}


def list_retention(session: Session) -> list[dict[str, Any]]:
    """Every class with its days, bounds, basis, and who changed it when (None: never)."""
    agreed = {row.data_class: row for row in session.scalars(select(Retention))}
    rows = []
    for name, known in CLASSES.items():
        row = agreed.get(name)
        rows.append(
            {
                "data_class": name,
                "title": known.title,
                "days": row.days if row else known.default,
                "counted_from": known.counted_from,
                "least": known.least,
                "most": known.most,
                "basis": row.basis if row else PROPOSAL,
                "changed_at": row.changed_at if row else None,
                "changed_by": row.changed_by if row else None,
            }
        )
    return rows


def set_retention(session: Session, data_class: str, days: int, basis: str, *, by: str) -> None:
    """Agree on other days for a class; raises NotFound, BadInput. What is gone by then stays gone."""
    before = retention_days(session)
    check({**before, data_class: days}, data_class, basis)
    values = {"days": days, "basis": basis.strip(), "changed_at": now(), "changed_by": by}
    changed = insert(Retention).values(data_class=data_class, **values)
    session.execute(changed.on_conflict_do_update(index_elements=[Retention.data_class], set_=values))
    record(
        session,
        by,
        "retention.set",
        object_kind="retention",
        object_id=data_class,
        fields=["days", "basis"],
        details={"from": before[data_class], "to": days, "basis": basis.strip()},
    )


def days_ago(moment: datetime, days: int) -> datetime:
    """The midnight in Berlin before which what is kept for so many days is over at a moment."""
    return start_of_day(berlin_day(moment) - timedelta(days=days))
