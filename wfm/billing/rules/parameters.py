"""A variant's parameters read from plain JSON values: all that is wrong is said at once, each by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from wfm.core.errors import RuleBroken, Sentence

#: More is a typing error, and a BIGINT holds it.
MAX_CENTS = 10**15
_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,12})?")


class Parameters:
    """Reads what a variant asks for. `done()` refuses what was wrong, missing or not asked for."""

    def __init__(self, variant: str, given: Mapping[str, Any]) -> None:
        self.variant, self.given = variant, given
        self.asked: set[str] = set()
        self.errors: list[Sentence] = []

    def wrong(self, name: str, reason: Sentence) -> None:
        self.errors.append(Sentence("parameters.%(name)s: %(reason)s.", name=name, reason=reason))

    def done(self) -> None:
        """Raises RuleBroken("settlement.parameters"), its message the first problem, the others in the details."""
        for name in sorted(self.given.keys() - self.asked):
            self.wrong(name, Sentence("ist in %(variant)s unbekannt", variant=self.variant))
        if self.errors:
            raise RuleBroken("settlement.parameters", self.errors[0], errors=self.errors[1:])

    def take(self, name: str, default: object = None) -> Any:
        """The value as given; what is needed and missing (or null) is wrong."""
        self.asked.add(name)
        value = self.given.get(name)
        if value is None and default is None:
            self.wrong(name, Sentence("fehlt"))
        return default if value is None else value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        return self.as_whole(name, self.take(name, default), least, most)

    def cents(self, name: str, default: int | None = None) -> int:
        """Whole cents, not negative."""
        return self.whole(name, 0, MAX_CENTS, default)

    def price(self, name: str) -> Fraction:
        """Cents, also parts of one: a number or a decimal as text, exact."""
        return self.decimal(name, self.take(name))

    def choice(self, name: str, *allowed: str, default: str | None = None) -> str:
        value = self.take(name, default)
        if value is not None and value not in allowed:
            self.wrong(name, Sentence("„%(value)s“ ist keines von %(allowed)s", value=_shown(value),
                                      allowed=", ".join(allowed)))  # fmt: skip
        return value if value in allowed else allowed[0]

    def each(self, name: str, fields: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
        """A list of objects that have exactly these fields, each with its path."""
        value, found = self.take(name), list[tuple[str, dict[str, Any]]]()
        if not isinstance(value, list) or not 1 <= len(value) <= 100:
            if value is not None:
                self.wrong(name, Sentence("muss eine Liste mit 1 bis 100 Einträgen sein"))
            return []
        for number, each in enumerate(value):
            path = f"{name}[{number}]"
            if isinstance(each, dict) and each.keys() == set(fields) and None not in each.values():
                found.append((path, each))
            else:
                self.wrong(path, Sentence("muss genau %(fields)s nennen", fields=", ".join(fields)))
        return found

    def decimals(self, name: str, allowed: tuple[str, ...]) -> dict[str, Fraction]:
        """An object of decimals, some of the allowed names."""
        value = self.take(name)
        if not isinstance(value, dict) or not value or not value.keys() <= set(allowed):
            if value is not None:
                self.wrong(name, Sentence("muss ein Objekt mit einigen von %(names)s sein", names=", ".join(allowed)))
            return {}
        return {one: self.decimal(f"{name}.{one}", value[one]) for one in allowed if value.get(one) is not None}

    def decimal(self, name: str, value: object) -> Fraction:
        """An exact decimal that is not negative."""
        plain = isinstance(value, int | float | Decimal | str) and not isinstance(value, bool)
        if plain and _DECIMAL.fullmatch(str(value)):
            return Fraction(str(value))
        if value is not None:
            self.wrong(name, Sentence("„%(value)s“ ist keine Dezimalzahl ab 0 wie 4.25", value=_shown(value)))
        return Fraction(0)

    def as_whole(self, name: str, value: object, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        if value is not None:
            self.wrong(name, Sentence("muss eine ganze Zahl von %(least)s bis %(most)s sein, ist %(value)s",
                                      least=least, most=most, value=_shown(value)))  # fmt: skip
        return least


def _shown(value: object) -> str:
    return f"{value!s:.60}"
