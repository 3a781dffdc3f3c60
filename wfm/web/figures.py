"""Figures of reports on pages: written in the reader's language, with their definition, leading to their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup

from wfm.core.drawing.parts import Show
from wfm.core.intervals import Days
from wfm.reporting.completeness import KINDS as GAPS
from wfm.reporting.formats.column import Column, Kind
from wfm.web import language
from wfm.web.language import gettext as _

#: Name of a column -> what else, besides its row, says which calls it counts.
CALLS_OF: Mapping[str, Mapping[str, str]] = {
    "anrufe": {},
    "anrufe_angenommen": {"result": "answered"},
    "anrufe_abgewiesen": {"result": "refused"},
    "angeboten": {"outcome": "offered"},
    "angenommen": {"outcome": "answered"},
    "aufgelegt": {"outcome": "abandoned"},
    "sonst": {"outcome": "otherwise"},
}


def written(column: Column, row: Mapping[str, Any]) -> str | None:
    """A value as this reader's language has it; None where there is none."""
    value = column.read(row)
    if value is None:
        return None
    match column.kind:
        case Kind.COUNT:
            return language.number(value)
        case Kind.DURATION:
            return language.duration(value)
        case Kind.SECONDS | Kind.MEAN:
            return f"{language.number(value, 1 if column.kind is Kind.MEAN else 0)} s"
        case Kind.SHARE:
            return language.percent(value)
        case _:
            return str(value)


def table_columns(columns: Sequence[Column], threshold: int | None = None) -> list[dict[str, Any]]:
    """The columns as `kern.table` takes them, each with its definition."""
    return [
        {
            "key": column.name,
            "title": _(column.title),
            "numeric": column.kind is not Kind.TEXT,
            "definition": "" if column.kind is Kind.TEXT else _(column.meaning).replace("{T}", str(threshold)),
        }
        for column in columns
    ]


def table_row(
    columns: Sequence[Column], row: Mapping[str, Any], days: Days | None = None, **cell: str
) -> dict[str, Any]:
    """The row's cells; what counts calls leads to them, if `days` and the row's place (`cell`) are given."""
    found: dict[str, Any] = {}
    for column in columns:
        text = written(column, row)
        if days is not None and column.name in CALLS_OF and column.read(row):
            found[column.name] = link(text or "", calls_url(days, **cell, **CALLS_OF[column.name]))
        else:
            found[column.name] = text
    return found


def last_day(row: Mapping[str, Any]) -> date:
    """The last day of what is told with `to`, the day after it."""
    return date.fromisoformat(row["to"]) - timedelta(days=1)


def calls_url(days: Days, **cell: str) -> str:
    """The page with the calls behind a figure."""
    query = {"from": days.start.isoformat(), "to": days.last.isoformat(), **cell}
    return f"{url_for('calls.search')}?{urlencode(query)}"


def link(text: str, url: str) -> Markup:
    return Markup('<a class="kern-link" href="{}">{}</a>').format(url, text)


def gap_text(gap: Mapping[str, Any]) -> str:
    """What a gap is; empty where its reader is told only when it was. What was noted of it stays as it was noted."""
    sentence = GAPS[gap["kind"]]
    noted = gap["text"].removeprefix(sentence.partition("{detail}")[0]) if "{detail}" in sentence else ""
    return _(sentence).format(count=language.number(gap.get("count")), detail=noted) if gap["text"] else ""


def change(now: float | None, before: float | None, show: Show = language.number) -> str | None:
    """A difference and its share of what was before: „+ 120 (+ 4,2 %)“. None where there is nothing to compare."""
    if now is None or before is None:
        return None
    text = _signed(now - before, show)
    return f"{text} ({_signed((now - before) / before, language.percent)})" if before else text


def _signed(value: float, show: Show) -> str:
    return f"{'+' if value > 0 else '−'} {show(abs(value))}" if value else show(0)
