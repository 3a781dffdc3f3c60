"""Layers of people on forecasts: made with a reason, never edited, taken back by whoever may make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.clock import now
from wfm.core.errors import Conflict, NotFound, Sentence
from wfm.directory.queries import queue_labels
from wfm.forecasting.finding import covered, find_run
from wfm.forecasting.models import GREATEST_ID, ForecastAdjustment
from wfm.forecasting.rules.adjustments import put_on
from wfm.forecasting.rules.layers import Layer, check
from wfm.forecasting.service.reading import read_queue


@dataclass(frozen=True, slots=True)
class Effect:
    """What a layer would do to one day of the newest snapshot: calls without it, and with it."""

    day: date
    before: float
    after: float


def adjust(
    session: Session, *, queue: str, first_day: date, last_day: date, kind: str, value: Decimal, reason: str, by: str,
    from_minute: int = 0, to_minute: int = 1440,
) -> ForecastAdjustment:  # fmt: skip
    """Put a layer on the forecast of a queue: a `factor`, or so many `calls` a day more, on days (both included) and
    minutes of the day. Raises BadInput with the field, NotFound for a queue that does not exist."""
    check(first_day, last_day, from_minute, to_minute, kind, float(value), reason)
    _check_queue(session, queue)
    row = ForecastAdjustment(
        queue=queue,
        first_day=first_day,
        last_day=last_day,
        from_minute=from_minute,
        to_minute=to_minute,
        kind=kind,
        value=value,
        reason=reason.strip(),
        made_at=now(),
        made_by=by,
    )
    session.add(row)
    session.flush()
    details = {
        "queue": queue,
        "kind": kind,
        "value": str(value),
        "first_day": str(first_day),
        "last_day": str(last_day),
    }
    audit.record(session, by, "forecast.adjusted", object_kind="forecast_adjustment", object_id=row.id, details=details)
    return row


def try_out(
    session: Session, *, queue: str, first_day: date, last_day: date, kind: str, value: Decimal, reason: str,
    from_minute: int = 0, to_minute: int = 1440,
) -> list[Effect]:  # fmt: skip
    """What `adjust` would do to each day that the newest snapshot has, on top of the layers there are. Writes nothing.

    Raises what `adjust` raises, and NotFound where no snapshot has these days.
    """
    check(first_day, last_day, from_minute, to_minute, kind, float(value), reason)
    _check_queue(session, queue)
    run = find_run(session)
    days = covered(run, first_day, last_day + timedelta(days=1))
    before = read_queue(session, run, queue, days).read
    slots = from_minute // 15, -(-to_minute // 15)
    after = put_on(before, [Layer(first_day, last_day, *slots, kind, float(value))])
    return [
        Effect(day, float(without), float(with_it))
        for day, without, with_it in zip(before.days, before.calls.sum(axis=1), after.calls.sum(axis=1), strict=True)
    ]


def _check_queue(session: Session, queue: str) -> None:
    if queue not in queue_labels(session):
        raise NotFound(
            "queue.unknown", Sentence("Die Warteschlange „%(queue)s“ ist nicht bekannt.", queue=queue), queue=queue
        )


def take_back(session: Session, adjustment_id: int, *, by: str) -> ForecastAdjustment:
    """Take a layer back: from now on the forecast is read without it. Raises NotFound, or Conflict if it is already."""
    row = None if adjustment_id > GREATEST_ID else session.get(ForecastAdjustment, adjustment_id)
    if row is None:
        raise NotFound("adjustment.unknown", "Diese Anpassung gibt es nicht.", id=adjustment_id)
    if row.taken_back_at is not None:
        raise Conflict("adjustment.taken_back", "Diese Anpassung ist schon zurückgenommen.", id=adjustment_id)
    row.taken_back_at, row.taken_back_by = now(), by
    session.flush()
    audit.record(
        session, by, "forecast.adjustment_taken_back", object_kind="forecast_adjustment", object_id=adjustment_id
    )
    return row
