"""A report in the format somebody asked for. All formats are made of the same rows, so they cannot differ.

`render` takes a report as `queries`, `completeness`, `agents` or `unmapped` made it. A `Layout` says which sheets and
columns the report has; terminal, CSV and XLSX only write down what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from wfm.reporting.formats.layout import Layout
from wfm.reporting.formats.ledgers import agents, completeness, unmapped
from wfm.reporting.formats.queues_and_usage import queues, usage
from wfm.reporting.formats.usage_year import usage_year

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "table": "text/plain; charset=utf-8",
}


def render(report: Mapping[str, Any], form: str) -> bytes:
    """The report as `json`, `table` (for people at a terminal, UTF-8), `csv`, `xlsx`, or `pdf` (usage of a month)."""
    if form == "json":
        return (json.dumps(report, ensure_ascii=False, indent=2) + "\n").encode()
    if form == "pdf":
        from wfm.reporting.formats import pdf

        return pdf.write(report, usage(report))
    return write(_layout(report), form)


def write(layout: Layout, form: str) -> bytes:
    """A layout as `table`, `csv` or `xlsx`."""
    # Writers are imported only when asked for: not every answer needs a spreadsheet library.
    written: bytes = import_module(f"wfm.reporting.formats.{_WRITERS[form]}").write(layout)
    return written


_WRITERS = {"table": "terminal", "csv": "csv_file", "xlsx": "workbook"}


def _layout(report: Mapping[str, Any]) -> Layout:
    """A report is known by what only it has."""
    if "interval" in report:
        return queues(report)
    if "month" in report:
        return usage(report)
    if "year" in report:
        return usage_year(report)
    if "totals" in report:
        return completeness(report)
    return unmapped(report) if "names" in report else agents(report)
