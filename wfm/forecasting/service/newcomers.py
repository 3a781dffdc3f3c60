"""Partners that will join or have just joined: what is known of them, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.errors import BadInput
from wfm.core.intervals import Days
from wfm.forecasting import queries
from wfm.forecasting.models import ForecastSeries
from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.hierarchy import count_quantiles
from wfm.forecasting.rules.history import Floats
from wfm.forecasting.rules.newcomer import (
    Rate,
    day_dispersion,
    forecast_days,
    rate_of_comparable,
    with_calls,
    with_profile,
)

#: So long a partner is new; afterwards its queue's history tells of it.
NEW_FOR = timedelta(days=91)
#: Partners are comparable whose inhabitants are not more than so many times as many or as few.
ALIKE = 5
#: Working days of a year, to make a rate a day of a count a year.
OPEN_DAYS_A_YEAR = 250
COMPARABLE = "vergleichbaren Partnern"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new partner: since or from when, what is known of its rate, and how that came about (in German)."""

    partner: str
    start: date
    queue: str | None
    inhabitants: int
    rate: Rate
    dispersion: float
    calls: float
    reasons: list[str]

    def forecast(self, like: Floats, days: Sequence[date]) -> tuple[Floats, Floats, Floats]:
        """Mean `[day, slot]`, its quantiles, and those of day totals; shape of week and day are those of `like`."""
        totals = like.sum(axis=1)
        ordinary = totals[totals > 0].mean() if (totals > 0).any() else 1.0
        joined = np.array([day >= self.start for day in days])
        weights = np.where(joined, totals / ordinary, 0.0)
        mean, total_quantiles = forecast_days(self.rate, self.inhabitants, weights, self.dispersion)
        profile = np.divide(like, totals[:, None], out=np.zeros_like(like), where=totals[:, None] > 0)
        by_slot = mean[:, None] * profile
        return by_slot, count_quantiles(by_slot, by_slot + by_slot**2 / self.rate.shape, LEVELS), total_quantiles


def find_newcomers(session: Session, history: Days) -> list[Newcomer]:
    """Partners with inhabitants that begin after the history or in its last three months, and what is known of them."""
    profiles = queries.newest_profiles(session)
    begins = {row["partner"]: row["since"] or row["wished_start"] for row in profiles}
    new = [row for row in profiles if (day := begins[row["partner"]]) and day > history.end - NEW_FOR]
    new = [row for row in new if row["inhabitants"]]
    return _newcomers(session, history, profiles, [(row, begins[row["partner"]]) for row in new])


def why_new(session: Session, viewer: Viewer, run_id: int, partner: str) -> list[str]:
    """What the forecast of a partner rests on while it is new, in German; nothing for others.

    A municipality is not told how many calls a head comparable partners have: of few, one could be reckoned.
    """
    statement = select(ForecastSeries.warnings).where(
        ForecastSeries.run_id == run_id, ForecastSeries.kind == "newcomer", ForecastSeries.partner == partner
    )
    reasons = session.scalars(statement).first() or []
    return [reason for reason in reasons if viewer.sees_all_partners or COMPARABLE not in reason]


def newcomer_if(session: Session, partner: str, start: date, history: Days) -> Newcomer:
    """What a partner would bring if it joined on that day. Raises BadInput for one that has no inhabitants on file."""
    profiles = queries.newest_profiles(session)
    row = next((row for row in profiles if row["partner"] == partner and row["inhabitants"]), None)
    if row is None:
        message = "Von diesem Partner sind keine Einwohner bekannt; so lässt sich nichts schätzen."
        raise BadInput("newcomer.inhabitants", message, field="joining")
    return _newcomers(session, history, profiles, [(row, start)])[0]


def _newcomers(
    session: Session, history: Days, profiles: Sequence[RowMapping], new: Sequence[tuple[RowMapping, date]]
) -> list[Newcomer]:
    if not new:
        return []
    names = {row["partner"] for row, _ in new}
    year = Days(max(history.start, history.end - timedelta(days=365)), history.end)
    calls = queries.partner_days(session, year)
    open_days = np.sum(list(calls.values()), axis=0) > 0 if calls else np.zeros((year.end - year.start).days, bool)
    known = {
        row["partner"]: row
        for row in profiles
        if row["inhabitants"] and row["partner"] not in names and calls.get(row["partner"], np.zeros(1)).sum() > 0
    }
    return [_newcomer(row, start, known, calls, open_days, year) for row, start in new]


def _newcomer(
    row: RowMapping, start: date, known: dict[str, RowMapping], calls: dict[str, Floats], open_days: Floats, year: Days
) -> Newcomer:
    inhabitants = row["inhabitants"]
    alike = {
        key: other["inhabitants"]
        for key, other in known.items()
        if other["kind"] == "municipality" and 1 / ALIKE <= other["inhabitants"] / inhabitants <= ALIKE
    } or {key: other["inhabitants"] for key, other in known.items()}
    rate = rate_of_comparable(
        [calls[key].sum() for key in alike], [people * open_days.sum() for people in alike.values()]
    )
    reasons = []
    if rate is not None:
        reasons.append(
            f"Aus {len(alike)} {COMPARABLE}: {1000 * rate.mean:.2f} Anrufe am Tag je 1.000 Einwohner, "
            f"dazwischen ± {100 * rate.sd:.0f} %."
        )
    if row["calls_a_year"]:
        rate = with_profile(rate, row["calls_a_year"] / OPEN_DAYS_A_YEAR / inhabitants)
        reasons.append(f"Aus der eigenen Zählung vom {row['as_of']:%d.%m.%Y}: {row['calls_a_year']} Anrufe im Jahr.")
    if rate is None:
        rate = Rate(1.0, 0.2 / OPEN_DAYS_A_YEAR)
        reasons.append("Weder vergleichbare Partner noch eine eigene Zählung: eine grobe Annahme, sehr unsicher.")
    others = [day_dispersion(np.where(open_days, calls[key], np.nan)) for key in alike]
    dispersion = float(np.median(others)) if others else 3.0
    seen = 0.0
    if start < year.end:
        since = max((start - year.start).days, 0)
        seen = float(calls.get(row["partner"], np.zeros(len(open_days)))[since:].sum())
        days = int(open_days[since:].sum())
        rate = with_calls(rate, seen, inhabitants * days, dispersion)
        reasons.append(f"Aus {seen:.0f} eigenen Anrufen an {days} offenen Tagen seit dem {start:%d.%m.%Y}.")
    reasons.append(f"Erwartet ± {100 * rate.sd:.0f} % (Standardabweichung), enger mit jedem Tag eigener Anrufe.")
    return Newcomer(row["partner"], start, row["queue"], inhabitants, rate, dispersion, seen, reasons)
