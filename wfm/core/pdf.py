"""Documents to keep and to pass on, set by Typst: PDF/UA-1 (tagged, for everybody) and PDF/A-2a (for archives).

With a file attached it is PDF/A-3a, which alone may carry one.

All values go to a template as JSON in `sys.inputs.data` and are shown as the text they are; nothing of them is ever
read as Typst.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wfm.core.clock import now

STANDARDS: Any = ["ua-1", "a-2a"]
STANDARDS_WITH_FILE: Any = ["ua-1", "a-3a"]
#: A word longer than this gets places where a line may break.
UNBROKEN = 30
#: What the fonts have: Latin, Greek, Cyrillic, and the punctuation people use. An archive takes no glyph that is
#: missing, so whatever else is written somewhere is a question mark.
_UNKNOWN = re.compile(
    r"[^\u0020-\u007e\u00a0-\u017f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f"
    r"\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2030\u20ac\u2192\u2212\u2264\u2265]"
)


def typeset(
    template: bytes,
    data: Mapping[str, Any],
    *,
    longest: int | None = None,
    attached: str | None = None,
    made_at: datetime | None = None,
) -> bytes:
    """The document that a template makes of `data`, whose texts lose what the fonts do not have.

    Texts beyond `longest` characters are cut: what a telephone system calls things may be endless. The text `attached`
    is `sys.inputs.attached`, for the template to attach. Same input with the same `made_at` (now) gives the same bytes.
    """
    import typst  # 40 MB that no other answer needs

    inputs = {"data": json.dumps(_printable(data, longest), ensure_ascii=False)}
    if attached is not None:
        inputs["attached"] = attached
    made = typst.compile(
        template,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=STANDARDS if attached is None else STANDARDS_WITH_FILE,
        ignore_system_fonts=True,
        timestamp=(made_at or now()).replace(microsecond=0),
    )
    assert isinstance(made, bytes)
    return made


def printable(text: str, longest: int | None = None) -> str:
    """Text that the document's fonts can show, in one line, not endless, with breaks in long words."""
    shown = cut(_UNKNOWN.sub("?", " ".join(text.split())), longest)
    return re.sub(rf"(\S{{{UNBROKEN}}})(?=\S)", "\\1\u200b", shown)


def cut(text: str, longest: int | None) -> str:
    """The text, or its beginning if it is longer."""
    return text if longest is None or len(text) <= longest else f"{text[:longest]}…"


def _printable(value: Any, longest: int | None) -> Any:
    if isinstance(value, str):
        return printable(value, longest)
    if isinstance(value, Mapping):
        return {name: _printable(part, longest) for name, part in value.items()}
    return [_printable(part, longest) for part in value] if isinstance(value, list | tuple) else value
