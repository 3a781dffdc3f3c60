"""What the facts say of the past, on the grid that forecasts are made on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN, berlin_day, start_of_day
from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.directory import queries as directory
from wfm.directory.rules.calendar import Calendar as OpeningCalendar
from wfm.directory.rules.calendar import Rule
from wfm.forecasting.rules.forecast import Treated
from wfm.forecasting.rules.history import Bools, Floats, History
from wfm.reporting.completeness import find_gaps

STEP = 15
SLOTS = 24 * 60 // STEP
#: A call known to a lesser source only is counted all the same; of every other kind of gap nobody knows what it hides.
HIDING = frozenset({"missing", "unreadable", "unprojected", "uncounted", "broken"})
#: Where more of the calls than this came outside the opening hours on file, those hours are not believed.
OUTSIDE_AT_MOST = 0.05


@dataclass(frozen=True, slots=True)
class Past:
    """A queue's history: calls offered; calls whose handling is known, and its seconds; when it was open.

    `open[day, slot]` is what is taken as opening hours; `believed` says whether the hours on file were.
    """

    queue: str
    calls: History
    handled: History
    handling_s: Floats
    open: Bools
    gaps: tuple[Treated, ...]
    outside: int
    believed: bool
    generated: bool


_QUARTERS = """
    SELECT queue, day, array_agg(slot), array_agg(offered), array_agg(handled), array_agg(seconds)
    FROM (SELECT queue, (starts_at AT TIME ZONE 'Europe/Berlin')::date AS day,
                 (extract(epoch FROM (starts_at AT TIME ZONE 'Europe/Berlin')::time) / 900)::int AS slot,
                 sum(offered)::int AS offered, sum(answered - talk_unknown)::int AS handled,
                 sum(talk_s + wrapup_s)::int AS seconds
          FROM fact_interval
          WHERE starts_at >= %(from)s AND starts_at < %(to)s AND (%(queues)s::text[] IS NULL OR queue = ANY(%(queues)s))
            AND (offered > 0 OR answered > 0)
          GROUP BY 1, 2, 3) quarters
    GROUP BY 1, 2 ORDER BY 1, 2
"""

Grids = dict[str, dict[str, Floats]]
"""Queue -> `offered`, `handled`, `seconds` by day and slot."""


def queue_pasts(session: Session, days: Days, queues: Collection[str] | None = None) -> dict[str, Past]:
    """The history of each queue with calls in these days, from its first call on."""
    grids = quarters(session, days, queues)
    opening = directory.calendar(session)
    unknown = unknown_slots(session, days, {} if queues is not None else grids)
    simulated = generated_queues(session, days)
    return {queue: _past(queue, days, grid, opening, unknown, queue in simulated) for queue, grid in grids.items()}


def quarters(session: Session, days: Days, queues: Collection[str] | None = None) -> Grids:
    """Counts by local day and slot, zero where no call came. A label that comes twice holds the mean of the two."""
    count = (days.end - days.start).days
    names = ("offered", "handled", "seconds")
    grids: Grids = {}
    parameters = {"from": days.begins_at, "to": days.ends_at, "queues": None if queues is None else list(queues)}
    for queue, day, slots, *counts in cursor(session).execute(_QUARTERS, parameters):
        grid = grids.get(queue)
        if grid is None:
            grid = grids[queue] = {name: np.zeros((count, SLOTS)) for name in names}
        for name, values in zip(names, counts, strict=True):
            grid[name][(day - days.start).days, slots] = values
    happens = times_a_day(days)
    for grid in grids.values():
        for values in grid.values():
            np.divide(values, happens, out=values, where=happens > 1)
            values[happens == 0] = np.nan
    return grids


def times_a_day(days: Days) -> Floats:
    """How often each slot of the clock comes on each day: once, but for the two changes of the clock."""
    happens = np.ones(((days.end - days.start).days, SLOTS))
    for row, day in enumerate(days):
        hours = (start_of_day(day + timedelta(days=1)) - start_of_day(day)) // timedelta(hours=1)
        if hours != 24:
            happens[row, 8:12] = 2 if hours == 25 else 0  # Berlin changes between 2 and 3
    return happens


def unknown_slots(session: Session, days: Days, grids: Grids) -> Bools:
    """Which slots of which days nothing certain is known of: gaps of the completeness ledger, what lies before the
    first event of any source or after the last one, and whole working days on which nobody called any queue."""
    unknown = np.zeros(((days.end - days.start).days, SLOTS), dtype=bool)
    found = [gap for gap in find_gaps(session, days.begins_at, days.ends_at) if gap["kind"] in HIDING]
    for gap in found:
        _mark(unknown, days, _moment(gap["start"]), _moment(gap["end"]))
    first, last = session.execute(text("SELECT min(first_at), max(last_at) FROM stream")).one()
    if first is not None:
        _mark(unknown, days, None, first)
        _mark(unknown, days, last, None)
    if grids:
        silent = np.sum([grid["offered"] for grid in grids.values()], axis=0)
        weekdays = np.array([day.weekday() for day in days])
        busy = {weekday for weekday in range(7) if np.nansum(silent[weekdays == weekday]) > 0}
        unknown[(np.nansum(silent, axis=1) == 0) & np.isin(weekdays, list(busy))] = True
    return unknown


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)


def _mark(grid: Bools, days: Days, starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Mark every slot that `[starts_at, ends_at)` touches, also where it is but a moment; None is the edge of the
    days."""
    begin, end = max(starts_at or days.begins_at, days.begins_at), min(ends_at or days.ends_at, days.ends_at)
    if begin > end or begin >= days.ends_at or (end == days.begins_at and starts_at != ends_at):
        return
    first, last = _slot(days, begin), _slot(days, max(end - timedelta(microseconds=1), begin))
    grid.reshape(-1)[first : last + 1] = True


def _slot(days: Days, moment: datetime) -> int:
    """The running number of the slot that a moment lies in, on the clock."""
    local = moment.astimezone(BERLIN)
    return (berlin_day(moment) - days.start).days * SLOTS + (local.hour * 60 + local.minute) // STEP


def _past(
    queue: str,
    days: Days,
    grid: Mapping[str, Floats],
    opening: OpeningCalendar,
    unknown: Bools,
    generated: bool,
) -> Past:
    offered = grid["offered"]
    begins = int(np.flatnonzero(np.nansum(offered, axis=1) > 0)[0])
    days = Days(days.start + timedelta(days=begins), days.end)
    offered, unknown = offered[begins:], unknown[begins:]
    stated = stated_hours(opening, days, queue)
    seen = _seen_hours(offered, days, opening)
    known = ~np.isnan(stated)
    outside = int(np.nansum(offered[known & (stated == 0)]))
    believed = outside <= OUTSIDE_AT_MOST * max(np.nansum(offered[known]), 1)
    is_open = np.where(known & believed, stated == 1, seen)
    hidden = unknown | ~is_open
    first = days.start
    counts = np.where(hidden, np.nan, offered)
    handled = np.where(hidden, np.nan, grid["handled"][begins:])
    return Past(
        queue=queue,
        calls=History(first, STEP, counts),
        handled=History(first, STEP, handled),
        handling_s=np.where(hidden, np.nan, grid["seconds"][begins:]),
        open=is_open,
        gaps=tuple(
            Treated("gap", first + timedelta(days=int(row))) for row in np.flatnonzero((unknown & is_open).any(axis=1))
        ),
        outside=outside,
        believed=bool(believed),
        generated=generated,
    )


def stated_hours(opening: OpeningCalendar, days: Days, queue: str | None) -> Floats:
    """1 open, 0 closed by the calendar of the directory, NaN where no hours are on file for a day."""
    stated = np.full(((days.end - days.start).days, SLOTS), np.nan)
    for row, day in enumerate(days):
        hours = opening.on(day, queue)
        if hours.rule is Rule.WEEK and not any(opening.hours.on((None, n), day) is not None for n in range(7)):
            continue
        stated[row] = 0
        for period in hours.periods:
            stated[row, period.opens // STEP : -(-period.closes // STEP)] = 1
    return stated


def _seen_hours(offered: Floats, days: Days, opening: OpeningCalendar) -> Bools:
    """Where no hours are on file: the slots of a weekday in which calls came on enough of its days; a holiday is
    closed, and a day of a weekday that is usually closed."""
    weekdays = np.array([day.weekday() for day in days])
    closed = np.array([day in opening.holidays for day in days])
    seen = np.zeros(offered.shape, dtype=bool)
    for weekday in range(7):
        rows = (weekdays == weekday) & ~closed
        if not rows.any():
            continue
        calls = np.nansum(offered[rows], axis=0)
        busy = np.flatnonzero(calls >= max(2, 0.02 * calls.max()))
        if len(busy):
            seen[np.ix_(np.flatnonzero(rows), np.arange(busy[0], busy[-1] + 1))] = True
    return seen


def generated_queues(session: Session, days: Days) -> set[str]:
    """Queues with simulated calls in these days."""
    found = text("SELECT DISTINCT queue FROM fact_day WHERE day >= :first AND day < :last AND generated > 0")
    return set(session.scalars(found, {"first": days.start, "last": days.end}))


_PARTS = """
    SELECT queue, partner, service, array_agg(day), array_agg(offered)
    FROM (SELECT queue, partner, service, day, sum(offered)::int AS offered FROM fact_day
          WHERE day >= %(first)s AND day < %(last)s AND queue <> '' AND offered > 0
            AND (%(queues)s::text[] IS NULL OR queue = ANY(%(queues)s))
          GROUP BY 1, 2, 3, 4) days
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def part_days(
    session: Session, days: Days, queues: Collection[str] | None = None
) -> dict[str, dict[tuple[str, str], Floats]]:
    """Stays offered by queue, part of it (partner, service; empty text: not known) and day."""
    parts: dict[str, dict[tuple[str, str], Floats]] = {}
    parameters = {"first": days.start, "last": days.end, "queues": None if queues is None else list(queues)}
    for queue, partner, service, when, offered in cursor(session).execute(_PARTS, parameters):
        counts = np.zeros((days.end - days.start).days)
        counts[[(day - days.start).days for day in when]] = offered
        parts.setdefault(queue, {})[partner, service] = counts
    return parts


def first_fact_day(session: Session) -> date | None:
    """The day of the first call of all."""
    day: date | None = session.scalar(text("SELECT min(day) FROM fact_interval WHERE offered > 0"))
    return day


def newest_profiles(session: Session) -> list[RowMapping]:
    """Of each partner its newest profile, its inhabitants, and since when it takes part (null: not yet)."""
    found = session.execute(
        text(
            """SELECT p.key AS partner, p.name, p.kind, n.inhabitants, m.since,
                      f.calls_a_year, f.as_of, f.wished_start, f.queue
               FROM partner p
               LEFT JOIN LATERAL (SELECT inhabitants FROM partner_inhabitants i WHERE i.partner = p.key
                                  ORDER BY as_of DESC, basis LIMIT 1) n ON true
               LEFT JOIN LATERAL (SELECT min(lower(valid)) AS since FROM partner_membership m
                                  WHERE m.partner = p.key AND m.status <> 'left') m ON true
               LEFT JOIN LATERAL (SELECT * FROM partner_profile f WHERE f.partner = p.key
                                  ORDER BY as_of DESC, version DESC LIMIT 1) f ON true
               ORDER BY p.key"""
        )
    ).mappings()
    return list(found)


def partner_days(session: Session, days: Days) -> dict[str, Floats]:
    """Calls of each partner by day."""
    found: dict[str, Floats] = {}
    rows = session.execute(
        text(
            """SELECT partner, day, sum(offered) FROM fact_day WHERE day >= :first AND day < :last AND partner <> ''
               GROUP BY 1, 2"""
        ),
        {"first": days.start, "last": days.end},
    )
    for partner, day, offered in rows:
        counts = found.setdefault(partner, np.zeros((days.end - days.start).days))
        counts[(day - days.start).days] = offered
    return found


def centre_history(session: Session, days: Days, queue: str | None = None) -> History:
    """Calls of a queue, or of all queues together, by day and slot; NaN where any of them is not known."""
    pasts = queue_pasts(session, days, None if queue is None else [queue])
    counts = np.zeros(((days.end - days.start).days, SLOTS))
    for past in pasts.values():
        counts[(past.calls.first_day - days.start).days :] += np.where(past.open, past.calls.counts, 0.0)
    counts[~np.isnan(counts).any(axis=1) & (counts.sum(axis=1) == 0)] = np.nan
    return History(days.start, STEP, counts)


def nothing_known(day: date) -> History:
    """A history of one day of which nothing is known."""
    return History(day, STEP, np.full((1, SLOTS), np.nan))
