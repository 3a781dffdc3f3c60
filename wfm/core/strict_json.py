"""JSON from people's files, read strictly: no NaN, no key twice, fractions exactly as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn


def strict_json(text: str, *, fractions: Callable[[str], Any] = float) -> Any:
    """The document. `fractions` reads numbers with a decimal point (Decimal keeps them exact).

    Raises ValueError with a German reason, or RecursionError for a document that is nested too deep.
    """
    return json.loads(text, parse_float=fractions, parse_constant=_no_number, object_pairs_hook=_each_key_once)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} ist keine Zahl")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"„{next(key for key in keys if keys.count(key) > 1)}“ steht zweimal in einem Objekt")
    return found
