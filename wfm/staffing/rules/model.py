"""Which of Erlang's models a figure comes from; what they say: `performance`."""

from __future__ import annotations

from enum import StrEnum


class Model(StrEnum):
    """Erlang's models, by their letters."""

    B = "B"
    C = "C"
    A = "A"
