"""What is known of days beforehand, as methods take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.directory.models import Holiday
from wfm.forecasting.models import PlannedEvent
from wfm.forecasting.rules.calendar import Calendar, Event

#: An event of a partner that makes less than this of a queue is not learnt there: chance would drown it.
LEAST_SHARE = 0.2


class Calendars:
    """Holidays of Lower Saxony and planned events, asked by queue."""

    def __init__(self, session: Session) -> None:
        holidays = session.execute(select(Holiday.day, Holiday.name))
        self.holidays = {day: name for day, name in holidays}  # noqa: C416
        self.events = session.scalars(select(PlannedEvent).order_by(PlannedEvent.first_day, PlannedEvent.id)).all()
        self._titles = Counter((event.kind, event.title) for event in self.events)

    def of_queue(self, queue: str, partner_shares: Mapping[str, float]) -> Calendar:
        """The calendar of one queue; an event of one partner counts by that partner's share of the queue's calls."""
        school = frozenset(
            event.first_day + timedelta(days=n)
            for event in self.events
            if event.kind == "school_holidays" and event.factor is None and event.queue in (None, queue)
            for n in range((event.last_day - event.first_day).days + 1)
        )
        found = [self._event(event, queue, partner_shares) for event in self.events]
        return Calendar(self.holidays, school, tuple(event for event in found if event is not None))

    def _event(self, event: PlannedEvent, queue: str, partner_shares: Mapping[str, float]) -> Event | None:
        if event.queue not in (None, queue) or (event.kind == "school_holidays" and event.factor is None):
            return None
        share = 1.0 if event.partner is None or event.queue == queue else partner_shares.get(event.partner, 0.0)
        end = event.last_day + timedelta(days=1)
        if event.factor is not None:
            return Event(event.kind, event.first_day, end, 1 + share * (float(event.factor) - 1)) if share else None
        return Event(self._learnt_by(event), event.first_day, end) if share >= LEAST_SHARE else None

    def _learnt_by(self, event: PlannedEvent) -> str:
        """Events of one title are learnt together; one that stands alone is learnt with its kind."""
        repeated = self._titles[event.kind, event.title] > 1
        return f"{event.kind}: {event.title}" if repeated else event.kind
