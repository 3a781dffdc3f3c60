"""What a column is: its name for programs, its title for people, and how it reads its value from a row of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from wfm.core.clock import start_of_day
from wfm.reporting.formats import german

Row = Mapping[str, Any]


class Kind(Enum):
    """What a value is, which says how it is written."""

    TEXT = auto()
    COUNT = auto()
    DECIMAL = auto()  # expected calls, to a tenth
    DURATION = auto()  # a sum of seconds
    SECONDS = auto()  # a single wait
    MEAN = auto()  # of seconds
    SHARE = auto()
    MONEY = auto()  # whole cents
    MOMENT = auto()  # to the minute
    INSTANT = auto()  # to the second
    DAY = auto()
    MONTH = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `read` takes its value from a row of the report."""

    name: str
    title: str
    kind: Kind
    meaning: str
    read: Callable[[Row], Any]


def at(*path: str) -> Callable[[Row], Any]:
    """Reads what stands under these keys; nothing where a row has them not."""

    def read(row: Row) -> Any:
        value: Any = row
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    return read


def moment_at(key: str) -> Callable[[Row], Any]:
    """Reads an RFC 3339 time."""

    def read(row: Row) -> Any:
        return datetime.fromisoformat(row[key]) if row.get(key) else None

    return read


def day_at(key: str) -> Callable[[Row], Any]:
    """Reads an ISO day, as its midnight in Berlin."""

    def read(row: Row) -> Any:
        return start_of_day(date.fromisoformat(row[key])) if row.get(key) else None

    return read


def quotient(dividends: tuple[str, ...], divisor: str) -> Callable[[Row], Any]:
    """Sum of columns divided by another, nothing where that is zero."""

    def read(row: Row) -> Any:
        return sum(row[name] for name in dividends) / row[divisor] if row[divisor] else None

    return read


def offset_at(key: str) -> Callable[[Row], Any]:
    """Reads how far an RFC 3339 time is from UTC."""

    def read(row: Row) -> str | None:
        moment = moment_at(key)(row)
        return moment and german.offset(moment)

    return read


def mean_wait(row: Row) -> float | None:
    """Wait of the answered, divided by how many of them have a known one."""
    known = row["answered"] - row["wait_unknown"]["answered"]
    return row["wait_s_answered"] / known if known else None
