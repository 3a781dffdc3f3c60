"""Who may take which calls, and who comes and goes when: the part of a day that is the same in each replication."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from wfm.staffing.rules.simulation.scenario import NEVER, Group, Scenario, Shift

#: When, group, agent (-1: whoever is idle longest), comes or goes. Sorted, goers lie before comers of the same instant.
Change = tuple[float, bool, int, int]


@dataclass
class Staff:
    """Agents, numbered group by group, and their changes, in the flat shape the engine reads."""

    agent_group: list[int] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario) -> Staff:
        """All agents are absent when the day begins, and those who go with its end go then."""
        staff = cls()
        for index, group in enumerate(scenario.groups):
            if group.shifts:
                staff._add_shifts(index, group)
            else:
                staff._add_counts(index, group, scenario)
        staff.changes.sort()
        staff.changes.append((NEVER, False, -1, -1))
        return staff

    def _add_counts(self, index: int, group: Group, scenario: Scenario) -> None:
        first, most = len(self.agent_group), max(group.agents, default=0)
        self.agent_group += [index] * most
        self.links += [*range(first + 1, first + most), -1][:most]
        self.absent.append(first if most else -1)
        for interval, (before, after) in enumerate(pairwise((0, *group.agents, 0))):
            change = (interval * scenario.interval_s, after > before, index, -1)
            self.changes += [change] * abs(after - before)

    def _add_shifts(self, index: int, group: Group) -> None:
        self.absent.append(-1)
        for shift in group.shifts:
            for _ in range(shift.agents):
                agent = len(self.agent_group)
                self.agent_group.append(index)
                self.links.append(-1)
                for comes, goes in presence(shift):
                    self.changes += [(comes, True, index, agent), (goes, False, index, agent)]


def presence(shift: Shift) -> list[tuple[float, float]]:
    """The spans of a shift in which its agents take calls."""
    edges = [shift.start_s, *(edge for pause in sorted(shift.breaks) for edge in pause), shift.end_s]
    return [(comes, goes) for comes, goes in zip(edges[::2], edges[1::2], strict=True) if goes > comes]


@dataclass(frozen=True)
class Routes:
    """For each queue its groups, for each group its queues, by rank; as offsets and flat lists."""

    queue_from: list[int]
    queue_groups: list[int]
    queue_ranks: list[int]
    group_from: list[int]
    group_queues: list[int]
    group_ranks: list[int]

    @classmethod
    def of(cls, scenario: Scenario) -> Routes:
        """A call goes to the group with the best skill priority, and if `most_specialised`, the fewest skills; an agent
        takes from the queue with the best priority, then by her own skill priority."""
        by_queue: list[list[tuple[tuple[int, int], int]]] = [[] for _ in scenario.queues]
        by_group: list[list[tuple[tuple[int, int], int]]] = []
        for index, group in enumerate(scenario.groups):
            breadth = len(group.skills) if scenario.routing == "most_specialised" else 0
            for queue, priority in group.skills:
                by_queue[queue].append(((priority, breadth), index))
            by_group.append([((scenario.queues[queue].priority, own), queue) for queue, own in group.skills])
        return cls(*_flat(by_queue), *_flat(by_group))


def _flat(rows: list[list[tuple[tuple[int, int], int]]]) -> tuple[list[int], list[int], list[int]]:
    offsets, items, ranks = [0], [], []
    for row in rows:
        order = sorted({rank for rank, _ in row})
        for rank, item in sorted(row):
            items.append(item)
            ranks.append(order.index(rank))
        offsets.append(len(items))
    return offsets, items, ranks
