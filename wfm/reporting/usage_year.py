"""Usage by month: a calendar year of all partners, the year before it, and the months around a month.

What one partner sees of the others are sums over all partners together, where the rule of `partner_sums` allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.accounts.rules.partner_sums import may_show, remainder_is_safe, shown_parts, together
from wfm.core.clock import berlin_day, now
from wfm.core.db import cursor
from wfm.core.intervals import Days, Month
from wfm.directory import queries as directory
from wfm.reporting.completeness import find_gaps
from wfm.reporting.rules.figures import Row, add_up
from wfm.reporting.usage_sums import OF_PARTNER, by_month, by_month_and_partner

#: What is shown of all partners together; calls never answered can be reckoned from the first two.
SHARED = ("calls", "calls_answered", "talk_s", "started_minutes")

#: What the table of a year is made of.
OF_YEAR = (*SHARED, "generated")

#: Month -> key of a partner ("" is nobody) -> sums. A month that has no calls at all is missing.
Months = dict[Month, dict[str, Row]]


def monthly_sums(session: Session, first: Month, last: Month, names: Sequence[str] = OF_PARTNER) -> Months:
    """Sums of all partners, and of what is nobody's, by month from `first` to `last`, both included; all of them, or
    those of these names."""
    months: Months = {}
    found = cursor(session).execute(
        by_month_and_partner(names, "%(first)s", "%(last)s"),
        {"first": first.first, "last": last.next.first},
    )
    for month, partner, *sums in found.fetchall():
        months.setdefault(Month.of(month), {})[partner] = dict(zip(names, sums, strict=True))
    return months


def months_with_calls(session: Session) -> list[Month]:
    """The months from the first to the last that has calls."""
    first, last = session.execute(text("SELECT min(day), max(day) FROM fact_day")).one()
    months = [Month.of(first)] if first else []
    while months and months[-1] < Month.of(last):
        months.append(months[-1].next)
    return months


def year_report(session: Session, year: int, *, partner: str | None = None) -> Row:
    """Calls, talk and started minutes of each partner by month, the year's sum, and that of the year before over the
    same months.

    A month without any call of anybody, one to come for instance, has no figures (None); one without calls of a
    partner has 0. With `partner`, only that one's row, and `together` in place of the total.
    """
    months = [Month(year, number) for number in range(1, 13)]
    names = directory.partner_names(session)
    sums = monthly_sums(session, Month(year - 1, 1), months[-1], OF_YEAR)
    span = Days(months[0].first, months[-1].next.first)
    gaps = find_gaps(session, span.begins_at, span.ends_at)
    closed = _closed(session, span)
    counted = [month for month in months if month in sums]
    before = [Month(year - 1, month.number) for month in counted]
    report: Row = {
        "year": year,
        "months": [{"month": str(month), "state": "closed" if month.first in closed else "open"} for month in months],
        "complete": not gaps,
        "gaps": gaps,
        "generated": any(of_partner(sums[month], partner)["generated"] for month in counted),
        "rows": [
            {"partner": key, "name": name, **_row(sums, months, before, [key])}
            for key, name in names.items()
            if partner in (None, key)
        ],
    }
    if partner is not None:
        return report | {"together": _together(sums, months, names)}
    return report | {
        "unattributed": _row(sums, months, before, [""]),
        "total": _row(sums, months, before, ["", *names]),
    }


def of_partner(month: Mapping[str, Row], partner: str | None) -> Row:
    """The sums of a month: of one partner, or (None) of everything."""
    rows = month.values() if partner is None else [month[partner]] if partner in month else []
    return dict.fromkeys(OF_PARTNER, 0) | add_up(rows)


def _row(sums: Months, months: Sequence[Month], before: Sequence[Month], keys: Sequence[str]) -> Row:
    by_month = [_figures([sums[month][key] for key in keys if key in sums[month]]) if month in sums else None
                for month in months]  # fmt: skip
    return {
        "months": by_month,
        "year": _figures(found for found in by_month if found),
        # A month that this year has and the other one has not: nothing to compare with.
        "year_before": _figures(sums[month].get(key, {}) for month in before for key in keys)
        if before and all(month in sums for month in before)
        else None,
    }


def _figures(rows: Iterable[Row]) -> Row:
    total = add_up(rows)
    return {name: int(total.get(name) or 0) for name in ("calls", "calls_answered", "talk_s", "started_minutes")}


def _closed(session: Session, span: Days) -> set[date]:
    found = session.scalars(
        text("SELECT month FROM month WHERE state = 'closed' AND month >= :first AND month < :last"),
        {"first": span.start, "last": span.end},
    )
    return set(found)


# ---- all partners together ------------------------------------------------------------------------------------------


def over(month: Month) -> bool:
    """Whether the month has ended. Sums of a running month, read twice, would tell of a single day's calls."""
    return month.next.first <= berlin_day(now())


def _together(sums: Months, months: Sequence[Month], names: Mapping[str, str]) -> Row:
    """What a partner may see of all partners together in a year: months, and the year's sum if no hidden month
    could be reckoned from it. None where it may not."""
    parts = {str(month): _shared(sums.get(month, {}), names) for month in months if month in sums}
    shown = {str(month) for month in months if str(month) in parts and over(month) and may_show(parts[str(month)])}
    year = together(parts.values())
    whole = all(over(month) for month in months if month in sums) and remainder_is_safe(parts, shown)
    return {
        "months": [_summed(parts[str(month)]) if str(month) in shown else None for month in months],
        "year": _summed(year) if whole and may_show(year) else None,
    }


def month_together(session: Session, month: Month) -> Row | None:
    """What a partner may see of all partners together in a month: the total, and its services as far as neither they
    nor what they leave of the total tell of a single partner. None where nothing may be shown."""
    if not over(month):
        return None
    found = session.execute(
        text(
            f"""SELECT partner, service, {", ".join(f"sum({name})::bigint AS {name}" for name in SHARED)}
                FROM ({by_month(SHARED, "CAST(:first AS date)", "CAST(:last AS date)")}) told
                WHERE partner <> '' GROUP BY 1, 2"""
        ),
        {"first": month.first, "last": month.next.first},
    ).mappings()
    services: dict[str, dict[str, Row]] = {}
    for row in found:
        services.setdefault(row["service"], {})[row["partner"]] = dict(row)
    parts = {service: _shared(rows, rows) for service, rows in services.items()}
    total = together(parts.values())
    if not may_show(total):
        return None
    shown = shown_parts(parts)
    return _summed(total) | {
        "by_service": [
            {"service": service or None, **(_summed(parts[service]) if service in shown else _HIDDEN)}
            for service in sorted(parts)
        ]
    }


def _shared(rows: Mapping[str, Row], partners: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """By partner the figures that are shown, and those that can be reckoned from them."""
    return {
        key: (*(int(rows[key][name]) for name in SHARED), int(rows[key]["calls"] - rows[key]["calls_answered"]))
        for key in partners
        if key in rows
    }


def _summed(part: Mapping[str, Sequence[int]]) -> Row:
    return dict(zip(SHARED, map(sum, zip(*part.values(), strict=True)), strict=False))


_HIDDEN: dict[str, Any] = dict.fromkeys(SHARED)
