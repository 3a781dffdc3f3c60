"""The clock of a simulated day: what happens next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


class Agenda:
    """Actions in order of time; at the same instant in the order in which they were entered."""

    def __init__(self) -> None:
        self._actions: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._entered = 0

    def at(self, instant: float, action: Callable[..., Any], *subject: Any) -> None:
        """Call `action(instant, *subject)` when its time has come."""
        self._entered += 1
        heapq.heappush(self._actions, (instant, self._entered, action, subject))

    def run(self) -> None:
        while self._actions:
            instant, _, action, subject = heapq.heappop(self._actions)
            action(instant, *subject)
