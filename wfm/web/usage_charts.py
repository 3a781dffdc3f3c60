"""Pictures that only pages of usage need: shares beside each other, and the course of one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from wfm.core.drawing import svg
from wfm.core.drawing.parts import CHARACTER, GAP, LINE, WIDTH, Show, cut
from wfm.core.drawing.scale import Value


def share_pairs(title: str, names: tuple[str, str], rows: Sequence[tuple[str, Value, Value]], show: Show) -> Markup:
    """For each label two horizontal bars: filled for the first share, hollow below it for the second."""
    top = max((value for _label, *values in rows for value in values if value is not None), default=0) or 1
    left, numbers, row = 150, 56, 40
    parts, told = [], []
    for index, (label, *values) in enumerate(rows):
        y = LINE + GAP + index * row
        parts.append(svg.text(left - GAP, y + 20, cut(label, left - GAP), "chart-end"))
        for number, value in enumerate(values):
            told.append((f"{label}, {names[number]}", "–" if value is None else show(value)))
            if value is None:
                continue
            long, place = (WIDTH - left - numbers) * value / top, y + 2 + number * 17
            parts.append(svg.rect(left, place, long, 13, "chart-before" if number else "chart-1"))
            parts.append(svg.text(left + long + GAP, place + 11, show(value), "chart-small"))
    parts.append(svg.line(left, LINE, left, LINE + GAP + len(rows) * row, "chart-axis"))
    x = 0.0
    for number, name in enumerate(names):
        parts.append(svg.rect(x, 0, 14, 12, "chart-before" if number else "chart-1"))
        parts.append(svg.text(x + 20, 11, name))
        x += 34 + len(name) * CHARACTER
    description = "; ".join(f"{label}: {value}" for label, value in told)
    return svg.picture(title, description, parts, width=WIDTH, height=LINE + GAP + len(rows) * row, kind="chart")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stay as the picture shows it: in one queue from `entered_at`, waiting until somebody answered or it ended."""

    queue: str
    entered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    told: str


def call_course(title: str, stretches: Sequence[Stretch], names: tuple[str, str]) -> Markup:
    """A line for each stay of a call: hollow while it waits, filled while somebody talks, on one scale of time."""
    begin = min(stretch.entered_at for stretch in stretches)
    end = max(_last(stretch) for stretch in stretches)
    length = max((end - begin).total_seconds(), 1)
    row, numbers = 44, 60

    def place(moment: datetime) -> float:
        return (WIDTH - numbers) * (moment - begin).total_seconds() / length

    parts = []
    for index, stretch in enumerate(stretches):
        y = LINE + GAP + index * row
        parts.append(svg.text(0, y + 13, cut(f"{index + 1}. {stretch.queue}", WIDTH)))
        x, middle, last = place(stretch.entered_at), place(stretch.answered_at or _last(stretch)), place(_last(stretch))
        parts.append(svg.rect(x, y + 18, max(middle - x, 2), 16, "chart-before"))
        if stretch.answered_at is not None:
            parts.append(svg.rect(middle, y + 18, max(last - middle, 2), 16, "chart-1"))
        parts.append(svg.text(last + GAP, y + 31, _length(_last(stretch) - stretch.entered_at), "chart-small"))
    for number, name in enumerate(names):
        x = number * (34 + len(names[0]) * CHARACTER)
        parts.append(svg.rect(x, 0, 14, 12, "chart-1" if number else "chart-before"))
        parts.append(svg.text(x + 20, 11, name))
    description = "; ".join(stretch.told for stretch in stretches)
    return svg.picture(title, description, parts, width=WIDTH, height=LINE + GAP + len(stretches) * row, kind="chart")


def _last(stretch: Stretch) -> datetime:
    return stretch.ended_at or stretch.answered_at or stretch.entered_at


def _length(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"
