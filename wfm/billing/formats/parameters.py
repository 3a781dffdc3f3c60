"""Parameters of a variant for people: what they are called, and amounts as amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.billing.rules.words import count, money

_TITLES = {
    "pro_rata": "Bei Beitritt im Jahr anteilig nach",
    "price_per_call_cents": "Preis je Anruf",
    "ceiling_cents_per_inhabitant": "Obergrenze je Einwohner und Jahr",
    "price_per_minute_cents": "Preis je Minute",
    "unit": "Abgerechnet wird nach",
    "base_cents": "Grundbetrag im Jahr",
    "usage_cents": "Nach Nutzung geteilt im Jahr",
    "plan_cents": "Plankosten im Jahr",
    "advances": "Abschläge im Jahr",
    "classes": "Festbeträge im Jahr",
    "above_cents": "Festbetrag darüber",
    "weights": "Gewichte",
    "floor_cents": "Mindestbetrag im Jahr",
}
_VALUES = {"days": "Tagen", "months": "Monaten", "second": "Sekunden", "started_minute": "angefangenen Minuten"}
_KEYS = {"inhabitants": "Einwohner", "calls": "Anrufe", "handle_s": "Bearbeitungszeit", "started_minutes": "Minuten"}


def parameters_of(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and value of each parameter; one that is not known stands as it is."""
    return [(_TITLES.get(name, name), _value(name, value)) for name, value in parameters.items()]


def _value(name: str, value: Any) -> str:
    if name == "classes":
        return "; ".join(f"unter {count(each['below'])} Einwohner {money(each['cents'])}" for each in value)
    if name == "weights":
        return "; ".join(f"{_KEYS.get(key, key)} {str(weight).replace('.', ',')}" for key, weight in value.items())
    if name.startswith(("price_", "ceiling_")):
        return f"{str(value).replace('.', ',')} Cent"
    if name.endswith("_cents") and isinstance(value, int):
        return money(value)
    return _VALUES.get(str(value), str(value))
