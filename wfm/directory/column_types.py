"""How days and times of day stand in columns: as PostgreSQL's ranges, as values of the rules in Python."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import DATERANGE, INT4MULTIRANGE
from sqlalchemy.dialects.postgresql.ranges import MultiRange, Range
from sqlalchemy.types import TypeDecorator

from wfm.directory.rules.calendar import Period, Periods
from wfm.directory.rules.dated import Validity


class Days(TypeDecorator[Validity]):
    """A `Validity` in a column: a daterange without an end lasts until further notice."""

    impl = DATERANGE
    cache_ok = True

    def process_bind_param(self, value: Validity | None, dialect: Dialect) -> Range[date] | None:
        return Range(value.start, value.end, bounds="[)") if value else None

    def process_result_value(self, value: Range[date] | None, dialect: Dialect) -> Validity | None:
        if value is None:
            return None
        assert value.lower is not None
        return Validity(value.lower, value.upper)


class DayPeriods(TypeDecorator[Periods]):
    """The periods of a day in a column, as ranges of minutes; an empty multirange is a closed day."""

    impl = INT4MULTIRANGE
    cache_ok = True

    def process_bind_param(self, value: Periods | None, dialect: Dialect) -> MultiRange[int] | None:
        if value is None:
            return None
        return MultiRange(Range(period.opens, period.closes, bounds="[)") for period in value)

    def process_result_value(self, value: MultiRange[int] | None, dialect: Dialect) -> Periods | None:
        if value is None:
            return None
        return tuple(Period(part.lower, part.upper) for part in value if part.lower is not None and part.upper)
