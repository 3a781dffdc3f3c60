"""The day itself: events in the order of time, in plain Python or compiled.

One function over flat sequences. Plain Python is given lists, which it reads three times as fast as arrays; numba,
where the extra `fast` is installed, is given arrays. All chance was drawn before, hence both give the same waits call
by call. It is one function, longer than is our custom, because calls of functions would take half of the plain time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from heapq import heappop, heappush, heapreplace
from typing import Any

from wfm.staffing.rules.simulation.scenario import NEVER


def live_day(
    call_at: Any,
    call_queue: Any,
    call_handling: Any,
    call_gives_up: Any,
    change_at: Any,
    change_group: Any,
    change_agent: Any,
    change_comes: Any,
    agent_group: Any,
    group_absent: Any,
    agent_link: Any,
    queue_from: Any,
    queue_groups: Any,
    queue_ranks: Any,
    group_from: Any,
    group_queues: Any,
    group_ranks: Any,
    answered_at: Any,
    answered_by: Any,
    idle_from: Any,
    change_idle_from: Any,
) -> None:
    """Fill in when and by whom each call is answered (`answered_at`, `answered_by`) and since when that agent was idle.

    Times are seconds. `call_*` lie in the order of time, and `call_at` ends with NEVER, as does `change_at`. A change
    is an agent who comes or goes: a certain one, or, where `change_agent` is -1, whoever of the group is idle longest,
    or else is free next. Who goes while on a call finishes it first. Groups that may take a queue's calls lie in
    `queue_groups[queue_from[q]:queue_from[q + 1]]` by rank, the lowest first, and so do the queues of a group; among
    equals the agent idle longest and the call waiting longest are taken. At the same instant agents come and go first,
    then calls end, then calls come; a caller whose patience ends at that instant has left.

    `agent_link` and `group_absent` (chains of agents not there, by group) are used up; `change_idle_from` is set to
    since when an agent who goes was idle, and stays NEVER where nobody idle went.
    """
    groups, queues, agents = len(group_from) - 1, len(queue_from) - 1, len(agent_group)
    calls = len(call_at) - 1
    line_first, line_last, line_next = [-1] * queues, [-1] * queues, [-1] * calls
    idle_first, idle_last, idle_prev = [-1] * groups, [-1] * groups, [-1] * agents
    longest = [NEVER] * groups  # since when the agent is idle who is idle longest
    idle_since, is_idle, is_leaving = [NEVER] * agents, [False] * agents, [False] * agents
    leaving, idle = [0] * groups, 0
    busy = [(NEVER, -1)]  # heap of (when free, agent)
    call = change = 0
    next_call, next_change = call_at[0], change_at[0]
    while True:
        now, agent = busy[0]
        ready = gone = answered = -1  # agents: free for a call, no longer idle; the call that one takes
        freed = False  # an agent whose call ends now still stands first in the heap
        if next_change <= now and next_change <= next_call:
            now = next_change
            if now == NEVER:
                break
            agent, group = change_agent[change], change_group[change]
            if change_comes[change]:
                if agent >= 0:
                    if is_leaving[agent]:
                        is_leaving[agent] = False
                    else:
                        ready = agent
                elif leaving[group]:
                    leaving[group] -= 1
                else:
                    ready = group_absent[group]
                    group_absent[group] = agent_link[ready]
            elif agent >= 0:
                if is_idle[agent]:
                    gone = agent
                else:
                    is_leaving[agent] = True
            elif idle_first[group] >= 0:
                gone = idle_first[group]
            else:
                leaving[group] += 1
            if gone >= 0:
                change_idle_from[change] = idle_since[gone]
            change += 1
            next_change = change_at[change]
        elif now <= next_call:
            freed = True
            group = agent_group[agent]
            if is_leaving[agent]:
                is_leaving[agent] = False
            elif leaving[group]:
                leaving[group] -= 1
                agent_link[agent] = group_absent[group]
                group_absent[group] = agent
            else:
                ready = agent
        else:
            now, queue = next_call, call_queue[call]
            if idle:
                best, since = 0, NEVER
                for k in range(queue_from[queue], queue_from[queue + 1]):
                    group = queue_groups[k]
                    if longest[group] < since:
                        if gone >= 0 and queue_ranks[k] > best:
                            break
                        gone, best, since = idle_first[group], queue_ranks[k], longest[group]
            if gone >= 0:
                answered = call
            else:
                if line_first[queue] < 0:
                    line_first[queue] = call
                else:
                    line_next[line_last[queue]] = call
                line_last[queue] = call
            call += 1
            next_call = call_at[call]

        if ready >= 0:
            group, best = agent_group[ready], 0
            for k in range(group_from[group], group_from[group + 1]):
                if answered >= 0 and group_ranks[k] > best:
                    break
                queue = group_queues[k]
                first = line_first[queue]
                if first >= 0:
                    while first >= 0 and call_gives_up[first] <= now:
                        first = line_next[first]
                    line_first[queue] = first
                    if first >= 0 and (answered < 0 or first < answered):
                        answered, best = first, group_ranks[k]
            if answered >= 0:
                queue = call_queue[answered]
                line_first[queue] = line_next[answered]
                idle_from[answered] = now
                agent = ready
            else:
                idle_since[ready], is_idle[ready] = now, True
                idle += 1
                last = idle_last[group]
                idle_prev[ready], agent_link[ready] = last, -1
                if last >= 0:
                    agent_link[last] = ready
                else:
                    idle_first[group], longest[group] = ready, now
                idle_last[group] = ready
        elif gone >= 0:
            group = agent_group[gone]
            before, after = idle_prev[gone], agent_link[gone]
            if before >= 0:
                agent_link[before] = after
            else:
                idle_first[group] = after
                longest[group] = idle_since[after] if after >= 0 else NEVER
            if after >= 0:
                idle_prev[after] = before
            else:
                idle_last[group] = before
            is_idle[gone] = False
            idle -= 1
            if answered >= 0:
                idle_from[answered] = idle_since[gone]
                agent = gone
            else:
                agent_link[gone] = group_absent[group]
                group_absent[group] = gone
        if answered >= 0:
            answered_at[answered], answered_by[answered] = now, agent
            if freed:
                heapreplace(busy, (now + call_handling[answered], agent))
            else:
                heappush(busy, (now + call_handling[answered], agent))
        elif freed:
            heappop(busy)


@cache
def compiled() -> Callable[..., None] | None:
    """`live_day` compiled by numba, or None where numba is not installed.

    What is compiled is kept beside this file or, where that may not be written, in the user's cache folder; where
    neither can be, each process compiles anew.
    """
    try:
        import numba
    except ImportError:
        return None
    try:
        return numba.njit(live_day, cache=True)  # type: ignore[no-any-return]
    except RuntimeError:  # numba: "no locator available"
        return numba.njit(live_day)  # type: ignore[no-any-return]
