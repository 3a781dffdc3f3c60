"""One citizen's call under two ids.

A telephone system may begin to tell of a call under one id and go on under another. Asterisk's app_queue does so in two
cases, both seen on a real Asterisk 22:

- An agent consults a queue and passes the citizen on while the consulting call still waits there (an attended transfer
  by REFER with Replaces). It entered the queue under its own id; its answer or its leaving is told under the citizen's.
- A local channel is optimised away while somebody talks (a queue reached by `Dial(Local/...)` without `/n`, or by a
  feature code). The answer is told under one id, the end under the other.

What is told later fits no stay of its own call, so folding it alone makes an implicit stay; the other call has one that
never ends. Both began in the same queue at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfm.core.clock import SECOND
from wfm.queues.rules.stays import UNFINISHED, Call, Stay
from wfm.telephony.rules.redacted import is_pseudonym

#: The beginnings of two halves are never told further apart.
SLACK = 2 * SECOND


def halves(calls: Iterable[Call]) -> list[tuple[Call, Stay]]:
    """The stays that may be half of one, with their calls, of calls that were folded each by itself."""
    return [(call, stay) for call in calls for stay in call.stays if stay.start_unknown or stay.ended_by in UNFINISHED]


def found_again(found_halves: Iterable[tuple[Call, Stay]]) -> dict[str, str]:
    """Ids of calls that go on under another one's -> that id.

    A call that goes on under the id of one that itself goes on under a third has that as its id.
    """
    begun: dict[tuple[int, str], list[tuple[Call, Stay]]] = {}
    going_on = []
    for call, stay in found_halves:
        if stay.start_unknown:
            going_on.append((call, stay))
        if stay.ended_by in UNFINISHED:
            begun.setdefault((call.source_id, stay.queue), []).append((call, stay))
    fits = sorted(
        (_distance(early, later), later.entered_at, first.callid, second.callid)
        for second, later in going_on
        for first, early in begun.get((second.source_id, later.queue), ())
        if first.callid != second.callid and _is_same(early, second, later)
    )
    found: dict[str, str] = {}
    taken: set[tuple[int, str]] = set()
    for _, entered_at, first, second in fits:  # the nearest first, each once
        if first not in found and (entered_at, second) not in taken and _last(second, found) != first:
            found[first] = second
            taken.add((entered_at, second))
    return {first: _last(first, found) for first in found}


def _last(callid: str, found: Mapping[str, str]) -> str:
    while callid in found:
        callid = found[callid]
    return callid


def _distance(early: Stay, later: Stay) -> tuple[bool, int]:
    """How well two halves fit: the very same agent first (of redacted lines only one may have the name), then time."""
    return early.answered_at is not None and early.agent != later.agent, abs(later.entered_at - early.entered_at)


def _is_same(early: Stay, second: Call, later: Stay) -> bool:
    """Whether `later`, an implicit stay of the `second` call, is what became of an unfinished stay of another call.

    Times are whole seconds of truncated clocks. Of somebody who waits, they may differ by one, and the transfer was
    made while they did. Of somebody who talks, the agent tells it; the beginning is reckoned from talk and wait.
    """
    apart = abs(later.entered_at - early.entered_at)
    if early.answered_at is not None:
        return (
            later.answered_at is not None
            and abs(later.answered_at - early.answered_at) <= SECOND
            and apart <= SLACK
            and early.agent is not None
            and later.agent is not None
            and (later.agent == early.agent or is_pseudonym(later.agent) or is_pseudonym(early.agent))
        )
    told = later.answered_at or later.ended_at or later.entered_at
    return apart <= SECOND and any(
        stay.ended_by == "attended" and stay.ended_at is not None and early.entered_at - SECOND <= stay.ended_at <= told
        for stay in second.stays
    )
