"""What is left of persons in a raw line after their time, in forms that adapters read as they read what stood there.

A caller's number becomes a *mark*: digits only, so that it passes whatever reads numbers, and longer than any number
can be (ITU-T E.164: 15 digits). It tells where the call came from, and until the line itself is redacted
a keyed hash. An agent becomes a pseudonym.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from wfm.directory.rules.numbers import area_code, canonical_number

HASH_BYTES = 8
_MAGIC = "990099"
#: Kind and length of the origin, then the origin, five digits of a period and twenty of a hash. A column map may have
#: stripped or added noughts.
_MARK = re.compile(rf"0*{_MAGIC}([0-2])(\d)(\d{{25,34}})", re.ASCII)
_NOWHERE, _NATIONAL, _FOREIGN = range(3)

_PSEUDONYM = "pseudonym_"
#: In lines that tell of an agent's state, when those states are no longer kept: they tell nothing any more.
FORMER_AGENT = f"{_PSEUDONYM}former"


class CallerMark(NamedTuple):
    """`origin` as in `directory.rules.numbers.origin`; `period` numbers the key of the hash, 0 and no hash: none."""

    origin: str
    period: int = 0
    hash: bytes = b""

    def __str__(self) -> str:
        kind = _NOWHERE if not self.origin else _FOREIGN if self.origin.startswith("+") else _NATIONAL
        digits = self.origin.removeprefix("+")
        number = int.from_bytes(self.hash, "big")
        return f"{_MAGIC}{kind}{len(digits)}{digits}{self.period:05}{number:020}"


def read_mark(text: str) -> CallerMark | None:
    """The mark that a text is, if it is one."""
    if _MAGIC not in text or not (match := _MARK.fullmatch(text)):
        return None
    kind, length, rest = int(match[1]), int(match[2]), match[3]
    if len(rest) != length + 25:
        return None
    origin = ("+" if kind == _FOREIGN else "") + rest[:length]
    period, number = int(rest[length:-20]), int(rest[-20:])
    if not period or number >> (8 * HASH_BYTES):
        return CallerMark(origin)
    return CallerMark(origin, period, number.to_bytes(HASH_BYTES, "big"))


def caller_area(caller: str, known_codes: Container[str]) -> str | None:
    """The known area code of a caller, told by the number or by what is left of it."""
    mark = read_mark(caller)
    if mark is None:
        return area_code(canonical_number(caller), known_codes)
    return mark.origin if mark.origin in known_codes else None


def pseudonym(digest: str) -> str:
    """An agent's name in redacted lines: letters, digits and underscores only."""
    return f"{_PSEUDONYM}{digest}"


def is_pseudonym(agent: str) -> bool:
    """Whether a name is one that stands for an agent in redacted lines."""
    return agent.startswith(_PSEUDONYM)
