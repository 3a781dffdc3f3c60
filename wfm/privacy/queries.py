"""Repeat calls, known from hashes of callers' numbers for as long as they are there; what the annex asks of all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from wfm.accounts.rules import Role
from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor
from wfm.core.intervals import Days


class RepeatCalls(NamedTuple):
    """A day's calls, those of known callers, and those of them that are repeat calls.

    `repeats` is null where it can't be told: numbers were not hashed yet, hashes have gone with their lines, or the key
    of the day is deleted.
    """

    day: date
    calls: int
    known: int
    repeats: int | None


def repeat_calls(session: Session, days: Days, within: timedelta) -> list[RepeatCalls]:
    """By day, how many calls came from a number that had called less than `within` before.

    Only inside one period of keys: a call in the first days of a period may be a repeat of one before it without
    anybody knowing, so the figure is a lower bound there. Withheld numbers are nobody's. Simulated calls and days
    without calls are left out.
    """
    found = cursor(session).execute(
        """WITH called AS (
             SELECT c.day, c.caller_hash,
                    c.started_at - lag(c.started_at) OVER (
                      PARTITION BY c.caller_period, c.caller_hash ORDER BY c.started_at, c.system_id, c.callid, c.nth
                    ) AS since,
                    k.period IS NOT NULL AS key_there
             FROM call c JOIN source so ON so.id = c.source_id AND NOT so.generated
             LEFT JOIN caller_key k ON k.period = c.caller_period
             WHERE c.day >= %(first)s::date - %(before)s AND c.day < %(end)s
           )
           SELECT day, count(*), count(caller_hash),
                  CASE WHEN bool_or(key_there)
                       THEN count(*) FILTER (WHERE caller_hash IS NOT NULL AND since < %(within)s) END
           FROM called WHERE day >= %(first)s GROUP BY day ORDER BY day""",
        {"first": days.start, "end": days.end, "within": within, "before": within.days + 1},
    )
    return [RepeatCalls(*row) for row in found.fetchall()]


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
