"""Forecasts as they are read: a snapshot with the layers of people on it, in steps of somebody's choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.clock import BERLIN, start_of_day
from wfm.core.intervals import Days
from wfm.forecasting import snapshots
from wfm.forecasting.finding import covered, find_run, series_of
from wfm.forecasting.models import ForecastRun, ForecastSeries
from wfm.forecasting.queries import STEP
from wfm.forecasting.rules.adjustments import put_on
from wfm.forecasting.rules.hierarchy import Share, deal_out, part_quantiles, sum_quantiles, to_milli
from wfm.forecasting.rules.history import Floats
from wfm.forecasting.rules.layers import Layer
from wfm.forecasting.rules.steps import add_up
from wfm.forecasting.snapshots import NAMES, Kept

Row = dict[str, Any]
#: Length of a row -> days that one answer may hold.
LONGEST = {"15": 31, "30": 62, "60": 93, "day": 550}


def run_summary(run: ForecastRun) -> Row:
    """What a list of snapshots says of each."""
    return {
        "id": run.id,
        "made_at": run.made_at,
        "made_by": run.made_by,
        "from": run.first_day,
        "to": run.end_day,
        "generated": run.generated,
        "warnings": run.warnings,
    }


def run_with_series(session: Session, run_id: int | None = None) -> Row:
    """A snapshot and the series in it: method, errors of the back-test, what was treated, warnings."""
    run = find_run(session, run_id)
    series = session.scalars(
        select(ForecastSeries)
        .where(ForecastSeries.run_id == run.id, ForecastSeries.kind != "part")
        .order_by(ForecastSeries.kind, ForecastSeries.queue, ForecastSeries.partner)
    )
    return run_summary(run) | {"series": [_series(row) for row in series]}


def _series(row: ForecastSeries) -> Row:
    return {
        "kind": row.kind,
        "queue": row.queue,
        "partner": row.partner,
        "history_from": row.history_from,
        "history_to": row.history_to,
        "method": row.method,
        "backtest": row.backtest,
        "treated": row.treated,
        "warnings": row.warnings,
    }


def read_queue(session: Session, run: ForecastRun, queue: str | None, days: Days, *, adjusted: bool = True) -> Kept:
    """Days of a queue, or (None) of the centre, with the layers that hold now."""
    kind = "centre" if queue is None else "queue"
    series = series_of(session, run.id, kind, queue)
    kept = snapshots.read_series(session, [series.id], days)[series.id]
    return _with_layers(session, run, queue, days, kept) if adjusted else kept


def _with_layers(session: Session, run: ForecastRun, queue: str | None, days: Days, kept: Kept) -> Kept:
    layers = snapshots.layers_of(session, days, queue=queue)
    if queue is not None:
        return replace(kept, read=put_on(kept.read, layers.get(queue, [])))
    return _centre_with(session, run, days, kept, layers) if layers else kept


def read_queues(session: Session, run: ForecastRun, days: Days) -> dict[str, Kept]:
    """Days of every queue of a run, with the layers that hold now, by name: three statements, however many queues."""
    statement = select(ForecastSeries.id, ForecastSeries.queue).where(
        ForecastSeries.run_id == run.id, ForecastSeries.kind == "queue"
    )
    names = {number: str(queue) for number, queue in session.execute(statement.order_by(ForecastSeries.queue))}
    layers = snapshots.layers_of(session, days)
    kept = snapshots.read_series(session, names, days)
    return {
        name: replace(kept[number], read=put_on(kept[number].read, layers.get(name, [])))
        for number, name in names.items()
        if number in kept
    }


def _centre_with(session: Session, run: ForecastRun, days: Days, kept: Kept, layers: Mapping[str, list[Layer]]) -> Kept:
    """The centre with the layers of its queues: its calls change as theirs do, its intervals in proportion."""
    statement = select(ForecastSeries.id, ForecastSeries.queue).where(
        ForecastSeries.run_id == run.id, ForecastSeries.kind == "queue", ForecastSeries.queue.in_(layers)
    )
    queues = {number: name for number, name in session.execute(statement)}  # noqa: C416
    calls = kept.read.calls.copy()
    for number, own in snapshots.read_series(session, queues, days).items():
        calls += put_on(own.read, layers[str(queues[number])]).calls - own.read.calls
    before = kept.read.calls
    ratio = np.divide(calls, before, out=np.ones_like(calls), where=before > 0)
    sums = before.sum(axis=1), calls.sum(axis=1)
    by_day = np.divide(sums[1], sums[0], out=np.ones_like(sums[0]), where=sums[0] > 0)
    read = replace(
        kept.read,
        calls=calls,
        quantiles=np.where(before > 0, kept.read.quantiles * ratio, calls),
        total_quantiles=np.where(sums[0] > 0, kept.read.total_quantiles * by_day, sums[1]),
    )
    return replace(kept, read=read)


def forecast_rows(
    session: Session, *, run: int | None = None, queue: str | None = None, first: date | None = None,
    end: date | None = None, interval: str = "30", adjusted: bool = True,
) -> Row:  # fmt: skip
    """A queue's, or the centre's, forecast by interval or day: calls, their intervals, handling time, and calls as the
    snapshot had them. Rows of closed times are left out."""
    found = find_run(session, run)
    days = covered(found, first, end)
    days = Days(days.start, min(days.end, days.start + timedelta(days=LONGEST[interval])))
    raw = read_queue(session, found, queue, days, adjusted=False)
    kept = _with_layers(session, found, queue, days, raw) if adjusted else raw
    rows = _day_rows(raw, kept) if interval == "day" else _interval_rows(raw, kept, int(interval))
    return {
        **run_summary(found),
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "queue": queue,
        "interval": interval,
        "adjusted": adjusted,
        "rows": list(rows),
    }


def _day_rows(raw: Kept, kept: Kept) -> Iterator[Row]:
    for place, day in enumerate(kept.read.days):
        calls = kept.read.calls[place]
        if not calls.any() and not raw.read.calls[place].any():
            continue
        start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
        yield _row(
            start, end, float(calls.sum()), kept.read.total_quantiles[:, place], float(raw.read.calls[place].sum()),
            calls, kept.handling_s[place],
        )  # fmt: skip


def _interval_rows(raw: Kept, kept: Kept, minutes: int) -> Iterator[Row]:
    for place, day in enumerate(kept.read.days):
        calls, quantiles = kept.read.calls[place], kept.read.quantiles[:, place]
        start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
        while start < end:
            local = start.astimezone(BERLIN)
            slot = (local.hour * 60 + local.minute) // STEP
            window = slice(slot, slot + minutes // STEP)
            before = raw.read.calls[place, window]
            if calls[window].any() or before.any():
                if minutes == STEP:
                    own: Floats = quantiles[:, slot]
                else:
                    low, high = quantiles[1, window], quantiles[2, window]
                    own = add_up(calls[window], low, high, float(kept.day_sd[place]))[1]
                yield _row(
                    start, start + timedelta(minutes=minutes), float(calls[window].sum()), own, float(before.sum()),
                    calls[window], kept.handling_s[place, window],
                )  # fmt: skip
            start += timedelta(minutes=minutes)


def _row(
    start: datetime, end: datetime, calls: float, quantiles: Floats, snapshot: float, weights: Floats, handling: Floats
) -> Row:
    known = ~np.isnan(handling) & (weights > 0)
    mean = float((weights[known] * handling[known]).sum() / weights[known].sum()) if known.any() else None
    return {
        "start": start.astimezone(BERLIN).isoformat(),
        "end": end.astimezone(BERLIN).isoformat(),
        "calls": round(calls, 3),
        **{name: round(float(value), 3) for name, value in zip(NAMES, quantiles, strict=True)},
        "snapshot_calls": round(snapshot, 3),
        "handling_s": None if mean is None else round(mean, 1),
    }


def part_rows(
    session: Session, viewer: Viewer, *, run: int | None = None, partner: str | None = None, first: date | None = None,
    end: date | None = None,
) -> Row:  # fmt: skip
    """Calls by day, partner, service and queue; they add up to their queues exactly. A municipality gets its own.

    As the snapshot had them: layers of people lie on queues, not on partners.
    """
    if not viewer.sees_all_partners:
        if partner is not None:
            viewer.require_partner(partner)
        partner = viewer.partner
    found = find_run(session, run)
    days = covered(found, first, end)
    series = session.scalars(
        select(ForecastSeries).where(ForecastSeries.run_id == found.id).order_by(ForecastSeries.id)
    ).all()
    rows = [row for row in _parts(session, series, days) if partner is None or row["partner"] == partner]
    shown = run_summary(found)
    if not viewer.sees_all_partners:
        # Queues, and who works with them, are the centre's.
        shown |= {"warnings": [], "made_by": ""}
        correlation = next((row.backtest["correlation"] for row in series if row.kind == "centre"), 0.0)
        rows = _over_queues(rows, correlation)
    return {**shown, "from": days.start.isoformat(), "to": days.end.isoformat(), "partner": partner, "rows": rows}


def _parts(session: Session, series: Any, days: Days) -> Iterator[Row]:
    kept = snapshots.read_series(session, [row.id for row in series if row.kind in ("queue", "newcomer")], days)
    for host in series:
        if host.kind == "newcomer" and host.id in kept:
            own = kept[host.id].read
            yield from _part_days(host, own.days, to_milli(own.calls).sum(axis=1), own.total_quantiles)
        if host.kind != "queue":
            continue
        parts = [row for row in series if row.kind == "part" and row.queue == host.queue]
        if not parts:
            continue
        own = kept[host.id].read
        totals = to_milli(own.calls).sum(axis=1)
        for guest in series:
            if guest.kind == "newcomer" and guest.queue == host.queue:
                totals = totals - to_milli(kept[guest.id].read.calls).sum(axis=1)
        for row, dealt in zip(parts, deal_out(totals, [float(row.share or 0) for row in parts]), strict=True):
            share = Share(float(row.share or 0), float(row.share_sd or 0))
            yield from _part_days(row, own.days, dealt, part_quantiles(dealt / 1000, share, kept[host.id].day_sd))


def _over_queues(rows: list[Row], correlation: float) -> list[Row]:
    """Rows of one partner with those of several queues made one, which names none."""
    groups: dict[tuple[str, str | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["day"], row["service"]), []).append(row)
    return [
        _together(own, correlation)
        for _, own in sorted(groups.items(), key=lambda group: (group[0][0], group[0][1] or ""))
    ]


def _together(rows: list[Row], correlation: float) -> Row:
    values = {name: np.array([[row[name]] for row in rows]) for name in ("calls", "lo80", "hi80")}
    sums = sum_quantiles(values["calls"], values["hi80"], values["lo80"], correlation)[:, 0]
    own = rows[0]
    quantiles = sums if len(rows) > 1 else [own[name] for name in NAMES]
    return own | {
        "queue": None,
        "new": any(row["new"] for row in rows),
        "calls": round(sum(row["calls"] for row in rows), 3),
        **{name: round(float(value), 3) for name, value in zip(NAMES, quantiles, strict=True)},
    }


def _part_days(row: ForecastSeries, days: tuple[date, ...], calls: Any, quantiles: Floats) -> Iterator[Row]:
    for place, day in enumerate(days):
        yield {
            "day": day.isoformat(),
            "partner": row.partner,
            "service": row.service or None,
            "queue": row.queue,
            "new": row.kind == "newcomer",
            "calls": round(int(calls[place]) / 1000, 3),
            **{name: round(float(quantiles[level, place]), 3) for level, name in enumerate(NAMES)},
        }
