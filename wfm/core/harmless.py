"""Texts that others wrote (telephone systems, programs with a token), made harmless where they are shown."""

from __future__ import annotations

import re

#: The wide signs are taken for the plain ones by some spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def in_spreadsheet(text: str) -> str:
    """A text that begins like a formula would be reckoned as one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def on_terminal(text: str) -> str:
    """A name must not move the cursor."""
    return _CONTROL.sub("·", text)
