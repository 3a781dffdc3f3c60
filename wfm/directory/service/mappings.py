"""What the telephone system brings up, and what changed mappings leave to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.core.errors import NotFound
from wfm.directory import queries
from wfm.directory.models import MappingChange, Queue
from wfm.directory.rules.targets import Target


def ensure_queues(session: Session, names: Iterable[str]) -> None:
    """Make a queue of each name that is not known yet: the telephone system named it, nobody has described it."""
    rows = [{"name": name, "label": name} for name in sorted(set(names))]
    if rows:
        session.execute(insert(Queue).on_conflict_do_nothing(), rows)


def target_on(session: Session, name: str, day: date) -> Target:
    """The version of a named definition of service level that holds on a day."""
    for target in queries.targets_on(session, day):
        if target.name == name:
            return target
    raise NotFound("target.unknown", f"Ein Ziel „{name}“ ist für den {day:%d.%m.%Y} nicht festgelegt.", name=name)


def changes_done(session: Session, changes: Iterable[MappingChange]) -> None:
    """Tick off changed mappings: the calls of open months have been derived again."""
    ids = [change.id for change in changes]
    session.execute(update(MappingChange).where(MappingChange.id.in_(ids)).values(done=True))
