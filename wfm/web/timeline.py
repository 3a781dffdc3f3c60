"""Phases of a membership as a line of time: what held from when to when, told by form and by words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from wfm.core.drawing import svg

WIDTH, LABEL, ROW = 400, 110, 26
#: How a phase is drawn: hollow while a pilot, filled as a full member, a thin line afterwards.
KINDS = {"pilot": "chart-before", "full": "chart-1"}

Place = Callable[[date | None], float]


@dataclass(frozen=True, slots=True)
class Phase:
    """What holds from `start` to before `end`, or until further notice."""

    kind: str
    name: str
    start: date
    end: date | None
    told: str


def small(title: str, phases: Sequence[Phase], today: date) -> Markup:
    """All phases in one row, to stand in a table; their words stand beside it."""
    place = _scale(phases, today, 0, 100)
    parts = [_bar(phase, place, 6, 12) for phase in phases]
    parts.append(svg.line(place(today), 0, place(today), 24, "chart-axis"))
    return svg.picture(title, _told(phases), parts, width=100, height=24, kind="chart chart--spark")


def wide(title: str, phases: Sequence[Phase], today: date, now: str) -> Markup:
    """A row for each phase, the years below, a line for today called `now`."""
    place = _scale(phases, today, LABEL, WIDTH)
    bottom = len(phases) * ROW
    parts = []
    for index, phase in enumerate(phases):
        parts.append(svg.text(LABEL - 6, index * ROW + 18, phase.name, "chart-end"))
        parts.append(_bar(phase, place, index * ROW + 6, 14))
    first, last = _span(phases, today)
    years = range(first.year, last.year + 1)
    every = max(1, -(-len(years) * 40 // (WIDTH - LABEL)))
    for year in years[::every]:
        x = place(date(year, 1, 1))
        parts += [svg.line(x, 0, x, bottom, "chart-grid"), svg.text(x + 3, bottom + 16, str(year), "chart-small")]
    x = place(today)
    parts += [
        svg.line(x, 0, x, bottom + 20, "chart-target"),
        svg.text(x - 3, bottom + 32, now, "chart-end chart-small"),
    ]
    return svg.picture(title, _told(phases), parts, width=WIDTH, height=bottom + 38, kind="chart")


def _span(phases: Sequence[Phase], today: date) -> tuple[date, date]:
    first = min([today, *(phase.start for phase in phases)])
    last = max([today + timedelta(days=180), *(phase.end or phase.start for phase in phases)])
    return date(first.year, 1, 1), last


def _scale(phases: Sequence[Phase], today: date, left: float, right: float) -> Place:
    first, last = _span(phases, today)

    def place(day: date | None) -> float:
        """Where a day lies; what has no end reaches to the edge."""
        share = 1.0 if day is None else min((day - first).days / (last - first).days, 1.0)
        return left + share * (right - left)

    return place


def _bar(phase: Phase, place: Place, y: float, height: float) -> Markup:
    start, end = place(phase.start), place(phase.end)
    if phase.kind == "left":
        return svg.line(start, y + height / 2, end, y + height / 2, "chart-axis")
    return svg.rect(start, y, end - start, height, KINDS[phase.kind])


def _told(phases: Sequence[Phase]) -> str:
    return "; ".join(phase.told for phase in phases)
