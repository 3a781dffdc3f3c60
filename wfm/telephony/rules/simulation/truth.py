"""What really happened, summed from the simulation's own objects: the measure of whoever reads the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from wfm.core.clock import BERLIN
from wfm.telephony.rules.simulation.calls import Call, State, Stay

UNATTRIBUTED = "unattributed"
THRESHOLD_S = 30
HALF_HOUR_S = 1800


@dataclass(slots=True)
class Figures:
    """Sums over stays by entry; seconds are the log's whole seconds. Names as in the report of queues."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    left: dict[str, int] = field(default_factory=lambda: {"timeout": 0, "key": 0, "empty": 0, "withdrawn": 0})
    lost: int = 0
    open: int = 0
    refused: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    wait_s_answered: int = 0
    wait_s_abandoned: int = 0
    talk_s: int = 0
    longest_wait_s: int = 0

    def add(self, stay: Stay) -> None:
        in_time = stay.wait_s <= THRESHOLD_S
        self.offered += 1
        self.longest_wait_s = max(self.longest_wait_s, stay.wait_s)
        if stay.state is State.ANSWERED:
            self.answered += 1
            self.answered_within += in_time
            self.wait_s_answered += stay.wait_s
            self.talk_s += stay.talk_s
        elif stay.state is State.ABANDONED:
            self.abandoned += 1
            self.abandoned_within += in_time
            self.wait_s_abandoned += stay.wait_s
        else:
            self.left[stay.state.value] += 1


@dataclass(slots=True)
class Usage:
    """A partner's calls and the sums over all their stays; a refused call has none."""

    calls: int = 0
    calls_answered: int = 0
    calls_refused: int = 0
    stays: int = 0
    figures: Figures = field(default_factory=Figures)

    def add(self, call: Call) -> None:
        self.calls += 1
        self.calls_answered += any(stay.state is State.ANSWERED for stay in call.stays)
        self.calls_refused += not call.stays
        self.stays += len(call.stays)
        self.figures.refused += not call.stays
        for stay in call.stays:
            self.figures.add(stay)

    def as_dict(self) -> dict[str, Any]:
        row = asdict(self)
        figures = row.pop("figures")
        return {**row, **figures}


class Truth:
    """Figures by queue, half hour, partner, month and agent. Partners are those of the number dialled."""

    def __init__(self) -> None:
        self.total = Usage()
        self.queues: defaultdict[str, Figures] = defaultdict(Figures)
        self.intervals: defaultdict[tuple[str, int], Figures] = defaultdict(Figures)
        self.partners: defaultdict[tuple[str, str], Usage] = defaultdict(Usage)
        self.agents: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self.total.add(call)
            month = f"{datetime.fromtimestamp(call.at, BERLIN):%Y-%m}"
            self.partners[month, call.partner or UNATTRIBUTED].add(call)
            if not call.stays:
                self.queues[call.first_queue].refused += 1
                self.intervals[call.first_queue, _half_hour(call.at)].refused += 1
            for stay in call.stays:
                self._add_stay(stay)

    def _add_stay(self, stay: Stay) -> None:
        self.queues[stay.queue].add(stay)
        self.intervals[stay.queue, _half_hour(stay.entered)].add(stay)
        if stay.agent:
            self.agents[stay.agent][0] += 1
            self.agents[stay.agent][1] += stay.talk_s

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; half hours are Berlin times with offset, so the doubled hour stays two."""
        intervals: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for (queue, start), figures in sorted(self.intervals.items()):
            intervals[queue][datetime.fromtimestamp(start, BERLIN).isoformat()] = asdict(figures)
        months: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for (month, partner), usage in sorted(self.partners.items()):
            months[month][partner] = usage.as_dict()
        return {
            "threshold_s": THRESHOLD_S,
            "total": self.total.as_dict(),
            "queues": {queue: asdict(figures) for queue, figures in sorted(self.queues.items())},
            "intervals": dict(intervals),
            "months": dict(months),
            "agents": {name: {"answered": n, "talk_s": s} for name, (n, s) in sorted(self.agents.items())},
        }


def _half_hour(at: float) -> int:
    """Berlin's offsets are whole hours, so half hours may be cut in UTC."""
    return int(at) // HALF_HOUR_S * HALF_HOUR_S
