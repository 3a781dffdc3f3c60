"""The few marks that charts are drawn with. Numbers are units of the picture, `kind` is a class of wfm.css."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

Point = tuple[float, float]


def _(number: float) -> str:
    """A coordinate, to a hundredth."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, _(x), _(y), _(max(width, 0)), _(max(height, 0))
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, _(x1), _(y1), _(x2), _(y2))


def circle(x: float, y: float, radius: float, kind: str) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(kind, _(x), _(y), _(radius))


def text(x: float, y: float, words: str, kind: str = "") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _(x), _(y), words)


def path(points: Sequence[Point | None], kind: str) -> Markup:
    """A line through the points, broken where one is missing."""
    drawn, before = "", None
    for point in points:
        if point:
            drawn += f"{'L' if before else 'M'}{_(point[0])} {_(point[1])}"
        before = point
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn)


def picture(title: str, description: str, parts: Sequence[Markup], *, width: float, height: float, kind: str) -> Markup:
    """The whole, with its name and what it shows in words."""
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>').format(
        kind, _(width), _(height), title, description, Markup("").join(parts)
    )
