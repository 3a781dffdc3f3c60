"""Where marks of ranges, bars and columns lie, by hand; a picture for a document stands by itself."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from wfm.core.drawing.document import for_document, height_of
from wfm.core.drawing.spread import Range, bars, columns, ranges

#: Of 400 units the axis of ranges begins at 8 and ends 36 before the edge.
ZERO, LONG = 8, 356


def plain(value: float) -> str:
    return f"{value:g}"


def marks(picture: Markup, tag: str, kind: str) -> list[dict[str, float]]:
    found = [mark for mark in ET.fromstring(picture).iter(tag) if kind in mark.get("class", "").split()]
    return [{name: float(value) for name, value in mark.attrib.items() if name != "class"} for mark in found]


def words(picture: Markup) -> list[str]:
    return [text.text or "" for text in ET.fromstring(picture).iter("text")]


def test_a_range_is_a_dot_on_a_line_from_low_to_high() -> None:
    picture = ranges("T", [Range("a", 10, 30, 100), Range("b", 50, 50, 50)], plain, ("erwartet", "wenig bis viel"))
    key, first, second = marks(picture, "circle", "chart-1")
    assert (first["cx"], second["cx"]) == (pytest.approx(ZERO + 0.3 * LONG), pytest.approx(ZERO + 0.5 * LONG))
    lines = [line for line in marks(picture, "line", "chart-range") if line["y1"] == line["y2"] == first["cy"]]
    assert [(line["x1"], line["x2"]) for line in lines] == [
        (pytest.approx(ZERO + 0.1 * LONG), pytest.approx(ZERO + LONG))
    ]
    assert words(picture) == ["erwartet", "wenig bis viel", "a", "30", "b", "50", "0", "20", "40", "60", "80", "100"]
    assert key["cy"] < first["cy"] < second["cy"] < height_of(picture)
    assert "a: 30 (10–100); b: 50 (50–50)" in picture


def test_no_line_of_the_axis_goes_through_a_name() -> None:
    picture = ranges("T", [Range("a", 1, 2, 3), Range("b", 1, 2, 3)], plain, ("x", "y"))
    baselines = [float(text.get("y", 0)) for text in ET.fromstring(picture).iter("text") if text.text in ("a", "b")]
    for line in (*marks(picture, "line", "chart-grid"), *marks(picture, "line", "chart-axis")):
        assert not any(line["y1"] <= baseline <= line["y2"] for baseline in baselines)


def test_bars_are_as_long_as_their_values_and_named_where_there_are_several() -> None:
    one = bars("T", ["a", "b"], [("Stellen", [50.0, 100.0])], plain)
    assert [bar["width"] for bar in marks(one, "rect", "chart-1")] == [152, 304]
    assert words(one) == ["a", "50", "b", "100"]
    several = bars("T", ["a"], [("2027", [50.0]), ("2028", [None])], plain)
    # Four characters and a gap stand before the bars.
    assert [(bar["x"], bar["width"]) for bar in marks(several, "rect", "chart-1")] == [(34, 270), (34, 0)]
    assert words(several) == ["a", "2027", "50", "2028", "–"]


def test_columns_carry_their_range() -> None:
    picture = columns("T", [Range("Jan", 20, 50, 100), Range("Feb", 0, 0, 0)], plain)
    bar, empty = marks(picture, "rect", "chart-pale")
    assert (bar["height"], bar["y"], empty["height"]) == (85, 18 + 85, 0)
    upright = [line for line in marks(picture, "line", "chart-range") if line["x1"] == line["x2"]]
    assert [(line["y1"], line["y2"]) for line in upright] == [(18, 18 + 0.8 * 170), (188, 188)]


def test_in_a_document_a_picture_brings_its_colours_and_names_are_text() -> None:
    picture = bars("<T>", ['a & "b"'], [("x", [1.0])], plain)
    found = ET.fromstring(for_document(picture))
    names = [child.tag for child in found]
    assert names[:3] == [f"{{http://www.w3.org/2000/svg}}{name}" for name in ("style", "title", "desc")]
    assert 'a & "b"' in [text.text for text in found.iter("{http://www.w3.org/2000/svg}text")]
