"""From a scenario to log lines, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date, datetime, timedelta
from random import Random

from wfm.core.clock import BERLIN, start_of_day
from wfm.telephony.rules.simulation.demand import CLOSES, OPENS, Demand
from wfm.telephony.rules.simulation.floor import Floor
from wfm.telephony.rules.simulation.queue_log import MARKER, NOBODY, QueueLog
from wfm.telephony.rules.simulation.roster import roster, staff_size
from wfm.telephony.rules.simulation.scenario import Scenario
from wfm.telephony.rules.simulation.truth import Truth

NIGHTLY_ROTATION_S = 4 * 3600


def simulate(
    scenario: Scenario, start: date, end: date, seed: int, *, closed: Set[date], truth: Truth | None = None
) -> Iterator[str]:
    """The queue_log of the days from `start` to `end` (exclusive), a string of lines a day, after a head.

    `closed` are the holidays of all years touched and of the years around them. The head is the start of the
    exchange and the mark of a generated log; the mark comes again each midnight, so no part of the file can pass for
    a real one.
    """
    head = QueueLog()
    begins = start_of_day(start).timestamp()
    head.write(begins, NOBODY, NOBODY, NOBODY, "QUEUESTART")
    _mark(head, begins, seed)
    yield "".join(head.lines)
    demand = Demand(scenario, closed)
    staff = staff_size(demand.busy_day(), scenario.staffing)
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        yield "".join(_day(demand, day, seed, staff, truth))


def _day(demand: Demand, day: date, seed: int, staff: int, truth: Truth | None) -> list[str]:
    """The lines of one day; each part of it has its own random numbers, so scenarios can be compared call by call."""
    midnight = start_of_day(day).timestamp()
    night = QueueLog()
    _mark(night, midnight, seed)
    night.write(midnight + NIGHTLY_ROTATION_S, NOBODY, NOBODY, NOBODY, "CONFIGRELOAD")
    if not demand.expected_calls(day):
        return night.lines
    calls = demand.calls(day, _random(seed, day, "demand"))
    duties = roster(
        demand.by_half_hour(day), day.weekday(), staff, demand.scenario.staffing, _random(seed, day, "roster")
    )
    opens, closes = (datetime.combine(day, hour, BERLIN).timestamp() for hour in (OPENS, CLOSES))
    floor = Floor(calls, duties, opens, closes, _random(seed, day, "floor"))
    floor.run()
    if truth:
        truth.add(floor.calls)
    return night.lines + floor.log.lines


def _mark(log: QueueLog, at: float, seed: int) -> None:
    log.write(at, NOBODY, NOBODY, NOBODY, MARKER, f"wfm simulate seed={seed}")


def _random(seed: int, day: date, part: str) -> Random:
    """Text seeds are hashed by SHA-512: the same numbers on every Python and machine."""
    return Random(f"{seed} {day.isoformat()} {part}")
