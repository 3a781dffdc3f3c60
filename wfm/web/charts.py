"""Charts as SVG, made on the server: pure functions of numbers, printed as they are seen, needing no script.

All are 400 units wide and as high as they need; the page scales them, so that text is readable from 390 px on. Colours
are classes of wfm.css, for light, dark and paper. Nothing is told by colour alone: further series are hatched,
 last year's are hollow, lines are dashed and named, cells of a heat map hold their number. `title` names the
picture, its description holds every value; a table stands beside it all the same (`kern.chart`).

`show` writes a value for people, in their language: `number`, `percent`, `duration` of `wfm.web.language`.
Values are at least 0 (but for `signed_bars`); None is a value that does not exist, and leaves a gap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from wfm.web import svg
from wfm.web.scale import Scale, Value, scale

WIDTH = 400
#: Height of a line of text and its distance to what it belongs to.
LINE, GAP = 18, 6
#: Room of charts with axes: left for the numbers of the scale, below for labels.
LEFT, PLOT = 52, 170
#: Width of a character on average: enough to keep labels apart, too rough to align anything by.
CHARACTER = 7.0
HATCHES = 4
#: Where things are counted the scale has whole steps: at least this many of one.
COUNTED = 5

Show = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted, by the labels of the axis."""

    name: str
    values: Sequence[Value]


def share_bars(title: str, shares: Sequence[tuple[str, Value]], show: Show, *, note: Show | None = None) -> Markup:
    """A horizontal bar for each label, as long as its value; `note` adds a second way to write it (its share)."""
    top = max([value for _, value in shares if value is not None], default=0) or 1
    names, numbers, row = 160, 96 if note else 60, 26
    parts = []
    for index, (label, value) in enumerate(shares):
        y = index * row
        long = 0.0 if value is None else (WIDTH - names - numbers) * value / top
        written = "–" if value is None else show(value) + (f" · {note(value)}" if note else "")
        parts += [
            svg.text(names - GAP, y + 18, _cut(label, names - GAP), "chart-end"),
            svg.rect(names, y + 4, long, row - 8, "chart-1"),
            svg.text(names + long + GAP, y + 18, written),
        ]
    parts.append(svg.line(names, 0, names, len(shares) * row, "chart-axis"))
    return _drawn(title, max(len(shares), 1) * row, [(label, value) for label, value in shares], show, parts)


def signed_bars(title: str, labels: Sequence[str], series: Sequence[Series], show: Show) -> Markup:
    """Horizontal bars to both sides of zero, for each label one a series; their values stand at the edge."""
    known = [value for one in series for value in one.values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    names, numbers, bar = 136, 96, 18
    scaled = (WIDTH - names - numbers) / ((high - low) or 1)
    zero, row = names - low * scaled, bar * len(series) + GAP
    parts = []
    for index, label in enumerate(labels):
        parts.append(svg.text(names - GAP, index * row + 15, _cut(label, names - GAP), "chart-end"))
        for number, one in enumerate(series):
            value, y = one.values[index], index * row + number * bar
            long = abs(value or 0) * scaled
            parts += _hatched(zero - long if (value or 0) < 0 else zero, y + 3, long, bar - 4, number)
            parts.append(svg.text(WIDTH, y + 15, "–" if value is None else show(value), "chart-end"))
    height = float(max(len(labels), 1) * row)
    parts.append(svg.line(zero, 0, zero, height, "chart-axis"))
    legend: list[Markup] = []
    if len(series) > 1:
        legend, height = _legend([(one.name, f"chart-{n % HATCHES + 1}", n) for n, one in enumerate(series)], height)
    told = [(f"{label}, {one.name}", one.values[index]) for index, label in enumerate(labels) for one in series]
    return _drawn(title, height, told, show, parts + legend)


def month_bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    show: Show,
    *,
    before: Series | None = None,
) -> Markup:
    """A bar for each label, series stacked from the bottom; beside it, hollow, the same month a year `before`."""
    sums = [sum(values) if (values := _known(series, index)) else None for index in range(len(labels))]
    axis = scale([*sums, *(before.values if before else ())], at_least=COUNTED)
    place = (WIDTH - LEFT) / max(len(labels), 1)
    bar = place * (0.36 if before else 0.7)
    parts = _frame(axis, show) + _labels(labels, place)
    for index in range(len(labels)):
        x, bottom = LEFT + index * place + place * 0.14, 0.0
        if before and (value := before.values[index]) is not None:
            height = PLOT * axis.share(value)
            parts.append(svg.rect(x + 0.75, LINE + PLOT - height, bar - 1.5, height, "chart-before"))
        x += bar if before else 0
        for number, one in enumerate(series):
            if (value := one.values[index]) is not None:
                height = PLOT * axis.share(value)
                bottom += height
                parts += _hatched(x, LINE + PLOT - bottom, bar, height, number)
    names = [(one.name, f"chart-{number % HATCHES + 1}", number) for number, one in enumerate(series)]
    if before:
        names = [(before.name, "chart-before", 0), *names]
    legend, height = _legend(names, LINE + PLOT + LINE + 2 * GAP)
    told = [(f"{label}, {one.name}", one.values[index]) for index, label in enumerate(labels) for one in series]
    told += [(f"{label}, {before.name}", before.values[index]) for index, label in enumerate(labels) if before]
    return _drawn(title, height, told, show, parts + legend)


def histogram(
    title: str, edges: Sequence[str], counts: Sequence[int], show: Show, *, target: int | None = None, name: str = ""
) -> Markup:
    """How many lie between two edges (one more than counts; equally wide bars, the last may be open). `target` is the
    index of the edge that the line `name` stands on: what lies left of it is within."""
    axis = scale(counts, at_least=COUNTED)
    place = (WIDTH - LEFT) / max(len(counts), 1)
    parts = _frame(axis, show)
    for index, count in enumerate(counts):
        height = PLOT * axis.share(count)
        beyond = target is not None and index >= target
        parts += _hatched(LEFT + index * place + 1, LINE + PLOT - height, place - 2, height, 1 if beyond else 0)
    every = _every(edges, place)
    for index, edge in enumerate(edges):
        if index % every == 0:
            side = "chart-end" if index == len(counts) else "chart-middle"
            parts.append(svg.text(LEFT + index * place, LINE + PLOT + LINE, edge, side))
    if target is not None:
        x = LEFT + target * place
        end = "chart-end" if x > WIDTH / 2 else ""
        parts += [
            svg.line(x, 4, x, LINE + PLOT, "chart-target"),
            svg.text(x + (-GAP if end else GAP), 14, name, end),
        ]
    told = [(f"{first}–{last}", count) for (first, last), count in zip(pairwise(edges), counts, strict=True)]
    return _drawn(title, LINE + PLOT + LINE + 2 * GAP, told, show, parts)


def line(
    title: str,
    labels: Sequence[str],
    values: Sequence[Value],
    show: Show,
    *,
    target: float | None = None,
    name: str = "",
    at_least: float = 0,
) -> Markup:
    """A value over time, and the line it should reach, called `name`. `at_least` is the least that the scale holds."""
    axis = scale([*values, target], at_least=at_least)
    place = (WIDTH - LEFT) / max(len(labels), 1)
    points = _points(values, LEFT + place / 2, place, LINE + PLOT, PLOT, axis)
    parts = _frame(axis, show) + _labels(labels, place)
    if target is not None:
        y = LINE + PLOT - PLOT * axis.share(target)
        parts += [
            svg.line(LEFT, y, WIDTH, y, "chart-target"),
            svg.text(LEFT + GAP, y - 5, name, "chart-halo"),
        ]
    parts.append(svg.path(points, "chart-line"))
    parts += [svg.circle(x, y, 3, "chart-1") for x, y in filter(None, points)]
    told = list(zip(labels, values, strict=True))
    if target is not None:
        told.append((name, target))
    return _drawn(title, LINE + PLOT + LINE + 2 * GAP, told, show, parts)


def heat_map(
    title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[Value]], show: Show
) -> Markup:
    """A cell for each row (weekday) and column (hour), the stronger the more, with its number where there is room."""
    head, row = 34, 28
    place = (WIDTH - head) / max(len(columns), 1)
    highest = max((value for line_ in values for value in line_ if value is not None), default=0) or 1
    every = _every(columns, place)
    parts = [
        svg.text(head + (index + 0.5) * place, 13, column, "chart-middle")
        for index, column in enumerate(columns)
        if index % every == 0
    ]
    for y, (name, line_) in enumerate(zip(rows, values, strict=True)):
        parts.append(svg.text(head - GAP, LINE + y * row + 19, name, "chart-end"))
        for x, value in enumerate(line_):
            heat = _heat(value, highest)
            parts.append(svg.rect(head + x * place, LINE + y * row, place - 1, row - 1, f"heat-{heat}"))
            written = "–" if value is None else show(value)
            if len(written) * 6 <= place:
                middle = head + (x + 0.5) * place
                parts.append(
                    svg.text(middle, LINE + y * row + 18, written, f"heat-text-{heat} chart-middle chart-small")
                )
    told = [
        (f"{name} {column}", value)
        for name, line_ in zip(rows, values, strict=True)
        for column, value in zip(columns, line_, strict=True)
    ]
    return _drawn(title, LINE + len(rows) * row, told, show, parts)


def sparkline(title: str, values: Sequence[Value], show: Show) -> Markup:
    """A small line beside a figure: only the course; its end is marked."""
    points = _points(values, 4, 92 / max(len(values) - 1, 1), 22, 18, scale(values))
    known = [point for point in points if point]
    parts = [svg.path(points, "chart-line"), *(svg.circle(x, y, 3, "chart-1") for x, y in known[-1:])]
    told = [(str(index), value) for index, value in enumerate(values, 1)]
    return _drawn(title, 26, told, show, parts, width=100, kind="chart chart--spark")


# ---- parts ----------------------------------------------------------------------------------------------------------


def _known(series: Sequence[Series], index: int) -> list[float]:
    return [value for one in series if (value := one.values[index]) is not None]


def _heat(value: Value, highest: float) -> int:
    """0 for nothing, then five equal steps up to the highest."""
    return 0 if not value else min(5, math.ceil(value / highest * 5))


def _points(
    values: Sequence[Value], left: float, place: float, bottom: float, height: float, axis: Scale
) -> list[svg.Point | None]:
    return [
        None if value is None else (left + index * place, bottom - height * axis.share(value))
        for index, value in enumerate(values)
    ]


def _every(labels: Sequence[str], place: float) -> int:
    """Write every n-th label, so that they do not touch."""
    return max(1, math.ceil((max(map(len, labels), default=0) + 1) * CHARACTER / place))


def _cut(label: str, room: float) -> str:
    longest = int(room / CHARACTER)
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def _frame(axis: Scale, show: Show) -> list[Markup]:
    """Grid lines of the value axis with their numbers."""
    parts = []
    for tick in axis.ticks:
        y = LINE + PLOT - PLOT * axis.share(tick)
        parts.append(svg.line(LEFT, y, WIDTH, y, "chart-grid" if tick else "chart-axis"))
        parts.append(svg.text(LEFT - GAP, y + 4, show(tick), "chart-end"))
    return parts


def _labels(labels: Sequence[str], place: float) -> list[Markup]:
    every = _every(labels, place)
    return [
        svg.text(LEFT + (index + 0.5) * place, LINE + PLOT + LINE, label, "chart-middle")
        for index, label in enumerate(labels)
        if index % every == 0
    ]


def _legend(names: Sequence[tuple[str, str, int]], y: float) -> tuple[list[Markup], float]:
    """Boxes with names, in as many lines as needed, and where they end."""
    parts, x = [], float(LEFT)
    for name, kind, hatch in names:
        wide = 20 + (len(name) + 3) * CHARACTER
        if x > LEFT and x + wide > WIDTH:
            x, y = float(LEFT), y + LINE
        parts.append(svg.rect(x, y + 3, 14, 12, kind))
        parts += _hatch(x, y + 3, 14, 12, hatch)
        parts.append(svg.text(x + 20, y + 14, name))
        x += wide
    return parts, y + LINE + GAP


def _hatched(x: float, y: float, width: float, height: float, number: int) -> list[Markup]:
    return [svg.rect(x, y, width, height, f"chart-{number % HATCHES + 1}"), *_hatch(x, y, width, height, number)]


def _hatch(x: float, y: float, width: float, height: float, number: int) -> list[Markup]:
    """The first series is plain, the second has lines across, the third upright, the fourth both.

    From the fifth on colours come again, each with the next one's lines.
    """
    number += number // HATCHES
    points: list[svg.Point | None] = []
    if number % HATCHES in (1, 3):
        points += [point for at in _steps(height) for point in ((x, y + at), (x + width, y + at), None)]
    if number % HATCHES in (2, 3):
        points += [point for at in _steps(width) for point in ((x + at, y), (x + at, y + height), None)]
    return [svg.path(points, "chart-hatch")] if points else []


def _steps(length: float) -> Iterable[float]:
    return (4.0 * n for n in range(1, math.ceil(length / 4)))


def _drawn(
    title: str,
    height: float,
    told: Sequence[tuple[str, Value]],
    show: Show,
    parts: Sequence[Markup],
    *,
    width: float = WIDTH,
    kind: str = "chart",
) -> Markup:
    description = "; ".join(f"{label}: {'–' if value is None else show(value)}" for label, value in told)
    return svg.picture(title, description, parts, width=width, height=height, kind=kind)
