"""What is known of a day beforehand."""

from __future__ import annotations

from datetime import date

import pytest

from wfm.forecasting.rules.calendar import Calendar, Event

ASCENSION = {date(2026, 5, 14): "Christi Himmelfahrt"}


@pytest.mark.parametrize(
    ("day", "traits"),
    [
        (date(2026, 5, 12), []),
        (date(2026, 5, 13), ["day before a holiday"]),
        (date(2026, 5, 14), ["holiday", "holiday Christi Himmelfahrt"]),
        (date(2026, 5, 15), ["day after a holiday", "bridge day"]),
        (date(2026, 5, 18), []),
    ],
)
def test_holidays_and_their_neighbours(day: date, traits: list[str]) -> None:
    assert Calendar(ASCENSION).traits(day) == traits


def test_events_to_be_learnt_and_events_with_a_stated_effect() -> None:
    mailing = Event("mailing", date(2026, 3, 2), date(2026, 3, 4))
    election = Event("election", date(2026, 3, 3), date(2026, 3, 5), factor=1.5)
    notice = Event("tax notice", date(2026, 3, 3), date(2026, 3, 4), factor=1.2)
    calendar = Calendar(school_holidays=frozenset({date(2026, 3, 3)}), events=(mailing, election, notice))

    assert calendar.traits(date(2026, 3, 3)) == ["school holidays", "event mailing"]
    assert calendar.traits(date(2026, 3, 4)) == []
    days = [date(2026, 3, day) for day in (2, 3, 4, 5)]
    assert calendar.factors(days).tolist() == pytest.approx([1.0, 1.8, 1.5, 1.0])
