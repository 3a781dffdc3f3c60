"""Who sits at the telephones when: duties that cover the calls expected, with breaks and absences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from wfm.telephony.rules.simulation.centre import SKILLS

HALF_HOUR_S = 1800
HANDLING_S = 200.0  # mean talk, wrap-up and ringing of a call in the centre's mix
SAFETY = 0.55  # agents above the load, in square roots of the load
FEWEST = 5  # one of each skill
# First and last half hour of a duty, counted from opening: whole days in steps, mornings, middles, afternoons.
PATTERNS = ((0, 17), (1, 18), (2, 19), (3, 20), (0, 9), (0, 12), (4, 14), (10, 20), (12, 20))

LUNCH, PAUSE, TEAM_MEETING, CALL_BACK = "Mittag", "Pause", "Team|Besprechung", "Rückruf"


@dataclass(frozen=True, slots=True)
class Break:
    """A break of a duty: seconds after opening at which it is due, its length, the reason the agent keys in."""

    at_s: float
    length_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Duty:
    """One agent's day: seconds after opening at which it begins and ends (before opening: negative), queues, breaks."""

    agent: str
    queues: tuple[str, ...]
    begins_s: float
    ends_s: float
    breaks: tuple[Break, ...]


def agents_needed(calls: float, staffing: float) -> int:
    """Agents for the calls of a half hour: the load in erlangs and a safety of its square root."""
    load = calls * HANDLING_S / HALF_HOUR_S
    return max(FEWEST, math.ceil((load + SAFETY * math.sqrt(load)) * staffing))


def staff_size(busiest_day: Sequence[float], staffing: float) -> int:
    """Agents employed, so that holidays and illness leave enough for a busy day; a multiple of the skills."""
    duties = len(_patterns([agents_needed(calls, staffing) for calls in busiest_day]))
    return len(SKILLS) * math.ceil(duties * 1.3 / len(SKILLS))


def roster(expected: Sequence[float], weekday: int, staff: int, staffing: float, rng: Random) -> list[Duty]:
    """The duties of a day for the calls expected by half hour; some agents are ill, on a bad day many."""
    patterns = sorted(_patterns([agents_needed(calls, staffing) for calls in expected]), key=lambda p: (p[1], p[0]))
    ill = rng.uniform(0.16, 0.26) if rng.random() < 0.05 else rng.uniform(0.0, 0.07)
    first = int(rng.random() * staff)
    meeting = weekday == 2
    duties = []
    for nth, pattern in enumerate(patterns[:staff]):
        duty = _duty((first + nth) % staff, pattern, meeting and nth % 3 == 0, rng)
        if rng.random() >= ill:
            duties.append(duty)
    return duties


def _patterns(needed: Sequence[int]) -> list[tuple[int, int]]:
    """Duties chosen one by one, each time the pattern that covers most of what is missing for its length."""
    missing = list(needed)
    chosen = []
    while any(lack > 0 for lack in missing):
        lacks = [lack > 0 for lack in missing]
        best = max(PATTERNS, key=lambda p: sum(lacks[p[0] : p[1]]) ** 2 / (p[1] - p[0]))
        chosen.append(best)
        for slot in range(*best):
            missing[slot] -= 1 if slot != _lunch_slot(best, len(chosen)) else 0
    return chosen


def _lunch_slot(pattern: tuple[int, int], nth: int) -> int | None:
    """The half hour of the lunch break, spread over noon; short duties (up to six hours) have none."""
    begin, end = pattern
    return max(begin + 5, 7) + nth % 4 if end - begin > 12 else None


def _duty(member: int, pattern: tuple[int, int], meeting: bool, rng: Random) -> Duty:
    begin, end = pattern
    breaks = []
    if (lunch := _lunch_slot(pattern, member)) is not None:
        breaks.append(Break(lunch * HALF_HOUR_S + rng.uniform(0, 300), 1800 + rng.uniform(-60, 120), LUNCH))
    short = rng.uniform(12, end - 2) if lunch is not None else rng.uniform(begin + 4, end - 1)
    breaks.append(Break(short * HALF_HOUR_S, rng.uniform(420, 840), PAUSE))
    if meeting and begin <= 12 and end >= 14:
        breaks.append(Break(13 * HALF_HOUR_S + rng.uniform(-60, 60), 1500, TEAM_MEETING))
    if rng.random() < 0.3:
        breaks.append(Break(rng.uniform(begin + 1, end - 1) * HALF_HOUR_S, rng.uniform(180, 600), CALL_BACK))
    return Duty(
        agent=f"ag{101 + member}",
        queues=SKILLS[member % len(SKILLS)],
        begins_s=begin * HALF_HOUR_S + rng.uniform(-240, 30),
        ends_s=end * HALF_HOUR_S + rng.uniform(0, 180),
        breaks=tuple(breaks),
    )
