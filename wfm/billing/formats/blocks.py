"""What papers for councils are made of, as plain data: the same blocks become a page, a PDF and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from wfm.core.pdf import typeset

Block = dict[str, Any]

#: What nobody has settled stands in a paper like this, and is counted.
OPEN = "[OFFEN: "


def text(words: str) -> Block:
    return {"kind": "text", "text": words}


def notice(words: str) -> Block:
    """What must not be overlooked."""
    return {"kind": "notice", "text": words}


def points(items: Iterable[str]) -> Block:
    return {"kind": "points", "items": list(items)}


def facts(items: Iterable[tuple[str, str]]) -> Block:
    return {"kind": "facts", "items": [list(item) for item in items]}


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: int | None = None) -> Block:
    """Rows of texts; columns from `numeric` on are numbers."""
    found = [list(row) for row in rows]
    first = len(columns) if numeric is None else numeric
    return {
        "kind": "table",
        "caption": caption,
        "columns": [{"title": title, "numeric": place >= first} for place, title in enumerate(columns)],
        "rows": found,
        "widths": [_width(place, columns, found) for place in range(len(columns))],
    }


def ranges(title: str, bars: Sequence[tuple[str, int, int, int, str]]) -> Block:
    """A picture: for each name the low, expected and high value, with the text beside it."""
    most = max((abs(high) for _, _, _, high, _ in bars), default=0) or 1
    told = "; ".join(f"{name}: {words}" for name, _, _, _, words in bars)
    return {
        "kind": "ranges",
        "title": title,
        "alt": f"Balkendiagramm. {title}: {told}.",
        "bars": [
            {"name": name, "low": max(low, 0) / most, "expected": max(expected, 0) / most, "high": max(high, 0) / most,
             "value": expected, "text": words}
            for name, low, expected, high, words in bars
        ],
    }  # fmt: skip


def section(title: str, *blocks: Block) -> dict[str, Any]:
    return {"title": title, "blocks": list(blocks)}


def as_pdf(document: Mapping[str, Any], *, footer: str) -> bytes:
    """The paper as a tagged PDF (PDF/UA-1, PDF/A-2a)."""
    template = files("wfm.billing").joinpath("data", "council.typ").read_bytes()
    return typeset(template, {**document, "footer": footer, "open_mark": OPEN})


def _width(place: int, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How wide a column is, in parts: by what its cells hold, and by its longest word."""
    cells = [row[place] for row in rows] or [""]
    mean = sum(map(len, cells)) // len(cells)
    longest = max((len(word) for cell in (columns[place], *cells) for word in cell.split()), default=0)
    return min(max(mean, min(longest, 18), 8), 60)
