"""The audit trail: who saw or changed what, and when."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry
from wfm.core.clock import now


def record(
    session: Session,
    actor: str,
    action: str,
    *,
    object_kind: str | None = None,
    object_id: object = None,
    fields: Collection[str] = (),
    details: Mapping[str, object] | None = None,
    purpose: str | None = None,
) -> None:
    """Note in the audit trail who saw or changed what, in the transaction that does it.

    `fields` are the names of fields seen or changed; `details` must hold no person's data. `purpose` is what figures of
    persons were looked at for (`rules.purposes`).
    """
    session.add(
        AuditEntry(
            at=now(),
            actor=actor,
            action=action,
            object_kind=object_kind,
            object_id=None if object_id is None else str(object_id),
            fields=sorted(fields),
            details=dict(details or {}),
            purpose=purpose,
        )
    )


def terminal_actor() -> str:
    """Who works at the terminal, as the audit trail names them."""
    return f"terminal:{getpass.getuser()}"
