"""Values that people agree on, with their limits. Each has a default that protects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wfm.core.errors import BadInput, NotFound, Sentence


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting, a whole number: what it means, its unit, default and limits."""

    title: str
    text: str
    unit: str
    default: int
    at_least: int
    at_most: int


SETTINGS: Mapping[str, Declared] = {
    "smallest_group": Declared(
        "Kleinste Gruppe",
        "Zahlen von Agentinnen und Agenten werden nur für so viele oder mehr gemeinsam gezeigt.",
        "Personen",
        5,
        3,
        100,
    ),
    "largest_share": Declared(
        "Größter Anteil einer Person",
        "Hat eine Person mehr als diesen Anteil an der Zeit einer Gruppe, wird die Gruppe größer gefasst: sonst wäre "
        "die Zahl im Wesentlichen ihre.",
        "Prozent",
        50,
        35,
        80,
    ),
}


def check_setting(key: str, value: int) -> None:
    """Refuse an unknown setting (NotFound) or a value beyond its limits (BadInput)."""
    declared = SETTINGS.get(key)
    if declared is None:
        raise NotFound("setting.unknown", "Diese Einstellung gibt es nicht.", field=key)
    if not declared.at_least <= value <= declared.at_most:
        limits = {"least": declared.at_least, "most": declared.at_most, "unit": Sentence(declared.unit)}
        raise BadInput("setting.limits", Sentence("Möglich sind %(least)s bis %(most)s %(unit)s.", **limits), field=key)
