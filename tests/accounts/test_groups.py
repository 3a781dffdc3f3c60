"""Small groups: the attacker has every report a viewer may ask for, and reckons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from wfm.accounts.rules.groups import Group, Limits, Member, Protected, protect_small_groups
from wfm.core.errors import NotAllowed

Q1, Q2 = frozenset({"q1"}), frozenset({"q2"})
BOTH = Q1 | Q2
LIMITS = Limits(3, 50)


def member(name: str, queues: frozenset[str] = Q1, logged_on: int | dict = 100, **paused: int) -> Member:
    weeks = logged_on if isinstance(logged_on, dict) else {"w1": logged_on}
    return Member(name, queues, weeks, paused)


def shapes(shown: Protected) -> list[tuple[str, int]]:
    return [("+".join(sorted(group.queues)) if group.queues else "…", group.agents) for group in shown.groups]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("", []),
        ("q1 q1", []),
        ("q1 q1 q1", [("q1", 3)]),
        ("q1 q1 q1 q2 q2 q2", [("q1", 3), ("q2", 3)]),
        # two of q2 alone would be what is left of the sum: they take in the smallest other group
        ("q1 q1 q1 q1 q2 q2 q3 q3 q3", [("q1", 4), ("…", 5)]),
        ("q1 q1 q1 q2", [("…", 4)]),
        ("q1 q1 q2 q2", [("…", 4)]),
        ("q1 q2 q1+q2", [("…", 3)]),
        ("q1 q1 q1 q2 q2 q1+q2", [("q1", 3), ("…", 3)]),
    ],
)
def test_everybody_is_in_one_group_that_is_large_enough(members: str, expected: list[tuple[str, int]]):
    found = [member(str(n), frozenset(kind.split("+"))) for n, kind in enumerate(members.split())]
    assert shapes(protect_small_groups(found, LIMITS)) == expected


def test_one_person_must_not_be_most_of_a_group():
    most = [member("a", logged_on=1000), *(member(name) for name in "bcd")]
    assert protect_small_groups(most, LIMITS).groups == []
    others = [member(name, Q2, 300) for name in "efgh"]
    assert shapes(protect_small_groups([*most, *others], LIMITS)) == [("…", 8)]


def test_who_was_never_there_counts_for_nothing():
    assert protect_small_groups([*map(member, "ab"), member("c", logged_on=0)], LIMITS).groups == []


def weeks(*kinds: str) -> object:
    """Three people of each kind, who are there in the weeks named: "q1:w1,w2 w1,w2 w2"."""
    people = []
    for queue, there in (kind.split(":") for kind in kinds):
        for number, of in enumerate(there.split()):
            people.append(member(f"{queue} {number}", frozenset({queue}), dict.fromkeys(of.split(","), 100)))
    return protect_small_groups(people, LIMITS).weeks


def test_weeks_are_shown_if_enough_were_there():
    assert weeks("q1:w1,w2 w1,w2 w1,w2") == {"w1": 300, "w2": 300}
    assert weeks("q1:w1,w2 w1,w2 w1,w2", "q2:w1,w2 w1,w2 w1") == {"w1": 600, "w2": 500}


def test_weeks_of_few_are_put_together_with_the_next():
    assert weeks("q1:w1,w2 w1,w2 w1") == {"w1": 500}  # the first week less the second would be the third's
    assert weeks("q1:w1 w1 w1,w2", "q2:w2 w2 w2") == {"w1": 700}  # q1 without its week would be the third's other week
    assert weeks("q1:w1,w2,w3 w1,w2,w3 w1,w2") == {"w1": 300, "w2": 500}
    assert weeks("q1:w1,w2,w3 w1,w2,w3 w2,w3") == {"w1": 500, "w3": 300}


def test_reasons_of_few_are_put_together():
    def group(**third: int) -> Group:
        people = [member("a", p=10, m=20), member("b", p=10, m=20), member("c", **third)]
        [found] = protect_small_groups(people, LIMITS).groups
        return found

    assert group(p=10, m=20).paused == {frozenset({"p"}): 30, frozenset({"m"}): 60}
    assert group(p=10, m=20, training=9).paused == {frozenset({"p"}): 30, frozenset({"m", "training"}): 69}
    assert group(p=10).paused == {frozenset({"m", "p"}): 70}
    assert group().paused is None  # nobody may know that the third never paused
    [nobody_paused] = protect_small_groups([*map(member, "abc")], LIMITS).groups
    assert nobody_paused.paused == {}


@pytest.mark.parametrize("smallest", [-1, 0, 1, 2])
def test_nobody_can_ask_for_less_than_three(smallest: int):
    with pytest.raises(NotAllowed):
        Limits(smallest, 50)


# ---- the attacker ---------------------------------------------------------------------------------------------------
# Unknowns are what each person did: talk of each call's queue and quarter of an hour, ready by week, pauses by week and
# reason. Every figure that is shown is a sum of unknowns. What an attacker can reckon is any sum of figures with
# factors, whatever the factors; it tells of few people if only their unknowns are left in it. Nobody may get more of
# that kind out of all reports than the queue report alone gives, which is of queues and was known before.

PRIME = 2**31 - 1
Figure = Mapping[tuple, int]


def rank(figures: Sequence[Figure], left_out: frozenset[str] = frozenset()) -> int:
    """How many figures can't be reckoned from others, if what those people did (the first part of an unknown's name)
    stays open."""
    rows: list[dict[tuple, int]] = []
    for figure in figures:
        row = {unknown: value for unknown, value in figure.items() if unknown[0] not in left_out}
        for pivot_row in rows:
            pivot = next(iter(pivot_row))
            if factor := row.get(pivot, 0):
                for unknown, value in pivot_row.items():
                    row[unknown] = (row.get(unknown, 0) - factor * value) % PRIME
        row = {unknown: value for unknown, value in row.items() if value % PRIME}
        if row:
            inverse = pow(next(iter(row.values())), -1, PRIME)
            rows.append({unknown: value * inverse % PRIME for unknown, value in row.items()})
    return len(rows)


def told_of(few: frozenset[str], figures: Sequence[Figure]) -> int:
    """How many independent sums can be reckoned that hold nothing but what these few did."""
    return rank(figures) - rank(figures, few)


def month(people: Mapping[str, Sequence[tuple]]) -> tuple[list[Member], dict[str, set[tuple]]]:
    """Members, and each one's unknowns, from what they did: (week, queue, quarter) or (week, reason)."""
    members, unknowns = [], {}
    for name, done in people.items():
        talks = {("talk", *what) for what in done if len(what) == 3}
        pauses = {("paused", *what) for what in done if len(what) == 2}
        weeks = {what[1] for what in talks | pauses}
        ready = {("ready", week) for week in weeks}
        logged_on = {week: sum(1 for what in talks | pauses | ready if what[1] == week) for week in weeks}
        reasons: dict[str, int] = {}
        for _, _week, reason in pauses:
            reasons[reason] = reasons.get(reason, 0) + 1
        members.append(Member(name, frozenset(what[2] for what in talks), logged_on, reasons))
        unknowns[name] = {(name, *what) for what in talks | pauses | ready}
    return members, unknowns


def queue_report(unknowns: dict[str, set[tuple]]) -> list[Figure]:
    """Talk by queue and quarter of an hour; hours, days and months are sums of these."""
    figures: dict[tuple, dict[tuple, int]] = {}
    for unknown in (unknown for of in unknowns.values() for unknown in of if unknown[1] == "talk"):
        figures.setdefault(unknown[2:], {})[unknown] = 1
    return list(figures.values())


def group_report(members: list[Member], unknowns: dict[str, set[tuple]]) -> list[Figure]:
    """What `reporting.agent_groups` shows: time logged on, pauses by reasons, and occupancy if all pauses are shown."""
    shown = protect_small_groups(members, LIMITS)
    groups = shown.groups
    taken = parts(members, groups)
    figures: list[Figure] = []
    for group, names in zip(groups, taken, strict=True):
        of_group = {unknown for name in names for unknown in unknowns[name]}
        figures.append(dict.fromkeys(of_group, 1))
        for reasons in group.paused or ():
            figures.append(dict.fromkeys({each for each in of_group if each[1] == "paused" and each[3] in reasons}, 1))
    for first in shown.weeks:
        after = min((week for week in shown.weeks if week > first), default="w9")
        figures.append({each: 1 for of in unknowns.values() for each in of if first <= each[2] < after})
    if groups and all(group.paused is not None for group in groups):
        figures.append({each: 1 for of in unknowns.values() for each in of if each[1] == "ready"})
    return figures


def parts(members: list[Member], groups: list[Group]) -> list[list[str]]:
    """Who is in which group, found as an attacker would: those of the group's queues, the others in the last one."""
    named = {group.queues for group in groups if group.queues is not None}
    return [
        [one.name for one in members if (one.queues if one.queues in named else None) == group.queues]
        for group in groups
    ]


EXTRA = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["w1", "w2"]), st.sampled_from(["q1", "q2", "q3"]), st.integers(1, 2)),
        st.tuples(st.sampled_from(["w1", "w2"]), st.sampled_from(["Mittag", "Schulung"])),
    ),
    max_size=3,
)
USUAL = {
    kind: [(week, queue, quarter) for week in ("w1", "w2") for queue in kind.split("+") for quarter in (1, 2)]
    + [("w1", "Mittag"), ("w2", "Mittag")]
    for kind in ("q1", "q2", "q1+q2")
}
WEEK_1, WEEK_2 = {0, 1, 2, 3, 8}, {2, 3, 4, 5, 6, 7, 9}
#: What somebody usually does, less or more of it.
WORK = st.builds(
    lambda kind, less, more: [done for n, done in enumerate(USUAL[kind]) if n not in less] + more,
    st.sampled_from(sorted(USUAL)),
    st.one_of(st.sets(st.integers(0, 9), max_size=4), st.sampled_from([WEEK_1, WEEK_2])),
    EXTRA,
)


@settings(max_examples=150)
@given(st.lists(WORK, min_size=3, max_size=9))
def test_nothing_of_few_can_be_reckoned_from_all_reports(work: list):
    members, unknowns = month({f"agent {n}": done for n, done in enumerate(work)})
    known = queue_report(unknowns)
    report = group_report(members, unknowns)
    shown = protect_small_groups(members, LIMITS)
    event(f"{len(shown.groups)} groups, {len(shown.weeks)} weeks")
    everything = [*known, *report]
    for few in map(frozenset, combinations(unknowns, LIMITS.smallest - 1)):
        assert told_of(few, everything) == told_of(few, known)


def team(*kinds: str) -> dict[str, list[tuple]]:
    """People who answer in queues, by week, and pause at noon."""
    return {
        f"{n}": [(week, queue, n % 2) for week in ("w1", "w2") for queue in kind.split("+")]
        + [(week, "Mittag") for week in ("w1", "w2")]
        for n, kind in enumerate(kinds)
    }


def test_the_attacker_would_find_a_naive_report():
    """Groups as they come, sums, and a group's calls: each of the three gives somebody away."""
    members, unknowns = month(team("q1", "q1", "q1", "q1+q2", "q2", "q2", "q2"))
    known = queue_report(unknowns)
    everybody = {unknown: 1 for of in unknowns.values() for unknown in of}

    def sum_of(names: str, what: str | None = None) -> Figure:
        return {each: 1 for name in names for each in unknowns[name] if what is None or each[1] == what}

    guest = frozenset({"3"})
    assert told_of(guest, [*known, everybody, sum_of("012"), sum_of("456")])  # the sum less the rows
    assert told_of(guest, [*known, sum_of("012", "talk")])  # the queue's calls less those of its own people
    assert told_of(guest, [sum_of("0123"), sum_of("012")])  # one person more
    assert not told_of(guest, [*known, *group_report(members, unknowns)])
