"""Text of no known form without what could be a telephone number."""

from __future__ import annotations

import re

from wfm.core.log import masked

#: Seven digits and more, but neither the time a line begins with nor a call's id.
_LONG_NUMBER = re.compile(r"(?<!\w)(?<!\d\.)(?!\A1\d{9}\|)\+?\d{7,}(?!\w|\.\d)")


def without_numbers(text: str) -> str:
    """The text without telephone numbers, with a prefix or without, and without tokens."""
    return _LONG_NUMBER.sub("***", masked(text))
