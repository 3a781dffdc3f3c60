"""What a closed month holds: its sums, and the hash by which anybody can see that they are still the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm import __version__
from wfm.core.db import cursor
from wfm.core.intervals import Month
from wfm.directory.queries import targets_on
from wfm.reporting.models import MonthState
from wfm.reporting.rules.closing import RULES_VERSION, content_hash
from wfm.reporting.usage_sums import COLUMNS, OF_PARTNER, summed

_FREEZE = f"""
    INSERT INTO fact_month (month, partner, likely, service, method, {", ".join(COLUMNS)}, longest_wait_s)
    SELECT %(month)s, partner, likely, service, method, {", ".join(f"f.{name}" for name in COLUMNS)}, longest_wait_s
    FROM (SELECT partner, likely, service, method, {summed()}, max(longest_wait_s) AS longest_wait_s
          FROM fact_day WHERE day >= %(month)s AND day < %(end)s GROUP BY 1, 2, 3, 4) f"""

_PARTNERS = f"""
    SELECT month, partner, {", ".join(f"sum({name})" for name in OF_PARTNER)}
    FROM fact_month WHERE month = %(month)s GROUP BY 1, 2"""
_FREEZE_PARTNERS = f"INSERT INTO fact_month_partner (month, partner, {', '.join(OF_PARTNER)}) {_PARTNERS}"
_SAME_PARTNERS = f"""
    WITH summed AS ({_PARTNERS}), kept AS (
        SELECT month, partner, {", ".join(OF_PARTNER)} FROM fact_month_partner WHERE month = %(month)s
    ) SELECT NOT EXISTS (TABLE summed EXCEPT TABLE kept) AND NOT EXISTS (TABLE kept EXCEPT TABLE summed)"""

#: What the hash is of, in an order that no database's collation decides.
_CONTENT = {
    "usage": """SELECT to_jsonb(f) - 'month' FROM fact_month f WHERE month = :month
                ORDER BY partner COLLATE "C", likely COLLATE "C", service COLLATE "C", method COLLATE "C\"""",
    "corrections": """SELECT to_jsonb(c) - '{id,booked_in,made_at,made_by}'::text[] FROM usage_correction c
                      WHERE booked_in = :month
                      ORDER BY day, partner COLLATE "C", likely COLLATE "C", queue COLLATE "C", service COLLATE "C",
                               method COLLATE "C", cause COLLATE "C", id""",
    "overrides": """SELECT to_jsonb(o) - '{month,made_at,made_by}'::text[] FROM month_override o
                    WHERE month = :month ORDER BY kind COLLATE "C", key COLLATE "C\"""",
}


def freeze(session: Session, month: Month) -> None:
    """Write down a month's sums as they are now."""
    cursor(session).execute(_FREEZE, {"month": month.first, "end": month.next.first})
    cursor(session).execute(_FREEZE_PARTNERS, {"month": month.first})


def versions(session: Session, month: Month) -> dict[str, Any]:
    """What a month is counted by: the program, the rules, definitions of service level, configured wrap-up times."""
    return {
        "program": __version__,
        "rules": RULES_VERSION,
        "definitions": [{"name": one.name, "version": one.version} for one in targets_on(session, month.first)],
        "wrapup_s": dict(
            session.execute(text("SELECT name, wrapup_s FROM queue WHERE wrapup_s > 0 ORDER BY name")).all()
        ),
    }


def holds(session: Session, state: MonthState) -> bool:
    """Whether what is stored of a closed month still gives its hash, and its sums by partner are those of its rows."""
    month = Month.of(state.month)
    same = cursor(session).execute(_SAME_PARTNERS, {"month": month.first}).fetchone() == (True,)
    return same and state.content_hash == hash_of(session, month, state.versions or {})


def hash_of(session: Session, month: Month, counted_by: dict[str, Any]) -> bytes:
    """The hash of what a month holds, whenever it is reckoned: sums, corrections booked, obstacles overridden."""
    content: dict[str, Any] = {"month": str(month), "versions": counted_by}
    for name, query in _CONTENT.items():
        content[name] = session.scalars(text(query), {"month": month.first}).all()
    return content_hash(content)
