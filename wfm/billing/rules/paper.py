"""A statement as data: titles, facts and tables in the words that stand on it, before anybody lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wfm.billing.rules.words import count

Section = dict[str, Any]


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    note: str = "",
    total: Sequence[str] | None = None,
    wide: int = 0,
) -> Section:
    """A table. A column whose title begins with # is numeric; the one at `wide` takes the width that is left."""
    return {
        "title": title,
        "note": note,
        "columns": [
            {"title": name.removeprefix("#"), "numeric": name.startswith("#"), "wide": place == wide}
            for place, name in enumerate(columns)
        ],
        "rows": [list(row) for row in rows],
        "total": None if total is None else list(total),
    }


def text(title: str, *paragraphs: str) -> Section:
    """Paragraphs under a heading."""
    return {"title": title, "note": "", "paragraphs": list(paragraphs)}


def duration(seconds: int) -> str:
    """5:32:46 hours, minutes, seconds; with a sign for a correction."""
    amount = abs(seconds)
    return f"{'-' if seconds < 0 else ''}{amount // 3600}:{amount // 60 % 60:02d}:{amount % 60:02d}"


def percent(part: int, whole: int) -> str:
    """63,9 %; – of nothing."""
    return f"{100 * part / whole:.1f} %".replace(".", ",") if whole else "–"


def number(value: int) -> str:
    """1.234, with a sign for a correction."""
    return f"-{count(-value)}" if value < 0 else count(value)
