"""What a simulated day is given. All times are seconds from the beginning of the day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log1p, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A time that never comes: the end of a sequence of times, the patience of those who never leave.
NEVER = float("inf")

#: What one simulation may be asked for; beyond it, memory or patience end before the answer comes.
MAX_CALLS_A_DAY = 1_000_000
MAX_CALLS = 50_000_000
MAX_CELLS = 2_000_000
MAX_AGENTS = 10_000
MAX_REPLICATIONS = 100_000

#: A coefficient of variation up to here counts as none.
NO_SPREAD = 0.001

Routing = Literal["most_specialised", "longest_idle"]


@dataclass(frozen=True)
class Duration:
    """How long something takes: handling (talk, hold and wrap-up together) or a caller's patience."""

    distribution: Literal["exponential", "lognormal", "gamma", "constant", "empirical"]
    mean_s: float = 0.0
    cv: float = 1.0
    values_s: tuple[float, ...] = ()

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """So many durations in seconds."""
        match self.distribution:
            case "exponential":
                return random.exponential(self.mean_s, count)
            case "lognormal":
                sigma2 = log1p(self.cv**2)
                return self.mean_s * np.exp(sqrt(sigma2) * random.standard_normal(count) - sigma2 / 2)
            case "gamma":
                return random.gamma(1 / self.cv**2, self.mean_s * self.cv**2, count)
            case "constant":
                return np.full(count, self.mean_s)
            case "empirical":
                return random.choice(self._values, count)

    @cached_property
    def _values(self) -> Floats:
        return np.array(self.values_s)


@dataclass(frozen=True)
class Callback:
    """An offer made to who has waited so long: hang up, keep the place in the line, be called when it is one's turn."""

    offer_after_s: float
    accepted: float


@dataclass(frozen=True)
class Queue:
    """Calls of one skill: how many are expected in each interval, how long they take and how long callers wait."""

    name: str
    calls: tuple[float, ...]
    handling: Duration
    patience: Duration | None = None
    threshold_s: float = 20.0
    priority: int = 1
    busy_day_cv: float = 0.0
    waiting_at_start: int = 0
    callback: Callback | None = None


@dataclass(frozen=True)
class Shift:
    """So many agents who come and go together, with the same breaks (start and end)."""

    start_s: float
    end_s: float
    agents: int = 1
    breaks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Group:
    """Agents with the same skills: a queue's index and how soon it is theirs (1 first).

    Either `agents` by interval, where whoever is idle goes when the number falls, or `shifts`, where it is certain who.
    """

    name: str
    skills: tuple[tuple[int, int], ...]
    agents: tuple[int, ...] = ()
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A centre's day. `busy_day_cv` is the spread of a factor that all queues of a day have in common."""

    queues: tuple[Queue, ...]
    groups: tuple[Group, ...]
    intervals: int
    interval_s: float
    routing: Routing = "most_specialised"
    busy_day_cv: float = 0.0
    seed: int = 1
    name: str = ""
    start_s: float = 0.0

    @property
    def end_s(self) -> float:
        """Length of the day."""
        return self.intervals * self.interval_s

    @property
    def expected_calls(self) -> float:
        """Calls of a mean day, those who wait at its beginning among them."""
        return sum(sum(queue.calls) + queue.waiting_at_start for queue in self.queues)

    @property
    def moves(self) -> int:
        """How often an agent comes or goes on the day, breaks among it."""
        counts = (pairwise((0, *group.agents, 0)) for group in self.groups)
        shifts = (shift for group in self.groups for shift in group.shifts)
        return sum(abs(after - before) for pairs in counts for before, after in pairs) + sum(
            2 * shift.agents * (1 + len(shift.breaks)) for shift in shifts
        )
