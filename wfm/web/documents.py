"""Generated documents as PDF, and when they were made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from wfm import __version__
from wfm.core.clock import now
from wfm.core.pdf import typeset
from wfm.privacy.rules.document import OPEN, Document
from wfm.web import language
from wfm.web.language import gettext as _

#: A column is as wide as its longest text asks for, within reason.
NARROWEST, WIDEST = 8, 60
WIDE_FROM = 6


def origin(document: Document) -> list[tuple[str, str]]:
    """Which program made the document, when, and the hash by which two of them are compared."""
    return [
        (_("Programm"), f"wfm {__version__}"),
        (_("Erzeugt am"), language.moment(now())),
        (_("Prüfwert des Inhalts (SHA-256)"), document.digest),
    ]


def as_pdf(document: Document, author: str) -> bytes:
    """The document as a tagged PDF. Of the same content within an hour the same file: setting it takes a while."""
    return _typeset(json.dumps(document.parts(), ensure_ascii=False), author, document.digest, f"{now():%Y-%m-%d %H}")


@lru_cache(maxsize=16)
def _typeset(content: str, author: str, digest: str, hour: str) -> bytes:
    parts: dict[str, Any] = json.loads(content)
    blocks = [block for section in parts["sections"] for block in section["blocks"]]
    for block in blocks:
        if block["kind"] == "table":
            block["widths"] = widths(block["columns"], block["rows"])
    made = language.moment(now())
    data: Mapping[str, Any] = {
        **parts,
        "author": author,
        "open": OPEN,
        "made": made,
        "wide": any(len(block.get("columns", ())) >= WIDE_FROM for block in blocks),
        "facts": [["Programm", f"wfm {__version__}"], ["Erzeugt am", made], ["Prüfwert des Inhalts (SHA-256)", digest]],
    }
    return typeset(files("wfm.web").joinpath("data", "document.typ").read_bytes(), data)


def widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column of a table is, in parts: by what most of its cells hold, and by its longest word."""
    found = []
    for place, head in enumerate(columns):
        cells = [row[place] for row in rows] or [""]
        mean = sum(map(len, cells)) // len(cells)
        longest = max((len(word) for text in (head, *cells) for word in text.split()), default=0)
        found.append(min(max(mean, longest, NARROWEST), WIDEST))
    return found
