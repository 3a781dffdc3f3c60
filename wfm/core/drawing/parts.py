"""What charts are put together of: the frame of an axis, labels, a legend, bars that are told apart without colour.

All are 400 units wide and as high as they need. Colours are classes: of wfm.css on a page, in a document
of `document.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from wfm.core.drawing import svg
from wfm.core.drawing.scale import Scale, Value

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


def points_of(
    values: Sequence[Value], left: float, place: float, bottom: float, height: float, axis: Scale
) -> list[svg.Point | None]:
    return [
        None if value is None else (left + index * place, bottom - height * axis.share(value))
        for index, value in enumerate(values)
    ]


def every_nth(labels: Sequence[str], place: float) -> int:
    """Write every n-th label, so that they do not touch."""
    return max(1, math.ceil((max(map(len, labels), default=0) + 1) * CHARACTER / place))


def cut(label: str, room: float) -> str:
    longest = int(room / CHARACTER)
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def axis_frame(axis: Scale, show: Show) -> list[Markup]:
    """Grid lines of the value axis with their numbers."""
    parts = []
    for tick in axis.ticks:
        y = LINE + PLOT - PLOT * axis.share(tick)
        parts.append(svg.line(LEFT, y, WIDTH, y, "chart-grid" if tick else "chart-axis"))
        parts.append(svg.text(LEFT - GAP, y + 4, show(tick), "chart-end"))
    return parts


def axis_labels(labels: Sequence[str], place: float) -> list[Markup]:
    every = every_nth(labels, place)
    return [
        svg.text(LEFT + (index + 0.5) * place, LINE + PLOT + LINE, label, "chart-middle")
        for index, label in enumerate(labels)
        if index % every == 0
    ]


def legend_of(names: Sequence[tuple[str, str, int]], y: float) -> tuple[list[Markup], float]:
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


def hatched(x: float, y: float, width: float, height: float, number: int) -> list[Markup]:
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


def drawn(
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
