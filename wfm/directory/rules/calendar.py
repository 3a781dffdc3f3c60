"""When the centre, or one queue, is open: weekly hours, special days and public holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

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
            raise ValueError(f"{joined[-1]} und {period} überschneiden sich")
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


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """The hours that hold on a day, and why if they are not the usual ones."""

    day: date
    periods: Periods
    reason: str


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
        special = self.special_days.get((queue, day)) or self.special_days.get((None, day))
        if special is not None:
            return CalendarDay(day, special.periods, special.name)
        if day in self.holidays:
            return CalendarDay(day, (), self.holidays[day])
        return CalendarDay(day, self._weekly(day, queue), "")

    def _weekly(self, day: date, queue: str | None) -> Periods:
        if queue is not None and all(self.hours.on((queue, weekday), day) is None for weekday in range(7)):
            queue = None
        return self.hours.on((queue, day.weekday()), day) or ()


def opening_periods(day: date, calendar: Calendar, queue: str | None = None) -> Periods:
    """The periods in which the centre, or that queue, is open on a day."""
    return calendar.on(day, queue).periods
