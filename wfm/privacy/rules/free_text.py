"""Text of no known form without what could be a telephone number; the stricter sibling of `telephony.rules.numbers`.

What is shown may be masked again tomorrow; what is kept is not asked for a second time.
"""

from __future__ import annotations

import re

HIDDEN = "***"
#: Six digits and more, however they are grouped; but neither the time a line begins with, nor a channel's id, nor a
#: time of day: without these a line could never be read any more.
_NUMBER = re.compile(
    r"(?P<kept>\A1\d{9}(?=\|)|(?<![\d+])1\d{8,9}\.\d+(?!\d)|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)"
    r"|\+?\(?\d(?:[ ./()-]{0,3}\d){5,}"
)


def without_numbers(text: str) -> str:
    """The text with stars for whatever could be a telephone number."""
    return _NUMBER.sub(lambda found: found[0] if found["kept"] else HIDDEN, text)


def without_numbers_in(payload: bytes) -> bytes:
    """The same for bytes; those that are no digits stay as they are, whatever they mean."""
    return without_numbers(payload.decode("latin-1")).encode("latin-1")
