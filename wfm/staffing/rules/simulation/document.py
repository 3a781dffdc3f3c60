"""A document of plain values, read piece by piece: what is wrong is noted with its path, `queues[0].calls[3]`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Self, TypeVar

T = TypeVar("T")
LONGEST_DAY_MIN = 7 * 24 * 60
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])")


class Node:
    """One value of the document and where it stands. What is wrong with it goes to `errors`; reading goes on."""

    def __init__(self, value: Any, path: str, errors: list[str]) -> None:
        self.value, self.path, self.errors = value, path, errors

    def wrong(self, reason: str) -> None:
        self.errors.append(f"{self.path or 'Szenario'}: {reason}")

    def __getitem__(self, key: str | int) -> Self:
        where = f"[{key}]" if isinstance(key, int) else f".{key}" if self.path else key
        return type(self)(self.value[key], self.path + where, self.errors)

    def get(self, key: str, default: object) -> Self:
        return self[key] if key in self.value else type(self)(default, f"{self.path}.{key}", self.errors)

    def is_object(self, known: set[str], needed: set[str]) -> bool:
        """Whether it is an object with all that is needed. What is not known is refused: a typing error?"""
        if not isinstance(self.value, dict):
            self.wrong(f"muss ein Objekt sein, ist {shown(self.value)}.")
            return False
        for key in self.value.keys() - known:
            self.wrong(f"„{key}“ ist hier unbekannt (bekannt: {', '.join(sorted(known))}).")
        for key in sorted(needed - self.value.keys()):
            self.wrong(f"{key} fehlt.")
        return needed <= self.value.keys()

    def each(self, read: Callable[[Self], T], *, most: int, least: int = 1) -> list[T]:
        if not isinstance(self.value, list) or not least <= len(self.value) <= most:
            self.wrong(f"muss eine Liste mit {least} bis {most} Einträgen sein, ist {shown(self.value)}.")
            return []
        return [read(self[index]) for index in range(len(self.value))]

    def number(self, least: float, most: float, *, above: bool = False) -> float:
        value = self.value
        fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
        if not fits or (above and value == least):
            bound = f"über {least:.9g}" if above else f"ab {least:.9g}"
            self.wrong(f"muss eine Zahl {bound} bis {most:.9g} sein, ist {shown(value)}.")
            return max(least, 1.0)
        return float(value)

    def whole(self, least: int, most: int) -> int:
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(f"muss eine ganze Zahl von {least} bis {most} sein, ist {shown(self.value)}.")
            return max(least, 1)
        return value

    def time(self) -> float:
        """Minutes since midnight: a number, or "HH:MM"."""
        if isinstance(self.value, str) and (match := _CLOCK.fullmatch(self.value)):
            return int(match[1]) * 60 + int(match[2])
        if isinstance(self.value, str):
            self.wrong(f'muss eine Uhrzeit "HH:MM" oder eine Zahl von Minuten sein, ist {shown(self.value)}.')
            return 0
        return self.number(0, 2 * LONGEST_DAY_MIN)

    def text(self, *, empty: bool = False) -> str:
        if not isinstance(self.value, str) or not (empty or self.value.strip()) or len(self.value) > 200:
            self.wrong(f"muss ein Text bis 200 Zeichen sein, ist {shown(self.value)}.")
            return "?"
        return self.value

    def one_of(self, *allowed: Any) -> Any:
        if self.value not in allowed:
            self.wrong(f"muss eines von {', '.join(allowed)} sein, ist {shown(self.value)}.")
            return allowed[0]
        return self.value

    def different(self, names: list[str]) -> None:
        for name in sorted(name for name, times in Counter(names).items() if times > 1):
            self.wrong(f"„{name}“ kommt mehrmals vor.")


def shown(value: object) -> str:
    """A value as a message names it."""
    if isinstance(value, list | dict):
        return f"eine Liste mit {len(value)} Einträgen" if isinstance(value, list) else "ein Objekt"
    return "null" if value is None else repr(value)[:60]
