"""Where marks lie, by hand: the arithmetic of positions, and colours by their contrast."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from wfm.core.drawing.scale import scale
from wfm.web import charts

STYLE = Path(charts.__file__).parent / "static/wfm.css"


def plain(value: float) -> str:
    return f"{value:g}"


def marks(svg: Markup, tag: str, kind: str) -> list[dict[str, str]]:
    return [dict(mark.attrib) for mark in ET.fromstring(svg).iter(tag) if kind in mark.get("class", "").split()]


def words(svg: Markup) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter("text")]


@pytest.mark.parametrize(
    ("highest", "top", "step"),
    [(0, 1, 1), (1, 1, 0.2), (7, 8, 2), (10, 10, 2), (12, 12.5, 2.5), (23, 25, 5), (101, 125, 25), (3000, 3000, 1000)],
)
def test_scales_are_round(highest: float, top: float, step: float) -> None:
    found = scale([highest, None])
    assert (found.top, found.step) == (pytest.approx(top), pytest.approx(step))


@given(st.floats(0.001, 1e9))
def test_scales_hold_their_values_in_five_steps(highest: float) -> None:
    found = scale([highest])
    assert found.share(highest) <= 1 + 1e-9
    assert 3 <= len(found.ticks) <= 6
    assert found.ticks[-1] == pytest.approx(found.top)


def test_share_bars_are_as_long_as_their_values() -> None:
    svg = charts.share_bars("T", [("a", 50.0), ("b", 25.0), ("c", None), ("d", 0.0)], plain)
    assert [bar["width"] for bar in marks(svg, "rect", "chart-1")] == ["180", "90", "0", "0"]
    assert words(svg) == ["a", "50", "b", "25", "c", "–", "d", "0"]


def test_signed_bars_go_to_both_sides_of_zero() -> None:
    svg = charts.signed_bars("T", ["a", "b", "c"], [charts.Series("x", [-50.0, 150.0, None])], plain)
    # 168 wide for 200: zero a quarter from the left
    assert [(bar["x"], bar["width"]) for bar in marks(svg, "rect", "chart-1")] == [
        ("136", "42"),
        ("178", "126"),
        ("178", "0"),
    ]
    assert {line["x1"] for line in marks(svg, "line", "chart-axis")} == {"178"}
    assert words(svg) == ["a", "-50", "b", "150", "c", "–"]
    two = charts.signed_bars("T", ["a"], [charts.Series("x", [1.0]), charts.Series("y", [2.0])], plain)
    assert words(two) == ["a", "1", "2", "x", "y"]


def test_signed_bars_of_pictures_beside_each_other_share_a_scale() -> None:
    alone = charts.signed_bars("T", ["a"], [charts.Series("x", [-50.0])], plain)
    beside = charts.signed_bars("T", ["a"], [charts.Series("x", [-50.0])], plain, beside=[-100.0, None, 68.0])
    assert [marks(one, "rect", "chart-1")[0]["width"] for one in (alone, beside)] == ["168", "50"]


def test_share_bars_write_shares_beside() -> None:
    svg = charts.share_bars("T", [("a", 1.0)], plain, note=lambda value: f"{value:.0%}")
    assert words(svg)[1] == "1 · 100%"


def test_months_are_stacked_beside_last_year() -> None:
    answered, left = charts.Series("angenommen", [60, None]), charts.Series("aufgelegt", [20, None])
    svg = charts.month_bars("T", ["Jan", "Feb"], [answered, left], plain, before=charts.Series("Vorjahr", [100, 50]))
    # 170 units are 100: 60 stand on the ground (18 + 170), 20 on top of them.
    (lower,), (upper,) = marks(svg, "rect", "chart-1")[:-1], marks(svg, "rect", "chart-2")[:-1]
    assert (lower["y"], lower["height"]) == ("86", "102")
    assert (upper["y"], upper["height"]) == ("52", "34")
    first, second, _legend = marks(svg, "rect", "chart-before")[:3]
    assert (first["y"], first["height"]) == ("18", "170")
    assert (second["y"], second["height"]) == ("103", "85")
    assert float(first["x"]) + float(first["width"]) < float(lower["x"])


def test_a_fifth_series_has_the_first_ones_colour_and_lines() -> None:
    """Six kinds of cost are told apart."""
    series = [charts.Series(str(number), [1.0]) for number in range(6)]
    svg = charts.month_bars("M", ["Jan"], series, plain)
    assert [len(marks(svg, "rect", f"chart-{kind}")) for kind in (1, 2, 3, 4)] == [4, 4, 2, 2]  # a bar, and the legend
    assert len(marks(svg, "path", "chart-hatch")) == 2 * 5  # all but the first


def test_a_histogram_tells_within_from_beyond() -> None:
    svg = charts.histogram("T", ["0", "10", "20", "mehr"], [10, 5, 1], plain, target=2, name="Ziel")
    assert [bar["height"] for bar in marks(svg, "rect", "chart-1")] == ["170", "85"]
    assert [bar["height"] for bar in marks(svg, "rect", "chart-2")] == ["17"]
    (target,) = marks(svg, "line", "chart-target")
    assert float(target["x1"]) == pytest.approx(52 + 2 * 348 / 3, abs=0.01)


def test_a_line_breaks_where_nothing_is_known() -> None:
    svg = charts.line("T", ["a", "b", "c", "d"], [1, 2, None, 4], plain, target=3, name="Ziel")
    (path,) = marks(svg, "path", "chart-line")
    assert re.sub(r"[\d. ]+", "", path["d"]) == "MLM"
    assert path["d"].startswith("M95.5 145.5L182.5 103")
    (target,) = marks(svg, "line", "chart-target")
    assert float(target["y1"]) == 188 - 170 * 3 / 4


@pytest.mark.parametrize(
    ("value", "heat"), [(None, 0), (0, 0), (1, 1), (20, 1), (21, 2), (60, 3), (80, 4), (81, 5), (100, 5)]
)
def test_heat_is_in_five_equal_steps(value: float | None, heat: int) -> None:
    svg = charts.heat_map("T", ["Mo"], ["8", "9"], [[value, 100]], plain)
    assert len(marks(svg, "rect", f"heat-{heat}")) == (2 if heat == 5 else 1)


def test_cells_hold_their_number_only_where_it_fits() -> None:
    wide = charts.heat_map("T", ["Mo"], ["8"], [[1234]], plain)
    narrow = charts.heat_map("T", ["Mo"], [str(hour) for hour in range(24)], [[1234] * 24], plain)
    assert "1234" in words(wide)
    assert "1234" not in words(narrow)
    assert "Mo 23: 1234" in ET.fromstring(narrow).findtext("desc", "")


def test_a_sparkline_ends_where_its_last_value_is() -> None:
    svg = charts.sparkline("T", [0, 10, 5], plain)
    (end,) = marks(svg, "circle", "chart-1")
    assert (end["cx"], end["cy"]) == ("96", "13")


@pytest.mark.parametrize(
    "svg",
    [
        charts.share_bars("T", [], plain),
        charts.month_bars("T", [], [], plain),
        charts.month_bars("T", ["a"], [charts.Series("s", [None])], plain),
        charts.histogram("T", ["0"], [], plain),
        charts.line("T", [], [], plain),
        charts.heat_map("T", [], [], [], plain),
        charts.sparkline("T", [], plain),
    ],
)
def test_nothing_to_show_is_a_picture_too(svg: Markup) -> None:
    assert ET.fromstring(svg).findtext("title") == "T"
    assert "nan" not in svg


def test_names_are_escaped_and_everything_is_told_in_words() -> None:
    svg = charts.share_bars("<T>", [("<b>&", 3.0), ("c", None)], plain)
    assert ET.fromstring(svg).findtext("title") == "<T>"
    assert ET.fromstring(svg).findtext("desc") == "<b>&: 3; c: –"
    assert ET.fromstring(svg).get("role") == "img"


def themes() -> list[tuple[str, dict[str, str], str]]:
    """Colours of charts as the style sheet has them: light, dark by choice, dark by the system, paper; and the ground
    they stand on, KERN's white or black."""
    blocks = re.findall(r"^ *(\S.*?) \{((?:[^{}]*?)--wfm-series-1:[^{}]*)\}", STYLE.read_text(encoding="utf-8"), re.M)
    colours = [dict(re.findall(r"--wfm-([\w-]+): (#\w+)", block)) for _, block in blocks]
    return [
        (selector, found, ground)
        for (selector, _), found, ground in zip(blocks, colours, ("#fff", "#000", "#000", "#fff"), strict=True)
    ]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2: from 1 (the same) to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("selector", "colours", "ground"), themes())
def test_colours_can_be_told_from_their_ground(selector: str, colours: dict[str, str], ground: str) -> None:
    for number in range(1, 5):
        assert contrast(colours[f"series-{number}"], ground) >= 3, number
    for number in range(1, 6):
        on = colours["on-heat-weak" if number <= 3 else "on-heat-strong"]
        assert contrast(colours[f"heat-{number}"], on) >= 4.5, number
