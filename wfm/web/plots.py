"""Pictures of many points over time, which the browser draws (static/plot.js): lines, bands around them, and marks.

The server says what is in them, in the reader's language; the table beside a picture has the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
#: How strongly the first and the second band are painted, as the alpha of a colour.
SHADES = ("26", "40")


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its name, values by place (None: nothing to tell), the number of its colour."""

    name: str
    values: list[float | None]
    colour: int = 1
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two lines."""

    name: str
    low: list[float | None]
    high: list[float | None]
    colour: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of time behind the lines, or a `line` at its beginning; seconds since 1970."""

    start: int
    end: int
    name: str
    line: bool = False


@dataclass(slots=True)
class Plot:
    """A picture in the making: places in time from the rows of several tables (`start`, `end` as ISO moments)."""

    daily: bool
    told: str = ""
    lines: list[Line] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    unit: str = ""
    """Places are numbers of this unit instead of moments."""

    @classmethod
    def across(cls, places: Sequence[int], unit: str) -> Plot:
        """Over numbers instead of time."""
        return cls(False, places={number: place for place, number in enumerate(places)}, unit=unit)

    @classmethod
    def over(cls, *tables: Sequence[Row], daily: bool) -> Plot:
        """With a place for each row. Where stretches of a day do not follow each other, lines break off (closed)."""
        moments = {seconds(row["start"]) for rows in tables for row in rows}
        if not daily:
            moments |= {seconds(row["end"]) for rows in tables for row in rows}
        return cls(daily, places={moment: place for place, moment in enumerate(sorted(moments))})

    def values(self, rows: Sequence[Row], name: str) -> list[float | None]:
        """One column of these rows, each at its place."""
        found: list[float | None] = [None] * len(self.places)
        for row in rows:
            value = row[name]
            found[self.places[seconds(row["start"])]] = None if value is None else round(float(value), 2)
        return found

    def line(self, name: str, rows: Sequence[Row], column: str, *, colour: int = 1, dashed: bool = False) -> None:
        """Add a line."""
        self.lines.append(Line(name, self.values(rows, column), colour, dashed))

    def band(self, name: str, rows: Sequence[Row], low: str, high: str, *, colour: int = 1) -> None:
        """Add a band; wide ones first, narrow ones lie on them."""
        self.bands.append(Band(name, self.values(rows, low), self.values(rows, high), colour))

    def data(self) -> dict[str, Any]:
        """As the browser takes it."""
        return {
            "daily": self.daily,
            "unit": self.unit,
            "x": list(self.places),
            "lines": [asdict(line) for line in self.lines],
            "bands": [asdict(band) | {"shade": shade} for band, shade in zip(self.bands, SHADES, strict=False)],
            "marks": [
                {"from": mark.start, "to": mark.end, "name": mark.name, "line": mark.line} for mark in self.marks
            ],
        }


def seconds(moment: str | datetime) -> int:
    """A moment as seconds since 1970."""
    return int((datetime.fromisoformat(moment) if isinstance(moment, str) else moment).timestamp())
