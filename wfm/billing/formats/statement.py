"""A statement as PDF/UA-1 and PDF/A-2a, made of its content alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import segno

from wfm.core.clock import start_of_day
from wfm.core.pdf import typeset
from wfm.reporting.formats import german
from wfm.reporting.formats.layout import SIMULATED


def write(content: Mapping[str, Any]) -> bytes:
    """The PDF. The same content gives the same bytes: it says to be made on its day of issue."""
    issued = date.fromisoformat(content["issued"])
    shown = {
        **{name: content[name] for name in ("title", "number", "sender", "recipient", "facts", "figures")},
        "sections": [_section(section) for section in content["sections"]],
        "footer": f"{content['number']} vom {german.day(issued)}",
        "simulated": SIMULATED if content["simulated"] else "",
        "link": content["link"] and {**content["link"], "code": _code(content["link"]["url"])},
    }
    parts = files("wfm.reporting").joinpath("data", "figures.typ").read_bytes()
    template = files("wfm.billing").joinpath("data", "statement.typ").read_bytes()
    return typeset(parts + template, shown, made_at=start_of_day(issued))


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section with all that the template asks for."""
    return {"paragraphs": [], "columns": [], "rows": [], "total": None, "size": 8.5, **section}


def _code(address: str) -> list[list[int]]:
    """The QR code of an address: rows of 0 and 1 with the quiet zone around."""
    return [list(row) for row in segno.make(address, error="m", micro=False).matrix_iter(border=4)]
