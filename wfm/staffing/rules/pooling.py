"""Between each queue alone and everybody for everything: what sets of queues need, and staffings on the way there.

Whoever staffs by skill group can need no more than each queue needs alone, and no fewer than the *pooled bounds*: the
agents who can serve any queue of a set must be as many as the set would need if each of them could serve all of it.
That holds for every set, so for the whole centre too (Wallace & Whitt 2005 begin from that one; here from all sets, as
in the marriage theorem). Bounds are Erlang's; whether a staffing between them does is for the simulation to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.multiskill import Team, cheapest
from wfm.staffing.rules.performance import Queues
from wfm.staffing.rules.required import agents_required

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

#: Of so many groups all sets are looked at; of more, the sets that few groups are left out of.
ALL_SETS_OF = 6
VARIANTS = tuple(Variant)


@dataclass(frozen=True, slots=True)
class Slots:
    """Half hours (columns) of queues that share people (rows): what comes, what is to be reached, who is needed alone.

    Patience is a rate, 1 / mean seconds: 0 where nobody gives up. `variant` numbers VARIANTS.
    """

    calls_per_hour: Floats
    handling_s: Floats
    share: Floats
    within_s: Floats
    leaving: Floats
    ceiling: Floats
    variant: Whole
    alone: Whole

    @property
    def load(self) -> Floats:
        """In Erlang."""
        return self.calls_per_hour * self.handling_s / 3600

    def __getitem__(self, of: Whole) -> Slots:
        return Slots(*(getattr(self, name)[:, of] for name in self.__slots__))


def sets_of(teams: Sequence[Team], queues: int) -> NDArray[np.bool_]:
    """The sets of queues (rows) that bind: each queue, and for any groups left out, the queues none of them serves.

    Every other set needs no more than one of these that the same groups serve.
    """
    serves = np.array([[queue in dict(team.skills) for queue in range(queues)] for team in teams])
    most = len(teams) if len(teams) <= ALL_SETS_OF else 2
    out = [list(chosen) for size in range(most + 1) for chosen in combinations(range(len(teams)), size)]
    sets = np.array([*np.eye(queues, dtype=bool), *(~serves[chosen].any(axis=0) for chosen in out)])
    return np.unique(sets[sets.any(axis=1)], axis=0)


def bounds(slots: Slots, sets: NDArray[np.bool_]) -> Whole:
    """Agents whom each set of queues (columns) needs at least in each half hour (rows).

    As one queue: all its calls, the mean handling time and rate of giving up, the mean target within the longest
    threshold, the mean ceiling of occupancy. Never more than its queues need alone; of a single queue exactly that.
    """
    found = np.empty((slots.alone.shape[1], len(sets)), np.int64)
    for column, members in enumerate(sets):
        alone = slots.alone[members].sum(axis=0)
        calling = (slots.calls_per_hour[members] > 0).sum(axis=0)
        found[:, column] = alone
        if (shared := np.flatnonzero(calling > 1)).size:
            together = _pooled(slots[shared], members)
            found[shared, column] = np.minimum(together, alone[shared])
    return found


def _pooled(slots: Slots, members: NDArray[np.bool_]) -> Whole:
    calls, load = slots.calls_per_hour[members], slots.load[members]
    all_calls, all_load = calls.sum(axis=0), load.sum(axis=0)

    def mean(of: Floats) -> Floats:
        weighted: Floats = (calls * of[members]).sum(axis=0) / all_calls
        return weighted

    leaving = mean(slots.leaving)
    with np.errstate(divide="ignore"):
        queues = Queues.of(
            all_load,
            np.maximum(all_load * 3600 / all_calls, 1.0),
            slots.within_s[members].max(axis=0),
            1 / leaving,
        )
    ceiling = np.minimum(all_load / (load / slots.ceiling[members]).sum(axis=0), 1.0)
    found: Whole = np.min(
        [
            agents_required(Model.A, queues, mean(slots.share), VARIANTS[variant], ceiling)
            for variant in np.unique(slots.variant[members])
        ],
        axis=0,
    )
    return found


@dataclass(frozen=True, slots=True)
class Ways:
    """From each queue alone (step 0) to as near the bounds as steps lead: `agents[step, half hour, team]`.

    `length` is how many steps each half hour has; beyond its end a way stays where it is.
    """

    agents: Whole
    length: Whole

    def at(self, share: Floats) -> Whole:
        """Agents so far along each way (0 to 1), whole steps only."""
        step = np.floor(self.length * share + 1e-9).astype(np.int64)
        return self.agents[step, np.arange(len(self.length))]


def ways(alone: Whole, sets: NDArray[np.bool_], bound: Whole, teams: Sequence[Team]) -> Ways:
    """Step by step cheaper: an agent fewer, a cheaper one for a dearer one, one with more skills for two.

    Each step is the one that saves most, and of those leaves most room to the bounds. The beginning puts what each
    queue (row of `alone`) needs alone into its cheapest team.
    """
    counts = serving(teams, sets)
    moves, saved = _moves(teams)
    change = moves @ counts
    agents = np.zeros((alone.shape[1], len(teams)), np.int64)
    for queue, needs in enumerate(alone):
        agents[:, cheapest(teams, queue)] += needs
    steps, length, walking = [agents], np.zeros(len(agents), np.int64), np.arange(len(agents))
    while walking.size and len(moves):
        now = steps[-1][walking]
        room = ((now @ counts - bound[walking])[:, None, :] + change).min(axis=2)
        possible = (room >= 0) & (now[:, None, :] + moves >= 0).all(axis=2)
        worth = np.where(possible, saved * 1e6 + room, -1.0)
        best, can = worth.argmax(axis=1), possible.any(axis=1)
        walking = walking[can]
        after = steps[-1].copy()
        after[walking] += moves[best[can]]
        length[walking] += 1
        steps.append(after)
    return Ways(np.stack(steps), length)


def serving(teams: Sequence[Team], sets: NDArray[np.bool_]) -> Whole:
    """Whether a team (row) can serve any queue of a set (column), as 1 and 0."""
    return np.array([[any(members[queue] for queue, _rank in team.skills) for members in sets] for team in teams], int)


def _moves(teams: Sequence[Team]) -> tuple[Whole, Floats]:
    """Exchanges that save money: of one or two agents for none or one."""
    unit, moves, saved = np.eye(len(teams), dtype=np.int64), [], []
    everyone = range(len(teams))
    for gone in [*((index,) for index in everyone), *combinations_with_replacement(everyone, 2)]:
        out = -unit[list(gone)].sum(axis=0)
        worth = sum(teams[index].cost for index in gone)
        if len(gone) == 1:
            moves.append(out)
            saved.append(worth)
        for index in everyone:
            if index not in gone and teams[index].cost < worth - 1e-9:
                moves.append(out + unit[index])
                saved.append(worth - teams[index].cost)
    return np.array(moves), np.array(saved)


def broadened(agents: Whole, teams: Sequence[Team], share: Floats) -> Whole:
    """That share of each team's agents (by half hour) exchanged for the cheapest who can do all that and more."""
    more = agents.copy()
    for index, team in enumerate(teams):
        wider = [other for other, of in enumerate(teams) if dict(team.skills).keys() < dict(of.skills).keys()]
        if wider:
            into = min(wider, key=lambda other: (teams[other].cost, -len(teams[other].skills)))
            moved = np.ceil(agents[:, index] * share - 1e-9).astype(np.int64)
            more[:, index] -= moved
            more[:, into] += moved
    return more
