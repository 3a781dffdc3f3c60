"""Agents by skill group: between pooled bounds and each queue alone, and the simulation says that targets are met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.goal import Goal
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.multiskill import agents_by_team
from wfm.staffing.rules.planned_day import planned_day
from wfm.staffing.rules.pooling import bounds, broadened, serving, sets_of, ways
from wfm.staffing.rules.requirement import Demand, Requirement, Standards, requirement
from wfm.staffing.rules.simulation.figures import queue_figures
from wfm.staffing.rules.simulation.simulate import simulate
from wfm.staffing.rules.skill_check import ByGroup, by_group
from wfm.staffing.rules.skill_groups import Shared, Skills, _demands, _slots, around, crews

SHAPE = (20.0, 34, 40, 40, 38, 30, 18, 8)
A, B, C = Skills("A", ("A",)), Skills("B", ("B",)), Skills("C", ("C",))
ALL = Skills("all", ("A", "B", "C"), 1.1)
#: The designs of the literature: a few who can do all, a chain, nested skills, everybody for everything.
DESIGNS = {
    "specialists and all-rounders": (A, B, C, ALL),
    "chain": (Skills("AB", ("A", "B")), Skills("BC", ("B", "C")), Skills("CA", ("C", "A"))),
    "nested": (Skills("A", ("A",)), Skills("BA", ("B", "A"), 1.2), Skills("CBA", ("C", "B", "A"), 1.3)),
    "everything": (replace(ALL, cost=1.0),),
}
EACH_DESIGN = pytest.mark.parametrize("skills", DESIGNS.values(), ids=DESIGNS)


def queue(
    name: str, calls: Sequence[float], handling_s: float = 240, days: int = 1, patience_s: float = 180, **goal: object
) -> Requirement:
    standards = Standards(
        name, "t", Goal(**({"share": 0.8, "within_s": 20} | goal)), Model.A, patience_s, None, None, 0.5
    )  # type: ignore[arg-type]
    matrix = np.full((days, 48), np.nan)
    matrix[:, 16 : 16 + len(calls)] = calls
    demand = Demand(
        tuple(date(2027, 1, 4) + timedelta(day) for day in range(days)),
        30,
        tuple(range(0, 24 * 60, 30)),
        matrix,
        np.where(np.isnan(matrix), np.nan, handling_s),
        np.zeros(days),
    )
    return requirement(demand, [standards] * days)


def three(days: int = 1, **goal: object) -> list[Requirement]:
    return [
        queue("A", SHAPE, days=days, **goal),
        queue("B", [calls / 2 for calls in SHAPE], 300, days, **goal),
        queue("C", [calls / 3 for calls in SHAPE[::-1]], 200, days, **({"share": 0.75, "within_s": 30} | goal)),
    ]


def heads(found: ByGroup) -> np.ndarray:
    return np.sum([group.agents for group in found.groups], axis=0)


def alone(queues: Sequence[Requirement]) -> np.ndarray:
    return np.sum([one.agents for one in queues], axis=0)


@EACH_DESIGN
def test_between_the_pooled_bound_and_each_queue_alone(skills: tuple[Skills, ...]) -> None:
    queues = three()
    found = by_group(queues, [skills])
    assert (found.pooled <= heads(found)).all()
    assert (heads(found) <= alone(queues)).all()
    assert heads(found).sum() < alone(queues).sum()
    cost = sum(group.cost * group.agents.sum() for group in found.groups)
    assert cost <= alone(queues).sum() * min(1.1, max(one.cost for one in skills))


@EACH_DESIGN
@pytest.mark.parametrize("ceiling", [1.0, 0.85])
def test_the_day_found_meets_each_target(skills: tuple[Skills, ...], ceiling: float) -> None:
    """On other random days than the search and its check have seen."""
    queues = three(max_occupancy=ceiling)
    found = by_group(queues, [skills])
    assert [one.queue for one in found.checked] == ["A", "B", "C"]
    scenario, _first = planned_day(queues, 0, 99, found.groups)
    level = queue_figures(simulate(scenario, 60))["sl_offered"]
    for number, (one, own) in enumerate(zip(found.checked, queues, strict=True)):
        assert one.low <= one.level <= one.high
        assert one.target == own.standards.goal.share
        assert level.hi95[number, -1] >= one.target


def test_groups_that_share_nothing_are_each_queue_alone() -> None:
    queues = three(days=3)
    found = by_group(queues, [(A, B)] * 3)  # nobody is told for C
    assert {group.name: group.queues for group in found.groups} == {"A": ("A",), "B": ("B",), "C": ("C",)}
    for group, own in zip(sorted(found.groups, key=lambda group: group.name), queues, strict=True):
        np.testing.assert_array_equal(group.agents, own.agents)
    np.testing.assert_array_equal(found.pooled, alone(queues))
    assert (found.checked, found.days, found.corrected) == ((), 0, 0)


def test_two_groups_of_one_queue_are_that_queue_alone() -> None:
    own = queue("A", SHAPE)
    found = by_group([own], [(A, Skills("cheap", ("A",), 0.9))])
    assert {group.name: int(group.agents.sum()) for group in found.groups} == {"A": 0, "cheap": own.agents.sum()}


def test_everybody_for_everything_is_one_queue() -> None:
    """Two queues alike, one group: as many as one queue with all their calls needs, by Erlang's formula."""
    queues = [queue("A", SHAPE), queue("B", SHAPE)]
    one = queue("AB", [2 * calls for calls in SHAPE])
    found = by_group(queues, [(Skills("AB", ("A", "B")),)])
    np.testing.assert_array_equal(found.pooled, one.agents)
    assert 0 <= heads(found).sum() - one.agents.sum() <= 3  # A comes first, so B needs now and then one more


def test_skills_hold_by_day() -> None:
    queues = three(days=2)
    found = by_group(queues, [(A, B, C), (ALL,)])
    np.testing.assert_array_equal(heads(found)[0], alone(queues)[0])
    assert heads(found)[1].sum() < alone(queues)[1].sum()
    single = by_group(three(), [(ALL,)])
    np.testing.assert_array_equal(heads(found)[1], heads(single)[0])


def test_a_day_needs_the_same_whatever_other_days_are_shown() -> None:
    week, day = by_group(three(days=5), [DESIGNS["chain"]] * 5), by_group(three(), [DESIGNS["chain"]])
    assert {group.name: group.agents[2].tolist() for group in week.groups} == {
        group.name: group.agents[0].tolist() for group in day.groups
    }


@EACH_DESIGN
def test_not_far_from_the_best_that_a_long_search_finds(skills: tuple[Skills, ...]) -> None:
    queues = three()
    shared = Shared(crews("ABC", skills)[0], queues, np.array([True]))
    place = 3
    found = shared.agents()[place]
    best = agents_by_team(_demands(shared.slots, place), shared.crew.teams)
    costs = np.array([team.cost for team in shared.crew.teams])
    assert found @ costs <= best.cost * 1.12


def test_targets_of_every_kind_are_met() -> None:
    for variant in Variant:
        queues = three(variant=variant)
        found = by_group(queues, [DESIGNS["everything"]])
        assert (heads(found) <= alone(queues)).all()
        assert all(one.high >= one.target for one in found.checked), variant


def test_where_nobody_gives_up_load_stays_below_agents() -> None:
    queues = [queue("A", SHAPE, patience_s=np.inf), queue("B", SHAPE, patience_s=np.inf)]
    found = by_group(queues, [(A, Skills("AB", ("B", "A")))])
    load = np.nansum([own.demand.load for own in queues], axis=0)
    assert (heads(found) > load)[load > 0].all()
    assert (heads(found) <= alone(queues)).all()


def test_one_more_helps_and_one_less_does_not() -> None:
    queues = three()
    shared = Shared(crews("ABC", DESIGNS["everything"])[0], queues, np.array([True]))
    staffing = tuple(shared.agents()[2].tolist())
    less, found, more = around(shared, 2, staffing, 0)
    assert (less.agents, found.agents, more.agents) == (staffing[0] - 1, staffing[0], staffing[0] + 1)
    assert (less.levels.mean < found.levels.mean).all()
    assert (found.levels.mean < more.levels.mean).all()


def test_a_closed_week_needs_nobody() -> None:
    closed = queue("A", [])
    found = by_group([closed, queue("B", [])], [(Skills("AB", ("A", "B")),)])
    assert heads(found).sum() == 0
    assert found.checked == ()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_step_of_the_way_is_cheaper_and_keeps_the_bounds(data: st.DataObject) -> None:
    names = "ABCD"[: data.draw(st.integers(2, 4))]
    subsets = st.lists(st.sampled_from(names), min_size=1, unique=True)
    groups = data.draw(st.lists(subsets, min_size=1, max_size=5, unique_by=lambda one: tuple(sorted(one))))
    costs = data.draw(st.lists(st.sampled_from([0.8, 1.0, 1.1, 1.5]), min_size=len(groups), max_size=len(groups)))
    skills = [Skills(f"g{n}", tuple(one), cost) for n, (one, cost) in enumerate(zip(groups, costs, strict=True))]
    calls = data.draw(st.lists(st.integers(0, 60), min_size=len(names), max_size=len(names)))
    queues = [queue(name, [float(count)]) for name, count in zip(names, calls, strict=True)]
    for crew in crews(names, skills):
        own = [queues[number] for number in crew.members]
        needs = np.array([one.agents[0, 16:17] for one in own])
        sets = sets_of(crew.teams, len(own))
        bound = bounds(_slots(own, np.array([0]), np.array([16])), sets)
        assert (bound <= np.array([needs[members].sum() for members in sets])).all()
        way = ways(needs, sets, bound, crew.teams)
        price = way.agents[:, 0] @ np.array([team.cost for team in crew.teams])
        assert (np.diff(price) <= 1e-9).all()
        assert (way.agents >= 0).all()
        assert (way.agents[:, 0] @ serving(crew.teams, sets) >= bound).all()
        wider = broadened(way.agents[:, 0], crew.teams, np.full(len(way.agents), 0.5))
        np.testing.assert_array_equal(wider.sum(axis=1), way.agents[:, 0].sum(axis=1))
