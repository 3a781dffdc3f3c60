"""Texts that only the operators can write, kept among the settings. Every change is in the audit trail, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.accounts.models import Setting
from wfm.accounts.service.audit import record
from wfm.core.clock import now

#: How the keys of texts begin, so that none is ever taken for a number that people agree on.
PREFIX = "text."


def read_texts(session: Session, names: Iterable[str]) -> dict[str, str]:
    """What was written under these names; nothing for those under which nothing was."""
    keys = [PREFIX + name for name in names]
    found = session.execute(select(Setting.key, Setting.value).where(Setting.key.in_(keys)))
    return {key.removeprefix(PREFIX): value for key, value in found if isinstance(value, str)}


def write_texts(session: Session, texts: Mapping[str, str], *, by: str) -> list[str]:
    """Write these texts, an empty one takes away what was there; the names of those that changed.

    The audit trail gets the names alone: a contact may be a person.
    """
    before = read_texts(session, texts)
    changed = sorted(name for name, text in texts.items() if text != before.get(name, ""))
    for name in changed:
        if not texts[name]:
            session.execute(delete(Setting).where(Setting.key == PREFIX + name))
            continue
        row = {"value": texts[name], "changed_at": now(), "changed_by": by}
        written = insert(Setting).values(key=PREFIX + name, **row)
        session.execute(written.on_conflict_do_update(index_elements=["key"], set_=row))
    if changed:
        record(session, by, "texts.changed", object_kind="setting", fields=changed)
    return changed
