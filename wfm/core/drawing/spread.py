"""Charts of what papers weigh: values with the range they may lie in, and things side by side.

Names stand above their marks, so that they may be long; amounts stand at the edge. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wfm.core.drawing import svg
from wfm.core.drawing.parts import (
    CHARACTER,
    COUNTED,
    GAP,
    LEFT,
    LINE,
    PLOT,
    WIDTH,
    Show,
    axis_frame,
    axis_labels,
    cut,
    drawn,
)
from wfm.core.drawing.scale import Scale, Value, scale

#: Room at the right for an amount.
AMOUNT = 96
#: Half of what stands across the end of a range.
END = 5


@dataclass(frozen=True, slots=True)
class Range:
    """A value that is expected, and between which it may lie."""

    name: str
    low: float
    expected: float
    high: float


def ranges(title: str, rows: Sequence[Range], show: Show, legend: tuple[str, str]) -> Markup:
    """For each name a dot at what is expected and a line from low to high, all on one axis from zero.

    `legend` names the dot and the line.
    """
    axis = scale(value for row in rows for value in (row.low, row.expected, row.high))
    height, top = 42, LINE + GAP
    parts = _key(legend)
    for index, row in enumerate(rows):
        y = float(top + index * height)
        parts += [
            svg.text(0, y + 15, cut(row.name, WIDTH - AMOUNT)),
            svg.text(WIDTH, y + 15, show(row.expected), "chart-end"),
            *_grid(axis, y + LINE + 2, y + height),
            *_line(_place(axis, row.low), _place(axis, row.high), y + 31),
            svg.circle(_place(axis, row.expected), y + 31, 5, "chart-1"),
        ]
    bottom = float(top + height * max(len(rows), 1))
    parts += [
        svg.text(_place(axis, tick) if tick else 0, bottom + LINE, show(tick), "chart-middle" if tick else "")
        for tick in axis.ticks
    ]
    return _picture(title, bottom + LINE + GAP, rows, show, parts)


def bars(title: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[Value]]], show: Show) -> Markup:
    """Under each name a bar of each series from zero, with its value at its end and, if there are several, the name of
    the series before it."""
    axis = scale(value for _, values in series for value in values)
    left = max(len(each) for each, _ in series) * CHARACTER + GAP if len(series) > 1 else 0.0
    thick, y, parts = 16, 0.0, list[Markup]()
    for index, name in enumerate(names):
        parts.append(svg.text(0, y + 15, cut(name, WIDTH)))
        y += LINE + 2
        for each, values in series:
            value = values[index]
            long = 0.0 if value is None else (WIDTH - left - AMOUNT) * axis.share(max(value, 0))
            if left:
                parts.append(svg.text(0, y + 13, each))
            parts.append(svg.rect(left, y + 2, long, thick - 3, "chart-1"))
            parts.append(svg.text(left + long + GAP, y + 13, "–" if value is None else show(value)))
            y += thick
        parts.append(svg.line(left, y - thick * len(series), left, y + 1, "chart-axis"))
        y += GAP
    told = [(f"{name}, {each}", values[index]) for index, name in enumerate(names) for each, values in series]
    return drawn(title, y, told, show, parts)


def columns(title: str, rows: Sequence[Range], show: Show) -> Markup:
    """An upright bar for each name as high as what is expected, with a line from low to high."""
    axis = scale([value for row in rows for value in (row.low, row.expected, row.high)], at_least=COUNTED)
    place = (WIDTH - LEFT) / max(len(rows), 1)
    parts = axis_frame(axis, show) + axis_labels([row.name for row in rows], place)
    for index, row in enumerate(rows):
        middle, high = LEFT + (index + 0.5) * place, PLOT * axis.share(row.expected)
        parts.append(svg.rect(middle - 0.32 * place, LINE + PLOT - high, 0.64 * place, high, "chart-pale"))
        top, bottom = (LINE + PLOT - PLOT * axis.share(value) for value in (row.high, row.low))
        parts.append(svg.line(middle, top, middle, bottom, "chart-range"))
        parts += [svg.line(middle - END, y, middle + END, y, "chart-range") for y in (top, bottom)]
    return _picture(title, LINE + PLOT + LINE + GAP, rows, show, parts)


def _place(axis: Scale, value: float) -> float:
    return 8 + (WIDTH - 2 * LINE - 8) * axis.share(value)


def _line(low: float, high: float, y: float) -> list[Markup]:
    ends = [svg.line(x, y - END, x, y + END, "chart-range") for x in (low, high)]
    return [svg.line(low, y, high, y, "chart-range"), *ends]


def _grid(axis: Scale, top: float, bottom: float) -> list[Markup]:
    """Beside the names, never through them."""
    places = [(_place(axis, tick), "chart-grid" if tick else "chart-axis") for tick in axis.ticks]
    return [svg.line(x, top, x, bottom, kind) for x, kind in places]


def _key(legend: tuple[str, str]) -> list[Markup]:
    middle = 0.45 * WIDTH
    dot = [svg.circle(6, 9, 5, "chart-1"), svg.text(18, 14, legend[0])]
    return [*dot, *_line(middle, middle + 28, 9), svg.text(middle + 36, 14, legend[1])]


def _picture(title: str, height: float, rows: Sequence[Range], show: Show, parts: Sequence[Markup]) -> Markup:
    told = "; ".join(f"{row.name}: {show(row.expected)} ({show(row.low)}–{show(row.high)})" for row in rows)
    return svg.picture(title, told, parts, width=WIDTH, height=height, kind="chart")
