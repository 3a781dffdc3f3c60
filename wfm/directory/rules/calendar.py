"""When the centre, or one queue, is open: weekly hours, special days and public holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from wfm.core.clock import BERLIN, start_of_day
from wfm.core.errors import Sentence
from wfm.directory.rules.dated import DatedMap

WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """Open from one minute of the day to another, in Berlin's local time, `closes` exclusive (1440 = midnight)."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise ValueError(f"not a period of a day: {self.opens} to {self.closes}")

    def __str__(self) -> str:
        return f"{clock_text(self.opens)}-{clock_text(self.closes)}"


Periods = tuple[Period, ...]


def clock_text(minute: int) -> str:
    """A minute of the day as `08:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def periods_text(periods: Periods) -> str:
    """All periods of a day for people, `geschlossen` if there are none."""
    return " ".join(map(str, periods)) or "geschlossen"


def join_periods(periods: Iterable[Period]) -> Periods:
    """The periods in order, those that touch made one; ValueError if two overlap."""
    joined: list[Period] = []
    for period in sorted(periods):
        if joined and period.opens < joined[-1].closes:
            raise ValueError(
                Sentence("%(one)s und %(other)s überschneiden sich", one=str(joined[-1]), other=str(period))
            )
        if joined and period.opens == joined[-1].closes:
            joined[-1] = Period(joined[-1].opens, period.closes)
        else:
            joined.append(period)
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day with its own hours, whatever the week or the holidays say; no periods = closed."""

    name: str
    periods: Periods


class Rule(StrEnum):
    """Which statement decides the hours of a day, the nearest first."""

    QUEUE_SPECIAL_DAY = "queue_special_day"
    SPECIAL_DAY = "special_day"
    HOLIDAY = "holiday"
    QUEUE_WEEK = "queue_week"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """The hours that hold on a day, what decides so, and its name if they are not the usual ones."""

    day: date
    periods: Periods
    reason: str
    rule: Rule

    @property
    def open_s(self) -> int:
        """Seconds open, as a clock beside the door counts them: over the double hour an hour more, over the skipped
        one an hour less. A time that comes twice opens at its first and closes at its second."""
        spans = ((_moments(self.day, period.opens)[0], _moments(self.day, period.closes)[1]) for period in self.periods)
        return sum(int((closes - opens).total_seconds()) for opens, closes in spans)

    @property
    def hours(self) -> int:
        """How long the whole day is: 24 hours, 25 or 23."""
        return int((start_of_day(self.day + timedelta(days=1)) - start_of_day(self.day)).total_seconds()) // 3600


def _moments(day: date, minute: int) -> tuple[datetime, datetime]:
    """The two moments of a time that comes twice, else the same one twice; a skipped time is that of the leap."""
    if minute == MINUTES_A_DAY:
        end = start_of_day(day + timedelta(days=1))
        return end, end
    first, second = (
        datetime.combine(day, time(minute // 60, minute % 60, fold=fold), BERLIN).astimezone(UTC) for fold in (0, 1)
    )
    if second < first:
        first = second = first.replace(minute=0)  # Berlin leaps on the hour
    return first, second


@dataclass(frozen=True, slots=True)
class Calendar:
    """The effective calendar of the centre (key None) and of its queues.

    The nearest statement wins: the queue's special day, the centre's special day, a public holiday (closed), the
    queue's own week, the centre's week. A queue has its own week on a day as soon as any weekday of its own is in
    force: weekdays it does not name are then closed, not taken from the centre.
    """

    hours: DatedMap[tuple[str | None, int], Periods] = field(default_factory=DatedMap)
    special_days: Mapping[tuple[str | None, date], SpecialDay] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)

    def on(self, day: date, queue: str | None = None) -> CalendarDay:
        if queue is not None and (special := self.special_days.get((queue, day))):
            return CalendarDay(day, special.periods, special.name, Rule.QUEUE_SPECIAL_DAY)
        if special := self.special_days.get((None, day)):
            return CalendarDay(day, special.periods, special.name, Rule.SPECIAL_DAY)
        if day in self.holidays:
            return CalendarDay(day, (), self.holidays[day], Rule.HOLIDAY)
        if queue is not None and any(self.hours.on((queue, weekday), day) is not None for weekday in range(7)):
            return CalendarDay(day, self._weekly(day, queue), "", Rule.QUEUE_WEEK)
        return CalendarDay(day, self._weekly(day, None), "", Rule.WEEK)

    def _weekly(self, day: date, queue: str | None) -> Periods:
        return self.hours.on((queue, day.weekday()), day) or ()


def opening_periods(day: date, calendar: Calendar, queue: str | None = None) -> Periods:
    """The periods in which the centre, or that queue, is open on a day."""
    return calendar.on(day, queue).periods
