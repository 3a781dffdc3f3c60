"""Whose calls of closed months were: kept when the month closes, looked up whenever such a call is folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from wfm.core.db import cursor

#: Service, partner, likely partner and method of a call.
Kept = tuple[str | None, str | None, str | None, str]


def keep_attributions(session: Session, days: Iterable[date]) -> None:
    """From now on, calls of these days stay whose they are; those kept already are left as they are."""
    cursor(session).execute(
        """INSERT INTO kept_attribution (system_id, callid, day, service, partner, likely, method)
           SELECT DISTINCT ON (system_id, callid, day) system_id, callid, day, service, partner, likely, method
           FROM call WHERE day = ANY(%s) ORDER BY system_id, callid, day, nth
           ON CONFLICT DO NOTHING""",
        (list(days),),
    )


def kept_attributions(
    session: Session, system_id: int, calls: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Kept]:
    """What is kept of calls, told by callid and day (ordinal). A call whose beginning turned out to lie over midnight,
    or a day later, is the same call."""
    if not calls:
        return {}
    # Nearly every batch is of days behind all that was ever kept.
    db = cursor(session, flush=False)
    oldest = date.fromordinal(min(ordinal for _callid, ordinal in calls) - 1)
    if not db.execute("SELECT EXISTS (SELECT FROM kept_attribution WHERE day >= %s)", (oldest,)).fetchone()[0]:  # type: ignore[index]
        return {}
    found = db.execute(
        """SELECT DISTINCT ON (n.callid, n.day) n.callid, n.day, k.service, k.partner, k.likely, k.method
           FROM unnest(%s::text[], %s::date[]) AS n (callid, day)
           JOIN kept_attribution k ON k.system_id = %s AND k.callid = n.callid AND k.day BETWEEN n.day - 1 AND n.day + 1
           ORDER BY n.callid, n.day, abs(k.day - n.day), k.day""",
        ([callid for callid, _ in calls], [date.fromordinal(ordinal) for _, ordinal in calls], system_id),
    ).fetchall()
    return {(callid, day.toordinal()): tuple(kept) for callid, day, *kept in found}
