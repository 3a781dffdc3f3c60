"""When the centre is open."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.directory.rules.calendar import (
    Calendar,
    Period,
    Rule,
    SpecialDay,
    join_periods,
    opening_periods,
    periods_text,
)
from wfm.directory.rules.dated import DatedMap, Validity

LONG = (Period(480, 1080),)
MORNING_AND_AFTERNOON = (Period(480, 720), Period(840, 1020))
FROM_2026 = Validity(date(2026, 1, 1))
CALENDAR = Calendar(
    hours=DatedMap(
        [
            *[((None, weekday), FROM_2026, LONG) for weekday in range(5)],
            (("standesamt", 0), FROM_2026, MORNING_AND_AFTERNOON),
            (("standesamt", 2), Validity(date(2026, 1, 1), date(2026, 7, 1)), MORNING_AND_AFTERNOON),
        ]
    ),
    special_days={
        (None, date(2026, 12, 24)): SpecialDay("Heiligabend", ()),
        (None, date(2026, 10, 3)): SpecialDay("Bürgerfest", (Period(600, 960),)),
        ("standesamt", date(2026, 12, 24)): SpecialDay("Trauungen", (Period(540, 720),)),
    },
    holidays={date(2026, 10, 3): "Tag der Deutschen Einheit", date(2026, 5, 1): "Erster Mai"},
)


@pytest.mark.parametrize(
    ("day", "queue", "periods", "reason"),
    [
        (date(2026, 6, 8), None, "08:00-18:00", ""),
        (date(2026, 6, 8), "burgdorf", "08:00-18:00", ""),  # no week of its own: the centre's
        (date(2026, 6, 8), "standesamt", "08:00-12:00 14:00-17:00", ""),
        (date(2026, 6, 9), "standesamt", "geschlossen", ""),  # its own week does not name Tuesday
        (date(2026, 6, 10), "standesamt", "08:00-12:00 14:00-17:00", ""),
        (date(2026, 7, 1), "standesamt", "geschlossen", ""),  # the range has ended
        (date(2026, 6, 13), None, "geschlossen", ""),
        (date(2025, 12, 30), None, "geschlossen", ""),  # before anything was known
        (date(2026, 5, 1), None, "geschlossen", "Erster Mai"),
        (date(2026, 10, 3), None, "10:00-16:00", "Bürgerfest"),  # a special day beats the holiday
        (date(2026, 12, 24), None, "geschlossen", "Heiligabend"),
        (date(2026, 12, 24), "burgdorf", "geschlossen", "Heiligabend"),
        (date(2026, 12, 24), "standesamt", "09:00-12:00", "Trauungen"),
    ],
)
def test_effective_calendar(day: date, queue: str | None, periods: str, reason: str) -> None:
    effective = CALENDAR.on(day, queue)
    assert (periods_text(effective.periods), effective.reason) == (periods, reason)
    assert opening_periods(day, CALENDAR, queue) == effective.periods


def test_periods_join_or_collide() -> None:
    assert join_periods([Period(720, 840), Period(480, 720)]) == (Period(480, 840),)
    assert join_periods([Period(840, 1020), Period(480, 720)]) == MORNING_AND_AFTERNOON
    with pytest.raises(ValueError, match="überschneiden"):
        join_periods([Period(480, 720), Period(700, 840)])
    with pytest.raises(ValueError, match="not a period"):
        Period(720, 720)
    assert str(Period(0, 1440)) == "00:00-24:00"


@given(st.sets(st.integers(0, 1440), min_size=2, max_size=12))
def test_joining_keeps_every_minute(edges: set[int]) -> None:
    ordered = sorted(edges)
    periods = [Period(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    joined = join_periods(reversed(periods))
    assert sum(p.closes - p.opens for p in joined) == sum(p.closes - p.opens for p in periods)
    assert all(a.closes < b.opens for a, b in itertools.pairwise(joined))


@pytest.mark.parametrize(
    ("day", "periods", "hours", "open_hours"),
    [
        (date(2026, 10, 25), (Period(0, 1440),), 25, 25),
        (date(2026, 10, 25), (Period(120, 180),), 25, 2),  # the hour that comes twice
        (date(2026, 10, 25), (Period(0, 150),), 25, 3.5),  # to the second half past two
        (date(2026, 10, 25), (Period(150, 240),), 25, 2.5),  # from the first
        (date(2026, 3, 29), (Period(0, 1440),), 23, 23),
        (date(2026, 3, 29), (Period(120, 180),), 23, 0),  # the hour that never was
        (date(2026, 3, 29), (Period(0, 150),), 23, 2),
        (date(2026, 3, 29), (Period(150, 240),), 23, 1),
        (date(2026, 9, 1), (Period(480, 720), Period(840, 1020)), 24, 7),
        (date(2026, 9, 1), (), 24, 0),
    ],
)
def test_open_hours_as_a_clock_counts_them(day: date, periods: tuple[Period, ...], hours: int, open_hours: float):
    found = Calendar(special_days={(None, day): SpecialDay("", periods)}).on(day)
    assert (found.hours, found.open_s / 3600) == (hours, open_hours)


@pytest.mark.parametrize(
    ("day", "queue", "rule"),
    [
        (date(2026, 9, 1), None, Rule.WEEK),
        (date(2026, 9, 1), "burgdorf", Rule.WEEK),
        (date(2026, 9, 1), "standesamt", Rule.QUEUE_WEEK),
        (date(2026, 10, 31), "standesamt", Rule.HOLIDAY),
        (date(2026, 12, 24), "standesamt", Rule.SPECIAL_DAY),
        (date(2026, 12, 23), "standesamt", Rule.QUEUE_SPECIAL_DAY),
        (date(2026, 12, 23), "burgdorf", Rule.WEEK),
    ],
)
def test_a_day_says_what_decided(day: date, queue: str | None, rule: Rule):
    special = {(None, date(2026, 12, 24)): SpecialDay("", ()), ("standesamt", date(2026, 12, 23)): SpecialDay("", ())}
    holidays = {date(2026, 10, 31): "Reformationstag"}
    assert Calendar(CALENDAR.hours, special, holidays).on(day, queue).rule is rule
