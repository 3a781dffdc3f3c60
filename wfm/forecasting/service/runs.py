"""Making a snapshot: every queue, its parts, new partners, and the centre as their sum."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.core.intervals import Days
from wfm.directory import queries as directory
from wfm.forecasting import queries
from wfm.forecasting.models import ForecastDay, ForecastRun, ForecastSeries
from wfm.forecasting.queries import STEP, Past
from wfm.forecasting.rules.choice import forecast as best_forecast
from wfm.forecasting.rules.handling import handling_times
from wfm.forecasting.rules.hierarchy import (
    common_correlation,
    shares,
    to_milli,
)
from wfm.forecasting.rules.history import Floats, History
from wfm.forecasting.service.calendar import Calendars
from wfm.forecasting.service.hours import future_hours
from wfm.forecasting.service.newcomers import Newcomer, find_newcomers
from wfm.forecasting.service.series import (
    Made,
    backtest,
    mean_handling,
    methods_own,
    summed,
    summed_totals,
    treated,
    warnings_of,
)

#: How far a forecast reaches: 18 months, and by itself every night three months.
LONGEST, NIGHTLY = 550, 92
HISTORY_DAYS = 3 * 366
TREATED_KEPT = 400


def make_run(
    session: Session, *, by: str, first: date | None = None, end: date | None = None,
    queues: Collection[str] | None = None,
) -> ForecastRun:  # fmt: skip
    """Forecast the days `[first, end)`, from today on by default, and keep it as a new snapshot.

    Days of the past are forecast with what was known before `first`. Raises BadInput for days that cannot be meant,
    NotFound for a queue that does not exist, and BadInput where no calls are known at all.
    """
    today = berlin_day(now())
    first = first or today
    end = end or first + timedelta(days=NIGHTLY)
    check_days(first, end, today)
    history = _history_days(session, first, today)
    check_queues(session, queues)
    found = queries.queue_pasts(session, history, queues)
    pasts = {queue: past for queue, past in found.items() if past.calls.known.any()}
    if not pasts:
        raise BadInput("forecast.no_history", "Für diese Warteschlangen sind keine Anrufe bekannt.", field="queue")
    run = ForecastRun(
        made_at=now(),
        made_by=by,
        first_day=first,
        end_day=end,
        generated=any(past.generated for past in pasts.values()),
        warnings=_missing(session, pasts, queues),
    )
    session.add(run)
    session.flush()
    _Run(session, run, history, pasts, whole=queues is None).write()
    audit.record(session, by, "forecast.run", object_kind="forecast_run", object_id=run.id)
    return run


def check_wanted(session: Session, first: date, end: date, queues: Collection[str] | None, today: date) -> None:
    """Refuse at once what `make_run` would refuse."""
    check_days(first, end, today)
    check_queues(session, queues)
    _history_days(session, first, today)


def check_days(first: date, end: date, today: date) -> None:
    """Refuse days that no forecast can have."""
    if end <= first:
        raise BadInput(
            "forecast.days",
            Sentence("Das Ende (%(end)s) muss nach dem Anfang (%(first)s) liegen.", end=end, first=first),
            field="to",
        )
    if (end - first).days > LONGEST:
        raise BadInput(
            "forecast.days", Sentence("Eine Prognose reicht höchstens %(most)s Tage weit.", most=LONGEST), field="to"
        )
    if first > today + timedelta(days=LONGEST):
        raise BadInput(
            "forecast.days",
            Sentence("Der Anfang liegt mehr als %(most)s Tage in der Zukunft.", most=LONGEST),
            field="from",
        )


def check_queues(session: Session, queues: Collection[str] | None) -> None:
    """Raises NotFound for a queue that nobody knows."""
    known = directory.queue_labels(session)
    for queue in queues or ():
        if queue not in known:
            raise NotFound(
                "queue.unknown", Sentence("Die Warteschlange „%(queue)s“ ist nicht bekannt.", queue=queue), queue=queue
            )


def _history_days(session: Session, first: date, today: date) -> Days:
    begins = queries.first_fact_day(session)
    end = min(first, today)
    if begins is None or begins >= end:
        message = Sentence(
            "Vor dem %(end)s sind keine Anrufe bekannt: ohne Vergangenheit gibt es keine Prognose.", end=end
        )
        raise BadInput("forecast.no_history", message, field="from")
    return Days(max(begins, end - timedelta(days=HISTORY_DAYS)), end)


def _missing(session: Session, pasts: Mapping[str, Past], queues: Collection[str] | None) -> list[str]:
    wanted = directory.queue_labels(session) if queues is None else queues
    return [f"„{queue}“: keine Anrufe in der Vergangenheit, keine Prognose." for queue in wanted if queue not in pasts]


class _Run:
    """The series of one run, made queue by queue and written as they are made."""

    def __init__(
        self, session: Session, run: ForecastRun, history: Days, pasts: Mapping[str, Past], *, whole: bool
    ) -> None:
        self.session, self.run, self.history, self.pasts, self.whole = session, run, history, pasts, whole
        self.days = tuple(Days(run.first_day, run.end_day))
        self.opening = directory.calendar(session)
        self.calendars = Calendars(session)
        self.parts = queries.part_days(session, history, pasts)
        self.newcomers = find_newcomers(session, history) if whole else []
        self.made: dict[str, Made] = {}
        #: New partners of which no queue is known yet.
        self.unrouted: list[Made] = []

    def write(self) -> None:
        for queue, past in self.pasts.items():
            self.made[queue] = self._queue(queue, past)
        for newcomer in self.newcomers:
            self._newcomer(newcomer)
        for queue, made in self.made.items():
            self._add(made.series, made)
            self._write_parts(queue)
        if self.whole:
            self._centre()

    def _queue(self, queue: str, past: Past) -> Made:
        parts = self.parts.get(queue, {})
        new = {newcomer.partner for newcomer in self.newcomers}
        total = np.sum(list(parts.values()), axis=0) if parts else np.zeros(0)
        own = {partner: _share_of(parts, partner, total) for partner, _ in parts if partner}
        calls = _without(past.calls, self.history, parts, new) if new else past.calls
        calendar = self.calendars.of_queue(queue, own)
        open_slots = future_hours(self.opening, past, self.days)
        found = best_forecast(calls, calendar, self.days, open_slots=open_slots)
        handling = handling_times(past.handled, past.handling_s, self.days)
        series = ForecastSeries(
            run_id=self.run.id,
            kind="queue",
            queue=queue,
            history_from=past.calls.first_day,
            history_to=self.history.end,
            method=found.choice.method,
            backtest=backtest(found.choice),
            treated=[treated(item) for item in (*past.gaps, *methods_own(found.treated))][:TREATED_KEPT],
            warnings=warnings_of(past),
            dispersion=found.dispersion,
            shared=found.shared,
        )
        return Made(series, to_milli(found.mean), found.quantiles, found.total_quantiles, found.day_sd, handling, found)

    def _newcomer(self, newcomer: Newcomer) -> None:
        """A series of its own, and part of its queue's, if it is known which queue it will call."""
        host = self.made.get(newcomer.queue or "")
        like = host.base if host else _like_all(self.made)
        mean, quantiles, total_quantiles = newcomer.forecast(like, self.days)
        series = ForecastSeries(
            run_id=self.run.id,
            kind="newcomer",
            queue=newcomer.queue if host else None,
            partner=newcomer.partner,
            history_from=newcomer.start if newcomer.start < self.history.end else None,
            history_to=self.history.end,
            method="newcomer",
            backtest={"rate": newcomer.rate.mean, "rate_sd": newcomer.rate.sd, "calls_seen": newcomer.calls},
            warnings=newcomer.reasons,
            shared=1.0,
        )
        sd = np.full(len(self.days), newcomer.rate.sd)
        made = Made(series, to_milli(mean), quantiles, total_quantiles, sd, None, None)
        self._add(series, made)
        if host:
            host.join(made)
        else:
            self.unrouted.append(made)

    def _write_parts(self, queue: str) -> None:
        new = {newcomer.partner for newcomer in self.newcomers if newcomer.queue == queue}
        own = {name: counts for name, counts in self.parts.get(queue, {}).items() if name[0] not in new}
        rows = [
            {
                "run_id": self.run.id, "kind": "part", "queue": queue, "partner": partner, "service": service,
                "history_from": self.history.start, "history_to": self.history.end, "method": "share",
                "share": share.share, "share_sd": share.sd,
            }
            for (partner, service), share in shares(own).items()
        ]  # fmt: skip
        if rows:
            self.session.execute(insert(ForecastSeries), rows)

    def _centre(self) -> None:
        members = [*self.made.values(), *self.unrouted]
        calls = np.sum([made.calls for made in members], axis=0)
        pasts = [_totals_on(past.calls, self.history) for past in self.pasts.values()]
        correlation = common_correlation(np.array(pasts))
        quantiles = summed(members, correlation)
        total_quantiles = summed_totals(members, correlation)
        low, high = np.maximum(total_quantiles[1], 1e-9), np.maximum(total_quantiles[2], 1e-9)
        series = ForecastSeries(
            run_id=self.run.id,
            kind="centre",
            history_from=self.history.start,
            history_to=self.history.end,
            method="sum",
            backtest={"correlation": correlation},
        )
        sd = np.where(high > low, np.log(high / low) / (2 * 1.2816), 0.0)
        handling = mean_handling(list(self.made.values()))
        self._add(series, Made(series, calls, quantiles, total_quantiles, sd, handling, None))

    def _add(self, series: ForecastSeries, made: Made) -> None:
        self.session.add(series)
        self.session.flush()
        self.session.execute(insert(ForecastDay), list(made.rows(series.id, self.days)))


def _without(calls: History, days: Days, parts: Mapping[tuple[str, str], Floats], new: Collection[str]) -> History:
    """A queue's history without the calls of new partners, taken out of each day in proportion."""
    theirs = [counts for (partner, _), counts in parts.items() if partner in new]
    if not theirs:
        return calls
    total = np.sum(list(parts.values()), axis=0)
    kept = 1 - np.divide(np.sum(theirs, axis=0), total, out=np.zeros_like(total), where=total > 0)
    return History(calls.first_day, STEP, calls.counts * kept[(calls.first_day - days.start).days :, None])


def _share_of(parts: Mapping[tuple[str, str], Floats], partner: str, total: Floats) -> float:
    own = sum(float(counts[-365:].sum()) for (key, _), counts in parts.items() if key == partner)
    return own / max(float(total[-365:].sum()), 1.0)


def _totals_on(calls: History, days: Days) -> Floats:
    totals = np.full((days.end - days.start).days, np.nan)
    known = calls.known.any(axis=1)
    totals[(calls.first_day - days.start).days :] = np.where(known, np.nansum(calls.counts, axis=1), np.nan)
    return totals


def _like_all(members: Mapping[str, Made]) -> Floats:
    return np.asarray(np.sum([made.base for made in members.values()], axis=0))
