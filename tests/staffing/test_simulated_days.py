"""Days small enough to be lived by hand: every call and every agent in a table."""

from __future__ import annotations

import numpy as np
import pytest

from wfm.staffing.rules.simulation.draws import Calls, draw_day
from wfm.staffing.rules.simulation.scenario import NEVER, Duration, Group, Queue, Scenario, Shift
from wfm.staffing.rules.simulation.simulate import Centre
from wfm.staffing.rules.simulation.tables import OF_CALLS, Lived, count_agents, count_calls

ANY = Duration("constant", 60)
EITHER = pytest.mark.parametrize("fast", [False, True], ids=["plain", "compiled"])

TWO_AGENTS = """
at   queue takes patience  ->  answered
0    A     100   -             0
10   A     100   -             10
20   A     50    -             100     # first in the line when the first agent is free
30   A     50    40            left    # its patience ends at 70
40   A     50    -             110
50   A     10    -             150     # when the third call ends
"""
PATIENCE_ENDS_AT_THAT_INSTANT = """
at   queue takes patience  ->  answered
0    A     100   -             0
40   A     10    60            left    # free at 100, patience ends at 100: has left
41   A     10    60            100
"""
LONGEST_IDLE = """
at   queue takes patience  ->  answered by
0    A     10    -             0       0
1    A     10    -             1       1
12   A     10    -             12      2       # never had a call, idle since 0
13   A     10    -             13      0       # free since 10
14   A     10    -             14      1       # free since 11
"""
BY_PRIORITY = """
at   queue takes patience  ->  answered
0    A     100   -             0
10   A     20    -             120     # waits longer, but B comes first
20   B     20    -             100
"""
BY_WAIT = """
at   queue takes patience  ->  answered
0    A     100   -             0
10   A     20    -             100
20   B     20    -             120
"""


def scenario(*groups: Group, priorities: tuple[int, ...] = (1, 1), **more: object) -> Scenario:
    queues = tuple(
        Queue(name, (0.0, 0.0), ANY, priority=priority) for name, priority in zip("AB", priorities, strict=True)
    )
    return Scenario(queues, groups, 2, 500.0, **more)  # type: ignore[arg-type]


def team(agents: tuple[int, int], *skills: int, priorities: dict[int, int] | None = None) -> Group:
    return Group("team", tuple((skill, (priorities or {}).get(skill, 1)) for skill in skills), agents)


def live(day: Scenario, table: str, *, fast: bool) -> tuple[Lived, list[list[str]]]:
    """The lived day, and the rows of a table of calls."""
    rows = [line.split("#")[0].split() for line in table.strip().splitlines()[1:]]
    at = np.array([float(row[0]) for row in rows])
    patience = np.array([NEVER if row[3] == "-" else float(row[3]) for row in rows])
    queue = np.array(["AB".index(row[1]) for row in rows], np.int64)
    handling = np.array([float(row[2]) for row in rows])
    calls = Calls(at, queue, handling, at + patience, np.full(len(at), NEVER))
    return Centre(day, fast=fast).live(calls), rows


def answers(lived: Lived) -> list[str]:
    return ["left" if np.isnan(at) else f"{at:g}" for at in lived.answered_at]


@EITHER
@pytest.mark.parametrize(
    ("day", "table"),
    [
        (scenario(team((2, 2), 0)), TWO_AGENTS),
        (scenario(team((1, 1), 0)), PATIENCE_ENDS_AT_THAT_INSTANT),
        (scenario(team((3, 3), 0)), LONGEST_IDLE),
        (scenario(team((1, 1), 0, 1), priorities=(2, 1)), BY_PRIORITY),
        (scenario(team((1, 1), 0, 1)), BY_WAIT),
        (scenario(team((1, 1), 0, 1, priorities={0: 2})), BY_PRIORITY),
    ],
    ids=["line and patience", "at the same instant", "longest idle", "queue priority", "longest wait", "own priority"],
)
def test_each_call_is_answered_when_the_table_says(day: Scenario, table: str, fast: bool) -> None:
    lived, rows = live(day, table, fast=fast)
    assert answers(lived) == [row[4] for row in rows]
    by = {index: int(row[5]) for index, row in enumerate(rows) if len(row) > 5}
    assert {index: lived.answered_by[index] for index in by} == by


@EITHER
def test_specialists_first_keeps_who_can_do_both_free(fast: bool) -> None:
    both, only = team((1, 1), 0, 1), team((1, 1), 0)
    table = "at queue takes patience\n0 A 50 -\n1 B 50 -"
    lived, _ = live(scenario(both, only), table, fast=fast)
    assert lived.answered_by.tolist() == [1, 0]
    lived, _ = live(scenario(both, only, routing="longest_idle"), table, fast=fast)
    assert lived.answered_by.tolist() == [0, 0]
    assert answers(lived) == ["0", "50"]


@EITHER
def test_best_skill_comes_before_fewest_skills(fast: bool) -> None:
    both, only = team((1, 1), 0, 1), team((1, 1), 0, priorities={0: 2})
    lived, _ = live(scenario(both, only), "at queue takes patience\n0 A 50 -", fast=fast)
    assert lived.answered_by.tolist() == [0]


@EITHER
def test_who_goes_finishes_the_running_call(fast: bool) -> None:
    """Two agents until 500, one afterwards. At 500 both are busy: who is free first goes."""
    table = "at queue takes patience\n450 A 100 -\n460 A 200 -\n470 A 10 -"
    lived, _ = live(scenario(team((2, 1), 0)), table, fast=fast)
    assert answers(lived) == ["450", "460", "660"]
    busy, idle = count_agents(scenario(team((2, 1), 0)), lived, np.array([0, 0]))[:, 0]
    assert busy.tolist() == [50 + 40, 50 + 160 + 10]
    assert idle.tolist() == [450 + 460, 1000 - 670]


@EITHER
def test_an_idle_agent_goes_before_one_on_a_call(fast: bool) -> None:
    table = "at queue takes patience\n450 A 100 -\n460 A 10 -\n510 A 10 -"
    lived, _ = live(scenario(team((2, 1), 0)), table, fast=fast)
    assert answers(lived) == ["450", "460", "550"]
    assert lived.answered_by.tolist() == [0, 1, 0]


@EITHER
def test_who_comes_takes_who_waits(fast: bool) -> None:
    table = "at queue takes patience\n0 A 100 -\n400 A 200 -\n410 A 10 -\n420 A 10 80\n430 A 10 90"
    lived, _ = live(scenario(team((1, 2), 0)), table, fast=fast)
    assert answers(lived) == ["0", "400", "500", "left", "510"]


@EITHER
def test_calls_wait_for_the_centre_to_open(fast: bool) -> None:
    """Nobody is there until 500; two wait from the beginning, one calls, one calls and leaves."""
    table = "at queue takes patience\n0 A 100 -\n0 A 50 -\n200 A 10 -\n300 A 10 100"
    lived, _ = live(scenario(team((0, 1), 0)), table, fast=fast)
    assert answers(lived) == ["500", "600", "650", "left"]


def test_who_waits_at_the_start_is_a_call_of_the_first_interval() -> None:
    queue = Queue("A", (0.0, 0.0), ANY, waiting_at_start=3)
    day = Scenario((queue,), (Group("team", ((0, 1),), (2, 2)),), 2, 500.0)
    lived = Centre(day, fast=False).live(draw_day(day, 0))
    assert answers(lived) == ["0", "0", "60"]
    assert count_calls(day, lived)[OF_CALLS.index("offered"), 0].tolist() == [3, 0]


@EITHER
def test_breaks_and_shifts_of_certain_agents(fast: bool) -> None:
    """Agent 0 has a break from 100 to 200, agent 1 comes at 150. The break begins when the running call has ended."""
    shifts = (Shift(0, 1000, 1, ((100.0, 200.0),)), Shift(150, 1000))
    day = scenario(Group("shifts", ((0, 1),), shifts=shifts))
    table = "at queue takes patience\n90 A 30 -\n95 A 20 -\n155 A 100 -\n160 A 10 -"
    lived, _ = live(day, table, fast=fast)
    assert answers(lived) == ["90", "150", "170", "200"]
    assert lived.answered_by.tolist() == [0, 1, 1, 0]


@EITHER
def test_a_call_longer_than_the_break_takes_it_all(fast: bool) -> None:
    day = scenario(Group("shifts", ((0, 1),), shifts=(Shift(0, 1000, 1, ((100.0, 200.0),)),)))
    lived, _ = live(day, "at queue takes patience\n90 A 130 -\n95 A 20 -", fast=fast)
    assert answers(lived) == ["90", "220"]


@EITHER
def test_counts_of_a_day(fast: bool) -> None:
    day = scenario(team((1, 0), 0))
    table = "at queue takes patience\n0 A 100 -\n10 A 100 100\n20 A 100 10\n30 A 400 -\n490 A 100 -\n510 A 100 20"
    lived, _ = live(day, table, fast=fast)
    assert answers(lived) == ["0", "100", "left", "200", "left", "left"]
    counts = dict(zip(OF_CALLS, count_calls(day, lived)[:, 0].tolist(), strict=True))
    assert counts["offered"] == [5, 1]
    assert counts["answered"] == [3, 0]
    assert counts["abandoned"] == [1, 1]
    assert counts["still_waiting"] == [1, 0]
    assert counts["answered_within"] == [1, 0]
    assert counts["abandoned_within"] == [1, 1]  # threshold 20 s
    assert counts["wait_answered_s"] == [90 + 170, 0]
    assert counts["wait_abandoned_s"] == [10, 20]
