"""What a closed month holds of one partner: by service, by method of attribution, and corrections booked in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Month
from wfm.reporting.models import MonthState

_SUMS = """sum(calls)::bigint AS calls, sum(calls_answered)::bigint AS calls_answered,
    sum(calls_refused)::bigint AS calls_refused, sum(talk_s)::bigint AS talk_s,
    sum(wrapup_s - wrapup_inferred_s)::bigint AS wrapup_reported_s, sum(started_minutes)::bigint AS started_minutes,
    sum(generated)::bigint AS generated"""
_BY = """SELECT {by} AS name, {sums} FROM fact_month WHERE month = :month AND partner = :partner
         GROUP BY 1 ORDER BY sum(calls) DESC, {by} COLLATE "C\""""
_CORRECTIONS = f"""SELECT day, cause, {_SUMS} FROM usage_correction WHERE booked_in = :month AND partner = :partner
                   GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True, slots=True)
class FrozenUsage:
    """Rows are sums under the names of the facts' columns. What they are of stands in `name`: a service or a method."""

    month: Month
    state: MonthState
    by_service: tuple[dict[str, Any], ...]
    by_method: tuple[dict[str, Any], ...]
    corrections: tuple[dict[str, Any], ...]

    def total(self, column: str) -> int:
        """Of the month's own calls, without corrections."""
        return sum(row[column] for row in self.by_service)


def frozen_usage(session: Session, month: Month, partner: str) -> FrozenUsage:
    """Raises RuleBroken("month.open") for a month that may still change."""
    state = session.get(MonthState, month.first)
    if state is None or state.state != "closed":
        message = Sentence("%(month)s ist noch nicht abgeschlossen: Die Zahlen können sich noch ändern.", month=month)
        raise RuleBroken("month.open", message, month=str(month))
    asked = {"month": month.first, "partner": partner}

    def rows(query: str) -> tuple[dict[str, Any], ...]:
        return tuple(dict(row) for row in session.execute(text(query), asked).mappings())

    return FrozenUsage(
        month,
        state,
        rows(_BY.format(by="service", sums=_SUMS)),
        rows(_BY.format(by="method", sums=_SUMS)),
        rows(_CORRECTIONS),
    )
