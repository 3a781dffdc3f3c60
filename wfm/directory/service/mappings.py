"""What the telephone system brings up, and what changed mappings leave to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from wfm.core.errors import NotFound, Sentence
from wfm.directory import queries
from wfm.directory.models import MappingChange
from wfm.directory.rules.targets import Target


def ensure_queues(session: Session, names: Iterable[str]) -> None:
    """Make a queue of each name that is not known yet: the telephone system named it, nobody has described it."""
    if wanted := sorted(set(names)):
        session.execute(
            text(
                """INSERT INTO queue (name, label) SELECT name, name FROM unnest(CAST(:names AS text[])) AS named (name)
                   WHERE NOT EXISTS (SELECT FROM queue q WHERE q.name = named.name) ORDER BY name
                   ON CONFLICT DO NOTHING"""
            ),
            {"names": wanted},
        )


def target_on(session: Session, name: str, day: date) -> Target:
    """The version of a named definition of service level that holds on a day."""
    for target in queries.targets_on(session, day):
        if target.name == name:
            return target
    raise NotFound(
        "target.unknown",
        Sentence("Ein Ziel „%(name)s“ ist für den %(day)s nicht festgelegt.", name=name, day=f"{day:%d.%m.%Y}"),
        name=name,
    )


def changes_done(session: Session, changes: Iterable[MappingChange]) -> None:
    """Tick off changed mappings: the calls of open months have been derived again."""
    ids = [change.id for change in changes]
    session.execute(update(MappingChange).where(MappingChange.id.in_(ids)).values(done=True))
