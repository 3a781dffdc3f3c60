"""What the annex to the service agreement asks of tables of other packages."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from wfm.accounts.rules import Role
from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor


def doors(session: Session) -> list[tuple[str, str, str, bool]]:
    """Sources: name, telephone system, kind, whether simulated."""
    query = """SELECT so.name, sy.name, so.kind, so.generated FROM source so JOIN system sy ON sy.id = so.system_id
               ORDER BY 2, 1"""
    return [(name, system, kind, generated) for name, system, kind, generated in cursor(session).execute(query)]


def tokens_in_use(session: Session) -> list[tuple[Role, list[str], str | None, int]]:
    """Tokens neither revoked nor expired, counted by role, scopes and source."""
    query = """SELECT role, scopes, source, count(*) FROM api_token
               WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    found = cursor(session).execute(query, (now(),))
    return [(Role(role), scopes, source, number) for role, scopes, source, number in found]


def sign_on_mappings(session: Session) -> list[tuple[str, str, Role]]:
    """Which claim of single sign-on gives which role, in the order in which they count."""
    found = cursor(session).execute("SELECT claim, value, role FROM oidc_mapping ORDER BY place, id")
    return [(claim, value, Role(role)) for claim, value, role in found]


def audit_can_be_rewritten(session: Session) -> bool:
    """Whether the database would let the application change or delete entries of the audit trail."""
    query = "SELECT has_table_privilege('audit_entry', 'UPDATE') OR has_table_privilege('audit_entry', 'DELETE')"
    return bool(cursor(session).execute(query).fetchone()[0])  # type: ignore[index]


def last_run(session: Session) -> date | None:
    """The day on which retention last ran to its end."""
    found = cursor(session).execute("SELECT max(ended_at) FROM retention_run").fetchone()
    return berlin_day(found[0]) if found and found[0] else None
