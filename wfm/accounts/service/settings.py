"""Settings: what people have agreed on, else the default. Every change is in the audit trail."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.accounts.models import Setting
from wfm.accounts.rules.settings import SETTINGS, check_setting
from wfm.accounts.service.audit import record
from wfm.core.clock import now


def get_setting(session: Session, key: str) -> int:
    """What is set, or the default. A value that limits no longer allow counts as the nearest one that they do."""
    return get_settings(session, key)[key]


def get_settings(session: Session, *keys: str) -> dict[str, int]:
    """Several settings, as `get_setting` gives one."""
    set_values = dict(session.execute(select(Setting.key, Setting.value).where(Setting.key.in_(keys))).all())
    found = {}
    for key in keys:
        declared, value = SETTINGS[key], set_values.get(key)
        given = value if isinstance(value, int) and not isinstance(value, bool) else declared.default
        found[key] = min(max(given, declared.at_least), declared.at_most)
    return found


def set_setting(session: Session, key: str, value: int, *, by: str) -> None:
    """Change a setting; the same value again changes nothing. Raises NotFound, BadInput."""
    check_setting(key, value)
    before = get_setting(session, key)
    if value == before:
        return
    row = {"value": value, "changed_at": now(), "changed_by": by}
    session.execute(insert(Setting).values(key=key, **row).on_conflict_do_update(index_elements=["key"], set_=row))
    record(
        session, by, "setting.changed", object_kind="setting", object_id=key, details={"before": before, "after": value}
    )


def changed_settings(session: Session) -> dict[str, Setting]:
    """The settings that are not, or were once not, at their default: by key."""
    return {setting.key: setting for setting in session.scalars(select(Setting))}
