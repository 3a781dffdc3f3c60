"""The months of a year as the page shows them: a table coloured by how much there was, and a chart."""

from __future__ import annotations

from typing import Any

from flask import url_for
from markupsafe import Markup

from wfm.core.drawing.parts import Show
from wfm.core.intervals import Month
from wfm.reporting.formats.column import Kind, Row
from wfm.reporting.formats.layout import NOBODY
from wfm.reporting.formats.usage_year import FIGURES, TOGETHER
from wfm.web import charts, language
from wfm.web.figures import CALLS_OF, calls_url, change, link
from wfm.web.language import gettext as _
from wfm.web.usage_views import MONTH_NAMES

#: Figure -> what it is called.
FIGURE_TITLES = {name: column.title for name, column in FIGURES.items()}
#: Cells are coloured in so many steps.
STEPS = 5
Table = dict[str, Any]


def table(report: Row, figure: str) -> Table:
    """Partners by month with the year, the same months of the year before and the difference."""
    show = _show(figure)
    rows: list[Table] = [
        {"name": link(row["name"], url_for("usage.partner", key=row["partner"]))}
        | _cells(report, row, figure, partner=row["partner"])
        for row in report["rows"]
    ]
    if "unattributed" in report:
        rows.append({"name": _(NOBODY)} | _cells(report, report["unattributed"], figure, partner="none"))
    total = {"name": _("Gesamt")} | _cells(report, report["total"], figure, plain=True) if "total" in report else {}
    if "together" in report:
        hidden = _("nicht gezeigt")
        sums = report["together"]
        cells = {
            f"month_{place}": _value(found, figure, show) or (hidden if whole else None)
            for place, (found, whole) in enumerate(zip(sums["months"], report["rows"][0]["months"], strict=True))
        }
        rows.append({"name": _(TOGETHER)} | cells | {"year": _value(sums["year"], figure, show) or hidden})
    return {"columns": _columns(report), "rows": rows, "total": total}


def _columns(report: Row) -> list[Table]:
    months = [{"key": f"month_{place}", "title": _(name), "numeric": True} for place, name in enumerate(MONTH_NAMES)]
    year = report["year"]
    return [
        {"key": "name", "title": _("Partner")},
        *months,
        {"key": "year", "title": str(year), "numeric": True},
        {
            "key": "before",
            "title": _("%(year)s, gleiche Monate", year=year - 1),
            "numeric": True,
            "definition": _(
                "Summe derselben Monate im Jahr davor; ein Strich, wenn für einen von ihnen keine Zahlen vorliegen."
            ),
        },
        {"key": "change", "title": _("Unterschied"), "numeric": True},
    ]


def _cells(report: Row, row: Row, figure: str, *, partner: str = "", plain: bool = False) -> Table:
    show = _show(figure)
    known = [found[figure] for found in row["months"] if found]
    cells: Table = {}
    for place, (month, found) in enumerate(zip(report["months"], row["months"], strict=True)):
        text = _value(found, figure, show)
        if found and found[figure] and not plain:
            where = {"partner": partner, **CALLS_OF.get(FIGURES[figure].name, {"result": "answered"})}
            text = _hot(text or "", _heat(found[figure], known), calls_url(Month.parse(month["month"]).days, **where))
        cells[f"month_{place}"] = text
    year, before = (row[key] and row[key][figure] for key in ("year", "year_before"))
    return cells | {
        "year": None if year is None else show(year),
        "before": None if before is None else show(before),
        "change": change(year, before, show),
    }


def _heat(value: int, known: list[int]) -> int:
    """1 for the weakest month of a row up to STEPS for the strongest."""
    least, most = min(known), max(known)
    return STEPS if most == least else 1 + round((STEPS - 1) * (value - least) / (most - least))


def _hot(text: str, heat: int, url: str) -> Markup:
    return Markup('<a class="wfm-heat wfm-heat--{}" href="{}">{}</a>').format(heat, url, text)


def chart(report: Row, figure: str) -> Markup:
    """The sums of the months, of all partners or of the one that is shown."""
    row = report["total"] if "total" in report else report["rows"][0]
    unit = 3600 if FIGURES[figure].kind is Kind.DURATION else 1
    values = [None if found is None else found[figure] / unit for found in row["months"]]
    title = f"{_(FIGURE_TITLES[figure])} {report['year']}"
    months = [_(name) for name in MONTH_NAMES]
    return charts.month_bars(title, months, [charts.Series(_(FIGURE_TITLES[figure]), values)], _axis(figure))


def _value(found: Row | None, figure: str, show: Show) -> str | None:
    return None if found is None else show(found[figure])


def _show(figure: str) -> Show:
    return language.duration if FIGURES[figure].kind is Kind.DURATION else language.number


def _axis(figure: str) -> Show:
    """Numbers beside the bars; durations are whole hours."""
    if FIGURES[figure].kind is not Kind.DURATION:
        return language.number
    return lambda hours: f"{language.number(hours)} h"
