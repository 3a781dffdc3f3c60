"""What pages and commands read of the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry


def audit_entries(
    session: Session,
    *,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: str | None = None,
    action: str | None = None,
) -> Iterable[AuditEntry]:
    """Entries of a time, a person or program, or an action; oldest first, read as they are asked for."""
    wanted = select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)
    if begins_at is not None:
        wanted = wanted.where(AuditEntry.at >= begins_at)
    if ends_at is not None:
        wanted = wanted.where(AuditEntry.at < ends_at)
    if actor is not None:
        wanted = wanted.where(AuditEntry.actor == actor)
    if action is not None:
        wanted = wanted.where(AuditEntry.action == action)
    return session.scalars(wanted.execution_options(yield_per=5_000))
