"""A picture for a document: the same marks as on a page, with the colours of paper inside."""

from __future__ import annotations

import re

from markupsafe import Markup

#: The classes of wfm.css that pictures of documents use, on white, in a font that documents have.
STYLE = (
    "text{font-family:'Libertinus Serif';font-size:12px;fill:#111}"
    ".chart-end{text-anchor:end}.chart-middle{text-anchor:middle}"
    ".chart-1{fill:#1f4fb4}.chart-pale{fill:#9db8ea}.chart-range{stroke:#12306e;stroke-width:2}"
    ".chart-grid{stroke:#ccc;stroke-width:1}.chart-axis{stroke:#111;stroke-width:1}"
)


def for_document(picture: Markup) -> str:
    """The picture as a file of its own."""
    begin, _, rest = str(picture).partition(">")
    return f'{begin} xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style>{rest}'


def height_of(picture: Markup) -> float:
    """In units of the picture."""
    found = re.search(r'viewBox="0 0 \S+ (\S+)"', picture)
    assert found is not None
    return float(found[1])
