"""The value axis of a chart: from 0 to a round number, in few round steps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Value = float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from 0 to a round number."""

    top: float
    step: float

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the bottom and 1 at the top."""
        return value / self.top

    @property
    def ticks(self) -> list[float]:
        return [self.step * n for n in range(round(self.top / self.step) + 1)]


def scale(values: Iterable[Value], *, at_least: float = 0) -> Scale:
    """The smallest round scale, of at most five steps of 1, 2, 2.5 or 5 times a power of ten, that holds all values."""
    highest = max([at_least, *(value for value in values if value is not None)])
    if highest <= 0:
        return Scale(1, 1)
    power = 10.0 ** math.floor(math.log10(highest / 5))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit * 5 >= highest * (1 - 1e-9))
    return Scale(step * math.ceil(highest / step - 1e-9), step)
