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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from wfm.core.drawing import svg
from wfm.core.drawing.parts import (
    COUNTED,
    GAP,
    HATCHES,
    LEFT,
    LINE,
    PLOT,
    WIDTH,
    Show,
    axis_frame,
    axis_labels,
    cut,
    drawn,
    every_nth,
    hatched,
    legend_of,
    points_of,
)
from wfm.core.drawing.scale import Value, scale


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
            svg.text(names - GAP, y + 18, cut(label, names - GAP), "chart-end"),
            svg.rect(names, y + 4, long, row - 8, "chart-1"),
            svg.text(names + long + GAP, y + 18, written),
        ]
    parts.append(svg.line(names, 0, names, len(shares) * row, "chart-axis"))
    return drawn(title, max(len(shares), 1) * row, [(label, value) for label, value in shares], show, parts)


def signed_bars(
    title: str, labels: Sequence[str], series: Sequence[Series], show: Show, *, beside: Sequence[Value] = ()
) -> Markup:
    """Horizontal bars to both sides of zero, for each label one a series; their values stand at the edge.

    `beside`: values of pictures beside this one, so that bars as long mean as much in all of them.
    """
    known = [value for values in (*(one.values for one in series), beside) for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    names, numbers, bar = 136, 96, 18
    scaled = (WIDTH - names - numbers) / ((high - low) or 1)
    zero, row = names - low * scaled, bar * len(series) + GAP
    parts = []
    for index, label in enumerate(labels):
        parts.append(svg.text(names - GAP, index * row + 15, cut(label, names - GAP), "chart-end"))
        for number, one in enumerate(series):
            value, y = one.values[index], index * row + number * bar
            long = abs(value or 0) * scaled
            parts += hatched(zero - long if (value or 0) < 0 else zero, y + 3, long, bar - 4, number)
            parts.append(svg.text(WIDTH, y + 15, "–" if value is None else show(value), "chart-end"))
    height = float(max(len(labels), 1) * row)
    parts.append(svg.line(zero, 0, zero, height, "chart-axis"))
    legend: list[Markup] = []
    if len(series) > 1:
        legend, height = legend_of([(one.name, f"chart-{n % HATCHES + 1}", n) for n, one in enumerate(series)], height)
    told = [(f"{label}, {one.name}", one.values[index]) for index, label in enumerate(labels) for one in series]
    return drawn(title, height, told, show, parts + legend)


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
    parts = axis_frame(axis, show) + axis_labels(labels, place)
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
                parts += hatched(x, LINE + PLOT - bottom, bar, height, number)
    names = [(one.name, f"chart-{number % HATCHES + 1}", number) for number, one in enumerate(series)]
    if before:
        names = [(before.name, "chart-before", 0), *names]
    legend, height = legend_of(names, LINE + PLOT + LINE + 2 * GAP)
    told = [(f"{label}, {one.name}", one.values[index]) for index, label in enumerate(labels) for one in series]
    told += [(f"{label}, {before.name}", before.values[index]) for index, label in enumerate(labels) if before]
    return drawn(title, height, told, show, parts + legend)


def histogram(
    title: str, edges: Sequence[str], counts: Sequence[int], show: Show, *, target: int | None = None, name: str = ""
) -> Markup:
    """How many lie between two edges (one more than counts; equally wide bars, the last may be open). `target` is the
    index of the edge that the line `name` stands on: what lies left of it is within."""
    axis = scale(counts, at_least=COUNTED)
    place = (WIDTH - LEFT) / max(len(counts), 1)
    parts = axis_frame(axis, show)
    for index, count in enumerate(counts):
        height = PLOT * axis.share(count)
        beyond = target is not None and index >= target
        parts += hatched(LEFT + index * place + 1, LINE + PLOT - height, place - 2, height, 1 if beyond else 0)
    every = every_nth(edges, place)
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
    return drawn(title, LINE + PLOT + LINE + 2 * GAP, told, show, parts)


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
    points = points_of(values, LEFT + place / 2, place, LINE + PLOT, PLOT, axis)
    parts = axis_frame(axis, show) + axis_labels(labels, place)
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
    return drawn(title, LINE + PLOT + LINE + 2 * GAP, told, show, parts)


def heat_map(
    title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[Value]], show: Show
) -> Markup:
    """A cell for each row (weekday) and column (hour), the stronger the more, with its number where there is room."""
    head, row = 34, 28
    place = (WIDTH - head) / max(len(columns), 1)
    highest = max((value for line_ in values for value in line_ if value is not None), default=0) or 1
    every = every_nth(columns, place)
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
    return drawn(title, LINE + len(rows) * row, told, show, parts)


def sparkline(title: str, values: Sequence[Value], show: Show) -> Markup:
    """A small line beside a figure: only the course; its end is marked."""
    points = points_of(values, 4, 92 / max(len(values) - 1, 1), 22, 18, scale(values))
    known = [point for point in points if point]
    parts = [svg.path(points, "chart-line"), *(svg.circle(x, y, 3, "chart-1") for x, y in known[-1:])]
    told = [(str(index), value) for index, value in enumerate(values, 1)]
    return drawn(title, 26, told, show, parts, width=100, kind="chart chart--spark")


def _known(series: Sequence[Series], index: int) -> list[float]:
    return [value for one in series if (value := one.values[index]) is not None]


def _heat(value: Value, highest: float) -> int:
    """0 for nothing, then five equal steps up to the highest."""
    return 0 if not value else min(5, math.ceil(value / highest * 5))
