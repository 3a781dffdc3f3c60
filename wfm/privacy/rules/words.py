"""Words that documents share: days, roles, yes and no, as people here write them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from wfm.accounts.rules import GRANTED, ROLE_TITLES

NONE = "–"
NOT_SHOWN = "wird nicht gezeigt"


def day(value: date) -> str:
    """09.06.2026"""
    return f"{value:%d.%m.%Y}"


def days(number: int) -> str:
    """1 Tag, 30 Tage"""
    return "1 Tag" if number == 1 else f"{number} Tage"


def roles_with(permissions: Collection[str]) -> list[str]:
    """Titles of the roles that have one of these permissions."""
    return [ROLE_TITLES[role] for role, granted in GRANTED.items() if granted & set(permissions)]


def together(words: Iterable[str], nothing: str = NONE) -> str:
    """One, two, three; or what stands for nothing."""
    return ", ".join(words) or nothing
