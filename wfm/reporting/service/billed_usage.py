"""Usage as settlement reads it: of each partner by month, frozen where the month is closed, corrections apart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.intervals import Month
from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.usage_sums import COLUMNS, by_month


@dataclass(frozen=True, slots=True)
class UsageOfMonth:
    """A partner's usage that counts in a month; sums, durations in whole seconds.

    A correction has a row of its own: it counts in `month`, is of calls in the earlier `service_month`, and its sums
    have a sign. All other rows are of calls in `month` itself. `partner` None: calls that are nobody's.
    """

    month: Month
    partner: str | None
    service_month: Month
    correction: bool
    state: str
    """`closed`: frozen for good. `open`: as counted now, for shadow settlements and previews only."""
    content_hash: str | None
    """Of what closed with `month`, in hex; None while it is open."""
    calls: int
    calls_answered: int
    """Calls that somebody answered, however often they were passed on."""
    answered: int
    """Answered stays: what was passed on counts once more."""
    talk_s: int
    wrapup_reported_s: int
    wrapup_inferred_s: int
    started_minutes: int
    short: dict[int, int]
    """Seconds (each of SHORT_TALK) -> answered calls whose whole talk is known and shorter."""
    generated: int
    """How many of the calls were simulated."""


#: Of any table that has the sums of `fact_day`.
_SUMS = f"""
    sum(calls)::bigint AS calls, sum(calls_answered)::bigint AS calls_answered, sum(answered)::bigint AS answered,
    sum(talk_s)::bigint AS talk_s, sum(wrapup_s - wrapup_inferred_s)::bigint AS wrapup_reported_s,
    sum(wrapup_inferred_s)::bigint AS wrapup_inferred_s, sum(started_minutes)::bigint AS started_minutes,
    ARRAY[{", ".join(f"sum(answered_calls_by_talk[{place}])" for place in range(1, len(SHORT_TALK) + 1))}]::bigint[]
      AS short, sum(generated)::bigint AS generated"""

_USAGE = f"""
    WITH usage AS (
      SELECT month, month AS service_month, partner, false AS correction, {_SUMS}
      FROM ({by_month(COLUMNS, "CAST(:first AS date)", "CAST(:end AS date)")}) told GROUP BY 1, 3
      UNION ALL
      SELECT booked_in, date_trunc('month', day::timestamp)::date, partner, true, {_SUMS}
      FROM usage_correction WHERE booked_in >= :first AND booked_in < :end GROUP BY 1, 2, 3
    )
    SELECT u.*, coalesce(m.state, 'open') AS state, encode(m.content_hash, 'hex') AS content_hash
    FROM usage u LEFT JOIN month m USING (month)
    ORDER BY month, correction, service_month, partner = '', partner"""


def billed_usage(session: Session, first: Month, last: Month) -> list[UsageOfMonth]:
    """Usage of all partners, and of what is nobody's, that counts in the months from `first` to `last`, both included.

    Corrections that wait for a month to close are not among them.
    """
    found = session.execute(text(_USAGE), {"first": first.first, "end": last.next.first}).mappings()
    return [
        UsageOfMonth(
            **row
            | {
                "month": Month.of(row["month"]),
                "service_month": Month.of(row["service_month"]),
                "partner": row["partner"] or None,
                "short": dict(zip(SHORT_TALK, row["short"], strict=True)),
            }
        )
        for row in map(dict, found)
    ]
