"""What the claims of single sign-on mean here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wfm.accounts.rules import Role


@dataclass(frozen=True, slots=True)
class Meaning:
    """A claim, the value it must have or hold, and the role (for a municipality with its partner) this gives."""

    claim: str
    value: str
    role: Role
    partner: str | None = None


def meaning_of(claims: Mapping[str, Any], meanings: Sequence[Meaning]) -> Meaning | None:
    """The first meaning that fits; None gives no access at all.

    A claim may be a text, a number, or a list; a dot leads into an object, as in `realm_access.roles`.
    """
    return next((meaning for meaning in meanings if meaning.value in _values(claims, meaning.claim)), None)


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for step in name.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return [_text(value) for value in values if isinstance(value, str | int | float)]


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
