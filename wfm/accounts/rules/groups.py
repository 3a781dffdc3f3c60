"""Figures of small groups are not shown, nor a second figure from which such a one could be reckoned.

Suppressing cells is not enough: a sum less the shown rows, a month less its weeks, or a queue's calls less a group's
give the hidden cell back. So nothing is suppressed here; people are put together until every group is large enough:

1. A period is a calendar month that is over and still kept as a whole, or of which the report was kept when it was.
   Whoever asks again tomorrow gets the same, not one day more or less.
2. In a month every person is in exactly one group: those logged on to the same queues. Groups that are too small are
   put together with the rest, which takes in the smallest other group until it is large enough, or nothing is shown.
3. Everybody's weeks (cut off at the month's ends) are shown beside the groups' months only if groups and weeks hang
   together: if one gets from any group or week to any other by steps from a group to a week in which enough of it were
   there, and back. A week of few is put together with the next one until they do, or only the month is left.
4. Reasons of a group's pauses are put together in the same way; they are shown by month only.
5. What is shown of all groups together is a sum of what is shown of each, and never finer than the coarsest of them.
6. How many calls a group answered, and how long, is not shown at all. A queue's calls are known from the queue report:
   the difference would be that of a guest in the queue. Everybody's calls are a sum of the queue report.

Proof. Whatever can be reckoned from reports is a sum of shown figures with factors. Suppose that it holds nothing but
what fewer than the smallest group did. Time not paused of a group in a week has the factor of the group, plus the
week's (occupancy is reckoned from what is shown and tells no more). Where enough of the group were there in that week
this must be 0; since all groups and weeks hang together, it then is 0 everywhere. Time paused has the same factor plus
that of the group's reasons, which are those of enough people: so this is 0, too. What is left are calls by queue with
factors of the queue report, the same for everybody: nothing that the queue report would not tell without this one.
What it tells of a queue that few work in is the queue's figure, and not made finer by anything here.
`tests/accounts/test_groups.py` plays the attacker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from wfm.core.errors import NotAllowed, Sentence

#: Whatever is set: of two persons each knows the other's figure.
FEWEST = 3

_Kind = TypeVar("_Kind", str, frozenset[str])
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Member:
    """One person's month: the queues they were logged on to, seconds logged on by week, seconds paused by reason."""

    name: object
    queues: frozenset[str]
    logged_on: Mapping[str, int]
    paused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    """People who may be shown together. `queues` is None where several kinds were put together.

    `paused` is by sets of reasons that were put together, or None if even all reasons together are of too few.
    """

    queues: frozenset[str] | None
    agents: int
    logged_on_s: int
    paused: Mapping[frozenset[str], int] | None


@dataclass(frozen=True, slots=True)
class Protected:
    """What may be shown of a month: its groups, and everybody's seconds logged on by week, each named by its first.

    One week is the whole month, and says no more than the groups' sum.
    """

    groups: list[Group]
    weeks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """How small a group may be, and how much of its sum one person may have, in percent."""

    smallest: int
    largest_share: int

    def __post_init__(self) -> None:
        if self.smallest < FEWEST:
            raise NotAllowed(
                "groups.too_small", Sentence("Weniger als %(least)s Personen sind keine Gruppe.", least=FEWEST)
            )

    def allow(self, seconds: Iterable[int]) -> bool:
        """Whether these persons' seconds may be shown as a sum."""
        shares = [value for value in seconds if value > 0]
        return len(shares) >= self.smallest and max(shares) * 100 <= sum(shares) * self.largest_share


def protect_small_groups(members: Sequence[Member], limits: Limits) -> Protected:
    """Everybody who was logged on, in groups that may be shown; none at all if even all together are too few."""
    kinds: dict[frozenset[str], list[Member]] = {}
    for member in members:
        if sum(member.logged_on.values()) > 0:
            kinds.setdefault(member.queues, []).append(member)
    parts = _put_together(kinds, lambda part: limits.allow(sum(member.logged_on.values()) for member in part))
    groups = [_group(names, part, limits) for names, part in parts]
    return Protected(groups, _weeks([part for _names, part in parts], limits))


def _group(kinds: frozenset[frozenset[str]], part: Sequence[Member], limits: Limits) -> Group:
    reasons = {reason: list(seconds.items()) for reason, seconds in _by_name(part, lambda one: one.paused).items()}
    together = _put_together(reasons, lambda pauses: limits.allow(_per_person(pauses).values()))
    return Group(
        next(iter(kinds)) if len(kinds) == 1 else None,
        len(part),
        sum(sum(member.logged_on.values()) for member in part),
        {names: sum(seconds for _name, seconds in pauses) for names, pauses in together}
        if together or not reasons
        else None,
    )


#: Week or reason -> person -> seconds.
ByName = dict[str, dict[object, int]]


def _weeks(parts: Sequence[Sequence[Member]], limits: Limits) -> dict[str, int]:
    """Seconds by week, weeks put together until groups and weeks hang together."""
    groups = [_by_name(part, lambda member: member.logged_on) for part in parts]
    weeks: list[tuple[str, ...]] = [(week,) for week in sorted({week for group in groups for week in group})]
    while len(weeks) > 1 and not _hang_together([[_of(group, week) for week in weeks] for group in groups], limits):
        few = min(range(len(weeks)), key=lambda place: sum(len(_of(group, weeks[place])) for group in groups))
        first = min(few, len(weeks) - 2)
        weeks[first : first + 2] = [weeks[first] + weeks[first + 1]]
    return {week[0]: sum(sum(_of(group, week).values()) for group in groups) for week in weeks}


def _of(group: ByName, weeks: Iterable[str]) -> dict[object, int]:
    """Seconds of each person in these weeks together."""
    return _per_person(pair for week in weeks for pair in group.get(week, {}).items())


def _hang_together(pairs: Sequence[Sequence[Mapping[object, int]]], limits: Limits) -> bool:
    """Whether every group and every week is reached from the first group, by pairs of which enough were there."""
    weeks = range(len(pairs[0]))
    enough = {(group, week) for group, of in enumerate(pairs) for week in weeks if limits.allow(of[week].values())}
    groups, reached = {0}, set[int]()
    for _ in (*pairs, *weeks):
        reached |= {week for group, week in enough if group in groups}
        groups |= {group for group, week in enough if week in reached}
    return len(groups) == len(pairs) and len(reached) == len(weeks)


def _by_name(part: Iterable[Member], of: Callable[[Member], Mapping[str, int]]) -> ByName:
    found: ByName = {}
    for member in part:
        for name, seconds in of(member).items():
            if seconds > 0:
                found.setdefault(name, {})[member.name] = seconds
    return found


def _per_person(pauses: Iterable[tuple[object, int]]) -> dict[object, int]:
    sums: dict[object, int] = {}
    for name, seconds in pauses:
        sums[name] = sums.get(name, 0) + seconds
    return sums


def _put_together(
    kinds: Mapping[_Kind, Sequence[_Item]], allowed: Callable[[Sequence[_Item]], bool]
) -> list[tuple[frozenset[_Kind], list[_Item]]]:
    """All kinds in parts that are allowed: those that are not, together, with as many of the smallest others as it
    takes. None if all of them together are not."""
    parts = [(frozenset({kind}), list(items)) for kind, items in kinds.items()]
    shown = sorted((part for part in parts if allowed(part[1])), key=lambda part: (len(part[1]), _text(part[0])))
    rest = [part for part in parts if not allowed(part[1])]
    while rest and not allowed([item for _kind, items in rest for item in items]):
        if not shown:
            return []
        rest.append(shown.pop(0))
    if rest:
        shown.append((frozenset().union(*(kind for kind, _ in rest)), [item for _, items in rest for item in items]))
    return sorted(shown, key=lambda part: (len(part[0]) > 1, _text(part[0])))


def _text(kinds: Iterable[str | frozenset[str]]) -> list[str]:
    """An order that is always the same."""
    return sorted(kind if isinstance(kind, str) else " ".join(sorted(kind)) for kind in kinds)
