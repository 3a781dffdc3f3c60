"""What a queue is to reach: which share of calls within how many seconds, counted how, with agents how busy."""

from __future__ import annotations

from dataclasses import dataclass

from wfm.core.errors import BadInput
from wfm.directory.rules.targets import Variant


@dataclass(frozen=True, slots=True)
class Goal:
    """A share of calls within seconds, counted as the variant says; a ceiling of 1 is none."""

    share: float
    within_s: float
    variant: Variant = Variant.OFFERED
    max_occupancy: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.share < 1 and self.within_s >= 0 and 0 < self.max_occupancy <= 1):
            raise BadInput("staffing.goal", "Das Ziel muss ein Anteil zwischen 0 und 1 in 0 oder mehr Sekunden sein.")
