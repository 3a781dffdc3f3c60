"""What pages, the interface and commands read of accounts and of the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry, AuditSeal, Person
from wfm.core.paging import DEFAULT_LIMIT, Page, page_of, read_cursor


@dataclass(frozen=True, slots=True)
class Trail:
    """Which entries of the audit trail are asked for; None is all of them. `ends_at` is exclusive."""

    begins_at: datetime | None = None
    ends_at: datetime | None = None
    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None

    def wanted(self) -> Select[AuditEntry]:
        statement = select(AuditEntry)
        if self.begins_at is not None:
            statement = statement.where(AuditEntry.at >= self.begins_at)
        if self.ends_at is not None:
            statement = statement.where(AuditEntry.at < self.ends_at)
        for name in ("actor", "action", "object_kind", "object_id"):
            if (value := getattr(self, name)) is not None:
                statement = statement.where(getattr(AuditEntry, name) == value)
        return statement


def audit_entries(session: Session, trail: Trail) -> Iterable[AuditEntry]:
    """Entries, oldest first, read as they are asked for."""
    statement = trail.wanted().order_by(AuditEntry.at, AuditEntry.id)
    return session.scalars(statement.execution_options(yield_per=5_000))


def audit_page(
    session: Session, trail: Trail, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[AuditEntry]:
    """A page of entries, newest first."""
    statement = trail.wanted().order_by(AuditEntry.id.desc())
    if cursor is not None:
        statement = statement.where(AuditEntry.id < read_cursor(cursor, [int])[0])
    found = session.scalars(statement.limit(limit + 1)).all()
    return page_of(found, limit, lambda entry: [entry.id])


def known_actions(session: Session) -> list[str]:
    """Every action that the trail knows."""
    return list(session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def sealed_days(session: Session, days: Collection[date]) -> dict[date, AuditSeal]:
    """The seals of these days, as far as there are any."""
    return {seal.day: seal for seal in session.scalars(select(AuditSeal).where(AuditSeal.day.in_(days)))}


def names_of_actors(session: Session, actors: Iterable[str | None]) -> dict[str, str]:
    """The names of the people whom the trail knows as `person:7`. Programs and terminals are named already."""
    numbers = [int(actor[7:]) for actor in set(actors) if actor and actor.startswith("person:") and actor[7:].isdigit()]
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(numbers)))
    return {f"person:{number}": name for number, name in people}
