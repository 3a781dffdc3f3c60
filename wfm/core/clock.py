"""Time: the one clock, the zone people live in, and instants as integers.

Rules reckon in integer microseconds since 1970-01-01 UTC: exact, quick to compare, and without a zone to forget.
Tables hold `timestamptz`; people see Europe/Berlin.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime (exact: no float in between)."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The UTC datetime of an instant in microseconds."""
    return EPOCH + timedelta(microseconds=micros)


def start_of_day(day: date) -> datetime:
    """Midnight in Berlin at which the day begins, as an aware UTC datetime."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def berlin_ordinal(micros: int) -> int:
    """The calendar day in Berlin of an instant in microseconds, as an ordinal: for the many."""
    return _ordinal_of_hour(micros // HOUR)


@lru_cache(maxsize=65_536)
def _ordinal_of_hour(hour: int) -> int:  # Berlin's offset changes on the hour
    return berlin_day(from_micros(hour * HOUR)).toordinal()


def berlin_day(moment: datetime) -> date:
    """The calendar day in Berlin of an aware datetime."""
    return moment.astimezone(BERLIN).date()
