"""A document that is generated: the same parts become a page, a PDF and the hash of its content."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

#: What stands where only the operators know: nothing is ever made up for them.
OPEN = "noch einzutragen"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under heads."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms, and what stands for each."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: Sequence[str]


Block = str | Table | Facts | Points


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands under it; a text is a paragraph."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says, without when it was made: the same state of the system gives the same document."""

    title: str
    about: str
    sections: Sequence[Section]
    language: str = "de"

    def parts(self) -> dict[str, Any]:
        """The content as plain data."""
        sections = [{"title": part.title, "blocks": [_plain(block) for block in part.blocks]} for part in self.sections]
        return {"title": self.title, "about": self.about, "language": self.language, "sections": sections}

    @property
    def digest(self) -> str:
        """SHA-256 of the content: two documents with the same one say the same."""
        return sha256(json.dumps(self.parts(), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @property
    def open_entries(self) -> list[str]:
        """Titles of what the operators still have to write, each once, in order."""
        blocks = [block for part in self.sections for block in part.blocks if isinstance(block, Facts)]
        return list(dict.fromkeys(term for block in blocks for term, value in block.items if value == OPEN))


def _plain(block: Block) -> dict[str, Any]:
    match block:
        case Table(caption, columns, rows):
            return {"kind": "table", "caption": caption, "columns": list(columns), "rows": [list(row) for row in rows]}
        case Facts(items):
            return {"kind": "facts", "items": [list(item) for item in items]}
        case Points(items):
            return {"kind": "points", "items": list(items)}
    return {"kind": "text", "text": block}
