"""What papers for councils are made of, as plain data: the same blocks become a page, a PDF and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from wfm.core.drawing.document import for_document, height_of
from wfm.core.pdf import typeset

Block = dict[str, Any]

#: What nobody has settled stands in a paper like this, and is counted.
OPEN = "[OFFEN: "
#: A picture higher than this, in its own units (400 wide), takes about half a page.
TALL = 300


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
        "widths": [
            _width(title, [row[place] for row in found], numeric=place >= first) for place, title in enumerate(columns)
        ],
    }


def picture(title: str, drawn: Markup) -> Block:
    """A picture with its name. Whoever can't see it gets what it says of itself, so a table stands beside it, too."""
    told = re.search(r"<desc>(.*?)</desc>", drawn)
    assert told is not None
    return {"kind": "picture", "title": title, "alt": f"{title}. {unescape(told[1])}", "svg": drawn}


def gap(what: str) -> str:
    """A place that somebody has to fill in."""
    return f"{OPEN}{what}]"


def numbered(parts: Iterable[str | Block]) -> Iterator[Block]:
    """Paragraphs of an agreement, (1), (2), … if there are several; other blocks between them stand as they are."""
    found = list(parts)
    several = sum(isinstance(part, str) for part in found) > 1
    number = 0
    for part in found:
        if not isinstance(part, str):
            yield part
            continue
        number += 1
        yield text(f"({number}) {part}" if several else part)


def section(title: str, *blocks: Block) -> dict[str, Any]:
    return {"title": title, "blocks": list(blocks)}


def as_pdf(document: Mapping[str, Any], *, footer: str) -> bytes:
    """The paper as a tagged PDF (PDF/UA-1, PDF/A-2a)."""
    template = files("wfm.billing").joinpath("data", "council.typ").read_bytes()
    sections = [{**part, "blocks": [_in_pdf(block) for block in part["blocks"]]} for part in document["sections"]]
    return typeset(template, {**document, "sections": sections, "footer": footer, "open_mark": OPEN})


def _in_pdf(block: Block) -> Block:
    if block["kind"] != "picture":
        return block
    return {**block, "svg": for_document(block["svg"]), "tall": height_of(block["svg"]) > TALL}


def _width(title: str, cells: Sequence[str], *, numeric: bool) -> int:
    """How wide a column is, in parts: a number or a word of its head is never broken, a long text is given room by the
    root of its length."""
    words = cells if numeric else [word for cell in cells for word in cell.split()]
    longest = min(max(map(len, words), default=0), 18)
    head = max(len(word) + 1 for word in (title or "-").split())  # bold
    mean = sum(map(len, cells)) / len(cells) if cells else 0
    return max(longest, head, 5, 0 if numeric else round(5 * mean**0.5))
