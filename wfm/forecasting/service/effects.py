"""What planned events did to the calls, learnt from earlier ones."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.intervals import Days
from wfm.forecasting import queries
from wfm.forecasting.rules.effects import Effect, learn_effect
from wfm.forecasting.service.calendar import Calendars
from wfm.forecasting.service.events import earlier, find_event


def effect_of(session: Session, event_id: int) -> Effect:
    """What earlier events of its title, or else of its kind, did to the calls it concerns: the factor on a day's calls
    with an 80 % interval, and how many of them it was learnt from."""
    event = find_event(session, event_id)
    calendars = Calendars(session)
    before = earlier(calendars.events, event)
    today = berlin_day(now())
    begins = queries.first_fact_day(session)
    if begins is None or begins >= today:
        return learn_effect(queries.nothing_known(today), [])
    past = queries.centre_history(session, Days(begins, today), event.queue)
    special = {day + timedelta(days=n) for day in calendars.holidays for n in (-1, 0, 1)}
    return learn_effect(past, [(other.first_day, other.last_day) for other in before], frozenset(special))
